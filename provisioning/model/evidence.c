/*
 * evidence: what is known of a phone, said to people.
 *
 * In:   what was heard of it: certificate, User-Agent, X-snom-vpn, MAC; what the admin decided so far.
 * Out:  a verdict, sentences about what it lacks and what it waits for, who made it.
 * Not:  no decision who is let in (the store's rules), and nothing that no source says (docs/snom.md).
 */
#include "provisioning/model/evidence.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/model/model_family.h"

#define LOWER_SIZE 160

/* --- the certificate ----------------------------------------------------- */

static const char *const certificate_names[] = {
        [EVIDENCE_CERTIFICATE_UNSAID] = "",
        [EVIDENCE_CERTIFICATE_NONE] = "none",
        [EVIDENCE_CERTIFICATE_FACTORY] = "factory",
        [EVIDENCE_CERTIFICATE_OTHER_PHONE] = "other-phone",
        [EVIDENCE_CERTIFICATE_NO_PHONE] = "no-phone",
        [EVIDENCE_CERTIFICATE_UNKNOWN_CA] = "unknown-ca",
        [EVIDENCE_CERTIFICATE_ENDED] = "ended",
        [EVIDENCE_CERTIFICATE_NOT_YET] = "not-yet",
        [EVIDENCE_CERTIFICATE_WEAK] = "weak",
        [EVIDENCE_CERTIFICATE_INVALID] = "invalid",
};

/* Parts of the sentences that OpenSSL has for a certificate that does not verify, as the edge passes them on. */
static const struct reason {
        const char *part;
        enum evidence_certificate certificate;
} reasons[] = {
        {"has expired", EVIDENCE_CERTIFICATE_ENDED},
        {"not yet valid", EVIDENCE_CERTIFICATE_NOT_YET},
        {"too weak", EVIDENCE_CERTIFICATE_WEAK},
        {"too small", EVIDENCE_CERTIFICATE_WEAK},
        {"issuer certificate", EVIDENCE_CERTIFICATE_UNKNOWN_CA},
        {"verify the first certificate", EVIDENCE_CERTIFICATE_UNKNOWN_CA},
        {"self-signed", EVIDENCE_CERTIFICATE_UNKNOWN_CA},
        {"self signed", EVIDENCE_CERTIFICATE_UNKNOWN_CA},
};

const char *evidence_certificate_text(enum evidence_certificate certificate)
{
        return certificate_names[certificate];
}

enum evidence_certificate evidence_certificate_of(const char *text)
{
        char lower[LOWER_SIZE] = "";

        if (!text || !*text)
                return EVIDENCE_CERTIFICATE_UNSAID;
        for (size_t i = 0; text[i] && i < sizeof lower - 1; i++)
                lower[i] = (char)tolower((unsigned char)text[i]);
        for (size_t i = EVIDENCE_CERTIFICATE_NONE; i <= EVIDENCE_CERTIFICATE_INVALID; i++)
                if (text_equal(lower, certificate_names[i]))
                        return (enum evidence_certificate)i;
        if (text_equal(lower, "success"))
                return EVIDENCE_CERTIFICATE_FACTORY;
        for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
                if (strstr(lower, reasons[i].part))
                        return reasons[i].certificate;
        return EVIDENCE_CERTIFICATE_INVALID;
}

/* --- the verdict --------------------------------------------------------- */

enum evidence_verdict evidence_verdict_of(const struct evidence_facts *facts)
{
        enum evidence_certificate certificate = evidence_certificate_of(facts->certificate);

        /* Whoever comes later with less cannot take away what was proven. */
        if (facts->was_proven)
                return EVIDENCE_GENUINE;
        if (!facts->has_asked)
                return EVIDENCE_UNKNOWN;
        if (certificate == EVIDENCE_CERTIFICATE_UNSAID || certificate == EVIDENCE_CERTIFICATE_NONE)
                return EVIDENCE_UNPROVEN;
        return EVIDENCE_DOUBTFUL;
}

const char *evidence_verdict_text(enum evidence_verdict verdict)
{
        static const char *const names[] = {
                [EVIDENCE_UNKNOWN] = "unknown", [EVIDENCE_UNPROVEN] = "unproven", [EVIDENCE_DOUBTFUL] = "doubtful", [EVIDENCE_GENUINE] = "genuine",
        };

        return names[verdict];
}

/* --- what is missing ----------------------------------------------------- */

static bool is_said(const char *text)
{
        return text && *text;
}

/* "its certificate ..." with what is known of it; "" when nothing is wrong with it. */
static void certificate_sentence(const struct evidence_facts *facts, char *ret, size_t size)
{
        const char *issuer = is_said(facts->issuer) ? facts->issuer : "not said";
        const char *subject = is_said(facts->subject) ? facts->subject : "not said";

        *ret = 0;
        switch (evidence_certificate_of(facts->certificate)) {
        case EVIDENCE_CERTIFICATE_UNSAID:
        case EVIDENCE_CERTIFICATE_FACTORY:
                break;
        case EVIDENCE_CERTIFICATE_NONE:
                (void)snprintf(ret, size, "it shows no certificate");
                break;
        case EVIDENCE_CERTIFICATE_OTHER_PHONE:
                (void)snprintf(ret, size, "its certificate names another phone (%.140s)", subject);
                break;
        case EVIDENCE_CERTIFICATE_NO_PHONE:
                (void)snprintf(ret, size, "its certificate names no phone (%.140s)", subject);
                break;
        case EVIDENCE_CERTIFICATE_UNKNOWN_CA:
                (void)snprintf(ret, size, "certificate from an unknown CA (issuer %.140s)", issuer);
                break;
        case EVIDENCE_CERTIFICATE_ENDED:
                (void)snprintf(ret, size, is_said(facts->certificate_ends) ? "its certificate ended on %.60s" : "its certificate has ended%.0s",
                               is_said(facts->certificate_ends) ? facts->certificate_ends : "");
                break;
        case EVIDENCE_CERTIFICATE_NOT_YET:
                (void)snprintf(ret, size, "its certificate is not good yet: compare the appliance's clock with the real time");
                break;
        case EVIDENCE_CERTIFICATE_WEAK:
                (void)snprintf(ret, size, "its certificate is too weak for the ordinary listener (RSA 1024 or SHA-1): it is an old phone, see "
                               "the site value legacy");
                break;
        case EVIDENCE_CERTIFICATE_INVALID:
                (void)snprintf(ret, size, "its certificate does not hold (%.140s)", facts->certificate);
                break;
        }
}

/* By its own words alone (snom.md 2.3); where the header is not known to exist, its absence says nothing. */
static bool lacks_vpn(const struct evidence_facts *facts)
{
        const char *v = is_said(facts->firmware) ? facts->firmware : "";

        if (is_said(facts->vpn_header))
                return !text_equal(facts->vpn_header, "available");
        if (!is_said(facts->agent) || !model_is_version(v))
                return false;
        return (model_version_compare(v, "8.7.5.15") >= 0 && model_version_compare(v, "8.8") < 0) ||
               (model_version_compare(v, "8.9.3.5") >= 0 && model_version_compare(v, "8.10") < 0);
}

/* Whether a tunnel is known of this sort of phone at all. */
static bool is_dect(const struct evidence_facts *facts)
{
        return is_said(facts->model) && model_family_of(facts->model, facts->firmware).is_dect;
}

static void add(char (*ret)[EVIDENCE_SENTENCE_SIZE], size_t *n, const char *sentence)
{
        if (*sentence && *n < EVIDENCE_MISSING_MAX)
                (void)snprintf(ret[(*n)++], EVIDENCE_SENTENCE_SIZE, "%s", sentence);
}

size_t evidence_missing(const struct evidence_facts *facts, char ret[static EVIDENCE_MISSING_MAX][EVIDENCE_SENTENCE_SIZE])
{
        char sentence[EVIDENCE_SENTENCE_SIZE] = "";
        size_t n = 0;

        if (!facts->has_asked)
                add(ret, &n, "it has not asked for its settings over HTTPS yet: it is told where by DHCP or PnP once it is expected or approved");
        if (!facts->was_proven)
                certificate_sentence(facts, sentence, sizeof sentence);
        add(ret, &n, sentence);
        if (lacks_vpn(facts))
                add(ret, &n, "no VPN client in this firmware: add the vendor's vpnfeature image, or newer firmware (`provostctl firmware add`)");
        if (is_dect(facts))
                add(ret, &n, "a DECT base: no source says that its firmware has a VPN client");
        if (facts->has_asked && !is_said(facts->agent))
                add(ret, &n, "it does not say which phone it is (no Snom User-Agent)");
        if (facts->is_legacy && !facts->legacy_on)
                add(ret, &n, "it is of the old phones' class, and the site value legacy is off");
        return n;
}

/* --- what it waits for --------------------------------------------------- */

bool evidence_names_other(const char *certificate)
{
        enum evidence_certificate shown = evidence_certificate_of(certificate);

        return shown == EVIDENCE_CERTIFICATE_OTHER_PHONE || shown == EVIDENCE_CERTIFICATE_NO_PHONE;
}

static void expected_sentence(const struct evidence_facts *facts, char *ret, size_t size)
{
        char why[EVIDENCE_SENTENCE_SIZE - 100];

        if (!facts->has_asked) {
                (void)snprintf(ret, size, "it has not come yet: connect it");
                return;
        }
        if (facts->was_proven) {
                (void)snprintf(ret, size, facts->rule_by_itself ? "it proved itself: it is let in when it asks again, or approve it"
                                                                : "it showed its factory certificate: approve it (listed_phones is ask)");
                return;
        }
        certificate_sentence(facts, why, sizeof why);
        (void)snprintf(ret, size, "%s: %s", *why ? why : "it shows no certificate",
                       evidence_names_other(facts->certificate) ? "no window lets it in with that; compare the MAC with its label, and look who else is there"
                       : facts->window_open ? "it is let in when it asks again, an enrolment window is open"
                                          : "open an enrolment window, or approve it and open its own window");
}

char *evidence_waiting_for(const struct evidence_facts *facts, char ret[static EVIDENCE_SENTENCE_SIZE])
{
        char why[EVIDENCE_SENTENCE_SIZE - 100] = "";

        *ret = 0;
        if (facts->trust == PHONE_TRUST_APPROVED || facts->trust == PHONE_TRUST_REVOKED)
                return ret;
        if (facts->is_expected) {
                expected_sentence(facts, ret, EVIDENCE_SENTENCE_SIZE);
                return ret;
        }
        if (!facts->was_proven && facts->has_asked)
                certificate_sentence(facts, why, sizeof why);
        if (facts->trust == PHONE_TRUST_SEEN)
                (void)snprintf(ret, EVIDENCE_SENTENCE_SIZE, "it was only heard by DHCP or PnP: approve it, or list it as expected");
        else if (!*why)
                (void)snprintf(ret, EVIDENCE_SENTENCE_SIZE, "approve it");
        else
                (void)snprintf(ret, EVIDENCE_SENTENCE_SIZE, "%s%s", why,
                               evidence_names_other(facts->certificate) ? ", and with that it gets nothing: compare the MAC with its label before you approve it"
                                                                        : ": if you know this phone, approve it and open its own window");
        return ret;
}

/* --- who made it --------------------------------------------------------- */

/* Makers of phones in the IEEE's registry of 2022 (Debian's ieee-data 20220827). */
static const struct vendor {
        uint32_t prefix;
        const char *name;
} vendors[] = {
        {0x000413, "Snom"},        {0x0004f2, "Polycom"},     {0x00085d, "Mitel"},       {0x000952, "Auerswald"},  {0x000b82, "Grandstream"},
        {0x001565, "Yealink"},     {0x002104, "Gigaset"},     {0x08000f, "Mitel"},       {0x0c383e, "Fanvil"},     {0x1400e9, "Mitel"},
        {0x249ad8, "Yealink"},     {0x589ec6, "Gigaset"},     {0x64167f, "Polycom"},     {0x7c2f80, "Gigaset"},    {0x805e0c, "Yealink"},
        {0x805ec0, "Yealink"},     {0xc074ad, "Grandstream"}, {0xec74d7, "Grandstream"},
};

const char *evidence_vendor(const struct mac *mac)
{
        uint32_t prefix = (uint32_t)mac->bytes[0] << 16 | (uint32_t)mac->bytes[1] << 8 | mac->bytes[2];

        for (size_t i = 0; i < sizeof vendors / sizeof vendors[0]; i++)
                if (vendors[i].prefix == prefix)
                        return vendors[i].name;
        return mac->bytes[0] & 2 ? "nobody (a private address)" : "";
}
