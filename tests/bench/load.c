/*
 * load: what store does before a document can be rendered.
 *
 * In:   200 phones of three profiles in a store on the disk, each with its tunnel.
 * Out:  microseconds for one GetDocument: rows read, values unsealed, merged, linted, the answer's JSON made and written as text.
 * Not:  no varlink connection, no rendering (render).
 */
#include "tests/unit/provisioning/store/store_fixture.h"

#include <time.h>

#define PHONES 200
#define ROUNDS 10

static double now_s(void)
{
        struct timespec t;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void make_phones(void)
{
        static const char *const profiles[] = {"sales", "support", "desk"};
        char json[600], mac[16];

        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"rollout_mode\",\"value\":\"at-once\"},{\"name\":\"sip_host\",\"value\":\"pbx.example\"}]}"), "");
        for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++) {
                snprintf(json, sizeof json, "{\"scope\":\"profile\",\"owner\":\"%s\",\"settings\":[{\"name\":\"ldap_server\",\"value\":\"10.64.0.1\",\"permission\":\"R\"},"
                         "{\"name\":\"ldap_password\",\"value\":\"Xw8.pqKd3+ab\",\"permission\":\"R\"},{\"name\":\"fkey\",\"index\":1,\"value\":\"speed 20%zu\","
                         "\"permission\":\"RW\"}]}", profiles[i], i);
                CHECK_STR(DO(set_settings, json), "");
        }
        for (unsigned i = 0; i < PHONES; i++) {
                snprintf(mac, sizeof mac, "000413%06x", (i + 1) & 0xffffff);
                snprintf(json, sizeof json, "{\"mac\":\"%s\",\"name\":\"Desk %u\",\"model\":\"snomD785\",\"profile\":\"%s\",\"sip_user\":\"%u\","
                         "\"sip_secret\":\"jf83hf8HFD%u\",\"approve\":true}", mac, i, profiles[i % 3], 2000 + i, i);
                CHECK_STR(DO(add_phone, json), "");
                fixture_connect(mac);
        }
}

/* One after the other; returns the bytes of all answers. */
static size_t ask_all(void)
{
        size_t bytes = 0;

        for (unsigned i = 0; i < PHONES; i++) {
                char json[64], *text = NULL;

                snprintf(json, sizeof json, "{\"tunnel_address\":\"10.64.0.%u\"}", i + 2);
                CHECK_STR(ASK(get_document, json), "");
                CHECK(fixture_count("settings") > 60 && sd_json_variant_format(fixture_out, 0, &text) >= 0);
                bytes += strlen(text);
                free(text);
        }
        return bytes;
}

TEST(what_the_store_adds_to_a_document)
{
        double best = 1e9, worst = 0;
        size_t bytes = 0;

        fixture_begin();
        make_phones();
        for (int i = 0; i < ROUNDS; i++) {
                double at = now_s(), took;

                bytes = ask_all();
                took = now_s() - at;
                best = took < best ? took : best;
                worst = took > worst ? took : worst;
        }
        printf("load: %.0f us for one GetDocument on one core (best of %d rounds over %d phones, worst %.0f); %zu bytes of JSON each\n", best / PHONES * 1e6,
               ROUNDS, PHONES, worst / PHONES * 1e6, bytes / PHONES);
        fixture_end();
}
