#ifndef PROVOST_ADMIN_PENDING_H
#define PROVOST_ADMIN_PENDING_H

#include "provisioning/admin/access.h"
#include "provisioning/admin/secret.h"
#include "provisioning/admin/totp.h"

/*
 * First sign-ins between their two steps: the code was right, password and authenticator are still to come. In memory, 15 minutes, five wrong codes;
 * the oldest makes room.
 */
#define PENDING_LIFE_MS (UINT64_C(15) * 60 * 1000)
#define PENDING_TRIES 5
#define PENDING_MAX 16

struct pending {
        uint8_t hash[SECRET_HASH_SIZE]; /* of the token that the page holds */
        char name[ACCESS_NAME_SIZE];
        bool first_owner;
        char invitation[SECRET_HASH_TEXT_SIZE]; /* that was shown; it must still be the person's at the end */
        uint8_t totp[TOTP_SECRET_BYTES];
        uint64_t until_ms;              /* 0: this row is free */
        unsigned wrong;
};

struct pending_table {
        struct pending rows[PENDING_MAX];
};

struct pending *pending_begin(struct pending_table *table, const char *token, const char *name, uint64_t now_ms);
/* NULL when there is none any more. */
struct pending *pending_find(struct pending_table *table, const char *token, uint64_t now_ms);
/* A wrong code: after the fifth it ends. */
void pending_wrong(struct pending *pending);
void pending_end(struct pending *pending);
/* Of this person, and (first_owner) those that the setup code began. */
void pending_end_person(struct pending_table *table, const char *name, bool first_owner);

#endif
