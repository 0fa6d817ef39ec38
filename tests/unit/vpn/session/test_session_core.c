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
static unsigned n_reach_changes;
static char reported[160], evidence[200], event_detail[400], alarm_detail[400];
static struct session_reach_rules rules;

__attribute__((format(printf, 1, 2)))
static void say(const char *format, ...)
{
        size_t used = strlen(said);
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(said + used, sizeof said - used, format, arguments);
        va_end(arguments);
}

/* What the old phones' process is told is marked. */
static void on_send(enum session_class class, const char *command, enum session_core_command kind, const char *tag, void *userdata)
{
        (void)kind, (void)tag, (void)userdata;
        say("%ssend %s", class == SESSION_CLASS_LEGACY ? "legacy-" : "", command);
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

static void on_reach_changed(void *userdata)
{
        (void)userdata;
        n_reach_changes++;
}

static void on_report(const char *mac, const struct session_tunnel *tunnel, const char *detail, void *userdata)
{
        (void)detail, (void)userdata;
        say("report %s %s\n", mac, tunnel ? "up" : "down");
        snprintf(reported, sizeof reported, "%s %s %s", tunnel ? tunnel->sha256 : "", tunnel ? tunnel->version : "",
                 tunnel ? tunnel->cipher : "");
}

static void on_report_all(const struct session_tunnels *tunnels, void *userdata)
{
        (void)userdata;
        say("report-all");
        for (size_t i = 0; i < tunnels->n_items; i++)
                if (tunnels->items[i]->state == SESSION_TUNNEL_UP)
                        say(" %s", tunnels->items[i]->common_name);
        say("\n");
}

static void on_event(const char *mac, const char *word, const char *detail, void *userdata)
{
        (void)userdata;
        say("event '%s' %s\n", mac, word);
        snprintf(event_detail, sizeof event_detail, "%s", detail);
}

static void on_evidence(const char *mac, const char *version, const char *ciphers, void *userdata)
{
        (void)mac, (void)userdata;
        snprintf(evidence, sizeof evidence, "%s %s", version, ciphers);
}

static void on_alarm(const char *kind, const char *mac, const char *detail, void *userdata)
{
        (void)userdata;
        say("alarm %s %s\n", kind, mac);
        snprintf(alarm_detail, sizeof alarm_detail, "%s", detail);
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

static uint64_t on_monotonic_ms(void *userdata)
{
        (void)userdata;
        return (uint64_t)now_ms;
}

/* The store's table: these phones. */
static void table(const struct session_phone *list, size_t n)
{
        struct session_phone *items = calloc(n + 1, sizeof *items);

        CHECK(items);
        memcpy(items, list, n * sizeof *items);
        session_core_phones(&core, items, n, &rules, tickets);
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
        session_core_phones(&core, items, n, &rules, tickets);
}

/* legacy: the site has the old phones' process, and we are attached to it. tcp: phones may come over TCP. */
static void begin_with(bool legacy, bool tcp)
{
        const struct session_core_outlet outlet = {.send = on_send, .block = on_block, .block_only = on_block_only,
                .reach_changed = on_reach_changed, .report = on_report, .report_all = on_report_all, .event = on_event,
                .evidence = on_evidence, .alarm = on_alarm, .refresh = on_refresh, .changed = on_changed, .wall_ms = on_wall_ms,
                .monotonic_ms = on_monotonic_ms};
        static const struct site site = {.lan_address = 0x0a140001, .lan_prefix = 24, .tunnel_address = 0x0a400001, .tunnel_prefix = 16,
                .legacy_address = 0x0a410001, .legacy_prefix = 16, .vpn_host = "10.20.0.1"};
        struct site with = site;

        with.legacy = legacy;
        with.vpn_tcp_port = tcp ? 8443 : 0;
        session_core_init(&core, &outlet);
        session_core_site(&core, &with);
        tickets = 0;
        now_ms = 1000000;
        rules.n_items = 0;
        phones(true, true, true);
        session_core_attached(&core, SESSION_CLASS_MODERN);
        session_core_rows_end(&core, SESSION_CLASS_MODERN);
        if (legacy) {
                session_core_attached(&core, SESSION_CLASS_LEGACY);
                session_core_rows_end(&core, SESSION_CLASS_LEGACY);
        }
        *said = *reported = *event_detail = *alarm_detail = 0;
}

static void begin(void)
{
        begin_with(false, false);
}

/* ciphers NULL: a client that negotiates none and says nothing. */
static void client_of(enum session_class class, enum management_line_event event, uint64_t cid, const char *common_name, const char *sha256,
                      const char *address, const char *ciphers)
{
        struct management_client c = {.event = event, .cid = cid, .kid = 1, .protocol = 990, .is_negotiating = ciphers != NULL};

        snprintf(c.common_name, sizeof c.common_name, "%s", common_name);
        snprintf(c.sha256, sizeof c.sha256, "%s", sha256);
        snprintf(c.version, sizeof c.version, "2.6.14");
        snprintf(c.ciphers, sizeof c.ciphers, "%s", ciphers ? ciphers : "");
        snprintf(c.peer_address, sizeof c.peer_address, "%s", address);
        snprintf(c.peer_port, sizeof c.peer_port, "%u", (unsigned)(5000 + cid));
        session_core_client(&core, class, &c);
}

static void client(enum management_line_event event, uint64_t cid, const char *common_name, const char *sha256)
{
        client_of(SESSION_CLASS_MODERN, event, cid, common_name, sha256, "192.0.2.1", "AES-256-GCM:AES-128-GCM");
}

static void old_client(enum management_line_event event, uint64_t cid, const char *common_name, const char *sha256, const char *ciphers)
{
        client_of(SESSION_CLASS_LEGACY, event, cid, common_name, sha256, "192.0.2.1", ciphers);
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

static void row_of(uint64_t cid, const char *common_name, const char *address, uint64_t bytes_in)
{
        char peer[32];
        struct management_line_row r = {.common_name = cursor_of_text(common_name), .address = cursor_of_text(address),
                .cipher = cursor_of_text("AES-256-GCM"), .cid = cid, .bytes_in = bytes_in};

        snprintf(peer, sizeof peer, "udp4:192.0.2.1:%u", (unsigned)(5000 + cid));
        r.peer = cursor_of_text(peer);
        session_core_row(&core, SESSION_CLASS_MODERN, &r);
}

static void row(uint64_t cid, const char *common_name, const char *address)
{
        row_of(cid, common_name, address, 5);
}

static bool is_closed(const char *mac)
{
        struct session_core_closing closing = {0};

        return session_core_is_closed(&core, mac, &closing);
}

TEST(attaching_releases_the_hold_and_asks_for_the_table)
{
        begin();
        session_core_attached(&core, SESSION_CLASS_MODERN);
        CHECK_STR(said, "send log on\nsend bytecount 5\nsend hold release\nsend status 3\n");
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
        session_core_killed(&core, SESSION_CLASS_MODERN, 0, true);
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
        session_core_killed(&core, SESSION_CLASS_MODERN, 0, false);
        CHECK_STR(said, "send kill " A "\n");
        CHECK(!is_closed(A));
        session_core_name_killed(&core, SESSION_CLASS_MODERN, A, false);
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
        session_core_phones(&core, items, 2, &rules, tickets);
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
        session_core_killed(&core, SESSION_CLASS_MODERN, 0, false);
        CHECK_STR(said, "send client-kill 0\n");
        end(0);
        *said = 0;
        session_core_killed(&core, SESSION_CLASS_MODERN, 0, false);
        CHECK_STR(said, "");
        session_core_done(&core);
}

TEST(a_kill_that_ended_nothing_comes_again)
{
        begin();
        bring_up(0, A, SHA_A);
        phones(true, false, true);
        session_core_killed(&core, SESSION_CLASS_MODERN, 0, true);
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
        session_core_lost(&core, SESSION_CLASS_MODERN);
        CHECK(!is_closed(A));
        session_core_attached(&core, SESSION_CLASS_MODERN);
        CHECK(!is_closed(A));
        session_core_rows_end(&core, SESSION_CLASS_MODERN);
        CHECK(is_closed(A));
        session_core_done(&core);
}

TEST(a_new_certificate_ends_the_old_ones_session_without_blocking_the_address)
{
        struct session_phone *items = calloc(1, sizeof *items);

        begin();
        bring_up(0, A, SHA_A);
        *items = (struct session_phone){.mac = A, .sha256 = SHA_B, .address = ADDRESS_A, .allowed = true};
        session_core_phones(&core, items, 1, &rules, 0);
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

/* The report of it may have been lost, and the list of all says no certificates. */
TEST(a_tunnel_with_the_next_certificate_is_told_again_with_all)
{
        struct session_phone phone = {.mac = A, .sha256 = SHA_A, .next_sha256 = SHA_B, .address = ADDRESS_A, .allowed = true};

        begin();
        table(&phone, 1);
        bring_up(0, A, SHA_B);
        session_core_report_all(&core);
        CHECK_STR(said, "report-all " A "\nreport " A " up\n");
        CHECK(strstr(reported, SHA_B));
        *said = *phone.next_sha256 = 0;
        memcpy(phone.sha256, SHA_B, sizeof phone.sha256);
        table(&phone, 1);
        session_core_report_all(&core);
        CHECK_STR(said, "report-all " A "\n");
        session_core_done(&core);
}

TEST(rows_found_on_attaching_are_taken_over_if_the_store_allows_them)
{
        begin();
        session_core_attached(&core, SESSION_CLASS_MODERN);
        *said = 0;
        row(4, A, "10.64.0.10");
        session_core_rows_end(&core, SESSION_CLASS_MODERN);
        CHECK_STR(said, "report-all " A "\n");
        CHECK_STR(core.tunnels.items[0]->peer, "192.0.2.1:5004");
        session_core_done(&core);
}

/* It may have been opened with a certificate that was withdrawn while nobody listened. */
TEST(a_row_the_store_knows_no_tunnel_of_has_to_begin_anew)
{
        begin();
        session_core_attached(&core, SESSION_CLASS_MODERN);
        *said = 0;
        row(5, B, "10.64.0.11");
        session_core_rows_end(&core, SESSION_CLASS_MODERN);
        CHECK_STR(said, "send client-kill 5\nreport-all\n");
        session_core_done(&core);
}

TEST(a_row_taken_over_ends_when_its_phone_gets_another_certificate)
{
        struct session_phone *items = calloc(1, sizeof *items);

        begin();
        session_core_attached(&core, SESSION_CLASS_MODERN);
        row(4, A, "10.64.0.10");
        session_core_rows_end(&core, SESSION_CLASS_MODERN);
        *said = 0;
        CHECK(items);
        *items = (struct session_phone){.mac = A, .sha256 = SHA_B, .address = ADDRESS_A, .allowed = true};
        session_core_phones(&core, items, 1, &rules, tickets);
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
        session_core_attached(&core, SESSION_CLASS_MODERN);
        *said = 0;
        row(4, A, "10.64.0.10");
        row(5, "000413aa0009", "10.64.0.99");
        CHECK_STR(said, "block 0a40000a\nsend kill udp:192.0.2.1:5004\nblock 0a400063\nsend kill udp:192.0.2.1:5005\n");
        session_core_done(&core);
}

TEST(a_row_with_another_phones_address_is_killed)
{
        begin();
        session_core_attached(&core, SESSION_CLASS_MODERN);
        *said = 0;
        row(4, A, "10.64.0.11");
        CHECK_STR(said, "block 0a40000b\nsend kill udp:192.0.2.1:5004\n");
        *said = 0;
        end(4);
        CHECK_STR(said, "unblock 0a40000b\n");
        session_core_done(&core);
}

TEST(a_pending_row_is_asked_to_begin_anew_but_not_one_that_we_have_heard)
{
        begin();
        session_core_attached(&core, SESSION_CLASS_MODERN);
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
        session_core_lost(&core, SESSION_CLASS_MODERN);
        session_core_attached(&core, SESSION_CLASS_MODERN);
        session_core_rows_end(&core, SESSION_CLASS_MODERN);
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

                CHECK_EQ_INT(session_tunnels_add(&core.tunnels, SESSION_CLASS_MODERN, cid * 7919 % SESSION_TUNNELS_MAX, &tunnel), 0);
        }
        for (size_t i = 0; i < SESSION_TUNNELS_MAX; i++)
                CHECK_EQ_INT(core.tunnels.items[i]->cid, i);
        client(MANAGEMENT_LINE_EVENT_CONNECT, SESSION_TUNNELS_MAX, A, SHA_A);
        CHECK(strstr(said, "send client-deny 8192 1 \"not-ready\""));
        session_core_done(&core);
}

/* --- two processes ------------------------------------------------------------ */

#define OLD "000413aa0004"
#define ADDRESS_OLD 0x0a41000au
#define SHA_N "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"

static const struct session_phone phone_a = {.mac = A, .sha256 = SHA_A, .address = ADDRESS_A, .allowed = true, .is_up = true};
static const struct session_phone phone_old = {.mac = OLD, .sha256 = SHA_B, .address = ADDRESS_OLD, .class = SESSION_CLASS_LEGACY,
                                               .allowed = true};

static void two(void)
{
        const struct session_phone list[] = {phone_a, phone_old};

        begin_with(true, false);
        table(list, 2);
        *said = 0;
}

TEST(client_ids_of_the_two_processes_are_apart)
{
        two();
        bring_up(0, A, SHA_A);
        old_client(MANAGEMENT_LINE_EVENT_CONNECT, 0, OLD, SHA_B, "AES-256-CBC");
        CHECK_STR(said, "legacy-send client-auth 0 1\nifconfig-push 10.65.0.10 255.255.0.0\nEND\n");
        old_client(MANAGEMENT_LINE_EVENT_ESTABLISHED, 0, OLD, SHA_B, "AES-256-CBC");
        CHECK_STR(reported, SHA_B " 2.6.14 AES-256-CBC");
        *said = 0;
        old_client(MANAGEMENT_LINE_EVENT_DISCONNECT, 0, "", "", NULL);
        CHECK_STR(said, "report " OLD " down\n");
        CHECK(session_tunnels_is_up(&core.tunnels, A));
        session_core_done(&core);
}

TEST(a_phone_at_the_wrong_process_is_refused_and_told_why)
{
        const struct session_phone list[] = {phone_a, phone_old};

        two();
        client(MANAGEMENT_LINE_EVENT_CONNECT, 1, OLD, SHA_B);
        table(list, 2);
        CHECK(strstr(said, "send client-deny 1 1 \"legacy\""));
        CHECK(strstr(said, "event '" OLD "' tunnel-refused"));
        *said = 0;
        old_client(MANAGEMENT_LINE_EVENT_CONNECT, 1, A, SHA_A, "AES-256-CBC");
        table(list, 2);
        CHECK(strstr(said, "legacy-send client-deny 1 1 \"modern\""));
        session_core_done(&core);
}

TEST(a_phone_that_is_moved_to_the_other_process_loses_its_tunnel)
{
        struct session_phone moved = phone_a;

        two();
        bring_up(0, A, SHA_A);
        moved.class = SESSION_CLASS_LEGACY;
        table(&moved, 1);
        CHECK(strstr(said, "send kill udp:192.0.2.1:5000\n"));
        session_core_done(&core);
}

TEST(the_loss_of_one_process_leaves_the_tunnels_of_the_other)
{
        two();
        bring_up(0, A, SHA_A);
        session_core_lost(&core, SESSION_CLASS_LEGACY);
        CHECK(session_tunnels_is_up(&core.tunnels, A));
        session_core_gone(&core, SESSION_CLASS_LEGACY);
        CHECK_STR(said, "report-all " A "\n");
        session_core_done(&core);
}

/* Else the tunnels of the process that is heard second would be marked down for a moment, and have to begin anew. */
TEST(the_store_is_told_which_tunnels_are_up_once_both_processes_are_heard_or_gone)
{
        begin_with(true, false);
        session_core_lost(&core, SESSION_CLASS_MODERN);
        session_core_lost(&core, SESSION_CLASS_LEGACY);
        session_core_attached(&core, SESSION_CLASS_MODERN);
        *said = 0;
        session_core_rows_end(&core, SESSION_CLASS_MODERN);
        CHECK_STR(said, "");
        session_core_gone(&core, SESSION_CLASS_LEGACY);
        CHECK_STR(said, "report-all\n");
        session_core_done(&core);
}

TEST(nothing_is_closed_until_both_processes_are_heard)
{
        begin_with(true, false);
        CHECK(is_closed(A));
        session_core_lost(&core, SESSION_CLASS_LEGACY);
        CHECK(!is_closed(A));
        session_core_done(&core);
}

/* --- certificates --------------------------------------------------------------- */

TEST(bytes_of_all_tunnels_are_summed_up_and_those_of_a_tunnel_that_ended_stay_in_the_sum)
{
        begin();
        bring_up(0, A, SHA_A);
        session_core_bytes(&core, SESSION_CLASS_MODERN, 0, 1000, 400);
        session_core_bytes(&core, SESSION_CLASS_MODERN, 0, 1500, 400);
        CHECK_EQ_INT(core.bytes_in, 1500);
        CHECK_EQ_INT(core.bytes_out, 400);
        end(0);
        bring_up(1, A, SHA_A);
        session_core_bytes(&core, SESSION_CLASS_MODERN, 1, 100, 50);
        CHECK_EQ_INT(core.bytes_in, 1600);
        CHECK_EQ_INT(core.bytes_out, 450);
        session_core_done(&core);
}

TEST(the_next_certificate_is_admitted_beside_the_present_one_and_ends_it_once_the_store_says_so)
{
        struct session_phone phone = phone_a;

        begin();
        memcpy(phone.next_sha256, SHA_N, sizeof phone.next_sha256);
        table(&phone, 1);
        bring_up(0, A, SHA_A);
        client(MANAGEMENT_LINE_EVENT_CONNECT, 1, A, SHA_N);
        CHECK(strstr(said, "send client-auth 1 1\n"));
        end(0);
        client(MANAGEMENT_LINE_EVENT_ESTABLISHED, 1, A, SHA_N);
        CHECK_STR(reported, SHA_N " 2.6.14 AES-256-GCM");
        *said = 0;
        memcpy(phone.sha256, SHA_N, sizeof phone.sha256);
        *phone.next_sha256 = 0;
        table(&phone, 1);
        CHECK_STR(said, "");
        client(MANAGEMENT_LINE_EVENT_REAUTH, 1, A, SHA_N);
        CHECK_STR(said, "send client-auth-nt 1 1\n");
        *said = 0;
        client(MANAGEMENT_LINE_EVENT_CONNECT, 2, A, SHA_A);
        table(&phone, 1);
        CHECK(strstr(said, "send client-deny 2 1 \"certificate\""));
        session_core_done(&core);
}

/* The store was told of a tunnel, but not which of the two certificates it was opened with. */
TEST(a_row_taken_over_may_show_the_next_certificate_at_its_renewal_and_the_store_learns_of_it)
{
        struct session_phone phone = phone_a;

        begin();
        memcpy(phone.next_sha256, SHA_N, sizeof phone.next_sha256);
        table(&phone, 1);
        session_core_attached(&core, SESSION_CLASS_MODERN);
        row(4, A, "10.64.0.10");
        session_core_rows_end(&core, SESSION_CLASS_MODERN);
        *said = 0;
        client(MANAGEMENT_LINE_EVENT_REAUTH, 4, A, SHA_N);
        CHECK_STR(said, "send client-auth-nt 4 1\nreport " A " up\n");
        CHECK(strstr(reported, SHA_N));
        session_core_done(&core);
}

TEST(each_try_with_a_revoked_certificate_is_an_alarm_and_one_event)
{
        struct session_phone phone = phone_a;

        begin();
        phone.allowed = false;
        phone.is_stolen = true;
        table(&phone, 1);
        *said = 0;
        for (uint64_t cid = 0; cid < 3; cid++) {
                client(MANAGEMENT_LINE_EVENT_CONNECT, cid, A, SHA_A);
                table(&phone, 1);
        }
        CHECK_STR(strstr(said, "event"), "event '" A "' tunnel-refused\nalarm revoked-certificate " A "\n"
                  "refresh\nsend client-deny 1 1 \"revoked\" \"TEMP[backoff 60,advance no]:not admitted\"\nalarm revoked-certificate " A "\n"
                  "refresh\nsend client-deny 2 1 \"revoked\" \"TEMP[backoff 60,advance no]:not admitted\"\nalarm revoked-certificate " A "\n");
        CHECK(strstr(alarm_detail, "stolen"));
        CHECK(strstr(alarm_detail, "192.0.2.1:5002"));
        session_core_done(&core);
}

TEST(a_certificate_is_tried_by_what_would_answer_openvpn)
{
        const struct session_phone list[] = {phone_a, phone_old};

        two();
        CHECK_EQ_INT(session_core_try(&core, A, "").verdict, SESSION_POLICY_ADMIT);
        CHECK_EQ_INT(session_core_try(&core, A, SHA_N).reason, SESSION_POLICY_REASON_CERTIFICATE);
        CHECK_EQ_INT(session_core_try(&core, OLD, SHA_B).verdict, SESSION_POLICY_ADMIT);
        CHECK_EQ_INT(session_core_try(&core, "000413aa0009", "").reason, SESSION_POLICY_REASON_UNKNOWN);
        session_core_done(&core);
        begin();
        table(list, 2);
        CHECK_EQ_INT(session_core_try(&core, OLD, SHA_B).reason, SESSION_POLICY_REASON_LEGACY_OFF);
        session_core_done(&core);
}

/* --- places ---------------------------------------------------------------------- */

static void client_at(enum management_line_event event, uint64_t cid, const char *address)
{
        client_of(SESSION_CLASS_MODERN, event, cid, A, SHA_A, address, "AES-256-GCM");
}

TEST(a_certificate_used_at_a_second_place_is_refused_and_an_alarm_once_the_first_place_goes_on)
{
        begin();
        bring_up(0, A, SHA_A);
        now_ms += 20000;
        client_at(MANAGEMENT_LINE_EVENT_CONNECT, 1, "198.51.100.7");
        phones(true, true, true);
        CHECK(strstr(said, "send client-deny 1 1 \"second-place\" \"TEMP[backoff 13,"));
        CHECK(strstr(said, "send status 3\n"));
        CHECK(strstr(said, "event '" A "' tunnel-refused"));
        row_of(0, A, "10.64.0.10", 100);
        session_core_rows_end(&core, SESSION_CLASS_MODERN);
        CHECK(!strstr(said, "alarm"));
        *said = 0;
        session_core_bytes(&core, SESSION_CLASS_MODERN, 0, 101, 50);
        CHECK_STR(said, "alarm second-place " A "\n");
        CHECK(strstr(alarm_detail, "198.51.100.7"));
        CHECK(strstr(alarm_detail, "192.0.2.1"));
        *said = 0;
        session_core_bytes(&core, SESSION_CLASS_MODERN, 0, 200, 50);
        CHECK_STR(said, "");
        session_core_done(&core);
}

/* It has moved: its former place is silent, and nobody copied anything. What is counted late had come before. */
TEST(a_phone_that_moved_comes_in_once_its_former_place_was_silent_and_without_alarm)
{
        begin();
        bring_up(0, A, SHA_A);
        client_at(MANAGEMENT_LINE_EVENT_CONNECT, 1, "198.51.100.7");
        phones(true, true, true);
        session_core_bytes(&core, SESSION_CLASS_MODERN, 0, 100, 700);
        row_of(0, A, "10.64.0.10", 100);
        session_core_rows_end(&core, SESSION_CLASS_MODERN);
        session_core_bytes(&core, SESSION_CLASS_MODERN, 0, 100, 900);
        now_ms += 26000;
        client_at(MANAGEMENT_LINE_EVENT_CONNECT, 2, "198.51.100.7");
        CHECK(strstr(said, "send client-auth 2 1\n"));
        CHECK(!strstr(said, "alarm"));
        session_core_done(&core);
}

TEST(a_tunnel_that_is_heard_of_lives_however_old_it_is)
{
        begin();
        bring_up(0, A, SHA_A);
        now_ms += 3600000;
        session_core_bytes(&core, SESSION_CLASS_MODERN, 0, 100, 50);
        client_at(MANAGEMENT_LINE_EVENT_CONNECT, 1, "198.51.100.7");
        phones(true, true, true);
        CHECK(strstr(said, "\"second-place\""));
        session_core_done(&core);
}

TEST(a_tunnel_that_may_not_be_any_more_is_no_first_place)
{
        struct session_phone phone = phone_a;

        begin();
        bring_up(0, A, SHA_A);
        memcpy(phone.sha256, SHA_B, sizeof phone.sha256);
        table(&phone, 1);
        *said = 0;
        client_of(SESSION_CLASS_MODERN, MANAGEMENT_LINE_EVENT_CONNECT, 1, A, SHA_B, "198.51.100.7", "AES-256-GCM");
        CHECK(strstr(said, "send client-auth 1 1\n"));
        session_core_done(&core);
}

TEST(a_tunnel_replaced_more_than_three_times_in_five_minutes_is_an_alarm)
{
        begin();
        bring_up(0, A, SHA_A);
        for (uint64_t cid = 1; cid <= 4; cid++) {
                CHECK(!strstr(said, "alarm"));
                now_ms += 60000;
                client(MANAGEMENT_LINE_EVENT_CONNECT, cid, A, SHA_A);
                end(cid - 1);
                client(MANAGEMENT_LINE_EVENT_ESTABLISHED, cid, A, SHA_A);
        }
        CHECK(strstr(said, "alarm tunnel-flapping " A "\n"));
        session_core_done(&core);
}

TEST(a_tunnel_replaced_now_and_then_is_none)
{
        begin();
        bring_up(0, A, SHA_A);
        for (uint64_t cid = 1; cid <= 8; cid++) {
                now_ms += 110000;
                client(MANAGEMENT_LINE_EVENT_CONNECT, cid, A, SHA_A);
                end(cid - 1);
                client(MANAGEMENT_LINE_EVENT_ESTABLISHED, cid, A, SHA_A);
        }
        CHECK(!strstr(said, "alarm"));
        session_core_done(&core);
}

/* --- means ------------------------------------------------------------------------ */

static void log_line(enum session_class class, const char *text)
{
        const struct cursor cursor = cursor_of_text(text);
        struct management_log log;

        if (management_log_read(&cursor, &log))
                session_core_log(&core, class, &log);
}

TEST(a_phone_without_a_common_cipher_is_refused_before_it_seems_to_be_up)
{
        begin();
        client_of(SESSION_CLASS_MODERN, MANAGEMENT_LINE_EVENT_CONNECT, 0, A, SHA_A, "192.0.2.1", "AES-256-CBC:BF-CBC");
        phones(true, true, true);
        CHECK(strstr(said, "send client-deny 0 1 \"cipher\""));
        CHECK(strstr(said, "event '" A "' tunnel-refused"));
        CHECK(strstr(event_detail, "reason=cipher ciphers=AES-256-CBC:BF-CBC version=2.6.14 peer=192.0.2.1:5000"));
        CHECK_STR(evidence, "2.6.14 AES-256-CBC:BF-CBC");
        session_core_done(&core);
}

/* Before 2.4 a phone does not say what it knows; OpenVPN's log tells, just before it calls the session established. */
TEST(a_phone_that_said_nothing_and_has_no_common_cipher_is_refused_by_the_log)
{
        begin();
        client_of(SESSION_CLASS_MODERN, MANAGEMENT_LINE_EVENT_CONNECT, 0, A, SHA_A, "192.0.2.1", NULL);
        CHECK(strstr(said, "send client-auth 0 1\n"));
        *said = 0;
        log_line(SESSION_CLASS_MODERN, A "/udp4:192.0.2.1:5000 PUSH: No common cipher between server and client. Server data-ciphers: 'x'");
        client_of(SESSION_CLASS_MODERN, MANAGEMENT_LINE_EVENT_ESTABLISHED, 0, A, SHA_A, "192.0.2.1", NULL);
        CHECK(strstr(said, "event '" A "' tunnel-refused"));
        CHECK(!strstr(said, "report"));
        CHECK(strstr(said, "send client-kill 0\n"));
        session_core_done(&core);
}

TEST(the_cipher_of_a_phone_that_said_nothing_is_read_in_the_table)
{
        begin();
        client_of(SESSION_CLASS_MODERN, MANAGEMENT_LINE_EVENT_CONNECT, 0, A, SHA_A, "192.0.2.1", NULL);
        *said = 0;
        client_of(SESSION_CLASS_MODERN, MANAGEMENT_LINE_EVENT_ESTABLISHED, 0, A, SHA_A, "192.0.2.1", NULL);
        CHECK_STR(said, "report " A " up\nsend status 3\n");
        row(0, A, "10.64.0.10");
        session_core_rows_end(&core, SESSION_CLASS_MODERN);
        CHECK_STR(core.tunnels.items[0]->cipher, "AES-256-GCM");
        session_core_done(&core);
}

TEST(tls_1_0_of_a_model_that_is_not_named_is_ended_when_the_log_tells_of_it)
{
        two();
        old_client(MANAGEMENT_LINE_EVENT_CONNECT, 0, OLD, SHA_B, "AES-256-CBC");
        *said = 0;
        log_line(SESSION_CLASS_LEGACY, "udp4:192.0.2.1:5000 Control Channel: TLSv1, cipher TLSv1.0 ECDHE-RSA-AES256-SHA");
        CHECK_STR(said, "event '" OLD "' tunnel-refused\nlegacy-send client-kill 0\n");
        CHECK(strstr(event_detail, "reason=tls-version"));
        session_core_done(&core);
}

TEST(tls_1_0_of_a_named_model_is_left_alone)
{
        struct session_phone phone = phone_old;

        two();
        phone.may_insecure = true;
        table(&phone, 1);
        old_client(MANAGEMENT_LINE_EVENT_CONNECT, 0, OLD, SHA_B, "BF-CBC");
        *said = 0;
        log_line(SESSION_CLASS_LEGACY, "udp4:192.0.2.1:5000 Control Channel: TLSv1, cipher TLSv1.0 ECDHE-RSA-AES256-SHA");
        old_client(MANAGEMENT_LINE_EVENT_ESTABLISHED, 0, OLD, SHA_B, "BF-CBC");
        CHECK_STR(said, "report " OLD " up\n");
        CHECK(!session_core_sweep(&core));
        *said = 0;
        phone.may_insecure = false;     /* the site took its model off the list */
        table(&phone, 1);
        CHECK(strstr(said, "legacy-send kill udp:192.0.2.1:5000\n"));
        session_core_done(&core);
}

TEST(a_handshake_that_failed_is_told_for_the_phone_its_certificate_names_and_once)
{
        two();
        for (int i = 0; i < 3; i++)
                log_line(SESSION_CLASS_MODERN, "udp4:192.0.2.9:40000 VERIFY ERROR: depth=0, error=certificate has expired: CN=" A ", serial=1");
        CHECK_STR(said, "event '" A "' tunnel-refused\n");
        CHECK(strstr(event_detail, "reason=expired"));
        *said = 0;
        log_line(SESSION_CLASS_MODERN, "udp4:192.0.2.9:40000 VERIFY ERROR: depth=0, error=unable to get local issuer certificate: CN=" OLD ", serial=1");
        CHECK_STR(said, "event '" OLD "' tunnel-refused\n");
        CHECK(strstr(event_detail, "reason=legacy "));
        session_core_done(&core);
}

TEST(a_handshake_that_failed_without_a_name_is_told_for_the_phone_at_that_lan_address)
{
        struct session_phone phone = phone_a;

        begin();
        phone.lan_address = 0x0a140020;
        table(&phone, 1);
        *said = 0;
        log_line(SESSION_CLASS_MODERN, "udp4:10.20.0.32:40000 TLS error: Unsupported protocol. This typically");
        log_line(SESSION_CLASS_MODERN, "udp4:10.20.0.33:40000 TLS error: Unsupported protocol. This typically");
        CHECK_STR(said, "event '" A "' tunnel-refused\nevent '' tunnel-refused\n");
        CHECK(strstr(event_detail, "reason=tls-version peer=10.20.0.33:40000"));
        *said = 0;
        log_line(SESSION_CLASS_MODERN, "TLS Error: incoming packet authentication failed from [AF_INET]10.20.0.32:40000");
        log_line(SESSION_CLASS_MODERN, "TLS Error: incoming packet authentication failed from [AF_INET]203.0.113.5:40000");
        CHECK_STR(said, "event '" A "' tunnel-refused\n");
        CHECK(strstr(event_detail, "reason=key"));
        session_core_done(&core);
}

/* --- TCP --------------------------------------------------------------------------- */

TEST(a_session_whose_transport_is_not_known_is_killed_at_either)
{
        begin_with(false, true);
        client(MANAGEMENT_LINE_EVENT_CONNECT, 0, A, SHA_A);
        client(MANAGEMENT_LINE_EVENT_ESTABLISHED, 0, A, SHA_A);
        CHECK(strstr(said, "send status 3\n"));
        phones(true, false, true);
        *said = 0;
        session_core_killed(&core, SESSION_CLASS_MODERN, 0, false);
        CHECK_STR(said, "send kill tcp:192.0.2.1:5000\n");
        session_core_done(&core);
}

/* --- an address that moves to another phone ------------------------------------------ */

TEST(an_address_is_another_phones_only_when_the_tunnel_that_had_it_is_gone)
{
        const struct session_phone list[] = {
                {.mac = A, .sha256 = SHA_A},
                {.mac = B, .sha256 = SHA_B, .address = ADDRESS_A, .allowed = true},
        };

        begin();
        bring_up(0, A, SHA_A);
        table(list, 2);
        CHECK_STR(said, "block 0a40000a\nsend kill udp:192.0.2.1:5000\n");
        *said = 0;
        client(MANAGEMENT_LINE_EVENT_CONNECT, 1, B, SHA_B);
        table(list, 2);
        CHECK(!strstr(said, "client-"));
        *said = 0;
        end(0);
        CHECK_STR(said, "report " A " down\nevent '" A "' tunnel-closed\nunblock 0a40000a\n"
                        "send client-auth 1 1\nifconfig-push 10.64.0.10 255.255.0.0\nEND\n");
        session_core_done(&core);
}

TEST(an_address_of_a_phone_without_tunnel_moves_at_once)
{
        const struct session_phone list[] = {
                {.mac = A, .sha256 = SHA_A},
                {.mac = B, .sha256 = SHA_B, .address = ADDRESS_A, .allowed = true},
        };

        begin();
        table(list, 2);
        CHECK_STR(said, "unblock 0a40000a\n");
        CHECK(is_closed(A));
        session_core_done(&core);
}

TEST(a_phone_that_waits_for_an_address_too_long_is_put_off)
{
        const struct session_phone list[] = {
                {.mac = A, .sha256 = SHA_A},
                {.mac = B, .sha256 = SHA_B, .address = ADDRESS_A, .allowed = true},
        };

        begin();
        bring_up(0, A, SHA_A);
        table(list, 2);
        client(MANAGEMENT_LINE_EVENT_CONNECT, 1, B, SHA_B);
        table(list, 2);
        *said = 0;
        for (int ms = 0; ms < 5000; ms += SESSION_CORE_SWEEP_MS)
                session_core_sweep(&core);
        CHECK(strstr(said, "send client-deny 1 1 \"taken\" \"TEMP[backoff 3,"));
        session_core_done(&core);
}

TEST(after_our_restart_the_former_owner_of_an_address_ends_before_the_new_one_comes_in)
{
        const struct session_phone list[] = {
                {.mac = A, .sha256 = SHA_A},
                {.mac = B, .sha256 = SHA_B, .address = ADDRESS_A, .allowed = true},
        };

        begin();
        table(list, 2);
        session_core_attached(&core, SESSION_CLASS_MODERN);
        *said = 0;
        row(4, A, "10.64.0.10");
        session_core_rows_end(&core, SESSION_CLASS_MODERN);
        CHECK_STR(said, "block 0a40000a\nsend kill udp:192.0.2.1:5004\nreport-all\n");
        client(MANAGEMENT_LINE_EVENT_CONNECT, 5, B, SHA_B);
        table(list, 2);
        CHECK(!strstr(said, "client-auth"));
        end(4);
        CHECK(strstr(said, "unblock 0a40000a\nsend client-auth 5 1\n"));
        session_core_done(&core);
}

/* --- reach ----------------------------------------------------------------------------- */

static void give_rule(const char *to)
{
        CHECK_EQ_INT(session_reach_rule_read(7, to, "udp", "5060", "They may.", &rules.items[0]), 0);
        rules.n_items = 1;
}

TEST(a_phone_is_told_its_networks_and_begins_anew_when_they_change)
{
        struct session_phone phone = phone_a;

        begin();
        bring_up(0, A, SHA_A);
        give_rule("192.168.10.0/24");
        session_reach_set_add(&phone.reach, 0);
        table(&phone, 1);
        CHECK(!strstr(said, "send"));
        *said = 0;
        session_core_sweep(&core);
        CHECK_STR(said, "send client-kill 0\n");
        *said = 0;
        session_core_sweep(&core);
        CHECK_STR(said, "");
        end(0);
        *said = 0;
        client(MANAGEMENT_LINE_EVENT_CONNECT, 1, A, SHA_A);
        CHECK(strstr(said, "push \"route 192.168.10.0 255.255.255.0\"\nEND\n"));
        client(MANAGEMENT_LINE_EVENT_ESTABLISHED, 1, A, SHA_A);
        *said = 0;
        table(&phone, 1);
        CHECK(!session_core_sweep(&core));
        CHECK_STR(said, "");
        session_core_done(&core);
}

TEST(phones_whose_networks_change_begin_anew_five_at_a_time)
{
        struct session_phone list[12];

        begin();
        for (unsigned i = 0; i < 12; i++) {
                list[i] = phone_a;
                snprintf(list[i].mac, sizeof list[i].mac, "000413bb%04x", i);
                list[i].address += i;
        }
        table(list, 12);
        for (unsigned i = 0; i < 12; i++) {
                client_of(SESSION_CLASS_MODERN, MANAGEMENT_LINE_EVENT_CONNECT, i, list[i].mac, SHA_A, "192.0.2.1", "AES-256-GCM");
                client_of(SESSION_CLASS_MODERN, MANAGEMENT_LINE_EVENT_ESTABLISHED, i, list[i].mac, SHA_A, "192.0.2.1", "AES-256-GCM");
                session_reach_set_add(&list[i].reach, 0);
        }
        give_rule("192.168.10.0/24");
        table(list, 12);
        for (unsigned round = 0; round < 3; round++) {
                unsigned n = 0;

                *said = 0;
                CHECK_EQ_INT(session_core_sweep(&core), round < 2);
                for (const char *at = said; (at = strstr(at, "client-kill")); at++)
                        n++;
                CHECK_EQ_INT(n, round < 2 ? 5 : 2);
        }
        session_core_done(&core);
}
