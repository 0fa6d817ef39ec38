#ifndef PROVOST_ADMIN_SEED_H
#define PROVOST_ADMIN_SEED_H

#include <stddef.h>
#include <systemd/sd-json.h>

#include "appliance/base/error.h"

/*
 * provost-setup.json: what the first steps of the page would ask, for a site that nobody visits (docs/first-boot.md).
 * From its text to the calls of the store that it means, in their order; nothing is called here.
 */
#define SEED_FORMAT "provost-setup-1"
#define SEED_PHONES_MAX 500
#define SEED_STEPS_MAX (SEED_PHONES_MAX + 300)

struct seed_step {
        const char *method;             /* "SetSite"; static */
        sd_json_variant *parameters;    /* owned */
        char field[48];                 /* of the file: "phones[3]" */
};

struct seed_plan {
        struct seed_step *steps;        /* owned */
        size_t n_steps;
};

struct seed_problem {
        char field[48];                 /* "site.lan_address", "owner"; "" the file itself */
        char reason[256];
};

/* PV_EMALFORMED or PV_EREFUSED with *ret_problem filled; PV_ENOMEM. */
int seed_plan_make(const char *text, size_t size, struct seed_plan *ret_plan, struct seed_problem *ret_problem) PV_MUST_CHECK;
void seed_plan_done(struct seed_plan *plan);

#endif
