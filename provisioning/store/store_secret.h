#ifndef PROVOST_STORE_SECRET_H
#define PROVOST_STORE_SECRET_H

#include "provisioning/model/merge.h"
#include "provisioning/store/store.h"

/*
 * Secrets of single phones, sealed: what the admin gives (the SIP secret), what
 * the appliance makes at approval, and the key of its VPN certificate. A value
 * that took the place of another one keeps it (former) until the phone fetched
 * a revision that has the new one.
 */
#define STORE_SECRET_SIP "sip_secret"
#define STORE_SECRET_VPN_KEY "vpn_key"

/*
 * revision: the first in which the phone has it; STORE_SECRET_NOW: its present one, so revise it first (store_phone_revise).
 * The former value is kept while the phone may use it. The same value again changes nothing (store_db_changes() is 0).
 */
#define STORE_SECRET_NOW (-1)
int store_secret_set(struct store *store, const char *mac, const char *name, const char *text, int64_t revision) PV_MUST_CHECK;
/* Freed with store_seal_forget(); PV_EUNSET when there is none. */
int store_secret_get(struct store *store, const char *mac, const char *name, char **ret_text) PV_MUST_CHECK;
int store_secret_remove(struct store *store, const char *mac, const char *name) PV_MUST_CHECK;

/* Those the phone does not have yet, of its present revision on. */
int store_secret_make(struct store *store, const char *mac) PV_MUST_CHECK;
/* Those of every approved phone that an older system approved; logs how many phones got some. Not in a transaction. */
int store_secret_complete(struct store *store) PV_MUST_CHECK;

/* Everything that stands in documents; what the phone has not is NULL. Freed with store_secret_forget_all(), also after a failure. */
int store_secret_load_all(struct store *store, const char *mac, struct merge_secrets *ret_secrets) PV_MUST_CHECK;
void store_secret_forget_all(struct merge_secrets *secrets);

/* The phone fetched this revision in its tunnel: it no longer uses what was before. */
int store_secret_served(struct store *store, const char *mac, int64_t revision) PV_MUST_CHECK;
/* Revoked: nothing stays but the PIN of its boot loader, without which nobody could ever reset the phone. Secret settings of its own go too. */
int store_secret_wipe(struct store *store, const char *mac) PV_MUST_CHECK;

/* Another phone, of another account, that has this value: 0 and its MAC, or PV_EUNSET. */
int store_secret_reused(struct store *store, const char *mac, const char *text, char ret_mac[static MAC_TEXT_SIZE]) PV_MUST_CHECK;

int store_op_list_secrets(struct store *store, struct store_request *request);
int store_op_reveal_secret(struct store *store, struct store_request *request);
int store_op_rotate_secrets(struct store *store, struct store_request *request);

#endif
