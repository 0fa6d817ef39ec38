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
        const char *mac;
        const char *model;              /* "" unknown */
        const char *key_type;           /* "p256" when the store names none */
        const char *certificate;        /* NULL: it was not asked for, or its key is gone */
        bool is_chained;                /* certificate holds what the phone sends along as well */
        const char *private_key;
        const char *serial;             /* NULL: none was made */
        int64_t not_after;
        const char *next_serial;        /* NULL: there is no next one */
        int64_t next_not_after;
        bool is_expected;
};
int bootstrap_answers_enrolment(sd_json_variant *answer, struct bootstrap_enrolment *ret_enrolment) PV_MUST_CHECK;

/* io.provost.Pki.GetAuthorities. roots, legacy: PEM of one or more, newest first; legacy NULL: none was made. */
struct bootstrap_authorities {
        const char *root, *issuing, *chain, *roots, *legacy;
        int64_t generation;
};
int bootstrap_answers_authorities(sd_json_variant *answer, struct bootstrap_authorities *ret_authorities) PV_MUST_CHECK;

/* The parameters of io.provost.Pki.IssueClient. */
int bootstrap_answers_issue_parameters(const char *mac, const char *key_type, bool is_legacy, sd_json_variant **ret_parameters) PV_MUST_CHECK;

/* io.provost.Pki.IssueClient → the parameters of io.provost.Store.SetEnrolment; *ret_parameters is owned by the caller. */
struct bootstrap_issue {
        const char *mac;
        const char *issuing;            /* what the phone sends along; not that of old phones, whose authority signs itself */
        bool is_legacy;
        bool next;                      /* beside the present one */
};
int bootstrap_answers_issued(sd_json_variant *answer, const struct bootstrap_issue *issue, sd_json_variant **ret_parameters) PV_MUST_CHECK;

#endif
