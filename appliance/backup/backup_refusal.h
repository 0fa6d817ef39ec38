#ifndef PROVOST_BACKUP_REFUSAL_H
#define PROVOST_BACKUP_REFUSAL_H

#include "appliance/base/error.h"

/* Why something is not done: a sentence, and the word that programs go by. */
struct backup_refusal {
        const char *code;               /* "passphrase" "damaged" "newer" "foreign" "full" "" */
        const char *field;              /* the input that is wrong, or "" */
        char reason[400];
};

/* Fills it in; returns PV_EREFUSED. */
int backup_refuse(struct backup_refusal *ret, const char *code, const char *field, const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The system said no (errno): a full disk has a code of its own. what: "The backup cannot be written". */
int backup_refuse_system(struct backup_refusal *ret, const char *what);

#endif
