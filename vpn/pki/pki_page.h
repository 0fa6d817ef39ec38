#ifndef PROVOST_PKI_PAGE_H
#define PROVOST_PKI_PAGE_H

#include "appliance/base/error.h"
#include "vpn/pki/pki_certificate.h"
#include "vpn/pki/pki_upload.h"
#include "vpn/pki/pki_vault.h"

/* The uploaded certificate of the page, kept in the vault with what stands above it and its key. */
int pki_page_keep(const struct pki_vault *vault, const struct pki_certificate_pair *pair) PV_MUST_CHECK;
/* PV_EUNSET: none was uploaded; PV_EREFUSED: the file is damaged. */
int pki_page_kept(const struct pki_vault *vault, struct pki_certificate_pair *ret_pair) PV_MUST_CHECK;
/* Also when there is none. */
int pki_page_forget(const struct pki_vault *vault) PV_MUST_CHECK;

/* What the page shows: the uploaded one, otherwise ours. PV_EUNSET: neither is there yet. */
int pki_page_shown(const struct pki_vault *vault, bool *ret_uploaded, struct pki_upload_facts *ret_facts) PV_MUST_CHECK;

#endif
