#ifndef PROVOST_STORE_GENERATE_H
#define PROVOST_STORE_GENERATE_H

#include <stdbool.h>

#include "appliance/base/error.h"

/* Passwords and PINs that nobody thought of. All that pass the rules are equally likely. */

#define STORE_GENERATE_PASSWORD 16
#define STORE_GENERATE_PIN 6

/* Small and capital letters, digits and symbols that Snom accepts (snom.md 1.2), at least one of each. */
int store_generate_password(char ret[static STORE_GENERATE_PASSWORD + 1]) PV_MUST_CHECK;
/* Digits, never a weak PIN. */
int store_generate_pin(char ret[static STORE_GENERATE_PIN + 1]) PV_MUST_CHECK;
/* What people try first: few different digits, a digit three times in a row, four in a row up or down, repeats, dates. */
bool store_generate_is_weak(const char pin[static STORE_GENERATE_PIN + 1]);

#endif
