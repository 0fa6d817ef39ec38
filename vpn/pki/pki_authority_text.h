#ifndef PROVOST_PKI_AUTHORITY_TEXT_H
#define PROVOST_PKI_AUTHORITY_TEXT_H

#include "appliance/base/error.h"
#include "vpn/pki/pki_authority.h"

/*
 * The CA as the text of one sealed file, so that each change of it is one file put in place of another:
 *
 *     provost authority 2
 *     state 1                  of enum pki_rollover
 *     used 0
 *     started 1780000000
 *     switched 0
 *     generation 2             then PEM: root, its key, issuing, its key, and what the next two lines announce
 *     former-issuing 0
 *     legacy 0
 *     -----BEGIN ...
 *     generation 1             only during a rollover
 *     ...
 *
 * A file without the first line holds root and issuing authority of generation 1.
 */

/* The caller gives it to pki_vault_forget(). NULL: no memory. */
char *pki_authority_text_write(const struct pki_authority *authority);
/* Fills what the text says. PV_EREFUSED: not such a text. Whether keys and certificates fit is not looked at. */
int pki_authority_text_read(const char *text, struct pki_authority *ret_authority) PV_MUST_CHECK;

#endif
