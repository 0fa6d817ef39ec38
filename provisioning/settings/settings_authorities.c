/*
 * settings_authorities: the roots of the appliance as single certificates.
 *
 * In:   the store's word: PEM of one or more.
 * Out:  a text for each, for the document.
 * Not:  nothing inside a certificate is read (pki made them; the document checks their shape).
 */
#include "provisioning/settings/settings_authorities.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"

static const char BEGIN[] = "-----BEGIN CERTIFICATE-----", END[] = "-----END CERTIFICATE-----";

static bool is_there(const struct settings_authorities *authorities, const char *text)
{
        for (size_t i = 0; i < authorities->n; i++)
                if (text_equal(authorities->list[i], text))
                        return true;
        return false;
}

/* Cuts the next certificate off; NULL: what follows is none. */
static char *cut(char **at)
{
        char *start = *at, *stop = text_starts(start, BEGIN) ? strstr(start, END) : NULL;

        if (!stop)
                return NULL;
        stop += sizeof END - 1;
        if (*stop && *stop != '\n' && *stop != '\r')
                return NULL;
        *at = *stop ? stop + 1 : stop;
        *stop = '\0';
        return start;
}

static int split(struct settings_authorities *authorities)
{
        char *at = authorities->text, *one;

        for (at += strspn(at, "\r\n"); *at; at += strspn(at, "\r\n")) {
                one = cut(&at);
                if (!one)
                        return PV_EMALFORMED;
                if (is_there(authorities, one))
                        continue;
                if (authorities->n == SETTINGS_AUTHORITIES_MAX)
                        return PV_ETOOLARGE;
                authorities->list[authorities->n++] = one;
        }
        return authorities->n ? 0 : PV_EMALFORMED;
}

int settings_authorities_split(const char *pem, struct settings_authorities *ret, struct settings_document_problem *ret_problem)
{
        *ret = (struct settings_authorities){.text = strdup(pem)};
        int r = ret->text ? split(ret) : PV_ENOMEM;

        if (r == PV_ETOOLARGE)
                (void)snprintf(ret_problem->reason, sizeof ret_problem->reason, "the store names more than %d authorities", SETTINGS_AUTHORITIES_MAX);
        else if (r == PV_EMALFORMED)
                (void)snprintf(ret_problem->reason, sizeof ret_problem->reason, "the store's authorities are not PEM certificates");
        if (r < 0)
                ret->n = 0;
        return r;
}

void settings_authorities_done(struct settings_authorities *authorities)
{
        free(authorities->text);
        *authorities = (struct settings_authorities){0};
}
