/*
 * backup_refusal: why something is not done.
 *
 * In:   what went wrong.
 * Out:  a sentence with what to do, and a word for programs.
 * Not:  no decision.
 */
#include "appliance/backup/backup_refusal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int backup_refuse(struct backup_refusal *ret, const char *code, const char *field, const char *format, ...)
{
        va_list args;

        ret->code = code;
        ret->field = field;
        va_start(args, format);
        (void)vsnprintf(ret->reason, sizeof ret->reason, format, args);
        va_end(args);
        return PV_EREFUSED;
}

int backup_refuse_system(struct backup_refusal *ret, const char *what)
{
        if (errno == ENOSPC || errno == EDQUOT)
                return backup_refuse(ret, "full", "", "%s: the data disk is full. Remove firmware that no phone needs, or take a larger disk.", what);
        return backup_refuse(ret, "", "", "%s: %s.", what, strerror(errno));
}
