#ifndef PROVOST_PKI_CHECK_H
#define PROVOST_PKI_CHECK_H

#include <stdbool.h>

#include "vpn/pki/pki_vault.h"

/* The state directory of a certificate authority that lies aside, looked at as a whole: what a drill of a restore asks. Nothing is changed. */

#define PKI_CHECK_TEXT 400

/* One line of the report. */
typedef void (*pki_check_said)(const char *name, bool is_ok, const char *text, void *userdata);

/* certificates: open for reading, as provost-store-check wrote them: a line with the MAC before each certificate. */
void pki_check_run(const struct pki_vault *vault, int certificates, pki_check_said said, void *userdata);

#endif
