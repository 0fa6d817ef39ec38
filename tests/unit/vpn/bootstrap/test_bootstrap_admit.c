/*
 * test_bootstrap_admit: the whole table of who may enrol.
 */
#include "vpn/bootstrap/bootstrap_admit.h"

#include "tests/support/test.h"
#include "vpn/bootstrap/bootstrap_gate.h"

#define OWN "CN=000413AABBCC,O=Snom Technology AG,C=DE"
#define NOW 1000000

static const struct {
        const char *what;
        const char *listener, *verify, *subject;
        const char *state;              /* NULL: unknown */
        int64_t window_until;
        unsigned status;
        enum bootstrap_cause cause;
} rows[] = {
        /* the factory certificate of this phone */
        {"approved", "lan", "SUCCESS", OWN, "approved", 0, 200, BOOTSTRAP_CAUSE_FACTORY},
        {"lower case", "lan", "SUCCESS", "CN=000413aabbcc", "approved", 0, 200, BOOTSTRAP_CAUSE_FACTORY},
        {"enrolled", "lan", "SUCCESS", OWN, "enrolled", 0, 200, BOOTSTRAP_CAUSE_FACTORY},
        {"connected", "lan", "SUCCESS", OWN, "connected", 0, 200, BOOTSTRAP_CAUSE_FACTORY},
        {"current", "lan", "SUCCESS", OWN, "current", 0, 200, BOOTSTRAP_CAUSE_FACTORY},
        {"seen", "lan", "SUCCESS", OWN, "seen", 0, 404, BOOTSTRAP_CAUSE_NOT_APPROVED},
        {"waiting", "lan", "SUCCESS", OWN, "waiting", 0, 404, BOOTSTRAP_CAUSE_NOT_APPROVED},
        {"unknown", "lan", "SUCCESS", OWN, NULL, 0, 404, BOOTSTRAP_CAUSE_UNKNOWN},
        {"revoked", "lan", "SUCCESS", OWN, "revoked", 0, 403, BOOTSTRAP_CAUSE_REVOKED},
        {"revoked with window", "lan", "SUCCESS", OWN, "revoked", NOW + 9, 403, BOOTSTRAP_CAUSE_REVOKED},
        {"a state of the future", "lan", "SUCCESS", OWN, "odd", 0, 404, BOOTSTRAP_CAUSE_NOT_APPROVED},
        /* a valid certificate of something else */
        {"other phone", "lan", "SUCCESS", "CN=000413AABBCD", "approved", 0, 403, BOOTSTRAP_CAUSE_OTHER_PHONE},
        {"other phone in a window", "lan", "SUCCESS", "CN=000413AABBCD", "approved", NOW + 9, 403, BOOTSTRAP_CAUSE_OTHER_PHONE},
        {"two names", "lan", "SUCCESS", "CN=000413AABBCC,CN=000413AABBCD", "approved", 0, 403, BOOTSTRAP_CAUSE_SUBJECT},
        {"a person", "lan", "SUCCESS", "CN=Eve,O=x", "approved", NOW + 9, 403, BOOTSTRAP_CAUSE_SUBJECT},
        {"no subject", "lan", "SUCCESS", NULL, "approved", 0, 403, BOOTSTRAP_CAUSE_SUBJECT},
        {"empty subject", "lan", "SUCCESS", "", "approved", 0, 403, BOOTSTRAP_CAUSE_SUBJECT},
        /* forged, expired, of another issuer: worth as little as none */
        {"forged", "lan", "FAILED:certificate signature failure", OWN, "approved", 0, 403, BOOTSTRAP_CAUSE_VERDICT},
        {"expired", "lan", "FAILED:certificate has expired", OWN, "approved", 0, 403, BOOTSTRAP_CAUSE_VERDICT},
        {"issuer", "lan", "FAILED:unable to get local issuer certificate", OWN, "current", 0, 403, BOOTSTRAP_CAUSE_VERDICT},
        {"issuer, unknown", "lan", "FAILED:x", OWN, NULL, 0, 403, BOOTSTRAP_CAUSE_VERDICT},
        {"issuer, window", "lan", "FAILED:x", OWN, "approved", NOW + 1, 200, BOOTSTRAP_CAUSE_WINDOW},
        {"bare", "lan", "FAILED", OWN, "approved", 0, 403, BOOTSTRAP_CAUSE_VERDICT},
        /* none */
        {"none", "lan", "NONE", NULL, "approved", 0, 403, BOOTSTRAP_CAUSE_NO_CERTIFICATE},
        {"none but a subject", "lan", "NONE", OWN, "approved", 0, 403, BOOTSTRAP_CAUSE_NO_CERTIFICATE},
        {"none, unknown", "lan", "NONE", NULL, NULL, 0, 403, BOOTSTRAP_CAUSE_UNKNOWN},
        {"none, waiting", "lan", "NONE", NULL, "waiting", 0, 403, BOOTSTRAP_CAUSE_NOT_APPROVED},
        {"none, revoked", "lan", "NONE", NULL, "revoked", 0, 403, BOOTSTRAP_CAUSE_REVOKED},
        /* the window */
        {"open", "lan", "NONE", NULL, "approved", NOW + 1, 200, BOOTSTRAP_CAUSE_WINDOW},
        {"just closed", "lan", "NONE", NULL, "approved", NOW, 403, BOOTSTRAP_CAUSE_NO_CERTIFICATE},
        {"open, waiting", "lan", "NONE", NULL, "waiting", NOW + 9, 403, BOOTSTRAP_CAUSE_NOT_APPROVED},
        {"open, revoked", "lan", "NONE", NULL, "revoked", NOW + 9, 403, BOOTSTRAP_CAUSE_REVOKED},
        /* the edge said nothing, or the wrong edge */
        {"tunnel", "tunnel", "SUCCESS", OWN, "approved", 0, 403, BOOTSTRAP_CAUSE_LISTENER},
        {"no listener", NULL, "SUCCESS", OWN, "approved", 0, 403, BOOTSTRAP_CAUSE_LISTENER},
        {"no verdict", "lan", NULL, OWN, "approved", NOW + 9, 403, BOOTSTRAP_CAUSE_VERDICT},
        {"odd verdict", "lan", "success", OWN, "approved", NOW + 9, 403, BOOTSTRAP_CAUSE_VERDICT},
        {"trailing verdict", "lan", "SUCCESS ", OWN, "approved", NOW + 9, 403, BOOTSTRAP_CAUSE_VERDICT},
};

static struct bootstrap_decision decide(size_t i)
{
        struct bootstrap_evidence evidence = {rows[i].listener, rows[i].verify, rows[i].subject, {{0, 4, 0x13, 0xaa, 0xbb, 0xcc}}};
        const struct bootstrap_phone phone = {.known = rows[i].state != NULL, .state = rows[i].state, .window_until = rows[i].window_until};
        struct bootstrap_proof proof;
        struct bootstrap_decision decision = bootstrap_admit_proof(&evidence, &proof);

        return decision.serve ? bootstrap_admit_phone(&proof, &phone, NOW) : decision;
}

TEST(every_row_of_the_table_is_decided_as_it_says)
{
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                struct bootstrap_decision decision = decide(i);

                if (decision.status != rows[i].status || decision.cause != rows[i].cause ||
                    decision.serve != (rows[i].status == 200) || !*decision.reason)
                        TEST_FAIL("%s: %u, cause %d, %s", rows[i].what, decision.status, decision.cause, decision.reason);
        }
}

TEST(without_proof_the_status_never_tells_whether_a_phone_exists)
{
        static const char *const states[] = {NULL, "seen", "waiting", "approved", "enrolled", "connected", "current", "revoked"};
        const struct bootstrap_proof proofs[] = {{.kind = BOOTSTRAP_PROOF_NONE}, {.kind = BOOTSTRAP_PROOF_INVALID}};

        for (size_t p = 0; p < 2; p++)
                for (size_t i = 0; i < sizeof states / sizeof *states; i++)
                        CHECK_EQ_INT(bootstrap_admit_phone(&proofs[p], &(struct bootstrap_phone){.known = states[i] != NULL, .state = states[i]},
                                                           NOW).status, 403);
}

TEST(foreign_text_in_a_reason_is_escaped)
{
        struct bootstrap_proof proof;
        struct bootstrap_evidence evidence = {"lan", "FAILED:\x1b[2Jx\n", NULL, {{0, 4, 0x13, 0xaa, 0xbb, 0xcc}}};
        struct bootstrap_decision decision;

        CHECK(bootstrap_admit_proof(&evidence, &proof).serve);
        decision = bootstrap_admit_phone(&proof, &(struct bootstrap_phone){0}, NOW);
        CHECK(!strchr(decision.reason, '\x1b') && !strchr(decision.reason, '\n'));
        evidence.verify = "SUCCESS";
        evidence.subject = "CN=\x1b[2J";
        decision = bootstrap_admit_proof(&evidence, &proof);
        CHECK(!strchr(decision.reason, '\x1b'));
}

TEST(strangers_are_reported_within_bounds)
{
        struct bootstrap_gate gate;
        struct mac mac = {{0, 4, 0x13, 0, 0, 1}};
        unsigned n = 0;

        bootstrap_gate_init(&gate, 5000);
        CHECK(bootstrap_gate_pass(&gate, &mac, 3, 5000));
        CHECK(!bootstrap_gate_pass(&gate, &mac, 3, 64999));
        CHECK(bootstrap_gate_pass(&gate, &mac, 4, 64999));
        CHECK(bootstrap_gate_pass(&gate, &mac, 3, 65001));
        bootstrap_gate_init(&gate, 5000);
        for (unsigned i = 0; i < 1000; i++) {
                mac.bytes[4] = (uint8_t)(i >> 8);
                mac.bytes[5] = (uint8_t)i;
                n += bootstrap_gate_pass(&gate, &mac, 1, 5000 + i);
        }
        CHECK_EQ_INT(n, 20);
        CHECK(bootstrap_gate_pass(&gate, &mac, 2, 8000));
}

TEST(in_the_tunnel_a_bundle_is_for_the_phone_whose_address_it_is)
{
        static const struct {
                const char *state, *tunnel_address, *address;
                bool serve;
        } cases[] = {
                {"current", "10.64.0.2", "10.64.0.2", true},    {"connected", "10.64.0.2", "10.64.0.2", true},
                {"enrolled", "10.64.0.2", "10.64.0.2", false},  {"approved", "10.64.0.2", "10.64.0.2", false},
                {"revoked", "10.64.0.2", "10.64.0.2", false},   {"current", "10.64.0.2", "10.64.0.3", false},
                {"current", "10.64.0.2", "10.64.0.20", false},  {"current", "10.64.0.2", "", false},
                {"current", "10.64.0.2", NULL, false},          {"current", NULL, "10.64.0.2", false},
                {"waiting", NULL, "", false},                   {NULL, NULL, "10.64.0.2", false},
        };

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                const struct bootstrap_phone phone = {.known = cases[i].state, .state = cases[i].state, .tunnel_address = cases[i].tunnel_address};
                struct bootstrap_decision decision = bootstrap_admit_tunnel(&phone, cases[i].address);

                if (decision.serve != cases[i].serve || decision.status != (cases[i].serve ? 200 : 403))
                        TEST_FAIL("row %zu", i);
        }
}

TEST(which_bundle_is_meant_follows_from_the_serial_and_from_what_was_proven)
{
        static const struct {
                enum bootstrap_cause cause;
                const char *asked, *present, *next;
                enum bootstrap_pick pick;
        } cases[] = {
                {BOOTSTRAP_CAUSE_FACTORY, NULL, "01", NULL, BOOTSTRAP_PICK_PRESENT},
                {BOOTSTRAP_CAUSE_FACTORY, NULL, "01", "02", BOOTSTRAP_PICK_NEXT},
                {BOOTSTRAP_CAUSE_FACTORY, NULL, NULL, NULL, BOOTSTRAP_PICK_NONE},
                {BOOTSTRAP_CAUSE_FACTORY, "00", "01", NULL, BOOTSTRAP_PICK_PRESENT},    /* away for years */
                {BOOTSTRAP_CAUSE_FACTORY, "01", "01", "02", BOOTSTRAP_PICK_NEXT},
                {BOOTSTRAP_CAUSE_WINDOW, NULL, "01", "02", BOOTSTRAP_PICK_NEXT},
                {BOOTSTRAP_CAUSE_WINDOW, "02", "01", "02", BOOTSTRAP_PICK_NEXT},
                {BOOTSTRAP_CAUSE_WINDOW, "01", "01", "02", BOOTSTRAP_PICK_NONE},
                {BOOTSTRAP_CAUSE_WINDOW, "01", "01", NULL, BOOTSTRAP_PICK_PRESENT},
                {BOOTSTRAP_CAUSE_WINDOW, "00", "01", NULL, BOOTSTRAP_PICK_NONE},
                {BOOTSTRAP_CAUSE_TUNNEL, "02", "01", "02", BOOTSTRAP_PICK_NEXT},
                {BOOTSTRAP_CAUSE_TUNNEL, "01", "01", "02", BOOTSTRAP_PICK_PRESENT},
                {BOOTSTRAP_CAUSE_TUNNEL, "00", "01", "02", BOOTSTRAP_PICK_NONE},
                {BOOTSTRAP_CAUSE_TUNNEL, "00", NULL, NULL, BOOTSTRAP_PICK_NONE},
        };

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                if (bootstrap_pick(cases[i].cause, cases[i].asked, cases[i].present, cases[i].next) != cases[i].pick)
                        TEST_FAIL("row %zu", i);
}

TEST(a_proof_of_the_old_phones_listener_is_worth_something_for_old_phones_alone)
{
        const struct bootstrap_phone old = {.known = true, .state = "approved", .is_legacy = true}, modern = {.known = true, .state = "approved"},
                                     nobody = {.known = false};

        CHECK(!bootstrap_proof_is_weak(BOOTSTRAP_LISTENER_LEGACY, &old));
        CHECK(bootstrap_proof_is_weak(BOOTSTRAP_LISTENER_LEGACY, &modern));
        CHECK(bootstrap_proof_is_weak(BOOTSTRAP_LISTENER_LEGACY, &nobody));
        CHECK(!bootstrap_proof_is_weak(BOOTSTRAP_LISTENER_LAN, &modern));
}

TEST(only_who_proves_nothing_after_the_bundle_was_taken_replays)
{
        static const struct bootstrap_proof none = {.kind = BOOTSTRAP_PROOF_NONE}, invalid = {.kind = BOOTSTRAP_PROOF_INVALID},
                                            factory = {.kind = BOOTSTRAP_PROOF_FACTORY};
        struct bootstrap_phone phone = {.known = true, .state = "enrolled"};

        CHECK(bootstrap_is_replay(&none, &phone) && bootstrap_is_replay(&invalid, &phone) && !bootstrap_is_replay(&factory, &phone));
        phone.state = "current";
        CHECK(bootstrap_is_replay(&none, &phone));
        phone.state = "approved";
        CHECK(!bootstrap_is_replay(&none, &phone));
        phone.state = "revoked";
        CHECK(!bootstrap_is_replay(&none, &phone));
        CHECK(!bootstrap_is_replay(&none, &(struct bootstrap_phone){.known = false}));
}
