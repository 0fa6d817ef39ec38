/*
 * test_session_policy: who may have a tunnel, and what OpenVPN is told.
 */
#include "tests/support/test.h"
#include "vpn/session/session_command.h"
#include "vpn/session/session_policy.h"

#define MAC "000413aa0001"
#define NEW_CLIENT 990          /* IV_PROTO of 2.6: bit 8 is set */
#define OLD_CLIENT 2

static const struct session_policy_phone good = {.allowed = true, .sha256 = "aa", .next_sha256 = "nn", .address = 0x0a40000a};

static const struct session_reach_routes none;

static struct session_policy_answer connect_of(const struct session_policy_phone *phone, const char *sha256, uint32_t protocol)
{
        const struct session_policy_request request = {.common_name = MAC, .sha256 = sha256, .protocol = protocol};

        return session_policy_decide(&request, phone, NULL, true);
}

static struct session_policy_answer again(const struct session_policy_phone *phone, const char *name, const char *sha256,
                                          const char *before_name, const char *before_sha256)
{
        const struct session_policy_request request = {.is_again = true, .common_name = name, .sha256 = sha256};
        const struct session_policy_tunnel tunnel = {.common_name = before_name, .sha256 = before_sha256};

        return session_policy_decide(&request, phone, before_name ? &tunnel : NULL, true);
}

TEST(an_allowed_phone_with_its_certificate_gets_its_address)
{
        struct session_policy_answer answer = connect_of(&good, "aa", NEW_CLIENT);

        CHECK_EQ_INT(answer.verdict, SESSION_POLICY_ADMIT);
        CHECK_EQ_INT(answer.address, 0x0a40000a);
}

TEST(another_certificate_of_ours_is_refused)
{
        CHECK_EQ_INT(connect_of(&good, "bb", NEW_CLIENT).reason, SESSION_POLICY_REASON_CERTIFICATE);
        CHECK_EQ_INT(connect_of(&good, "", NEW_CLIENT).reason, SESSION_POLICY_REASON_CERTIFICATE);
}

TEST(a_phone_without_certificate_in_the_store_is_refused_even_with_an_empty_digest)
{
        const struct session_policy_phone bare = {.allowed = true, .sha256 = "", .next_sha256 = "", .address = 1};

        CHECK_EQ_INT(connect_of(&bare, "", NEW_CLIENT).verdict, SESSION_POLICY_DENY);
}

TEST(a_revoked_phone_is_refused_even_with_its_certificate)
{
        const struct session_policy_phone revoked = {.allowed = false, .sha256 = "aa", .next_sha256 = "", .address = 1};

        CHECK_EQ_INT(connect_of(&revoked, "aa", NEW_CLIENT).reason, SESSION_POLICY_REASON_REVOKED);
}

TEST(an_unknown_phone_is_refused)
{
        CHECK_EQ_INT(connect_of(NULL, "aa", NEW_CLIENT).reason, SESSION_POLICY_REASON_UNKNOWN);
}

TEST(an_unknown_phone_is_only_put_off_while_the_store_is_away)
{
        const struct session_policy_request request = {.common_name = MAC, .sha256 = "aa", .protocol = NEW_CLIENT};
        struct session_policy_answer answer = session_policy_decide(&request, NULL, NULL, false);

        CHECK_EQ_INT(answer.verdict, SESSION_POLICY_DENY);
        CHECK_EQ_INT(answer.reason, SESSION_POLICY_REASON_NOT_READY);
        CHECK(answer.backoff_s < 10);
}

TEST(a_known_phone_is_admitted_from_memory_while_the_store_is_away)
{
        const struct session_policy_request request = {.common_name = MAC, .sha256 = "aa"};

        CHECK_EQ_INT(session_policy_decide(&request, &good, NULL, false).verdict, SESSION_POLICY_ADMIT);
}

TEST(a_renewal_with_the_same_certificate_is_kept)
{
        CHECK_EQ_INT(again(&good, MAC, "aa", MAC, "aa").verdict, SESSION_POLICY_KEEP);
}

TEST(a_renewal_of_a_session_from_before_we_attached_is_kept_if_it_is_the_phones_certificate)
{
        CHECK_EQ_INT(again(&good, MAC, "aa", MAC, "").verdict, SESSION_POLICY_KEEP);
        CHECK_EQ_INT(again(&good, MAC, "bb", MAC, "").verdict, SESSION_POLICY_DENY);
}

TEST(a_renewal_under_another_name_is_refused_and_leaves_the_old_session_to_openvpn)
{
        struct session_policy_answer answer = again(&good, MAC, "aa", "000413aa0002", "cc");

        CHECK_EQ_INT(answer.verdict, SESSION_POLICY_DENY);
        CHECK_EQ_INT(answer.reason, SESSION_POLICY_REASON_ANOTHER);
        CHECK(!answer.kill_tunnel);
}

TEST(a_renewal_with_another_certificate_of_the_same_name_is_refused)
{
        CHECK_EQ_INT(again(&good, MAC, "aa", MAC, "bb").reason, SESSION_POLICY_REASON_ANOTHER);
}

TEST(a_renewal_of_a_revoked_phone_is_refused_and_its_session_killed)
{
        const struct session_policy_phone revoked = {.allowed = false, .sha256 = "aa", .next_sha256 = "", .address = 1};
        struct session_policy_answer answer = again(&revoked, MAC, "aa", MAC, "aa");

        CHECK_EQ_INT(answer.verdict, SESSION_POLICY_DENY);
        CHECK(answer.kill_tunnel);
}

TEST(every_reason_has_a_sentence)
{
        for (int i = SESSION_POLICY_REASON_NONE; i < SESSION_POLICY_REASONS; i++) {
                const char *text = session_policy_reason_text((enum session_policy_reason)i);

                CHECK(text && text[strlen(text) - 1] == '.');
                CHECK(session_policy_reason_word((enum session_policy_reason)i));
        }
}

TEST(an_admission_pushes_the_fixed_address_and_mask)
{
        const struct session_policy_answer answer = {.verdict = SESSION_POLICY_ADMIT, .address = 0x0a40000a};
        char text[SESSION_COMMAND_MAX];

        CHECK_EQ_INT(session_command_answer(&answer, 7, 1, 16, &none, text), 0);
        CHECK_STR(text, "client-auth 7 1\nifconfig-push 10.64.0.10 255.255.0.0\nEND\n");
}

TEST(a_new_client_is_told_when_to_come_back_and_an_old_one_only_that_it_may_not)
{
        struct session_policy_answer answer = connect_of(NULL, "aa", NEW_CLIENT);
        char text[SESSION_COMMAND_MAX];

        CHECK_EQ_INT(session_command_answer(&answer, 7, 1, 16, &none, text), 0);
        CHECK_STR(text, "client-deny 7 1 \"unknown\" \"TEMP[backoff 60,advance no]:not admitted\"\n");
        answer = connect_of(NULL, "aa", OLD_CLIENT);
        CHECK_EQ_INT(session_command_answer(&answer, 7, 1, 16, &none, text), 0);
        CHECK_STR(text, "client-deny 7 1 \"unknown\" \"not admitted\"\n");
}

TEST(a_peer_that_would_break_out_of_its_command_is_refused)
{
        const char *bad[] = {"", "192.0.2.1", "192.0.2.1:", "192.0.2.1:70000", "192.0.2.1:1 x", "192.0.2.1:1\nkill", "::1:5000",
                             "192.0.2.1\n:1", "192.0.2.1234567890:1", ":1"};
        char text[SESSION_COMMAND_MAX];

        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
                CHECK_EQ_INT(session_command_kill_peer(bad[i], false, text), PV_EREFUSED);
        CHECK_EQ_INT(session_command_kill_peer("192.0.2.1:5000", false, text), 0);
        CHECK_STR(text, "kill udp:192.0.2.1:5000\n");
        CHECK_EQ_INT(session_command_kill_peer("192.0.2.1:5000", true, text), 0);
        CHECK_STR(text, "kill tcp:192.0.2.1:5000\n");
}

TEST(a_name_that_would_break_out_of_its_command_is_refused)
{
        const char *const bad[] = {"", "a b", "a\nsignal SIGTERM", "a\"", "a\\", "UNDEF;"};
        char text[SESSION_COMMAND_MAX];

        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
                CHECK_EQ_INT(session_command_kill(bad[i], text), PV_EREFUSED);
        CHECK_EQ_INT(session_command_kill(MAC, text), 0);
        CHECK_STR(text, "kill 000413aa0001\n");
}

/* --- the next certificate, the class, the means ------------------------------ */

static enum session_policy_reason reason_of(const struct session_policy_phone *phone, struct session_policy_request request)
{
        request.common_name = MAC;
        if (!request.sha256)
                request.sha256 = "aa";
        return session_policy_decide(&request, phone, NULL, true).reason;
}

TEST(the_present_and_the_next_certificate_are_both_good)
{
        CHECK_EQ_INT(connect_of(&good, "nn", NEW_CLIENT).verdict, SESSION_POLICY_ADMIT);
        CHECK_EQ_INT(again(&good, MAC, "nn", MAC, "nn").verdict, SESSION_POLICY_KEEP);
        CHECK_EQ_INT(again(&good, MAC, "aa", MAC, "aa").verdict, SESSION_POLICY_KEEP);
}

TEST(a_renewal_with_the_next_certificate_in_the_session_of_the_present_one_is_refused)
{
        CHECK_EQ_INT(again(&good, MAC, "nn", MAC, "aa").reason, SESSION_POLICY_REASON_ANOTHER);
}

TEST(a_former_certificate_is_refused_and_its_session_killed_at_its_renewal)
{
        struct session_policy_answer answer = again(&good, MAC, "old", MAC, "old");

        CHECK_EQ_INT(answer.reason, SESSION_POLICY_REASON_CERTIFICATE);
        CHECK(answer.kill_tunnel);
}

TEST(a_phone_comes_in_by_the_process_of_its_class_alone)
{
        struct session_policy_phone old = good;

        old.class = SESSION_CLASS_LEGACY;
        CHECK_EQ_INT(reason_of(&good, (struct session_policy_request){.class = SESSION_CLASS_LEGACY}), SESSION_POLICY_REASON_MODERN);
        CHECK_EQ_INT(reason_of(&old, (struct session_policy_request){.class = SESSION_CLASS_MODERN}), SESSION_POLICY_REASON_LEGACY);
        CHECK_EQ_INT(reason_of(&old, (struct session_policy_request){.class = SESSION_CLASS_LEGACY}), SESSION_POLICY_REASON_NONE);
        CHECK_EQ_INT(reason_of(&old, (struct session_policy_request){.class = SESSION_CLASS_MODERN, .is_legacy_off = true}),
                     SESSION_POLICY_REASON_LEGACY_OFF);
}

TEST(without_a_common_cipher_a_phone_is_told_so_but_only_the_phone)
{
        const struct session_policy_request request = {.cipher = SESSION_CIPHER_NONE};

        CHECK_EQ_INT(reason_of(&good, request), SESSION_POLICY_REASON_CIPHER);
        CHECK_EQ_INT(reason_of(&good, (struct session_policy_request){.cipher = SESSION_CIPHER_NONE, .sha256 = "zz"}),
                     SESSION_POLICY_REASON_CERTIFICATE);
        CHECK_EQ_INT(reason_of(NULL, request), SESSION_POLICY_REASON_UNKNOWN);
}

TEST(tls_1_0_and_bf_are_for_named_models_alone)
{
        const struct session_policy_request bf = {.class = SESSION_CLASS_LEGACY, .cipher = SESSION_CIPHER_INSECURE};
        const struct session_policy_request tls = {.class = SESSION_CLASS_LEGACY, .is_old_tls = true};
        struct session_policy_phone old = good;

        old.class = SESSION_CLASS_LEGACY;
        CHECK_EQ_INT(reason_of(&old, bf), SESSION_POLICY_REASON_INSECURE_CIPHER);
        CHECK_EQ_INT(reason_of(&old, tls), SESSION_POLICY_REASON_INSECURE_TLS);
        old.may_insecure = true;
        CHECK_EQ_INT(reason_of(&old, bf), SESSION_POLICY_REASON_NONE);
        CHECK_EQ_INT(reason_of(&old, tls), SESSION_POLICY_REASON_NONE);
}

TEST(a_second_place_is_refused_and_the_same_place_is_not)
{
        CHECK_EQ_INT(reason_of(&good, (struct session_policy_request){.other = SESSION_POLICY_OTHER_ELSEWHERE}),
                     SESSION_POLICY_REASON_SECOND_PLACE);
        CHECK_EQ_INT(reason_of(&good, (struct session_policy_request){.other = SESSION_POLICY_OTHER_HERE}), SESSION_POLICY_REASON_NONE);
}

TEST(an_address_that_another_tunnel_still_has_is_waited_for)
{
        struct session_policy_phone moved = good;
        const struct session_policy_request request = {.common_name = MAC, .sha256 = "aa", .protocol = NEW_CLIENT};
        struct session_policy_answer answer;

        moved.address_is_taken = true;
        answer = session_policy_decide(&request, &moved, NULL, true);
        CHECK_EQ_INT(answer.reason, SESSION_POLICY_REASON_TAKEN);
        CHECK(answer.backoff_s < 10);
}

TEST(an_admission_tells_the_routes)
{
        const struct session_policy_answer answer = {.verdict = SESSION_POLICY_ADMIT, .address = 0x0a40000a};
        const struct session_reach_routes routes = {.items = {{0x0a140000, 24}, {0x0a1e0005, 32}}, .n_items = 2};
        char text[SESSION_COMMAND_MAX];

        CHECK_EQ_INT(session_command_answer(&answer, 7, 1, 16, &routes, text), 0);
        CHECK_STR(text, "client-auth 7 1\nifconfig-push 10.64.0.10 255.255.0.0\n"
                        "push \"route 10.20.0.0 255.255.255.0\"\npush \"route 10.30.0.5 255.255.255.255\"\nEND\n");
}

TEST(as_many_routes_as_there_may_be_fit_into_a_command)
{
        const struct session_policy_answer answer = {.verdict = SESSION_POLICY_ADMIT, .address = UINT32_MAX};
        struct session_reach_routes routes = {.n_items = SESSION_REACH_ROUTES_MAX};
        char text[SESSION_COMMAND_MAX];

        for (size_t i = 0; i < routes.n_items; i++)
                routes.items[i] = (struct session_reach_route){0xc8c8c8c8 + (uint32_t)i, 32};
        CHECK_EQ_INT(session_command_answer(&answer, UINT64_MAX, UINT64_MAX, 32, &routes, text), 0);
}

/* --- ciphers ------------------------------------------------------------------ */

TEST(the_cipher_is_foretold_as_openvpn_chooses_it)
{
        char name[SESSION_CIPHER_NAME_SIZE];

        CHECK_EQ_INT(session_cipher_foretell(SESSION_CLASS_MODERN, "AES-128-GCM:AES-256-GCM", true, name), SESSION_CIPHER_GOOD);
        CHECK_STR(name, "AES-256-GCM");
        CHECK_EQ_INT(session_cipher_foretell(SESSION_CLASS_MODERN, "AES-256-CBC", true, name), SESSION_CIPHER_NONE);
        CHECK_STR(name, "");
        CHECK_EQ_INT(session_cipher_foretell(SESSION_CLASS_LEGACY, "AES-256-CBC:BF-CBC", true, name), SESSION_CIPHER_GOOD);
        CHECK_STR(name, "AES-256-CBC");
        CHECK_EQ_INT(session_cipher_foretell(SESSION_CLASS_LEGACY, "BF-CBC", true, name), SESSION_CIPHER_INSECURE);
        CHECK_STR(name, "BF-CBC");
        CHECK_EQ_INT(session_cipher_foretell(SESSION_CLASS_LEGACY, "AES-256-CB", true, name), SESSION_CIPHER_NONE);
        CHECK_EQ_INT(session_cipher_foretell(SESSION_CLASS_LEGACY, ":::", true, name), SESSION_CIPHER_NONE);
}

TEST(a_client_that_says_nothing_is_left_to_openvpn)
{
        char name[SESSION_CIPHER_NAME_SIZE];

        CHECK_EQ_INT(session_cipher_foretell(SESSION_CLASS_MODERN, "", false, name), SESSION_CIPHER_UNKNOWN);
        CHECK_EQ_INT(session_cipher_foretell(SESSION_CLASS_MODERN, "", true, name), SESSION_CIPHER_GOOD);
        CHECK_STR(name, "AES-256-GCM");
        CHECK(session_cipher_is_insecure(SESSION_CLASS_LEGACY, "BF-CBC"));
        CHECK(!session_cipher_is_insecure(SESSION_CLASS_LEGACY, "AES-256-CBC"));
        CHECK(!session_cipher_is_insecure(SESSION_CLASS_LEGACY, ""));
}
