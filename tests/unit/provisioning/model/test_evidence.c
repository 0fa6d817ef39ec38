/*
 * test_evidence: what is known of a phone, in words a person understands.
 */
#include "provisioning/model/evidence.h"
#include "tests/support/test.h"

static const char *missing(const struct evidence_facts *facts, size_t i)
{
        static char sentences[EVIDENCE_MISSING_MAX][EVIDENCE_SENTENCE_SIZE];

        return i < evidence_missing(facts, sentences) ? sentences[i] : "";
}

static const char *waits_for(const struct evidence_facts *facts)
{
        static char sentence[EVIDENCE_SENTENCE_SIZE];

        return evidence_waiting_for(facts, sentence);
}

static const char *verdict(const struct evidence_facts *facts)
{
        return evidence_verdict_text(evidence_verdict_of(facts));
}

/* --- the certificate ----------------------------------------------------- */

TEST(each_word_means_itself)
{
        for (int i = EVIDENCE_CERTIFICATE_UNSAID; i <= EVIDENCE_CERTIFICATE_INVALID; i++)
                CHECK_EQ_INT(evidence_certificate_of(evidence_certificate_text((enum evidence_certificate)i)), i);
        CHECK_EQ_INT(evidence_certificate_of(NULL), EVIDENCE_CERTIFICATE_UNSAID);
}

TEST(what_the_edge_says_is_understood)
{
        CHECK_EQ_INT(evidence_certificate_of("SUCCESS"), EVIDENCE_CERTIFICATE_FACTORY);
        CHECK_EQ_INT(evidence_certificate_of("NONE"), EVIDENCE_CERTIFICATE_NONE);
        CHECK_EQ_INT(evidence_certificate_of("FAILED:certificate has expired"), EVIDENCE_CERTIFICATE_ENDED);
        CHECK_EQ_INT(evidence_certificate_of("FAILED:certificate is not yet valid"), EVIDENCE_CERTIFICATE_NOT_YET);
        CHECK_EQ_INT(evidence_certificate_of("FAILED:unable to get local issuer certificate"), EVIDENCE_CERTIFICATE_UNKNOWN_CA);
        CHECK_EQ_INT(evidence_certificate_of("FAILED:unable to verify the first certificate"), EVIDENCE_CERTIFICATE_UNKNOWN_CA);
        CHECK_EQ_INT(evidence_certificate_of("FAILED:self-signed certificate in certificate chain"), EVIDENCE_CERTIFICATE_UNKNOWN_CA);
        CHECK_EQ_INT(evidence_certificate_of("FAILED:CA md too weak"), EVIDENCE_CERTIFICATE_WEAK);
        CHECK_EQ_INT(evidence_certificate_of("FAILED:EE certificate key too weak"), EVIDENCE_CERTIFICATE_WEAK);
        CHECK_EQ_INT(evidence_certificate_of("FAILED:unsuitable certificate purpose"), EVIDENCE_CERTIFICATE_INVALID);
        CHECK_EQ_INT(evidence_certificate_of("perhaps"), EVIDENCE_CERTIFICATE_INVALID);
}

/* --- the verdict --------------------------------------------------------- */

TEST(the_verdict_follows_from_what_was_shown)
{
        CHECK_STR(verdict(&(struct evidence_facts){0}), "unknown");
        CHECK_STR(verdict(&(struct evidence_facts){.has_asked = true}), "unproven");
        CHECK_STR(verdict(&(struct evidence_facts){.has_asked = true, .certificate = "none"}), "unproven");
        CHECK_STR(verdict(&(struct evidence_facts){.has_asked = true, .certificate = "other-phone"}), "doubtful");
        CHECK_STR(verdict(&(struct evidence_facts){.has_asked = true, .certificate = "FAILED:anything"}), "doubtful");
        CHECK_STR(verdict(&(struct evidence_facts){.has_asked = true, .was_proven = true, .certificate = "factory"}), "genuine");
}

TEST(who_comes_later_with_less_takes_nothing_away)
{
        const struct evidence_facts facts = {.has_asked = true, .was_proven = true, .certificate = "other-phone", .agent = "snomD785"};

        CHECK_STR(verdict(&facts), "genuine");
        CHECK_STR(missing(&facts, 0), "");
}

/* A certificate alone, whatever its word, makes no phone genuine: only that bootstrap saw it proven does. */
TEST(a_word_alone_proves_nothing)
{
        CHECK(evidence_verdict_of(&(struct evidence_facts){.has_asked = true, .certificate = "factory"}) != EVIDENCE_GENUINE);
}

/* --- what is missing ----------------------------------------------------- */

TEST(what_is_wrong_with_a_certificate_is_said)
{
        struct evidence_facts f = {.has_asked = true, .agent = "snomD785", .subject = "CN=000413FFFFFF", .issuer = "CN=Nobody", .certificate_ends = "2019-03-04"};

        f.certificate = "none";
        CHECK_STR(missing(&f, 0), "it shows no certificate");
        f.certificate = "other-phone";
        CHECK_STR(missing(&f, 0), "its certificate names another phone (CN=000413FFFFFF)");
        f.certificate = "no-phone";
        CHECK_STR(missing(&f, 0), "its certificate names no phone (CN=000413FFFFFF)");
        f.certificate = "unknown-ca";
        CHECK_STR(missing(&f, 0), "certificate from an unknown CA (issuer CN=Nobody)");
        f.certificate = "ended";
        CHECK_STR(missing(&f, 0), "its certificate ended on 2019-03-04");
        f.certificate_ends = NULL;
        CHECK_STR(missing(&f, 0), "its certificate has ended");
        f.certificate = "not-yet";
        CHECK(strstr(missing(&f, 0), "clock"));
        f.certificate = "weak";
        CHECK(strstr(missing(&f, 0), "RSA 1024 or SHA-1"));
        f.certificate = "FAILED:unsuitable purpose";
        CHECK(strstr(missing(&f, 0), "unsuitable purpose"));
        f.certificate = "unknown-ca";
        f.issuer = NULL;
        CHECK_STR(missing(&f, 0), "certificate from an unknown CA (issuer not said)");
}

/* By the phone's own words alone (snom.md 2.3). */
TEST(a_firmware_without_a_vpn_client_is_told_only_where_that_is_known)
{
        static const struct row {
                const char *header, *firmware;
                bool lacks;
        } rows[] = {
                {"available", "8.7.5.35", false}, {"no", "8.7.5.35", true},   {NULL, "8.7.5.35", true},   {NULL, "8.7.5.14", false},
                {NULL, "8.9.3.80", true},         {NULL, "8.9.3.4", false},   {NULL, "10.1.33.33", false}, {"no", "10.1.33.33", true},
                {NULL, "", false},                {NULL, NULL, false},        {NULL, "6.5.20", false},    {"", "8.9.3.80", true},
        };

        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                const struct evidence_facts f = {.has_asked = true, .was_proven = true, .agent = "snom710", .vpn_header = rows[i].header,
                                                 .firmware = rows[i].firmware};

                CHECK_EQ_INT(strstr(missing(&f, 0), "no VPN client in this firmware") != NULL, rows[i].lacks);
        }
        CHECK_STR(missing(&(struct evidence_facts){.has_asked = true, .was_proven = true, .agent = "x", .firmware = "10.1.33.33"}, 0), "");
}

TEST(everything_else_that_is_missing_is_said)
{
        CHECK(strstr(missing(&(struct evidence_facts){0}, 0), "has not asked"));
        CHECK(strstr(missing(&(struct evidence_facts){.has_asked = true, .was_proven = true, .agent = "a", .model = "Snom M900"}, 0), "DECT"));
        CHECK(strstr(missing(&(struct evidence_facts){.has_asked = true, .was_proven = true}, 0), "no Snom User-Agent"));
        CHECK(strstr(missing(&(struct evidence_facts){.has_asked = true, .was_proven = true, .agent = "a", .is_legacy = true}, 0), "legacy is off"));
        CHECK_STR(missing(&(struct evidence_facts){.has_asked = true, .was_proven = true, .agent = "a", .is_legacy = true, .legacy_on = true}, 0), "");
}

TEST(a_long_word_of_a_stranger_stays_within_its_sentence)
{
        char text[2000];

        memset(text, 'x', sizeof text - 1);
        text[sizeof text - 1] = 0;
        for (int i = EVIDENCE_CERTIFICATE_NONE; i <= EVIDENCE_CERTIFICATE_INVALID; i++) {
                struct evidence_facts f = {.trust = PHONE_TRUST_WAITING, .has_asked = true, .is_expected = true, .issuer = text, .subject = text,
                                           .certificate_ends = text, .agent = text, .vpn_header = text, .firmware = text, .model = text};

                f.certificate = i == EVIDENCE_CERTIFICATE_INVALID ? text : evidence_certificate_text((enum evidence_certificate)i);
                CHECK(strlen(missing(&f, 0)) < 240);
                CHECK(strlen(waits_for(&f)) < 320);
        }
}

/* --- what it waits for --------------------------------------------------- */

TEST(what_an_expected_phone_waits_for)
{
        struct evidence_facts f = {.trust = PHONE_TRUST_WAITING, .is_expected = true, .rule_by_itself = true};

        CHECK_STR(waits_for(&f), "it has not come yet: connect it");
        f.has_asked = true;
        f.certificate = "none";
        CHECK_STR(waits_for(&f), "it shows no certificate: open an enrolment window, or approve it and open its own window");
        f.window_open = true;
        CHECK_STR(waits_for(&f), "it shows no certificate: it is let in when it asks again, an enrolment window is open");
        f.window_open = false;
        f.certificate = "unknown-ca";
        CHECK_STR(waits_for(&f), "certificate from an unknown CA (issuer not said): open an enrolment window, or approve it and open its own window");
        f.certificate = "no-phone";
        f.subject = "CN=printer";
        f.window_open = true;
        CHECK_STR(waits_for(&f), "its certificate names no phone (CN=printer): no window lets it in with that; compare the MAC with its label, and look who else is there");
        f.window_open = false;
        f.was_proven = true;
        f.certificate = "factory";
        CHECK_STR(waits_for(&f), "it proved itself: it is let in when it asks again, or approve it");
        f.rule_by_itself = false;
        CHECK_STR(waits_for(&f), "it showed its factory certificate: approve it (listed_phones is ask)");
}

TEST(what_any_other_phone_waits_for)
{
        struct evidence_facts f = {.trust = PHONE_TRUST_SEEN};

        CHECK_STR(waits_for(&f), "it was only heard by DHCP or PnP: approve it, or list it as expected");
        f.trust = PHONE_TRUST_WAITING;
        CHECK_STR(waits_for(&f), "approve it");
        f.has_asked = true;
        f.certificate = "other-phone";
        f.subject = "CN=000413FFFFFF";
        CHECK_STR(waits_for(&f), "its certificate names another phone (CN=000413FFFFFF), and with that it gets nothing: compare the MAC with its label before you approve it");
        f.was_proven = true;
        CHECK_STR(waits_for(&f), "approve it");
        f.trust = PHONE_TRUST_APPROVED;
        CHECK_STR(waits_for(&f), "");
        f.trust = PHONE_TRUST_REVOKED;
        CHECK_STR(waits_for(&f), "");
}

/* --- who made it --------------------------------------------------------- */

TEST(the_maker_of_a_phone_is_known_by_its_prefix)
{
        static const struct row {
                const char *mac, *vendor;
        } rows[] = {
                {"000413aabbcc", "Snom"}, {"001565f429a4", "Yealink"}, {"000b828aa872", "Grandstream"}, {"7c2f80112233", "Gigaset"},
                {"00155daabbcc", ""},     {"020413aabbcc", "nobody (a private address)"},
        };

        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                struct mac mac;

                CHECK_EQ_INT(mac_parse_text(rows[i].mac, &mac), 0);
                CHECK_STR(evidence_vendor(&mac), rows[i].vendor);
        }
}
