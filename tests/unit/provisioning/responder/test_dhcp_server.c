/*
 * test_dhcp_server: whole exchanges, with a wire, a disk and a clock made of variables.
 */
#include "provisioning/responder/dhcp_server.h"

#include <stdio.h>

#include "appliance/base/text.h"
#include "tests/support/test.h"
#include "tests/unit/provisioning/responder/dhcp_request.h"

enum { SERVER = 0x0a000001, FIRST = 0x0a000032, LAST = 0x0a000095 };

static const struct mac THIRD_MAC = {{0x02, 0, 0, 0, 0, 0x99}};

static struct world {
        struct directory *directory;
        struct dhcp_lease_table *leases;
        struct dhcp_server *server;
        uint64_t now_ms;
        uint8_t sent[2048];
        size_t sent_size;
        uint32_t sent_to, probed, offered;
        uint16_t sent_port;
        unsigned n_sent, n_probes, n_commits, n_events, n_seen;
        struct dhcp_lease group[256];
        size_t n_group;
        char word[32], detail[512];
} w;

static int on_send(uint32_t to, uint16_t port, const struct mac *mac, const void *payload, size_t size, void *userdata)
{
        (void)mac;
        (void)userdata;
        memcpy(w.sent, payload, size);
        w.sent_size = size;
        w.sent_to = to;
        w.sent_port = port;
        w.n_sent++;
        return 0;
}

static int on_probe(uint32_t address, void *userdata)
{
        (void)userdata;
        w.probed = address;
        w.n_probes++;
        return 0;
}

static void on_commit(const struct dhcp_lease *leases, size_t n_leases, void *userdata)
{
        (void)userdata;
        w.n_commits++;
        w.n_group = n_leases;
        memcpy(w.group, leases, n_leases * sizeof *leases);
}

static void on_event(const struct mac *mac, const char *word, const char *detail, void *userdata)
{
        (void)mac;
        (void)userdata;
        w.n_events++;
        (void)snprintf(w.word, sizeof w.word, "%s", word);
        (void)snprintf(w.detail, sizeof w.detail, "%s", detail);
}

static void on_seen(const struct dhcp_message *message, uint64_t now_ms, void *userdata)
{
        (void)message;
        (void)now_ms;
        (void)userdata;
        w.n_seen++;
}

static bool is_reserved(uint32_t address, const struct mac *mac, void *userdata)
{
        return directory_is_reserved(userdata, address, mac);
}

static void set_site(const char *unknown_clients)
{
        struct site_problem problem;
        struct site_value values[] = {
                {"lan_address", "10.0.0.1/24"}, {"pool_first", "10.0.0.50"}, {"pool_last", "10.0.0.149"},
                {"unknown_clients", unknown_clients},
        };
        struct dhcp_lease_pool pool = {.first = FIRST, .last = LAST, .network = 0x0a000000, .mask = 0xffffff00,
                                       .is_reserved = is_reserved, .userdata = w.directory};

        CHECK_EQ_INT(directory_set_site(w.directory, values, 4, &problem), 0);
        dhcp_lease_table_set_pool(w.leases, &pool);
}

static void set_phone(const struct mac *mac, const char *state, uint32_t lan_address)
{
        struct directory_phone phone = {
                .mac = *mac, .is_approved = !strcmp(state, "approved"), .has_model = true, .lan_address = lan_address};

        phone.is_trusted = phone.is_approved || !strcmp(state, "expected");
        (void)snprintf(phone.state, sizeof phone.state, "%s", state);
        CHECK_EQ_INT(directory_phone_put(w.directory, &phone), 0);
}

static void world_begin(void)
{
        const struct dhcp_server_ops ops = {
                .send = on_send, .probe = on_probe, .commit = on_commit, .event = on_event, .seen = on_seen};
        const char *sources[] = {"https://10.0.0.1/"};

        dhcp_server_free(w.server);
        dhcp_lease_table_free(w.leases);
        directory_free(w.directory);
        w = (struct world){.now_ms = 1000000};
        CHECK_EQ_INT(directory_new(&w.directory), 0);
        CHECK_EQ_INT(dhcp_lease_table_new(512, &w.leases), 0);
        CHECK_EQ_INT(dhcp_server_new(w.directory, w.leases, &ops, &w.server), 0);
        set_site("plain");
        directory_set_sources(w.directory, sources, 1);
        set_phone(&PHONE_MAC, "approved", 0);
        dhcp_server_set_ready(w.server, true);
}

static void send_from(struct dhcp_request *q, const struct mac *source_mac)
{
        struct dhcp_server_datagram d = {.source_mac = *source_mac, .payload = q->bytes, .size = q->size};

        dhcp_request_end(q);
        dhcp_server_input(w.server, &d, w.now_ms);
}

static void discover(const struct mac *mac)
{
        struct dhcp_request q;

        dhcp_request_begin(&q, mac, 1);
        dhcp_request_option(&q, 55, "\1\3\6\x42\x43\x2b", 6);
        send_from(&q, mac);
}

static void pass(uint64_t ms)
{
        w.now_ms += ms;
        dhcp_server_tick(w.server, w.now_ms);
}

static uint32_t yiaddr(void)
{
        return (uint32_t)w.sent[16] << 24 | (uint32_t)w.sent[17] << 16 | (uint32_t)w.sent[18] << 8 | w.sent[19];
}

static void request_selected(const struct mac *mac, uint32_t address)
{
        struct dhcp_request q;

        dhcp_request_begin(&q, mac, 3);
        dhcp_request_address(&q, 54, SERVER);
        dhcp_request_address(&q, 50, address);
        send_from(&q, mac);
}

static void renew(const struct mac *mac, uint32_t address)
{
        struct dhcp_request q;

        dhcp_request_begin(&q, mac, 3);
        dhcp_request_u32(&q, DHCP_REQUEST_CIADDR, address);
        send_from(&q, mac);
}

static void take_away(uint8_t type, const struct mac *mac, const struct mac *sender, uint32_t address)
{
        struct dhcp_request q;

        dhcp_request_begin(&q, mac, type);
        dhcp_request_address(&q, 54, SERVER);
        if (type == 7)
                dhcp_request_u32(&q, DHCP_REQUEST_CIADDR, address);
        else
                dhcp_request_address(&q, 50, address);
        send_from(&q, sender);
}

static void commit(bool is_done)
{
        dhcp_server_flush(w.server, w.now_ms);
        dhcp_server_committed(w.server, is_done, w.now_ms);
}

/* DISCOVER to ACK; the address. */
static uint32_t get_lease(const struct mac *mac)
{
        discover(mac);
        pass(300);
        CHECK_EQ_INT(dhcp_reply_type(w.sent, w.sent_size), 2);
        uint32_t address = yiaddr();
        request_selected(mac, address);
        commit(true);
        CHECK_EQ_INT(dhcp_reply_type(w.sent, w.sent_size), 5);
        CHECK_EQ_INT(yiaddr(), address);
        return address;
}

static bool names_source(void)
{
        size_t n;

        return dhcp_reply_option(w.sent, w.sent_size, 66, &n) || dhcp_reply_option(w.sent, w.sent_size, 67, &n) ||
               dhcp_reply_option(w.sent, w.sent_size, 43, &n);
}

static uint32_t lease_time(void)
{
        size_t n = 0;
        const uint8_t *at = dhcp_reply_option(w.sent, w.sent_size, 51, &n);

        return at && n == 4 ? (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3] : 0;
}

TEST(an_approved_phone_gets_its_lease_and_its_source)
{
        world_begin();
        uint32_t address = get_lease(&PHONE_MAC);
        CHECK(address >= FIRST && address <= LAST);
        CHECK(names_source());
        CHECK_STR(w.word, "dhcp-ack");
        CHECK(strstr(w.detail, "source https://10.0.0.1/{mac}.xml: phone approved"));
}

TEST(a_laptop_gets_a_plain_lease_and_the_reason_is_told)
{
        world_begin();
        get_lease(&LAPTOP_MAC);
        CHECK(!names_source());
        CHECK(strstr(w.detail, "plain lease: unknown client"));
}

TEST(a_phone_that_waits_for_approval_gets_a_plain_lease)
{
        world_begin();
        set_phone(&LAPTOP_MAC, "waiting", 0);
        get_lease(&LAPTOP_MAC);
        CHECK(!names_source());
        CHECK(strstr(w.detail, "plain lease: phone not approved"));
}

TEST(a_source_outside_the_trusted_list_is_named_to_nobody)
{
        const char *others[] = {"https://other.example/"};

        world_begin();
        directory_set_sources(w.directory, others, 1);
        get_lease(&PHONE_MAC);
        CHECK(!names_source());
        CHECK(strstr(w.detail, "not under a trusted source"));
}

TEST(trust_that_ends_while_the_disk_is_busy_counts)
{
        world_begin();
        discover(&PHONE_MAC);
        pass(300);
        CHECK(names_source());
        request_selected(&PHONE_MAC, yiaddr());
        dhcp_server_flush(w.server, w.now_ms);
        set_phone(&PHONE_MAC, "revoked", 0);
        dhcp_server_committed(w.server, true, w.now_ms);
        CHECK_EQ_INT(dhcp_reply_type(w.sent, w.sent_size), 5);
        CHECK(!names_source());
        CHECK(strstr(w.detail, "phone is revoked"));
}

TEST(a_silent_site_answers_phones_only)
{
        world_begin();
        set_site("silent");
        discover(&LAPTOP_MAC);
        pass(1000);
        CHECK_EQ_INT(w.n_sent, 0);
        CHECK_EQ_INT(w.n_probes, 0);
        CHECK_STR(w.word, "dhcp-silent");
        get_lease(&PHONE_MAC);
}

TEST(nothing_is_answered_before_the_leases_are_read)
{
        const char *why = "";

        world_begin();
        dhcp_server_set_ready(w.server, false);
        discover(&PHONE_MAC);
        pass(1000);
        CHECK_EQ_INT(w.n_sent, 0);
        CHECK(!dhcp_server_is_serving(w.server, &why));
        CHECK(strstr(why, "leases"));
}

TEST(a_new_address_is_probed_and_a_known_one_is_not_delayed)
{
        world_begin();
        discover(&PHONE_MAC);
        CHECK_EQ_INT(w.n_probes, 1);
        CHECK_EQ_INT(w.n_sent, 0);
        pass(300);
        CHECK_EQ_INT(w.n_sent, 1);
        request_selected(&PHONE_MAC, yiaddr());
        commit(true);
        pass(100000000);
        discover(&PHONE_MAC);                   /* long after its lease ended */
        CHECK_EQ_INT(w.n_probes, 1);
        CHECK_EQ_INT(w.n_sent, 3);
}

TEST(a_reserved_address_is_offered_at_once)
{
        world_begin();
        set_phone(&PHONE_MAC, "approved", 0x0a000014);
        discover(&PHONE_MAC);
        CHECK_EQ_INT(w.n_probes, 0);
        CHECK_EQ_INT(yiaddr(), 0x0a000014);
}

TEST(an_address_somebody_uses_is_not_offered)
{
        world_begin();
        discover(&PHONE_MAC);
        uint32_t used = w.probed;
        dhcp_server_arp_seen(w.server, used, &THIRD_MAC, w.now_ms + 5);
        CHECK_EQ_INT(w.n_probes, 2);
        CHECK(w.probed != used);
        pass(300);
        CHECK(yiaddr() != used);
        dhcp_server_flush(w.server, w.now_ms);
        CHECK_EQ_INT(w.n_group, 1);
        CHECK_EQ_INT(w.group[0].state, DHCP_LEASE_STATE_CONFLICT);
        CHECK_EQ_INT(w.group[0].address, used);
}

TEST(an_answer_of_the_client_itself_is_no_conflict)
{
        world_begin();
        discover(&PHONE_MAC);
        uint32_t address = w.probed;
        dhcp_server_arp_seen(w.server, address, &PHONE_MAC, w.now_ms + 5);
        CHECK_EQ_INT(w.n_sent, 1);
        CHECK_EQ_INT(yiaddr(), address);
}

TEST(the_ack_comes_after_the_disk_and_the_group_is_one)
{
        world_begin();
        discover(&PHONE_MAC);
        discover(&LAPTOP_MAC);
        pass(300);
        const struct dhcp_client phone = {.mac = PHONE_MAC, .is_trusted = true};
        const struct dhcp_client laptop = {.mac = LAPTOP_MAC, .id = {1, 2, 0, 0, 0, 0, 7}, .id_size = 7};
        request_selected(&PHONE_MAC, dhcp_lease_find(w.leases, &phone)->address);
        request_selected(&LAPTOP_MAC, dhcp_lease_find(w.leases, &laptop)->address);
        unsigned before = w.n_sent;
        dhcp_server_flush(w.server, w.now_ms);
        CHECK_EQ_INT(w.n_commits, 1);
        CHECK_EQ_INT(w.n_group, 2);
        CHECK_EQ_INT(w.n_sent, before);
        dhcp_server_committed(w.server, true, w.now_ms);
        CHECK_EQ_INT(w.n_sent, before + 2);
}

TEST(a_repeated_request_is_answered_once)
{
        world_begin();
        discover(&PHONE_MAC);
        pass(300);
        uint32_t address = yiaddr();
        request_selected(&PHONE_MAC, address);
        request_selected(&PHONE_MAC, address);
        dhcp_server_flush(w.server, w.now_ms);
        request_selected(&PHONE_MAC, address);
        dhcp_server_committed(w.server, true, w.now_ms);
        CHECK_EQ_INT(w.n_sent, 2);
        CHECK_EQ_INT(w.n_commits, 1);
}

TEST(a_new_lease_waits_in_silence_while_the_store_is_away)
{
        world_begin();
        discover(&PHONE_MAC);
        pass(300);
        uint32_t address = yiaddr();
        request_selected(&PHONE_MAC, address);
        commit(false);
        CHECK_EQ_INT(w.n_sent, 1);
        CHECK(strstr(w.detail, "could not be stored"));
        request_selected(&PHONE_MAC, address);  /* the client asks again, the store is back */
        commit(true);
        CHECK_EQ_INT(dhcp_reply_type(w.sent, w.sent_size), 5);
}

TEST(a_durable_lease_is_acknowledged_from_memory_for_the_time_it_has_left)
{
        world_begin();
        uint32_t address = get_lease(&PHONE_MAC);
        pass(1800000);
        renew(&PHONE_MAC, address);
        commit(false);
        CHECK_EQ_INT(dhcp_reply_type(w.sent, w.sent_size), 5);
        CHECK_EQ_INT(lease_time(), 1800);
        CHECK(names_source());
        pass(1000);
        unsigned commits = w.n_commits;
        renew(&PHONE_MAC, address);             /* the store is known to be away: at once */
        CHECK_EQ_INT(lease_time(), 1799);
        CHECK_EQ_INT(w.n_commits, commits);
        pass(60000);
        renew(&PHONE_MAC, address);
        commit(true);
        CHECK_EQ_INT(lease_time(), 3600);
}

TEST(an_ack_promises_what_the_offer_said)
{
        world_begin();
        uint32_t address = get_lease(&PHONE_MAC);
        pass(20000);
        discover(&PHONE_MAC);
        CHECK_EQ_INT(lease_time(), 3600);
        request_selected(&PHONE_MAC, address);
        commit(true);
        CHECK_EQ_INT(dhcp_reply_type(w.sent, w.sent_size), 5);
        CHECK_EQ_INT(lease_time(), 3600);
        pass(20000);
        renew(&PHONE_MAC, address);             /* nothing was offered: what is on the disk is enough */
        CHECK_EQ_INT(lease_time(), 3580);
}

TEST(a_restart_keeps_the_lease)
{
        world_begin();
        uint32_t address = get_lease(&PHONE_MAC);
        struct dhcp_lease stored = *dhcp_lease_at(w.leases, address);
        world_begin();
        CHECK_EQ_INT(dhcp_lease_restore(w.leases, &stored), 0);
        struct dhcp_request q;
        dhcp_request_begin(&q, &PHONE_MAC, 3);  /* INIT-REBOOT */
        dhcp_request_address(&q, 50, address);
        send_from(&q, &PHONE_MAC);
        dhcp_server_flush(w.server, w.now_ms);
        if (w.n_commits)
                dhcp_server_committed(w.server, true, w.now_ms);
        CHECK_EQ_INT(dhcp_reply_type(w.sent, w.sent_size), 5);
        CHECK_EQ_INT(yiaddr(), address);
}

TEST(a_release_ends_the_lease_and_keeps_the_address_for_the_phone)
{
        world_begin();
        uint32_t address = get_lease(&PHONE_MAC);
        take_away(7, &PHONE_MAC, &PHONE_MAC, address);
        CHECK_STR(w.word, "dhcp-release");
        dhcp_server_flush(w.server, w.now_ms);
        CHECK_EQ_INT(w.group[0].state, DHCP_LEASE_STATE_RELEASED);
        dhcp_server_committed(w.server, true, w.now_ms);
        CHECK_EQ_INT(get_lease(&PHONE_MAC), address);
}

TEST(five_hundred_forged_releases_and_declines_take_nothing_away)
{
        world_begin();
        uint32_t address = get_lease(&PHONE_MAC);
        for (unsigned i = 0; i < 500; i++) {
                pass(50);
                take_away(i & 1 ? 7 : 4, &PHONE_MAC, &THIRD_MAC, address);
                take_away(i & 1 ? 7 : 4, &THIRD_MAC, &THIRD_MAC, address);
                dhcp_server_flush(w.server, w.now_ms);
        }
        CHECK_EQ_INT(dhcp_lease_at(w.leases, address)->state, DHCP_LEASE_STATE_BOUND);
        pass(60000);
        renew(&PHONE_MAC, address);
        dhcp_server_flush(w.server, w.now_ms);
        if (w.n_commits > 1)
                dhcp_server_committed(w.server, true, w.now_ms);
        CHECK_EQ_INT(yiaddr(), address);
        CHECK_EQ_INT(dhcp_reply_type(w.sent, w.sent_size), 5);
}

TEST(a_decline_in_the_phones_name_is_ignored_while_the_phone_answers)
{
        world_begin();
        uint32_t address = get_lease(&PHONE_MAC);
        take_away(4, &PHONE_MAC, &PHONE_MAC, address);
        CHECK_EQ_INT(w.probed, address);
        dhcp_server_arp_seen(w.server, address, &PHONE_MAC, w.now_ms + 3);
        CHECK(strstr(w.detail, "still answers"));
        CHECK_EQ_INT(dhcp_lease_at(w.leases, address)->state, DHCP_LEASE_STATE_BOUND);
}

TEST(a_decline_puts_the_address_aside)
{
        world_begin();
        uint32_t address = get_lease(&LAPTOP_MAC);
        take_away(4, &LAPTOP_MAC, &LAPTOP_MAC, address);
        pass(600);
        CHECK_STR(w.word, "dhcp-decline");
        CHECK_EQ_INT(dhcp_lease_at(w.leases, address)->state, DHCP_LEASE_STATE_DECLINED);
        discover(&LAPTOP_MAC);
        pass(300);
        CHECK(yiaddr() != address);
}

TEST(what_a_client_did_not_choose_is_free_again)
{
        world_begin();
        discover(&LAPTOP_MAC);
        pass(300);
        uint32_t address = yiaddr();
        struct dhcp_request q;
        dhcp_request_begin(&q, &LAPTOP_MAC, 3);
        dhcp_request_address(&q, 54, 0x0a000002);
        dhcp_request_address(&q, 50, address);
        send_from(&q, &LAPTOP_MAC);
        const struct dhcp_client other = {.mac = THIRD_MAC, .id = {1}, .id_size = 1};
        CHECK_EQ_INT(dhcp_lease_view(w.leases, address, &other, w.now_ms), DHCP_LEASE_VIEW_FREE);
}

TEST(a_relay_is_answered_at_the_relay_with_its_own_words)
{
        struct dhcp_request q;
        size_t n;

        world_begin();
        set_phone(&PHONE_MAC, "approved", 0x0a000014);
        dhcp_request_begin(&q, &PHONE_MAC, 1);
        dhcp_request_u32(&q, DHCP_REQUEST_GIADDR, 0x0a0000fe);
        dhcp_request_option(&q, 82, "\1\4p\0\1x", 6);
        send_from(&q, &THIRD_MAC);
        CHECK_EQ_INT(w.sent_to, 0x0a0000fe);
        CHECK_EQ_INT(w.sent_port, 67);
        const uint8_t *relay = dhcp_reply_option(w.sent, w.sent_size, 82, &n);
        CHECK(relay && n == 6);
        CHECK_MEM(relay, "\1\4p\0\1x", 6);
}

TEST(two_thousand_spoofed_clients_do_not_starve_a_phone)
{
        static const struct mac LATE = {{0x00, 0x04, 0x13, 0, 0, 0x77}};

        world_begin();
        uint32_t address = get_lease(&PHONE_MAC);
        for (unsigned i = 0; i < 2000; i++) {
                struct mac mac = {{0x02, 1, 0, 0, (uint8_t)(i >> 8), (uint8_t)i}};
                discover(&mac);
                pass(5);
                if (w.sent_size && dhcp_reply_type(w.sent, w.sent_size) == 2) {
                        struct mac to;
                        memcpy(to.bytes, w.sent + 28, 6);
                        request_selected(&to, yiaddr());
                        dhcp_server_flush(w.server, w.now_ms);
                        if (w.n_group) {
                                dhcp_server_committed(w.server, true, w.now_ms);
                                w.n_group = 0;
                        }
                }
        }
        renew(&PHONE_MAC, address);
        CHECK_EQ_INT(dhcp_reply_type(w.sent, w.sent_size), 5);
        CHECK_EQ_INT(yiaddr(), address);
        set_phone(&LATE, "approved", 0);
        w.sent_size = 0;
        CHECK(get_lease(&LATE) != 0);
}

TEST(a_flood_of_one_client_is_cut)
{
        world_begin();
        for (unsigned i = 0; i < 1000; i++)
                discover(&LAPTOP_MAC);
        CHECK(dhcp_server_counts(w.server).refused >= 970);
        CHECK(w.n_events <= 60);
}

TEST(a_message_is_heard_also_where_somebody_else_is_the_server_and_gets_nothing)
{
        struct site_problem problem;
        struct site_value values[] = {{"lan_address", "10.0.0.1/24"}, {"dhcp_mode", "off"}};

        world_begin();
        CHECK_EQ_INT(directory_set_site(w.directory, values, 2, &problem), 0);
        discover(&PHONE_MAC);
        discover(&LAPTOP_MAC);
        pass(1000);
        CHECK_EQ_INT(w.n_seen, 2);
        CHECK_EQ_INT(w.n_sent + w.n_probes + w.n_commits + w.n_events, 0);
        for (unsigned i = 0; i < 1000; i++)
                discover(&LAPTOP_MAC);
        CHECK(w.n_seen <= 30);
}

TEST(nothing_is_heard_before_the_site_is_known)
{
        struct site_problem problem;

        world_begin();
        CHECK(directory_set_site(w.directory, (const struct site_value[]){{"lan_address", "no address"}}, 1, &problem) < 0);
        discover(&PHONE_MAC);
        CHECK_EQ_INT(w.n_seen, 0);
}

TEST(a_phone_on_a_list_is_told_the_source_and_served_where_strangers_get_silence)
{
        world_begin();
        set_site("silent");
        set_phone(&PHONE_MAC, "expected", 0);
        CHECK(get_lease(&PHONE_MAC) != 0);
        CHECK(names_source());
        CHECK(strstr(w.detail, "phone expected") != NULL);
        set_phone(&PHONE_MAC, "revoked", 0);
        w.n_sent = 0;
        discover(&PHONE_MAC);
        pass(1000);
        CHECK_EQ_INT(w.n_sent, 0);
}

TEST(a_phone_approved_between_offer_and_ack_is_told_the_source_in_the_ack)
{
        world_begin();
        set_phone(&PHONE_MAC, "waiting", 0);
        discover(&PHONE_MAC);
        pass(300);
        CHECK(!names_source());
        uint32_t offered = yiaddr();
        set_phone(&PHONE_MAC, "approved", 0);
        request_selected(&PHONE_MAC, offered);
        commit(true);
        CHECK_EQ_INT(dhcp_reply_type(w.sent, w.sent_size), 5);
        CHECK(names_source());
}

TEST(a_phone_revoked_while_its_address_is_asked_for_is_offered_no_source)
{
        world_begin();
        discover(&PHONE_MAC);
        CHECK_EQ_INT(w.n_probes, 1);
        set_phone(&PHONE_MAC, "revoked", 0);
        pass(300);
        CHECK_EQ_INT(dhcp_reply_type(w.sent, w.sent_size), 2);
        CHECK(!names_source());
}

TEST(a_phone_that_another_one_takes_the_place_of_gets_its_address_no_more)
{
        static const struct mac NEW_MAC = {{0x00, 0x04, 0x13, 9, 9, 9}};

        world_begin();
        set_phone(&PHONE_MAC, "approved", 0x0a000014);
        CHECK_EQ_INT(get_lease(&PHONE_MAC), 0x0a000014);
        set_phone(&PHONE_MAC, "revoked", 0);
        set_phone(&NEW_MAC, "approved", 0x0a000014);
        renew(&PHONE_MAC, 0x0a000014);
        CHECK_EQ_INT(dhcp_reply_type(w.sent, w.sent_size), 6);
}

TEST(an_old_phone_is_told_the_old_phones_listener_and_nothing_while_that_is_off)
{
        struct site_problem problem;
        struct site_value values[] = {{"lan_address", "10.0.0.1/24"}, {"pool_first", "10.0.0.50"}, {"pool_last", "10.0.0.149"},
                                      {"legacy", "on"},               {"legacy_https_port", "8444"}};
        size_t size = 0;

        world_begin();
        set_phone(&PHONE_MAC, "approved", 0);
        directory_phone_find(w.directory, &PHONE_MAC)->is_legacy = true;
        CHECK(get_lease(&PHONE_MAC) != 0);
        CHECK(!names_source());
        CHECK(strstr(w.detail, "legacy off") != NULL);
        CHECK_EQ_INT(directory_set_site(w.directory, values, 5, &problem), 0);
        directory_set_sources(w.directory, NULL, 0);
        CHECK(get_lease(&PHONE_MAC) != 0);
        const uint8_t *source = dhcp_reply_option(w.sent, w.sent_size, 66, &size);
        CHECK(source && size == strlen("https://10.0.0.1:8444/{mac}.xml"));
        CHECK_MEM(source, "https://10.0.0.1:8444/{mac}.xml", size);
        CHECK(directory_trusts(w.directory, "https://10.0.0.1:8444/{mac}.xml"));
        CHECK(!directory_trusts(w.directory, "https://10.0.0.1/{mac}.xml"));
}

TEST(a_host_name_is_kept_without_what_a_terminal_would_obey)
{
        struct dhcp_request q;

        world_begin();
        set_phone(&PHONE_MAC, "approved", 0x0a000014);
        discover(&PHONE_MAC);
        dhcp_request_begin(&q, &PHONE_MAC, 3);
        dhcp_request_address(&q, 54, SERVER);
        dhcp_request_address(&q, 50, 0x0a000014);
        dhcp_request_option(&q, 12, "desk\x1b[2J<b>", 11);
        send_from(&q, &PHONE_MAC);
        dhcp_server_flush(w.server, w.now_ms);
        CHECK_STR(w.group[0].hostname, "desk--2J-b-");
}

TEST(a_phone_with_a_new_reservation_is_sent_to_it_at_its_next_renewal)
{
        world_begin();
        uint32_t address = get_lease(&PHONE_MAC);
        set_phone(&PHONE_MAC, "approved", 0x0a000014);
        renew(&PHONE_MAC, address);
        CHECK_EQ_INT(dhcp_reply_type(w.sent, w.sent_size), 6);
        discover(&PHONE_MAC);
        CHECK_EQ_INT(yiaddr(), 0x0a000014);
}
