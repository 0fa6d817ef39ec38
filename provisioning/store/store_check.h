#ifndef PROVOST_STORE_CHECK_H
#define PROVOST_STORE_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "appliance/base/error.h"

/* A database that lies aside, looked at as a whole: what a drill of a restore asks. The file is migrated by it. */

#define STORE_CHECK_TEXT 400

/* One line of the report. */
typedef void (*store_check_said)(const char *name, bool is_ok, const char *text, void *userdata);

struct store_check {
        const char *database, *key;     /* paths */
        int certificates;               /* descriptor: what is written for pki's check, a line with the MAC before each certificate; -1: nothing */
        store_check_said said;
        void *userdata;
};

/* How it went is in the lines alone. ret_newer: a newer program made it, and this one cannot work with it. */
void store_check_run(const struct store_check *check, bool *ret_newer);

#endif
