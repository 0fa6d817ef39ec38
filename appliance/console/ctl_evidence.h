#ifndef PROVOST_CONSOLE_CTL_EVIDENCE_H
#define PROVOST_CONSOLE_CTL_EVIDENCE_H

#include <stddef.h>
#include <systemd/sd-json.h>

/* What is known of a phone, from the answer to GetEvidence. Texts come from the phone LAN: write them through table or ctl_show. */

/* The newest value of this kind, "" when there is none. */
const char *ctl_evidence_of(sd_json_variant *reply, const char *kind);
/* The verdict as a sentence. */
const char *ctl_evidence_verdict(sd_json_variant *reply);
/* What a value of the kind certificate means. */
const char *ctl_evidence_certificate(const char *word);
/* Verdict and the facts that carry it, in one line. */
void ctl_evidence_summary(sd_json_variant *reply, char *ret, size_t size);
/* Why it is where it is, in one line: what it waits for, else what is missing, else what its state means. */
void ctl_evidence_reason(sd_json_variant *reply, char *ret, size_t size);
/* What to do next, as a sentence with the command in it. */
void ctl_evidence_next(sd_json_variant *reply, char *ret, size_t size);

#endif
