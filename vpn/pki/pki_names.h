#ifndef PROVOST_PKI_NAMES_H
#define PROVOST_PKI_NAMES_H

#include <stdbool.h>

/* What may stand in our certificates. */

/* 1..64 of a-z 0-9 '.' '-', beginning and ending with a letter or digit: safe in a subject, a command and a log. */
bool pki_names_is_common_name(const char *text);
/* A host name: labels of a-z A-Z 0-9 '-', up to 253 in all, no wildcard, no final dot, not all digits and dots. */
bool pki_names_is_host(const char *text);
/* An IPv4 or IPv6 address in its text form. */
bool pki_names_is_address(const char *text);

#endif
