#ifndef PROVOST_ADMIN_USER_SECRETS_H
#define PROVOST_ADMIN_USER_SECRETS_H

#include "provisioning/admin/call.h"

/* What the store knows of a person for the door; borrowed from reply. */
struct user_secrets {
        sd_json_variant *reply;         /* owned; NULL: there is nobody of this name */
        const char *password;           /* PHC; NULL: cannot sign in */
        const char *invitation;         /* hash; NULL: none that holds */
        enum role role;
        bool disabled;
        uint8_t totp[64];
        size_t totp_size;
        int64_t totp_step;
};

/* < 0: the request is answered. A person that does not exist is none: ret_user->reply is NULL. */
int user_secrets_get(struct call *call, const char *name, struct user_secrets *ret_user) PV_MUST_CHECK;
void user_secrets_done(struct user_secrets *user);

/* What UseUserCode gets when the code fits. */
struct user_code {
        int64_t step;                   /* -1: a recovery code */
        char recovery[SECRET_HASH_TEXT_SIZE];
};
/*
 * Whether password and code are this person's. Takes as long for somebody who does not exist: the password is always hashed, codes always computed.
 */
bool user_secrets_fit(const struct user_secrets *user, const char *password, const char *code, int64_t wall_s, struct user_code *ret_code);

/* A name as it is kept: lower case. */
void user_name(const char *typed, char ret[static ACCESS_NAME_SIZE]);

/* Everything by which this person could come in is void; a new one-time code, and until when it holds. In one transaction. */
#define USER_INVITATION_S (7 * 24 * 3600)
int user_invitation(char ret_code[static SECRET_CODE_SIZE], char ret_hash[static SECRET_HASH_TEXT_SIZE]) PV_MUST_CHECK;
/* Fields for SetUser that make former password, authenticator and recovery codes void, and the code's hash the only way in. */
int user_reset_fields(const char *name, const char *hash, int64_t until, sd_json_variant **ret_parameters) PV_MUST_CHECK;

#endif
