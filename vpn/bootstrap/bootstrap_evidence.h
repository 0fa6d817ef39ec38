#ifndef PROVOST_BOOTSTRAP_EVIDENCE_H
#define PROVOST_BOOTSTRAP_EVIDENCE_H

#include <stdbool.h>
#include <systemd/sd-json.h>

#include "appliance/base/error.h"
#include "vpn/bootstrap/bootstrap_admit.h"

/* What was seen of a client over HTTPS. Texts as they came, NULL when absent. */
struct bootstrap_sighting {
        const char *mac;
        const char *model, *firmware;   /* NULL: its words are not passed on */
        const char *shown;              /* in words, for the timeline: "factory certificate" */
        enum bootstrap_proof_kind proof;
        enum bootstrap_cause cause;     /* of the refusal, or why it is served */
        bool is_weak;                   /* the proof counts for nothing: of the old phones' listener */
        const char *address, *agent, *vpn;
        const char *verify, *issuer, *subject, *fingerprint, *ends;
};

/* The parameters of io.provost.Store.ReportSeen. */
int bootstrap_evidence_parameters(const struct bootstrap_sighting *sighting, sd_json_variant **ret_parameters) PV_MUST_CHECK;

#endif
