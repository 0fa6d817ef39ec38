#ifndef PROVOST_SETTINGS_AUTHORITIES_H
#define PROVOST_SETTINGS_AUTHORITIES_H

#include <stddef.h>

#include "appliance/base/error.h"
#include "provisioning/document/settings_document.h"

/* The roots a phone should trust, one certificate each. */
#define SETTINGS_AUTHORITIES_MAX 8

struct settings_authorities {
        const char *list[SETTINGS_AUTHORITIES_MAX];
        size_t n;
        char *text;                     /* they stand here */
};

/*
 * PEM, one certificate after the other, blank lines between; the same one twice counts once. PV_EMALFORMED: something else, or
 * none at all; PV_ETOOLARGE: more than SETTINGS_AUTHORITIES_MAX; *ret_problem says so. End with _done() in any case.
 */
int settings_authorities_split(const char *pem, struct settings_authorities *ret, struct settings_document_problem *ret_problem) PV_MUST_CHECK;
void settings_authorities_done(struct settings_authorities *authorities);

#endif
