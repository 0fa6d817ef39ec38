#ifndef PROVOST_STORE_PHONE_H
#define PROVOST_STORE_PHONE_H

#include "provisioning/model/phone.h"
#include "provisioning/model/site.h"
#include "provisioning/store/store.h"

/* The phones: known, approved, revoked, deleted. */

#define STORE_PROFILE_DEFAULT "default"
#define STORE_PHONE_MODEL_MAX 40
#define STORE_PHONE_PROFILES_MAX 16
#define STORE_PHONE_WINDOW_MAX_S 604800      /* what is open for longer was opened before a clock was set back: it is closed */

/* Fills request->out with {"phone": Phone}; NoSuchPhone when there is none. */
int store_phone_reply(struct store *store, struct store_request *request, const char *mac) PV_MUST_CHECK;
/* The Phone object alone. */
int store_phone_json(struct store *store, struct store_request *request, const char *mac, sd_json_variant **ret_phone) PV_MUST_CHECK;
/* The trust of a phone; NoSuchPhone when there is none. */
int store_phone_trust(struct store *store, struct store_request *request, const char *mac, enum phone_trust *ret_trust) PV_MUST_CHECK;
/* What lint goes by: its model and SIP user; NoSuchPhone when there is none. */
#define STORE_PHONE_MODEL_SIZE 164
#define STORE_PHONE_SIP_USER_SIZE 132
int store_phone_known(struct store *store, struct store_request *request, const char *mac, char ret_model[static STORE_PHONE_MODEL_SIZE],
                      char ret_sip_user[static STORE_PHONE_SIP_USER_SIZE]) PV_MUST_CHECK;
/* Refuses with NoSuchPhone. */
int store_phone_unknown(struct store_request *request, const char *mac) PV_MUST_CHECK;
/* A new row, with the profile "default". */
int store_phone_insert(struct store *store, const char *mac, enum phone_trust trust) PV_MUST_CHECK;
/*
 * Writes what request->in names (name, model, profile or profiles, key_type, lan_address, sip_user, sip_secret) after checking it;
 * null leaves as it is. revision: from which on the phone has a new secret, as for store_secret_set().
 */
int store_phone_write(struct store *store, struct store_request *request, const struct site *site, const char *mac, int64_t revision,
                      bool *ret_changed) PV_MUST_CHECK;
/* NotAllowed unless approved. what: "take a certificate". */
int store_phone_must_be_approved(struct store *store, struct store_request *request, const char *mac, const char *what) PV_MUST_CHECK;
/* A phone that waits is one of a list. */
int store_phone_expect(struct store *store, const char *mac) PV_MUST_CHECK;
/* Something its document depends on changed: a new revision, and the subscribers learn of it. */
int store_phone_revise(struct store *store, const char *mac) PV_MUST_CHECK;

int store_op_add_phone(struct store *store, struct store_request *request);
int store_op_change_phone(struct store *store, struct store_request *request);
int store_op_open_window(struct store *store, struct store_request *request);
int store_op_get_phone(struct store *store, struct store_request *request);
int store_op_list_phones(struct store *store, struct store_request *request);

#endif
