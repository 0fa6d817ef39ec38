#ifndef PROVOST_STORE_USER_H
#define PROVOST_STORE_USER_H

#include "provisioning/store/store.h"

/* People who manage the appliance: roles, sealed secrets of the sign-in, one-time codes. */
#define STORE_USERS_MAX 256
#define STORE_RECOVERY_MAX 32
#define STORE_HASH_HEX 64

/* Whether it is one of owner admin helpdesk reader. */
bool store_user_is_role(const char *text);
/* Whether it is SHA-256 in lower-case hex. */
bool store_user_is_hash(const char *text);

int store_op_list_users(struct store *store, struct store_request *request);
int store_op_get_user_secrets(struct store *store, struct store_request *request);
int store_op_set_user(struct store *store, struct store_request *request);
int store_op_remove_user(struct store *store, struct store_request *request);
int store_op_use_user_code(struct store *store, struct store_request *request);

#endif
