/*
 * bootstrap_evidence: what was seen of a client, for the store.
 *
 * In:   the edge's headers, what was proven.
 * Out:  parameters of ReportSeen: items of fixed kinds, escaped and bounded.
 * Not:  no judgement of what it means (model/evidence, and the store's rules).
 */
#include "vpn/bootstrap/bootstrap_evidence.h"

#include <stdio.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/model/evidence.h"

#define ITEMS_MAX 8
#define VALUE_SIZE 129

struct items {
        sd_json_variant *list[ITEMS_MAX];
        size_t n;
        int error;
};

static void add(struct items *items, const char *kind, const char *value)
{
        char shown[VALUE_SIZE];

        if (!value || !*value || items->n == ITEMS_MAX || items->error < 0)
                return;
        items->list[items->n] = NULL;
        items->error = sd_json_buildo(&items->list[items->n], SD_JSON_BUILD_PAIR_STRING("kind", kind),
                                      SD_JSON_BUILD_PAIR_STRING("value", text_escape(shown, sizeof shown, value, strlen(value))));
        items->n += items->error >= 0;
}

static const char *certificate_word(const struct bootstrap_sighting *sighting)
{
        if (sighting->cause == BOOTSTRAP_CAUSE_OTHER_PHONE)
                return evidence_certificate_text(EVIDENCE_CERTIFICATE_OTHER_PHONE);
        if (sighting->cause == BOOTSTRAP_CAUSE_SUBJECT)
                return evidence_certificate_text(EVIDENCE_CERTIFICATE_NO_PHONE);
        if (sighting->is_weak && sighting->proof == BOOTSTRAP_PROOF_FACTORY)
                return evidence_certificate_text(EVIDENCE_CERTIFICATE_WEAK);
        return sighting->proof == BOOTSTRAP_PROOF_FACTORY ? evidence_certificate_text(EVIDENCE_CERTIFICATE_FACTORY) : sighting->verify;
}

static const char *proof_word(const struct bootstrap_sighting *sighting)
{
        bool is_wrong = sighting->cause == BOOTSTRAP_CAUSE_OTHER_PHONE || sighting->cause == BOOTSTRAP_CAUSE_SUBJECT;

        if (is_wrong || sighting->proof == BOOTSTRAP_PROOF_INVALID || (sighting->proof == BOOTSTRAP_PROOF_FACTORY && sighting->is_weak))
                return "invalid";
        return sighting->proof == BOOTSTRAP_PROOF_FACTORY ? "factory" : "none";
}

static void gather(const struct bootstrap_sighting *sighting, struct items *items)
{
        add(items, "lan_address", sighting->address);
        add(items, "agent", sighting->agent);
        add(items, "vpn_header", sighting->vpn);
        add(items, "certificate", certificate_word(sighting));
        add(items, "issuer", sighting->issuer);
        add(items, "subject", sighting->subject);
        add(items, "fingerprint", sighting->fingerprint);
        add(items, "certificate_ends", sighting->ends);
}

int bootstrap_evidence_parameters(const struct bootstrap_sighting *sighting, sd_json_variant **ret_parameters)
{
        bool is_proven = text_equal(proof_word(sighting), "factory");
        sd_json_variant *evidence = NULL;
        struct items items = {0};
        char shown[64] = "", how[256];
        int r;

        if (sighting->vpn)
                text_escape(shown, sizeof shown, sighting->vpn, strlen(sighting->vpn));
        (void)snprintf(how, sizeof how, "https, %s%s%s", sighting->shown, sighting->vpn ? ", X-snom-vpn: " : "", shown);
        gather(sighting, &items);
        r = items.error < 0 ? items.error : sd_json_variant_new_array(&evidence, items.list, items.n);
        if (r >= 0)
                r = sd_json_buildo(ret_parameters, SD_JSON_BUILD_PAIR_STRING("mac", sighting->mac),
                                   SD_JSON_BUILD_PAIR_CONDITION(sighting->model && *sighting->model, "model", SD_JSON_BUILD_STRING(sighting->model)),
                                   SD_JSON_BUILD_PAIR_CONDITION(sighting->firmware != NULL, "firmware", SD_JSON_BUILD_STRING(sighting->firmware)),
                                   SD_JSON_BUILD_PAIR_STRING("how", how), SD_JSON_BUILD_PAIR_BOOLEAN("proven", is_proven),
                                   SD_JSON_BUILD_PAIR_STRING("proof", proof_word(sighting)),
                                   SD_JSON_BUILD_PAIR("evidence", SD_JSON_BUILD_VARIANT(evidence)));
        for (size_t i = 0; i < items.n; i++)
                sd_json_variant_unref(items.list[i]);
        sd_json_variant_unref(evidence);
        return r < 0 ? PV_ENOMEM : 0;
}
