/*
 * test_rogue_watch: other hosts that answer phones, with a wire and a clock made of variables.
 */
#include "provisioning/responder/rogue_watch.h"

#include <stdio.h>

#include "tests/support/test.h"
#include "tests/unit/provisioning/responder/dhcp_request.h"

enum { OTHER = 0xc0000209 };

static const struct mac ROGUE_MAC = {{0x3c, 0x22, 0xfb, 0x00, 0x00, 0x01}};
static const struct mac SECOND_MAC = {{0x3c, 0x22, 0xfb, 0x00, 0x00, 0x02}};

static struct world {
        struct directory *directory;
        struct rogue_watch *watch;
        uint64_t now_ms;
        unsigned n_dhcp, n_pnp, n_alarms;
        struct dhcp_message asked;
        char subscribe[1500];
        struct rogue alarm;
        unsigned n_over;
        char over[32];
        struct mac over_mac;
        uint8_t random;
        struct dhcp_request reply;
} w;

static int on_ask_dhcp(const void *payload, size_t size, void *userdata)
{
        (void)userdata;
        w.n_dhcp++;
        CHECK_EQ_INT(dhcp_message_parse(payload, size, &w.asked), 0);
        return 0;
}

static int on_ask_pnp(const void *payload, size_t size, void *userdata)
{
        (void)userdata;
        w.n_pnp++;
        memcpy(w.subscribe, payload, size);
        w.subscribe[size] = '\0';
        return 0;
}

static void on_alarm(const struct rogue *rogue, void *userdata)
{
        (void)userdata;
        w.n_alarms++;
        w.alarm = *rogue;
}

static void on_over(const char *kind, const struct mac *mac, void *userdata)
{
        (void)userdata;
        w.n_over++;
        (void)snprintf(w.over, sizeof w.over, "%s", kind);
        w.over_mac = *mac;
}

static void on_random(void *bytes, size_t size, void *userdata)
{
        (void)userdata;
        memset(bytes, ++w.random, size);
}

static void set_site(const char *dhcp_mode, const char *watch, const char *known)
{
        static const char *const sources[] = {"https://10.0.0.1/"};
        struct site_problem problem;
        struct site_value values[] = {{"lan_address", "10.0.0.1/24"}, {"pool_first", "10.0.0.50"}, {"pool_last", "10.0.0.60"},
                                      {"dhcp_mode", dhcp_mode},       {"rogue_watch", watch},      {"known_servers", known}};

        CHECK_EQ_INT(directory_set_site(w.directory, values, sizeof values / sizeof *values, &problem), 0);
        directory_set_sources(w.directory, sources, 1);
}

static void begin(const char *dhcp_mode)
{
        const struct rogue_watch_ops ops = {.ask_dhcp = on_ask_dhcp, .ask_pnp = on_ask_pnp, .alarm = on_alarm, .over = on_over, .random = on_random};

        rogue_watch_free(w.watch);
        directory_free(w.directory);
        w = (struct world){.now_ms = 1000000};
        CHECK_EQ_INT(directory_new(&w.directory), 0);
        set_site(dhcp_mode, "on", "");
        CHECK_EQ_INT(rogue_watch_new(w.directory, &ops, &w.watch), 0);
}

static void reply_begin(uint8_t type)
{
        dhcp_request_begin(&w.reply, &PHONE_MAC, type);
        w.reply.bytes[0] = 2;
        dhcp_request_address(&w.reply, 54, OTHER);
}

static void reply_text(uint8_t code, const char *text)
{
        dhcp_request_option(&w.reply, code, text, (uint8_t)strlen(text));
}

static void hear_from(const struct mac *mac)
{
        rogue_watch_dhcp(w.watch, OTHER, mac, w.reply.bytes, w.reply.size, w.now_ms);
}

static void hear(void)
{
        dhcp_request_end(&w.reply);
        hear_from(&ROGUE_MAC);
}

static void hear_sip(const char *text)
{
        CHECK(rogue_watch_sip(w.watch, OTHER, &ROGUE_MAC, text, strlen(text), w.now_ms));
}

/* What a PnP server says to the question that was asked last. */
static const char *notify(const char *url)
{
        static char text[2000];
        const char *id = strstr(w.subscribe, "Call-ID: ");

        (void)snprintf(text, sizeof text,
                       "NOTIFY sip:10.0.0.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKx\r\nFrom: <sip:pnp@192.0.2.9>;tag=1\r\n"
                       "To: <sip:x@224.0.1.75>;tag=2\r\n%.*s\r\nCSeq: 3 NOTIFY\r\nMax-Forwards: 20\r\nEvent: ua-profile\r\n"
                       "Subscription-State: terminated;reason=timeout\r\nContact: <sip:192.0.2.9:5060>\r\nContent-Type: application/url\r\n"
                       "Content-Length: %zu\r\n\r\n%s",
                       (int)strcspn(id, "\r"), id, strlen(url), url);
        return text;
}

static void ask(void)
{
        rogue_watch_tick(w.watch, w.now_ms);
        w.now_ms = rogue_watch_next_ms(w.watch);
        rogue_watch_tick(w.watch, w.now_ms);
}

TEST(it_asks_as_a_snom_phone_that_does_not_exist_once_a_minute)
{
        const uint8_t *data;
        size_t size;

        begin("server");
        ask();
        CHECK_EQ_INT(w.n_dhcp, 1);
        CHECK_EQ_INT(w.n_pnp, 1);
        CHECK_MEM(w.asked.header.mac.bytes, "\x00\x04\x13", 3);
        CHECK_EQ_INT(w.asked.header.flags, DHCP_MESSAGE_FLAG_BROADCAST);
        CHECK_EQ_INT(dhcp_message_bytes(&w.asked, 60, &data, &size), 0);
        CHECK_MEM(data, "snomD785", 8);
        CHECK_EQ_INT(dhcp_message_bytes(&w.asked, 55, &data, &size), 0);
        CHECK(memchr(data, 66, size) && memchr(data, 67, size) && memchr(data, 43, size));
        CHECK(strstr(w.subscribe, "SUBSCRIBE sip:MAC%3a000413") == w.subscribe);
        w.now_ms += ROGUE_WATCH_ASK_MS - 1;
        rogue_watch_tick(w.watch, w.now_ms);
        CHECK_EQ_INT(w.n_dhcp, 1);
        rogue_watch_tick(w.watch, w.now_ms + 1);
        CHECK_EQ_INT(w.n_dhcp, 2);
        CHECK_EQ_INT(w.n_pnp, 2);
}

TEST(it_asks_at_once_when_somebody_wants_to_know)
{
        begin("server");
        ask();
        w.now_ms += 100;
        CHECK_EQ_INT(rogue_watch_ask(w.watch, w.now_ms), 0);
        rogue_watch_tick(w.watch, w.now_ms);
        CHECK_EQ_INT(w.n_dhcp, 2);
        CHECK_EQ_INT(rogue_watch_next_ms(w.watch), w.now_ms + ROGUE_WATCH_ASK_MS);
}

TEST(a_server_that_names_a_foreign_source_is_told_of_at_once_with_what_it_says)
{
        for (int mode = 0; mode < 2; mode++) {
                begin(mode ? "off" : "server");
                reply_begin(2);
                reply_text(66, "http://192.0.2.9/");
                reply_text(67, "x\"y");
                hear();
                CHECK_EQ_INT(w.n_alarms, 1);
                CHECK_EQ_INT(w.alarm.kind, ROGUE_SOURCE);
                CHECK_EQ_INT(w.alarm.server, OTHER);
                CHECK(mac_equal(&w.alarm.mac, &ROGUE_MAC));
                CHECK_STR(w.alarm.offered, "66=http://192.0.2.9/ 67=x\\x22y");
        }
}

TEST(encapsulated_options_are_looked_into)
{
        begin("off");
        reply_begin(5);
        dhcp_request_option(&w.reply, 43, "\x42\x09http://x/\0\x43\x02pq\xff", 16);
        hear();
        CHECK_EQ_INT(w.alarm.kind, ROGUE_SOURCE);
        CHECK_STR(w.alarm.offered, "43.66=http://x/ 43.67=pq");
        begin("off");
        reply_begin(5);
        dhcp_request_option(&w.reply, 43, "\x01\x02\x03\x04", 4);
        hear();
        CHECK_EQ_INT(w.n_alarms, 0);            /* some other vendor's */
        CHECK_EQ_INT(rogue_watch_at(w.watch, 0)->kind, ROGUE_PLAIN);
}

TEST(the_sites_own_server_may_name_our_source)
{
        begin("off");
        reply_begin(2);
        reply_text(66, "https://10.0.0.1/{mac}.xml");
        hear();
        CHECK_EQ_INT(w.n_alarms, 0);
        CHECK_EQ_INT(rogue_watch_at(w.watch, 0)->kind, ROGUE_OURS);
        reply_begin(2);
        dhcp_request_option(&w.reply, 66, "https://10.0.0.1/{mac}.xml", 27);    /* with its NUL */
        hear();
        CHECK_EQ_INT(w.n_alarms, 0);
        reply_begin(2);
        reply_text(66, "https://10.0.0.1/{mac}.xml");
        reply_text(67, "/elsewhere");
        hear();
        CHECK_EQ_INT(w.n_alarms, 1);
}

TEST(another_server_is_a_rogue_only_where_the_appliance_is_the_server)
{
        begin("off");
        reply_begin(2);
        hear();
        CHECK_EQ_INT(w.n_alarms, 0);
        begin("server");
        reply_begin(6);
        hear();
        CHECK_EQ_INT(w.n_alarms, 1);
        CHECK_EQ_INT(w.alarm.kind, ROGUE_SERVER);
        CHECK_STR(w.alarm.offered, "");
}

TEST(one_that_goes_on_is_told_of_again_after_ten_minutes_or_when_it_says_something_new)
{
        begin("off");
        reply_begin(2);
        reply_text(66, "http://a/");
        hear();
        hear_from(&ROGUE_MAC);
        CHECK_EQ_INT(w.n_alarms, 1);
        w.now_ms += ROGUE_WATCH_AGAIN_MS;
        hear_from(&ROGUE_MAC);
        CHECK_EQ_INT(w.n_alarms, 2);
        reply_begin(2);
        reply_text(66, "http://b/");
        hear();
        CHECK_EQ_INT(w.n_alarms, 3);
        CHECK_EQ_INT(rogue_watch_at(w.watch, 0)->count, 4);
        hear_from(&SECOND_MAC);
        CHECK_EQ_INT(w.n_alarms, 4);
        CHECK(rogue_watch_at(w.watch, 1) && !rogue_watch_at(w.watch, 2));
}

TEST(a_known_server_is_listed_without_an_alarm)
{
        begin("server");
        set_site("server", "on", "3c22fb000001");
        reply_begin(2);
        hear();
        CHECK_EQ_INT(w.n_alarms, 0);
        CHECK(rogue_watch_at(w.watch, 0) && rogue_watch_at(w.watch, 0)->is_known);
}

TEST(a_foreign_pnp_answer_is_told_of_with_its_url)
{
        begin("server");
        ask();
        hear_sip(notify("http://192.0.2.9/{mac}.xml"));
        CHECK_EQ_INT(w.n_alarms, 1);
        CHECK_EQ_INT(w.alarm.kind, ROGUE_PNP);
        CHECK_STR(w.alarm.offered, "url=http://192.0.2.9/{mac}.xml");
        hear_sip(notify("https://10.0.0.1/{mac}.xml"));
        CHECK_EQ_INT(w.n_alarms, 1);
}

TEST(sip_that_is_not_for_the_made_up_phone_is_left_to_others)
{
        begin("server");
        ask();
        char *text = strdup(notify("http://x/"));
        strstr(text, "Call-ID: ")[10] ^= 1;
        CHECK(!rogue_watch_sip(w.watch, OTHER, &ROGUE_MAC, text, strlen(text), w.now_ms));
        free(text);
        CHECK_EQ_INT(w.n_alarms, 0);
}

TEST(switched_off_it_neither_asks_nor_tells)
{
        begin("server");
        set_site("server", "off", "");
        rogue_watch_tick(w.watch, w.now_ms);
        CHECK(rogue_watch_next_ms(w.watch) == UINT64_MAX);
        reply_begin(2);
        reply_text(66, "http://a/");
        hear();
        CHECK_EQ_INT(rogue_watch_ask(w.watch, w.now_ms), PV_EREFUSED);
        CHECK_EQ_INT(w.n_dhcp + w.n_pnp + w.n_alarms, 0);
}

TEST(a_flood_of_senders_costs_a_bounded_table_and_loses_none_for_good)
{
        begin("server");
        for (unsigned i = 0; i < 1000; i++) {
                struct mac mac = ROGUE_MAC;
                mac.bytes[4] = (uint8_t)(i >> 8);
                mac.bytes[5] = (uint8_t)i;
                reply_begin(2);
                dhcp_request_end(&w.reply);
                w.now_ms += 20;
                hear_from(&mac);
        }
        size_t n = 0;
        while (rogue_watch_at(w.watch, n))
                n++;
        CHECK_EQ_INT(n, ROGUE_WATCH_MAX);
        CHECK(w.n_alarms >= 30 && w.n_alarms <= 131);   /* thirty at once, then five a second */
        w.now_ms += 60000;
        hear_from(&LAPTOP_MAC);                 /* and goes on when it is calm again */
        CHECK(mac_equal(&w.alarm.mac, &LAPTOP_MAC));
}

TEST(requests_and_junk_are_no_replies)
{
        begin("server");
        dhcp_request_begin(&w.reply, &PHONE_MAC, 1);
        hear();
        reply_begin(1);
        hear();
        reply_begin(2);
        w.reply.size = 200;
        hear_from(&ROGUE_MAC);
        CHECK_EQ_INT(w.n_alarms, 0);
}

static void pass(uint64_t ms)
{
        for (uint64_t end = w.now_ms + ms; w.now_ms < end; w.now_ms += 10000)
                rogue_watch_tick(w.watch, w.now_ms);
}

TEST(the_phone_that_does_not_exist_is_known_as_such)
{
        begin("off");
        pass(10000);
        CHECK_EQ_INT(rogue_watch_ask(w.watch, w.now_ms), 0);
        rogue_watch_tick(w.watch, w.now_ms);
        CHECK(w.n_dhcp > 0 && rogue_watch_is_made_up(w.watch, &w.asked.header.mac));
        CHECK(!rogue_watch_is_made_up(w.watch, &PHONE_MAC));
}

TEST(an_alarm_is_over_when_the_server_was_not_heard_for_five_questions)
{
        begin("off");
        reply_begin(2);
        reply_text(66, "http://192.0.2.9/");
        hear();
        CHECK_EQ_INT(w.n_alarms, 1);
        pass(ROGUE_WATCH_GONE_MS - 30000);
        CHECK_EQ_INT(w.n_over, 0);
        hear_from(&ROGUE_MAC);
        pass(ROGUE_WATCH_GONE_MS - 30000);
        CHECK_EQ_INT(w.n_over, 0);
        pass(60000);
        CHECK_EQ_INT(w.n_over, 1);
        CHECK_STR(w.over, "rogue-dhcp");
        CHECK(mac_equal(&w.over_mac, &ROGUE_MAC));
        pass(600000);
        CHECK_EQ_INT(w.n_over, 1);
        CHECK_EQ_INT(w.n_alarms, 1);
        hear_from(&ROGUE_MAC);                  /* and comes back */
        CHECK_EQ_INT(w.n_alarms, 2);
}

TEST(an_alarm_is_over_at_once_when_the_admin_knows_the_server)
{
        begin("off");
        pass(10000);
        rogue_watch_tick(w.watch, w.now_ms);
        CHECK_EQ_INT(rogue_watch_ask(w.watch, w.now_ms), 0);
        rogue_watch_tick(w.watch, w.now_ms);
        hear_sip(notify("http://192.0.2.9/x"));
        CHECK_EQ_INT(w.n_alarms, 1);
        set_site("off", "on", "3c:22:fb:00:00:01");
        rogue_watch_tick(w.watch, w.now_ms);
        CHECK_EQ_INT(w.n_over, 1);
        CHECK_STR(w.over, "rogue-pnp");
        CHECK(rogue_watch_at(w.watch, 0)->is_known);
}

TEST(one_host_with_two_faults_has_one_alarm_that_ends_with_the_last)
{
        begin("server");
        reply_begin(2);
        hear();                                 /* answers */
        reply_begin(2);
        reply_text(66, "http://192.0.2.9/");
        hear();                                 /* and names a source */
        CHECK_EQ_INT(w.n_alarms, 2);
        pass(200000);
        hear();
        pass(200000);
        CHECK_EQ_INT(w.n_over, 0);
        pass(200000);
        CHECK_EQ_INT(w.n_over, 1);
}

TEST(an_alarm_of_before_a_restart_is_over_unless_its_host_is_heard_again)
{
        begin("off");
        rogue_watch_adopt(w.watch, "rogue-dhcp", &ROGUE_MAC, w.now_ms);
        rogue_watch_adopt(w.watch, "rogue-pnp", &SECOND_MAC, w.now_ms);
        rogue_watch_adopt(w.watch, "mac-scan", &SECOND_MAC, w.now_ms);
        pass(ROGUE_WATCH_GONE_MS - 60000);
        CHECK_EQ_INT(w.n_over, 0);
        reply_begin(2);
        reply_text(66, "http://192.0.2.9/");
        hear();
        pass(120000);
        CHECK_EQ_INT(w.n_over, 1);
        CHECK_STR(w.over, "rogue-pnp");
        CHECK(mac_equal(&w.over_mac, &SECOND_MAC));
        pass(ROGUE_WATCH_GONE_MS);
        CHECK_EQ_INT(w.n_over, 2);
}

TEST(a_relay_between_is_named_with_the_circuit_it_saw)
{
        static const uint8_t information[] = {1, 4, 'e', 't', 'h', '7', 2, 2, 0, 9};

        begin("off");
        reply_begin(2);
        dhcp_request_u32(&w.reply, DHCP_REQUEST_GIADDR, 0x0a0000fe);
        reply_text(66, "http://192.0.2.9/");
        dhcp_request_option(&w.reply, 82, information, sizeof information);
        hear();
        CHECK_EQ_INT(w.n_alarms, 1);
        CHECK_EQ_INT(w.alarm.relay, 0x0a0000fe);
        CHECK_STR(w.alarm.circuit_id, "eth7");
}

TEST(a_flood_of_invented_servers_costs_five_alarms_a_second_and_the_real_one_is_told)
{
        begin("off");
        rogue_watch_tick(w.watch, w.now_ms);
        reply_begin(2);
        reply_text(66, "http://192.0.2.9/");
        dhcp_request_end(&w.reply);
        for (unsigned i = 0; i < 20000; i++) {
                struct mac mac = {{0x3c, 0x22, 0xfc, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};
                hear_from(&mac);
                w.now_ms += i % 2;              /* ten seconds in all */
        }
        CHECK(w.n_alarms <= 30 + 5 * 10 + 1);
        CHECK(w.n_over <= w.n_alarms);
        w.now_ms += 2000;
        hear_from(&ROGUE_MAC);
        CHECK(mac_equal(&w.alarm.mac, &ROGUE_MAC));
}

TEST(servers_heard_once_and_all_at_once_are_all_told_within_five_seconds)
{
        begin("off");
        rogue_watch_tick(w.watch, w.now_ms);
        reply_begin(2);
        reply_text(66, "http://192.0.2.9/");
        dhcp_request_end(&w.reply);
        for (unsigned i = 0; i < 50; i++) {
                struct mac mac = {{0x3c, 0x22, 0xfc, 0, 0, (uint8_t)i}};
                hear_from(&mac);
        }
        CHECK_EQ_INT(w.n_alarms, 30);
        uint64_t end = w.now_ms + 5000;
        while (rogue_watch_next_ms(w.watch) < end) {
                w.now_ms = rogue_watch_next_ms(w.watch);
                rogue_watch_tick(w.watch, w.now_ms);
        }
        CHECK_EQ_INT(w.n_alarms, 50);
        CHECK(rogue_watch_next_ms(w.watch) > end);
}
