#ifndef PROVOST_ADMIN_OPS_DOOR_H
#define PROVOST_ADMIN_OPS_DOOR_H

#include "provisioning/admin/call.h"
#include "provisioning/admin/user_secrets.h"

/* What signing in and accepting an invitation share. */

#define OPS_DOOR_RECOVERY_CODES 10

#define OPS_DOOR_PASSWORD FIELD(BODY, TEXT, "password", .required = true, .min = 1, .max = PASSWORD_MAX_BYTES)
#define OPS_DOOR_CODE FIELD(BODY, TEXT, "code", .required = true, .min = 1, .max = 64)
#define OPS_DOOR_NAME FIELD(BODY, TEXT, "name", .required = true, .min = 1, .max = 64)

/* As whom somebody is let in, by what the store said with the code it used up; and how often rights had been ended before it was asked. */
struct ops_door_entry {
        enum role role;
        uint64_t n_ends;
};

/* < 0: somebody has to wait, and the request is answered. name NULL: the address alone counts. */
int ops_door_wait(struct call *call, const char *name) PV_MUST_CHECK;
/* A wrong try counts and is noted, in log and audit; known: somebody has this name. The request is not answered. */
void ops_door_failed(struct call *call, const char *action, const char *name, bool known);
/* Answers with a new session. The former one of this browser is dead; recovery may be NULL. */
void ops_door_begin_session(struct call *call, const char *name, const struct ops_door_entry *entry, char **recovery);
/* Uses the code up, in the store. 1: done; 0: it was used already; < 0: the request is answered. */
int ops_door_use_code(struct call *call, const char *name, const struct user_code *code, const char *action, struct ops_door_entry *ret_entry) PV_MUST_CHECK;
/* The field "password" as a new one of this person. < 0: it is refused, and the request is answered. */
int ops_door_check_password(struct call *call, const char *name) PV_MUST_CHECK;
/* Codes for the person, ended by NULL, and hashes for the store; both are the caller's, also on failure. */
int ops_door_make_recovery(char **ret_codes, sd_json_variant **ret_hashes) PV_MUST_CHECK;
void ops_door_forget_recovery(char **codes);

#endif
