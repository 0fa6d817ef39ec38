/*
 * test_pnp_server: questions and their answers, with a wire and a clock made of variables.
 */
#include "provisioning/responder/pnp_server.h"

#include "appliance/base/text.h"
#include "provisioning/responder/pnp_policy.h"
#include "tests/support/test.h"
#include "tests/unit/provisioning/responder/pnp_request.h"

enum { OURS = 0x0a000001, PHONE_ADDRESS = 0x0a000032 };

static const struct mac PHONE_MAC = {{0x00, 0x04, 0x13, 0xaa, 0xbb, 0xcc}};
static const struct mac OTHER_MAC = {{0x00, 0x04, 0x13, 0xaa, 0xbb, 0xdd}};

static struct world {
        struct directory *directory;
        struct pnp_server *server;
        uint64_t now_ms;
        char sent[2048], first_notify[2048];
        struct mac sent_mac;
        uint32_t sent_to;
        uint16_t sent_port, accepted_port;
        unsigned n_accepts, n_notifies, n_events, n_seen;
        uint8_t random;
        uint32_t seen_from;
        char word[32], detail[512];
} w;

static int on_send(uint32_t to, uint16_t port, const struct mac *mac, const void *payload, size_t size, void *userdata)
{
        (void)userdata;
        memcpy(w.sent, payload, size);
        w.sent[size] = 0;
        w.sent_to = to;
        w.sent_port = port;
        w.sent_mac = *mac;
        if (!strncmp(w.sent, "NOTIFY ", 7)) {
                if (w.n_notifies++ == 0)
                        memcpy(w.first_notify, w.sent, size + 1);
                return 0;
        }
        w.n_accepts++;
        w.accepted_port = port;
        CHECK(!strstr(w.sent, "https:"));
        return 0;
}

static void on_event(const struct mac *mac, const char *word, const char *detail, void *userdata)
{
        (void)mac;
        (void)userdata;
        w.n_events++;
        (void)snprintf(w.word, sizeof w.word, "%s", word);
        (void)snprintf(w.detail, sizeof w.detail, "%s", detail);
}

static void on_seen(const struct pnp_message *message, uint32_t from, uint64_t now_ms, void *userdata)
{
        (void)message;
        (void)now_ms;
        (void)userdata;
        w.n_seen++;
        w.seen_from = from;
}

static void on_random(void *bytes, size_t size, void *userdata)
{
        (void)userdata;
        memset(bytes, ++w.random, size);
}

static void set_site(const char *pnp_mode)
{
        struct site_problem problem;
        struct site_value values[] = {{"lan_address", "10.0.0.1/24"}, {"dhcp_mode", "off"}, {"pnp_mode", pnp_mode}};

        CHECK_EQ_INT(directory_set_site(w.directory, values, 3, &problem), 0);
}

static void set_phone(const struct mac *mac, const char *state)
{
        struct directory_phone phone = {.mac = *mac, .is_approved = !strcmp(state, "approved"), .has_model = true};

        phone.is_trusted = phone.is_approved || !strcmp(state, "expected");
        (void)snprintf(phone.state, sizeof phone.state, "%s", state);
        CHECK_EQ_INT(directory_phone_put(w.directory, &phone), 0);
}

static void world_begin(void)
{
        const struct pnp_server_ops ops = {.send = on_send, .event = on_event, .seen = on_seen, .random = on_random};
        const char *sources[] = {"https://10.0.0.1/"};

        pnp_server_free(w.server);
        directory_free(w.directory);
        w = (struct world){.now_ms = 1000000};
        CHECK_EQ_INT(directory_new(&w.directory), 0);
        CHECK_EQ_INT(pnp_server_new(w.directory, &ops, &w.server), 0);
        set_site("");
        directory_set_sources(w.directory, sources, 1);
        set_phone(&PHONE_MAC, "approved");
}

static void send_from(const struct mac *mac, uint32_t from, uint32_t to, const char *text)
{
        struct pnp_server_datagram d = {
                .source = from, .destination = to, .source_port = 5099, .source_mac = *mac,
                .payload = (const uint8_t *)text, .size = strlen(text)};

        pnp_server_input(w.server, &d, w.now_ms);
}

static void ask(void)
{
        send_from(&PHONE_MAC, PHONE_ADDRESS, PNP_POLICY_GROUP, PNP_REQUEST);
}

static void answer_from(const struct mac *mac, uint32_t from, const char *status, const char *branch)
{
        char text[512];

        (void)snprintf(text, sizeof text, "SIP/2.0 %s\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=%s\r\n%sCall-ID: x\r\nCSeq: 1 NOTIFY\r\n\r\n",
                       status, branch, PNP_REQUEST_ENDS);
        send_from(mac, from, OURS, text);
}

static void pass(uint64_t ms)
{
        uint64_t end = w.now_ms + ms;

        for (uint64_t next; (next = pnp_server_next_ms(w.server)) <= end;) {
                w.now_ms = next;
                pnp_server_tick(w.server, w.now_ms);
        }
        w.now_ms = end;
}

TEST(a_trusted_phone_gets_a_200_and_a_notify_with_the_url)
{
        world_begin();
        ask();
        CHECK_EQ_INT(w.n_accepts, 1);
        CHECK_EQ_INT(w.accepted_port, 5099);    /* it asked for rport */
        CHECK_EQ_INT(w.n_notifies, 1);
        CHECK_EQ_INT(w.sent_to, PHONE_ADDRESS);
        CHECK_EQ_INT(w.sent_port, 5062);
        CHECK(mac_equal(&w.sent_mac, &PHONE_MAC));
        CHECK(strstr(w.sent, "\r\n\r\nhttps://10.0.0.1/{mac}.xml"));
        CHECK_STR(w.word, "pnp-notify");
        CHECK_STR(w.detail, "10.0.0.50, source https://10.0.0.1/{mac}.xml: phone approved");
        CHECK_EQ_INT(pnp_server_counts(w.server).answers, 1);
}

TEST(a_notify_is_repeated_with_growing_pauses_five_times_at_most)
{
        static const unsigned DUE_MS[] = {500, 1000, 2000, 4000};

        world_begin();
        ask();
        for (unsigned i = 0; i < 4; i++) {
                pass(DUE_MS[i] - 1);
                CHECK_EQ_INT(w.n_notifies, 1 + i);
                pass(1);
                CHECK_EQ_INT(w.n_notifies, 2 + i);
                CHECK_STR(w.sent, w.first_notify);
        }
        pass(60000);
        CHECK_EQ_INT(w.n_notifies, 5);
        CHECK_STR(w.word, "pnp-silent");
        CHECK_STR(w.detail, "10.0.0.50: the phone did not answer five NOTIFYs");
        CHECK(pnp_server_next_ms(w.server) == UINT64_MAX);
}

TEST(the_phones_200_ends_it)
{
        world_begin();
        ask();
        answer_from(&PHONE_MAC, PHONE_ADDRESS, "100 Trying", "z9hG4bK0101010101010101");
        CHECK(pnp_server_next_ms(w.server) != UINT64_MAX);
        answer_from(&PHONE_MAC, PHONE_ADDRESS, "200 OK", "z9hG4bK0101010101010101");
        CHECK_STR(w.word, "pnp-taken");
        CHECK(pnp_server_next_ms(w.server) == UINT64_MAX);
        pass(60000);
        CHECK_EQ_INT(w.n_notifies, 1);
}

TEST(a_refusal_of_the_phone_ends_it_too)
{
        world_begin();
        ask();
        answer_from(&PHONE_MAC, PHONE_ADDRESS, "481 No such subscription", "z9hG4bK0101010101010101");
        CHECK_STR(w.word, "pnp-refused");
        pass(60000);
        CHECK_EQ_INT(w.n_notifies, 1);
}

TEST(nobody_else_can_end_it)
{
        world_begin();
        ask();
        answer_from(&OTHER_MAC, PHONE_ADDRESS, "200 OK", "z9hG4bK0101010101010101");
        answer_from(&PHONE_MAC, PHONE_ADDRESS + 1, "200 OK", "z9hG4bK0101010101010101");
        answer_from(&PHONE_MAC, PHONE_ADDRESS, "200 OK", "z9hG4bK0202020202020202");
        CHECK_STR(w.word, "pnp-notify");
        pass(500);
        CHECK_EQ_INT(w.n_notifies, 2);
}

TEST(the_same_question_again_gets_the_same_200_and_a_new_one_a_new_notify)
{
        char first[sizeof w.sent];

        world_begin();
        ask();
        memcpy(first, w.first_notify, sizeof first);
        ask();
        CHECK_EQ_INT(w.n_accepts, 2);
        CHECK_EQ_INT(w.n_notifies, 1);
        send_from(&PHONE_MAC, PHONE_ADDRESS, PNP_POLICY_GROUP,
                  PNP_REQUEST_START PNP_REQUEST_VIA PNP_REQUEST_ENDS "Call-ID: other\r\nCSeq: 1 SUBSCRIBE\r\n" PNP_REQUEST_CONTACT
                  PNP_REQUEST_EVENT PNP_REQUEST_REST);
        CHECK_EQ_INT(w.n_notifies, 2);
        CHECK(strcmp(w.sent, first) != 0);
        pass(400);
        CHECK_EQ_INT(w.n_notifies, 2);          /* the first one is not repeated any more */
}

TEST(whoever_is_not_trusted_gets_nothing_at_all)
{
        static const char *const STATES[] = {"waiting", "seen", "revoked", "replaced"};

        for (size_t i = 0; i < sizeof STATES / sizeof *STATES; i++) {
                world_begin();
                set_phone(&PHONE_MAC, STATES[i]);
                ask();
                CHECK_EQ_INT(w.n_accepts + w.n_notifies, 0);
                CHECK_STR(w.word, "pnp-silent");
        }
        world_begin();
        directory_phone_remove(w.directory, &PHONE_MAC);
        ask();
        CHECK_EQ_INT(w.n_accepts + w.n_notifies, 0);
        CHECK_EQ_INT(w.n_seen, 1);
        CHECK_EQ_INT(w.seen_from, PHONE_ADDRESS);
}

TEST(a_phone_on_a_list_is_told_the_url_until_it_is_revoked)
{
        world_begin();
        set_phone(&PHONE_MAC, "expected");
        ask();
        CHECK_EQ_INT(w.n_notifies, 1);
        CHECK(strstr(w.detail, "phone expected") != NULL);
        set_phone(&PHONE_MAC, "revoked");
        pass(60000);
        CHECK_EQ_INT(w.n_notifies, 1);
}

TEST(an_old_phone_is_told_the_old_phones_listener_and_nothing_once_that_is_off)
{
        struct site_problem problem;
        struct site_value values[] = {{"lan_address", "10.0.0.1/24"}, {"dhcp_mode", "off"}, {"legacy", "on"}};

        world_begin();
        directory_phone_find(w.directory, &PHONE_MAC)->is_legacy = true;
        ask();
        CHECK_EQ_INT(w.n_notifies, 0);
        CHECK_EQ_INT(directory_set_site(w.directory, values, 3, &problem), 0);
        pass(20000);
        ask();
        CHECK_EQ_INT(w.n_notifies, 1);
        CHECK(strstr(w.sent, "\r\n\r\nhttps://10.0.0.1:8443/{mac}.xml") != NULL);
        set_site("");
        pass(60000);
        CHECK_EQ_INT(w.n_notifies, 1);
        CHECK_STR(w.word, "pnp-silent");
}

TEST(a_phones_name_in_the_message_of_another_station_gets_nothing)
{
        world_begin();
        send_from(&OTHER_MAC, PHONE_ADDRESS, PNP_POLICY_GROUP, PNP_REQUEST);
        CHECK_EQ_INT(w.n_seen, 0);
        send_from(&PHONE_MAC, PHONE_ADDRESS + 1, PNP_POLICY_GROUP, PNP_REQUEST);        /* Contact is elsewhere */
        send_from(&PHONE_MAC, PHONE_ADDRESS, OURS, PNP_REQUEST);
        CHECK_EQ_INT(w.n_accepts + w.n_notifies, 0);
}

TEST(a_url_that_is_under_no_trusted_source_is_not_named)
{
        const char *sources[] = {"https://elsewhere.example/"};

        world_begin();
        directory_set_sources(w.directory, sources, 1);
        ask();
        CHECK_EQ_INT(w.n_accepts + w.n_notifies, 0);
}

TEST(trust_that_ends_while_a_notify_is_under_way_ends_its_repetition)
{
        world_begin();
        ask();
        set_phone(&PHONE_MAC, "revoked");
        pass(60000);
        CHECK_EQ_INT(w.n_notifies, 1);
        world_begin();
        ask();
        set_site("off");
        pass(60000);
        CHECK_EQ_INT(w.n_notifies, 1);
        ask();
        CHECK_EQ_INT(w.n_notifies, 1);
}

TEST(what_strangers_send_is_bounded_and_takes_nothing_from_a_phone)
{
        world_begin();
        for (unsigned i = 0; i < 20000; i++) {
                struct mac mac = {{2, 0, 0, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};
                send_from(&mac, PHONE_ADDRESS, PNP_POLICY_GROUP, PNP_REQUEST);
        }
        CHECK_EQ_INT(w.n_accepts + w.n_notifies, 0);
        CHECK(w.n_events <= 50);
        ask();
        CHECK_EQ_INT(w.n_notifies, 1);
}

TEST(a_phone_that_asks_without_end_is_slowed_down)
{
        world_begin();
        for (unsigned i = 0; i < 1000; i++)
                ask();
        CHECK(w.n_accepts <= 20);
        CHECK_EQ_INT(w.n_notifies, 1);
}

TEST(a_new_address_of_ours_forgets_what_spoke_of_the_old_one)
{
        world_begin();
        ask();
        pnp_server_forget(w.server);
        pass(60000);
        CHECK_EQ_INT(w.n_notifies, 1);
}
