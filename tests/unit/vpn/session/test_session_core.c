/*
 * test_session_core: what session does, told by what it asked its surroundings to do.
 */
#include "tests/support/test.h"
#include "vpn/session/session_core.h"

#define A "000413aa0001"
#define B "000413aa0002"
#define ADDRESS_A 0x0a40000au
#define ADDRESS_B 0x0a40000bu
#define SHA_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SHA_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static struct session_core core;
static char said[8192];                 /* all that went through the outlet, a line each */
static uint64_t tickets;
static int64_t now_ms;

__attribute__((format(printf, 1, 2)))
static void say(const char *format, ...)
{
        size_t used = strlen(said);
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(said + used, sizeof said - used, format, arguments);
        va_end(arguments);
}

static void on_send(const char *command, enum session_core_command kind, const char *tag, void *userdata)
{
        (void)kind, (void)tag, (void)userdata;
        say("send %s", command);
}

static bool on_block(uint32_t address, bool blocked, void *userdata)
{
        (void)userdata;
        say("%s %08x\n", blocked ? "block" : "unblock", address);
        return true;
}

static void on_block_only(const uint32_t *addresses, size_t n_addresses, void *userdata)
{
        (void)userdata;
        say("block-only");
        for (size_t i = 0; i < n_addresses; i++)
                say(" %08x", addresses[i]);
        say("\n");
}

static void on_report(const char *mac, bool up, const char *detail, void *userdata)
{
        (void)detail, (void)userdata;
        say("report %s %s\n", mac, up ? "up" : "down");
}

static void on_report_all(const struct session_tunnels *tunnels, void *userdata)
{
        (void)userdata;
        say("report-all");
        for (size_t i = 0; i < tunnels->n_items; i++)
                say(" %s", tunnels->items[i]->common_name);
        say("\n");
}

static void on_event(const char *mac, const char *word, const char *detail, void *userdata)
{
        (void)detail, (void)userdata;
        say("event '%s' %s\n", mac, word);
}

static uint64_t on_refresh(void *userdata)
{
        (void)userdata;
        say("refresh\n");
        return ++tickets;
}

static void on_changed(void *userdata)
{
        (void)userdata;
}

static int64_t on_wall_ms(void *userdata)
{
        (void)userdata;
        return now_ms;
}

/* The store's table: up to two phones; it knows of A's tunnel. */
static void phones(bool has_a, bool allowed_a, bool has_b)
{
        struct session_phone *items = calloc(2, sizeof *items);
        size_t n = 0;

        CHECK(items);
        if (has_b)
                items[n++] = (struct session_phone){.mac = B, .sha256 = SHA_B, .address = ADDRESS_B, .allowed = true};
        if (has_a)
                items[n++] = (struct session_phone){.mac = A, .sha256 = SHA_A, .address = ADDRESS_A, .allowed = allowed_a,
                                                    .is_up = true};
        session_core_phones(&core, items, n, tickets);
}

static void begin(void)
{
        const struct session_core_outlet outlet = {.send = on_send, .block = on_block, .block_only = on_block_only,
                .report = on_report, .report_all = on_report_all, .event = on_event, .refresh = on_refresh,
                .changed = on_changed, .wall_ms = on_wall_ms};

        session_core_init(&core, &outlet);
        tickets = 0;
        now_ms = 1000000;
        phones(true, true, true);
        session_core_attached(&core);
        session_core_rows_end(&core, true);
        *said = 0;
}

static void client(enum management_line_event event, uint64_t cid, const char *common_name, const char *sha256)
{
        struct management_client c = {.event = event, .cid = cid, .kid = 1, .protocol = 990};

        snprintf(c.common_name, sizeof c.common_name, "%s", common_name);
        snprintf(c.sha256, sizeof c.sha256, "%s", sha256);
        snprintf(c.peer_address, sizeof c.peer_address, "192.0.2.1");
        snprintf(c.peer_port, sizeof c.peer_port, "%u", (unsigned)(5000 + cid));
        session_core_client(&core, &c);
}

static void bring_up(uint64_t cid, const char *common_name, const char *sha256)
{
        client(MANAGEMENT_LINE_EVENT_CONNECT, cid, common_name, sha256);
        client(MANAGEMENT_LINE_EVENT_ESTABLISHED, cid, common_name, sha256);
        *said = 0;
}

static void end(uint64_t cid)
{
        client(MANAGEMENT_LINE_EVENT_DISCONNECT, cid, "", "");
}

static void row(uint64_t cid, const char *common_name, const char *address)
{
        char peer[32];
        struct management_line_row r = {.common_name = cursor_of_text(common_name), .address = cursor_of_text(address),
                .cipher = cursor_of_text("AES-256-GCM"), .cid = cid, .bytes_in = 5};

        snprintf(peer, sizeof peer, "udp4:192.0.2.1:%u", (unsigned)(5000 + cid));
        r.peer = cursor_of_text(peer);
        session_core_row(&core, &r);
}

static bool is_closed(const char *mac)
{
        struct session_core_closing closing = {0};

        return session_core_is_closed(&core, mac, &closing);
}

TEST(attaching_releases_the_hold_and_asks_for_the_table)
{
        begin();
        session_core_attached(&core);
        CHECK_STR(said, "send hold release\nsend status 3\n");
        session_core_done(&core);
}

TEST(a_known_phone_is_answered_at_once)
{
        begin();
        client(MANAGEMENT_LINE_EVENT_CONNECT, 0, A, SHA_A);
        CHECK_STR(said, "send client-auth 0 1\nifconfig-push 10.64.0.10 255.255.0.0\nEND\n");
        *said = 0;
        client(MANAGEMENT_LINE_EVENT_ESTABLISHED, 0, A, SHA_A);
        CHECK_STR(said, "report " A " up\n");
        session_core_done(&core);
}

TEST(a_phone_that_memory_refuses_waits_for_one_look_into_the_store)
{
        begin();
        phones(false, false, true);
        *said = 0;
        client(MANAGEMENT_LINE_EVENT_CONNECT, 0, A, SHA_A);
        CHECK_STR(said, "refresh\n");
        *said = 0;
        phones(true, true, true);
        CHECK(strstr(said, "unblock 0a40000a\n"));
        CHECK(strstr(said, "send client-auth 0 1\n"));
        session_core_done(&core);
}

TEST(an_answer_of_the_store_from_before_the_question_does_not_count)
{
        begin();
        phones(false, false, true);
        client(MANAGEMENT_LINE_EVENT_CONNECT, 0, A, SHA_A);
        *said = 0;
        tickets--;
        phones(false, false, true);
        CHECK_STR(said, "");
        tickets++;
        phones(false, false, true);
        CHECK(strstr(said, "send client-deny 0 1 \"unknown\""));
        session_core_done(&core);
}

TEST(an_unknown_phone_is_refused_and_told_once_without_its_name)
{
        begin();
        for (uint64_t cid = 0; cid < 3; cid++) {
                client(MANAGEMENT_LINE_EVENT_CONNECT, cid, "000413aa0009", SHA_A);
                phones(true, true, true);
        }
        CHECK(strstr(said, "send client-deny 2 1 \"unknown\""));
        CHECK(strstr(said, "event '' tunnel-refused\n"));
        CHECK(!strstr(strstr(said, "tunnel-refused") + 1, "tunnel-refused"));
        CHECK_EQ_INT(core.tunnels.n_items, 0);
        session_core_done(&core);
}

TEST(another_certificate_is_refused_with_an_event_for_the_phone)
{
        begin();
        client(MANAGEMENT_LINE_EVENT_CONNECT, 0, A, SHA_B);
        phones(true, true, true);
        CHECK(strstr(said, "send client-deny 0 1 \"certificate\""));
        CHECK(strstr(said, "event '" A "' tunnel-refused\n"));
        session_core_done(&core);
}

TEST(with_the_store_away_an_unknown_phone_is_put_off_and_a_known_one_admitted)
{
        begin();
        client(MANAGEMENT_LINE_EVENT_CONNECT, 0, "000413aa0009", SHA_A);
        session_core_phones_failed(&core, tickets);
        CHECK(strstr(said, "send client-deny 0 1 \"not-ready\" \"TEMP[backoff 3,"));
        *said = 0;
        client(MANAGEMENT_LINE_EVENT_CONNECT, 1, A, SHA_A);
        CHECK(strstr(said, "send client-auth 1 1\n"));
        session_core_done(&core);
}

TEST(revoke_blocks_first_then_kills_and_is_closed_when_openvpn_says_so)
{
        struct session_core_closing closing = {0};

        begin();
        bring_up(0, A, SHA_A);
        phones(true, false, true);
        CHECK_STR(said, "block 0a40000a\nsend kill udp:192.0.2.1:5000\n");
        CHECK(!is_closed(A));
        *said = 0;
        now_ms += 2;
        session_core_killed(&core, 0, true);
        CHECK(!is_closed(A));
        end(0);
        CHECK_STR(said, "report " A " down\nevent '" A "' tunnel-closed\n");
        CHECK(session_core_is_closed(&core, A, &closing));
        CHECK(closing.was_connected);
        CHECK(closing.blocked);
        CHECK_EQ_INT(closing.closed_at_ms, 1000002);
        session_core_done(&core);
}

TEST(a_deleted_phone_is_closed_likewise_but_leaves_no_event)
{
        begin();
        bring_up(0, A, SHA_A);
        phones(false, false, true);
        CHECK(strstr(said, "block 0a40000a\nsend kill udp:192.0.2.1:5000\n"));
        end(0);
        CHECK(!strstr(said, "event"));
        CHECK(is_closed(A));
        session_core_done(&core);
}

TEST(a_kill_that_finds_nothing_closes_too)
{
        begin();
        bring_up(0, A, SHA_A);
        phones(true, false, true);
        *said = 0;
        session_core_killed(&core, 0, false);
        CHECK_STR(said, "send kill " A "\n");
        CHECK(!is_closed(A));
        session_core_name_killed(&core, A, false);
        CHECK(is_closed(A));
        session_core_done(&core);
}

/* It is told so before it is killed: else it would ask for its address for a minute. */
TEST(a_phone_revoked_between_admission_and_its_tunnel_begins_anew_and_is_killed_a_moment_later)
{
        begin();
        client(MANAGEMENT_LINE_EVENT_CONNECT, 0, A, SHA_A);
        *said = 0;
        phones(true, false, true);
        CHECK_STR(said, "block 0a40000a\nsend client-kill 0\n");
        phones(true, false, true);
        CHECK_STR(said, "block 0a40000a\nsend client-kill 0\n");
        CHECK(!is_closed(A));
        *said = 0;
        CHECK(session_core_sweep(&core));
        CHECK_STR(said, "");
        CHECK(session_core_sweep(&core));
        CHECK_STR(said, "send kill udp:192.0.2.1:5000\n");
        end(0);
        CHECK(is_closed(A));
        CHECK(!session_core_sweep(&core));
        session_core_done(&core);
}

TEST(a_phone_revoked_between_admission_and_its_tunnel_is_killed_when_its_tunnel_is_up)
{
        begin();
        client(MANAGEMENT_LINE_EVENT_CONNECT, 0, A, SHA_A);
        phones(true, false, true);
        client(MANAGEMENT_LINE_EVENT_ESTABLISHED, 0, A, SHA_A);
        CHECK(strstr(strstr(said, "report"), "send kill udp:192.0.2.1:5000\n"));
        session_core_done(&core);
}

/* The phone was switched off and on again; OpenVPN still has its first session. */
TEST(the_end_of_a_deleted_phones_old_session_leaves_its_new_one_to_be_answered)
{
        begin();
        bring_up(0, A, SHA_A);
        client(MANAGEMENT_LINE_EVENT_CONNECT, 1, A, SHA_A);
        *said = 0;
        phones(false, false, true);
        CHECK_STR(said, "block 0a40000a\nsend kill udp:192.0.2.1:5000\nsend client-kill 1\n");
        session_core_done(&core);
}

TEST(a_phone_with_its_new_certificate_is_admitted_while_its_old_session_ends)
{
        struct session_phone *items = calloc(2, sizeof *items);

        begin();
        bring_up(0, A, SHA_A);
        client(MANAGEMENT_LINE_EVENT_CONNECT, 1, A, SHA_B);
        CHECK_STR(said, "refresh\n");
        *said = 0;
        CHECK(items);
        items[0] = (struct session_phone){.mac = A, .sha256 = SHA_B, .address = ADDRESS_A, .allowed = true};
        items[1] = (struct session_phone){.mac = B, .sha256 = SHA_B, .address = ADDRESS_B, .allowed = true};
        session_core_phones(&core, items, 2, tickets);
        CHECK_STR(said, "send kill udp:192.0.2.1:5000\n"
                        "send client-auth 1 1\nifconfig-push 10.64.0.10 255.255.0.0\nEND\n");
        session_core_done(&core);
}

TEST(who_waits_for_an_answer_is_not_killed_with_the_session_it_replaces)
{
        begin();
        bring_up(0, A, SHA_A);
        client(MANAGEMENT_LINE_EVENT_CONNECT, 1, A, SHA_B);
        *said = 0;
        phones(false, false, true);
        CHECK(strstr(said, "send kill udp:192.0.2.1:5000\nsend client-deny 1 1 \"unknown\""));
        *said = 0;
        phones(false, false, true);
        CHECK_STR(said, "send kill udp:192.0.2.1:5000\n");
        session_core_done(&core);
}

TEST(a_session_that_is_not_at_its_peer_ends_by_its_client_id_when_its_phone_has_another)
{
        begin();
        bring_up(0, A, SHA_A);
        client(MANAGEMENT_LINE_EVENT_CONNECT, 1, A, SHA_B);
        phones(true, false, true);
        client(MANAGEMENT_LINE_EVENT_CONNECT, 2, A, SHA_B);
        *said = 0;
        session_core_killed(&core, 0, false);
        CHECK_STR(said, "send client-kill 0\n");
        end(0);
        *said = 0;
        session_core_killed(&core, 0, false);
        CHECK_STR(said, "");
        session_core_done(&core);
}

TEST(a_kill_that_ended_nothing_comes_again)
{
        begin();
        bring_up(0, A, SHA_A);
        phones(true, false, true);
        session_core_killed(&core, 0, true);
        *said = 0;
        for (int i = 0; i < 3; i++)
                CHECK(session_core_sweep(&core));
        CHECK_STR(said, "send kill udp:192.0.2.1:5000\nsend kill udp:192.0.2.1:5000\n");
        end(0);
        CHECK(!session_core_sweep(&core));
        session_core_done(&core);
}

TEST(who_gets_no_answer_from_the_store_is_put_off_after_five_seconds)
{
        begin();
        client(MANAGEMENT_LINE_EVENT_CONNECT, 3, "000413aa0009", SHA_A);
        *said = 0;
        for (int ms = SESSION_CORE_SWEEP_MS; ms < 5000; ms += SESSION_CORE_SWEEP_MS)
                CHECK(session_core_sweep(&core));
        CHECK_STR(said, "");
        session_core_sweep(&core);
        CHECK(strstr(said, "send client-deny 3 1 \"not-ready\" \"TEMP[backoff 3,"));
        CHECK(!session_core_sweep(&core));
        session_core_done(&core);
}

TEST(tunnels_that_may_be_are_left_alone_by_the_sweep)
{
        begin();
        bring_up(0, A, SHA_A);
        client(MANAGEMENT_LINE_EVENT_CONNECT, 1, B, SHA_B);
        *said = 0;
        CHECK(!session_core_sweep(&core));
        CHECK_STR(said, "");
        session_core_done(&core);
}

TEST(revoking_a_phone_that_is_not_connected_is_closed_at_once)
{
        struct session_core_closing closing = {0};

        begin();
        phones(true, false, true);
        CHECK_STR(said, "block 0a40000a\n");
        CHECK(session_core_is_closed(&core, A, &closing));
        CHECK(!closing.was_connected);
        session_core_done(&core);
}

TEST(nothing_is_closed_while_openvpn_is_not_attached)
{
        begin();
        session_core_lost(&core);
        CHECK(!is_closed(A));
        session_core_attached(&core);
        CHECK(!is_closed(A));
        session_core_rows_end(&core, true);
        CHECK(is_closed(A));
        session_core_done(&core);
}

TEST(a_new_certificate_ends_the_old_ones_session_without_blocking_the_address)
{
        struct session_phone *items = calloc(1, sizeof *items);

        begin();
        bring_up(0, A, SHA_A);
        *items = (struct session_phone){.mac = A, .sha256 = SHA_B, .address = ADDRESS_A, .allowed = true};
        session_core_phones(&core, items, 1, 0);
        CHECK(strstr(said, "send kill udp:192.0.2.1:5000\n"));
        CHECK(!strstr(said, "block 0a40000a"));
        session_core_done(&core);
}

TEST(approved_again_its_address_is_free_again)
{
        begin();
        phones(true, false, true);
        *said = 0;
        phones(true, true, true);
        CHECK_STR(said, "unblock 0a40000a\n");
        session_core_done(&core);
}

TEST(the_end_of_a_replaced_session_is_no_end_of_the_tunnel)
{
        begin();
        bring_up(0, A, SHA_A);
        client(MANAGEMENT_LINE_EVENT_CONNECT, 1, A, SHA_A);
        client(MANAGEMENT_LINE_EVENT_ESTABLISHED, 1, A, SHA_A);
        *said = 0;
        end(0);
        CHECK_STR(said, "");
        end(1);
        CHECK_STR(said, "report " A " down\n");
        session_core_done(&core);
}

TEST(a_disconnect_of_an_unknown_client_id_does_nothing)
{
        begin();
        bring_up(0, A, SHA_A);
        end(99);
        CHECK_STR(said, "");
        session_core_done(&core);
}

TEST(a_renewal_of_another_phone_on_the_same_port_is_refused)
{
        begin();
        bring_up(0, A, SHA_A);
        client(MANAGEMENT_LINE_EVENT_REAUTH, 0, B, SHA_B);
        CHECK(strstr(said, "send client-deny 0 1 \"another\" \"TEMP[backoff 3,"));
        CHECK(!strstr(said, "kill"));
        session_core_done(&core);
}

TEST(a_renewal_of_the_same_phone_is_kept)
{
        begin();
        bring_up(0, A, SHA_A);
        client(MANAGEMENT_LINE_EVENT_REAUTH, 0, A, SHA_A);
        CHECK_STR(said, "send client-auth-nt 0 1\n");
        session_core_done(&core);
}

TEST(rows_found_on_attaching_are_taken_over_if_the_store_allows_them)
{
        begin();
        session_core_attached(&core);
        *said = 0;
        row(4, A, "10.64.0.10");
        session_core_rows_end(&core, true);
        CHECK_STR(said, "report-all " A "\n");
        CHECK_STR(core.tunnels.items[0]->peer, "192.0.2.1:5004");
        session_core_done(&core);
}

/* It may have been opened with a certificate that was withdrawn while nobody listened. */
TEST(a_row_the_store_knows_no_tunnel_of_has_to_begin_anew)
{
        begin();
        session_core_attached(&core);
        *said = 0;
        row(5, B, "10.64.0.11");
        session_core_rows_end(&core, true);
        CHECK_STR(said, "send client-kill 5\nreport-all\n");
        session_core_done(&core);
}

TEST(a_row_taken_over_ends_when_its_phone_gets_another_certificate)
{
        struct session_phone *items = calloc(1, sizeof *items);

        begin();
        session_core_attached(&core);
        row(4, A, "10.64.0.10");
        session_core_rows_end(&core, true);
        *said = 0;
        CHECK(items);
        *items = (struct session_phone){.mac = A, .sha256 = SHA_B, .address = ADDRESS_A, .allowed = true};
        session_core_phones(&core, items, 1, tickets);
        CHECK(strstr(said, "send kill udp:192.0.2.1:5004\n"));
        session_core_done(&core);
}

TEST(a_tunnel_that_shows_no_digest_is_killed)
{
        begin();
        client(MANAGEMENT_LINE_EVENT_ESTABLISHED, 9, A, "");
        CHECK(strstr(said, "send kill udp:192.0.2.1:5009\n"));
        session_core_done(&core);
}

TEST(rows_of_phones_that_may_not_be_are_blocked_and_killed)
{
        begin();
        phones(true, false, true);
        session_core_attached(&core);
        *said = 0;
        row(4, A, "10.64.0.10");
        row(5, "000413aa0009", "10.64.0.99");
        CHECK_STR(said, "block 0a40000a\nsend kill udp:192.0.2.1:5004\nblock 0a400063\nsend kill udp:192.0.2.1:5005\n");
        session_core_done(&core);
}

TEST(a_row_with_another_phones_address_is_killed)
{
        begin();
        session_core_attached(&core);
        *said = 0;
        row(4, A, "10.64.0.11");
        CHECK_STR(said, "send kill udp:192.0.2.1:5004\n");
        session_core_done(&core);
}

TEST(a_pending_row_is_asked_to_begin_anew_but_not_one_that_we_have_heard)
{
        begin();
        session_core_attached(&core);
        client(MANAGEMENT_LINE_EVENT_CONNECT, 6, B, SHA_B);
        *said = 0;
        row(5, A, "");
        row(6, B, "");
        row(7, "UNDEF", "");
        CHECK_STR(said, "send client-kill 5\n");
        session_core_done(&core);
}

TEST(a_lost_openvpn_forgets_its_client_ids)
{
        begin();
        bring_up(0, A, SHA_A);
        session_core_lost(&core);
        session_core_attached(&core);
        session_core_rows_end(&core, false);
        client(MANAGEMENT_LINE_EVENT_CONNECT, 0, B, SHA_B);
        CHECK(strstr(said, "send client-auth 0 1\nifconfig-push 10.64.0.11"));
        session_core_done(&core);
}

TEST(the_first_table_makes_the_blocked_set_those_that_are_revoked)
{
        const struct session_core_outlet outlet = core.outlet;

        session_core_init(&core, &outlet);
        *said = 0;
        phones(true, false, true);
        CHECK_STR(said, "block-only 0a40000a\n");
        session_core_done(&core);
}

TEST(eight_thousand_sessions_are_a_ceiling_and_further_ones_are_refused)
{
        begin();
        for (uint64_t cid = 0; cid < SESSION_TUNNELS_MAX; cid++) {
                struct session_tunnel *tunnel;

                CHECK_EQ_INT(session_tunnels_add(&core.tunnels, cid * 7919 % SESSION_TUNNELS_MAX, &tunnel), 0);
        }
        for (size_t i = 0; i < SESSION_TUNNELS_MAX; i++)
                CHECK_EQ_INT(core.tunnels.items[i]->cid, i);
        client(MANAGEMENT_LINE_EVENT_CONNECT, SESSION_TUNNELS_MAX, A, SHA_A);
        CHECK(strstr(said, "send client-deny 8192 1 \"not-ready\""));
        session_core_done(&core);
}
