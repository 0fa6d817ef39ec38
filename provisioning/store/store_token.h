#ifndef PROVOST_STORE_TOKEN_H
#define PROVOST_STORE_TOKEN_H

#include "provisioning/store/store.h"

/* Tokens of programs that manage the appliance. Nobody keeps a token, only its SHA-256. */
#define STORE_TOKENS_MAX 256
#define STORE_TOKEN_DAYS_MAX 731

int store_op_list_tokens(struct store *store, struct store_request *request);
int store_op_add_token(struct store *store, struct store_request *request);
int store_op_find_token(struct store *store, struct store_request *request);
int store_op_remove_token(struct store *store, struct store_request *request);

#endif
