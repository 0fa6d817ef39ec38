#ifndef PROVOST_MODEL_EVIDENCE_H
#define PROVOST_MODEL_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/mac.h"
#include "provisioning/model/phone.h"

/*
 * What is known of a phone that nobody let in yet, and what follows: a verdict,
 * what it lacks, what it waits for. Nothing here lets anybody in (the rules are
 * the store's); it says to people how things stand.
 */

/*
 * What came of the client certificate at the HTTPS listener. As evidence of the kind "certificate" it is one of these words, or
 * the edge's own text (SUCCESS, NONE, FAILED:reason), which means the same:
 * factory none other-phone no-phone unknown-ca ended not-yet weak invalid
 */
enum evidence_certificate {
        EVIDENCE_CERTIFICATE_UNSAID,
        EVIDENCE_CERTIFICATE_NONE,              /* asked for one, got none */
        EVIDENCE_CERTIFICATE_FACTORY,           /* the maker's, for this MAC */
        EVIDENCE_CERTIFICATE_OTHER_PHONE,       /* the maker's, for another MAC */
        EVIDENCE_CERTIFICATE_NO_PHONE,          /* its name is no MAC */
        EVIDENCE_CERTIFICATE_UNKNOWN_CA,
        EVIDENCE_CERTIFICATE_ENDED,
        EVIDENCE_CERTIFICATE_NOT_YET,
        EVIDENCE_CERTIFICATE_WEAK,              /* RSA 1024 or SHA-1 */
        EVIDENCE_CERTIFICATE_INVALID,           /* anything else that does not verify */
};

enum evidence_certificate evidence_certificate_of(const char *text);
const char *evidence_certificate_text(enum evidence_certificate certificate);
/* It is somebody's, and not this phone's: no window lets it in. */
bool evidence_names_other(const char *certificate);

enum evidence_verdict { EVIDENCE_UNKNOWN, EVIDENCE_UNPROVEN, EVIDENCE_DOUBTFUL, EVIDENCE_GENUINE };

/* Texts may be NULL: never heard. The newest value of a kind. */
struct evidence_facts {
        enum phone_trust trust;
        bool is_expected;
        bool has_asked;                 /* over HTTPS */
        bool was_proven;                /* showed its factory certificate, now or earlier */
        bool rule_by_itself;            /* site value listed_phones: certificate */
        bool window_open;               /* listed phones may come without one just now */
        bool legacy_on;                 /* site value legacy */
        bool is_legacy;                 /* the phone's vpn_class */
        const char *certificate;
        const char *issuer, *subject, *certificate_ends;
        const char *agent, *vpn_header, *firmware, *model;
};

enum evidence_verdict evidence_verdict_of(const struct evidence_facts *facts);
const char *evidence_verdict_text(enum evidence_verdict verdict);

#define EVIDENCE_SENTENCE_SIZE 400
#define EVIDENCE_MISSING_MAX 8

/* What stands between the phone and its settings, a sentence each without its full stop. Returns how many. */
size_t evidence_missing(const struct evidence_facts *facts, char ret[static EVIDENCE_MISSING_MAX][EVIDENCE_SENTENCE_SIZE]);
/* What the admin, or the phone, has to do before it is let in; "" when it is, or is revoked. Returns ret. */
char *evidence_waiting_for(const struct evidence_facts *facts, char ret[static EVIDENCE_SENTENCE_SIZE]);

/* Who makes phones with such a MAC; "" not known. A private (made-up) address is said to be one. */
const char *evidence_vendor(const struct mac *mac);

#endif
