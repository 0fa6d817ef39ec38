#ifndef PROVOST_ADMIN_URI_H
#define PROVOST_ADMIN_URI_H

#include <stdbool.h>
#include <stddef.h>

#include "appliance/base/error.h"

/*
 * Decodes %XX, and with plus_is_blank '+' too, into a text with NUL. PV_EMALFORMED: an escape that is none, or one of NUL;
 * PV_ETOOLARGE: it does not fit.
 */
int uri_decode(const char *raw, size_t size, bool plus_is_blank, char *ret, size_t ret_size) PV_MUST_CHECK;

/* One "name=value" of a query; a name alone has the value "". */
#define URI_NAME_SIZE 32
#define URI_VALUE_SIZE 1025
struct uri_pair {
        char name[URI_NAME_SIZE];
        char value[URI_VALUE_SIZE];
};
/* 1: a pair, and *at stands behind it; 0: no more; PV_EMALFORMED, PV_ETOOLARGE. */
int uri_next(const char **at, struct uri_pair *ret_pair) PV_MUST_CHECK;

#endif
