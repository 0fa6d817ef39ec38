#ifndef PROVOST_ADMIN_TOTP_H
#define PROVOST_ADMIN_TOTP_H

#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"

/* Time-based one-time codes: RFC 6238 with HMAC-SHA-1, 6 digits, steps of 30 seconds, as every authenticator has them. */

#define TOTP_SECRET_BYTES 20
#define TOTP_STEP_S 30
#define TOTP_CODE_SIZE 7
#define TOTP_URI_SIZE 512

int64_t totp_step(int64_t wall_s);
void totp_code(const uint8_t *secret, size_t size, int64_t step, char ret[static TOTP_CODE_SIZE]);
/*
 * The step that this code belongs to: the present one, the one before or the one after, and never one that was used (last_step). PV_EREFUSED
 * when there is none; all three are computed and compared whatever the first says.
 */
int totp_check(const uint8_t *secret, size_t size, const char *code, int64_t wall_s, int64_t last_step, int64_t *ret_step) PV_MUST_CHECK;
/* otpauth://totp/…: what the QR code says. issuer and name are escaped. PV_ETOOLARGE. */
int totp_uri(const char *issuer, const char *name, const char *base32, char ret[static TOTP_URI_SIZE]) PV_MUST_CHECK;

#endif
