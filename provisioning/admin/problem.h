#ifndef PROVOST_ADMIN_PROBLEM_H
#define PROVOST_ADMIN_PROBLEM_H

#include <systemd/sd-json.h>

#include "provisioning/admin/operation.h"

/* A refusal as RFC 9457 has it. */
#define PROBLEM_TYPE "application/problem+json"
struct problem {
        unsigned status;
        const char *code, *field, *detail;      /* field may be NULL */
        sd_json_variant *current;               /* borrowed; NULL: none */
};

/* As JSON text; NULL without memory. The caller frees it. */
char *problem_text(const struct problem *problem);

/*
 * What a station's error is to the person who asked. error: "io.provost.Store.NoSuchPhone", "org.varlink.service.InvalidParameter"; NULL: it was not
 * reached. reply: the error's own fields, may be NULL; the texts of the result are borrowed from it.
 */
struct problem problem_of_station(enum station station, const char *error, sd_json_variant *reply);

#endif
