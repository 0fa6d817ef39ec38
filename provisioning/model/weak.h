#ifndef PROVOST_MODEL_WEAK_H
#define PROVOST_MODEL_WEAK_H

#include <stdbool.h>

/*
 * Which secrets are weak: for lint, and for who makes them. mac: 12 hex digits;
 * extension: the SIP user; each may be "" or NULL.
 */
#define WEAK_PASSWORD_MIN 8
#define WEAK_PASSWORD_GOOD 12
#define WEAK_PIN_MIN 4

/* Among what anybody tries first: well-known words, one character over and over, a row, the MAC, the extension. */
bool weak_is_guessable(const char *value, const char *mac, const char *extension);
/* Whether a password that nobody needs to remember is fit: 12 characters or more of three kinds or more, not guessable. */
bool weak_is_good_password(const char *value, const char *mac, const char *extension);
/* Whether a PIN is fit: 4 digits or more, not guessable, no year, no pair or half over and over, not in the MAC. */
bool weak_is_good_pin(const char *value, const char *mac, const char *extension);

#endif
