#ifndef PROVOST_BOOTSTRAP_ANSWERS_H
#define PROVOST_BOOTSTRAP_ANSWERS_H

#include <systemd/sd-json.h>

#include "appliance/base/error.h"
#include "vpn/bootstrap/bootstrap_admit.h"

/*
 * What store and pki answer, as plain data. Texts are borrowed from the answer.
 * PV_EMALFORMED: the answer lacks something the contract promises.
 */

/* io.provost.Store.GetPhone, without certificate and key; io.provost.Store.GetEnrolment */
struct bootstrap_enrolment {
        struct bootstrap_phone phone;
        const char *model;              /* "" unknown */
        const char *key_type;           /* "p256" when the store names none */
        const char *certificate;        /* NULL: it was not asked for, or its key is gone */
        const char *private_key;
        const char *serial;             /* NULL: none was made */
        int64_t not_after;
};
int bootstrap_answers_enrolment(sd_json_variant *answer, struct bootstrap_enrolment *ret_enrolment) PV_MUST_CHECK;

/* io.provost.Pki.GetAuthorities */
struct bootstrap_authorities {
        const char *root, *issuing, *chain;
};
int bootstrap_answers_authorities(sd_json_variant *answer, struct bootstrap_authorities *ret_authorities) PV_MUST_CHECK;

/* io.provost.Pki.IssueClient → the parameters of io.provost.Store.SetEnrolment; *ret_parameters is owned by the caller. */
int bootstrap_answers_issued(sd_json_variant *answer, const char *mac, sd_json_variant **ret_parameters) PV_MUST_CHECK;

#endif
