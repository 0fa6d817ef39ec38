#ifndef PROVOST_ADMIN_PASSWORD_H
#define PROVOST_ADMIN_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"

/*
 * Passwords, kept as Argon2id in PHC form: $argon2id$v=19$m=19456,t=2,p=1$salt$hash. 19 MiB and two passes: what OWASP asks for at least, so that
 * the two that may run at once stay within the station's memory; a stronger cost is read as well, so that it can be raised later.
 */
#define PASSWORD_MIN_BYTES 12
#define PASSWORD_MAX_BYTES 256
#define PASSWORD_PHC_SIZE 128

struct password_phc {
        uint32_t memory_kib, passes, lanes;
        uint8_t salt[16];
        uint8_t hash[32];
};

/* PV_EMALFORMED for anything that password_hash() cannot have written, or a cost beyond 64 MiB, 10 passes, one lane. */
int password_phc_parse(const char *text, struct password_phc *ret_phc) PV_MUST_CHECK;
int password_phc_format(const struct password_phc *phc, char ret[static PASSWORD_PHC_SIZE]) PV_MUST_CHECK;
int password_hash(const char *password, char ret[static PASSWORD_PHC_SIZE]) PV_MUST_CHECK;
/* Whether it is this password. phc NULL or not one: takes as long and says no. */
bool password_is(const char *password, const char *phc);

/* NULL, or the sentence that says why it is not taken. name, site: of the person and of the place, may be NULL. */
const char *password_refusal(const char *password, const char *name, const char *site);

#endif
