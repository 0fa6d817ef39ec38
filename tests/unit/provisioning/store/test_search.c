/*
 * test_search: many phones, found by people.
 */
#include <time.h>

#include "store_fixture.h"

#include "provisioning/store/store_import.h"
#include "provisioning/store/store_search.h"
#include "provisioning/store/store_tamper.h"

static void settle(void)
{
        while (store_search_work(fixture))
                continue;
}

/* MACs of the last page, by their last two digits, and the total. */
static const char *found(const char *json)
{
        static char told[600];
        size_t n;

        if (*ASK(search_phones, json))
                return fixture_error;
        told[0] = 0;
        n = fixture_count("phones");
        for (size_t i = 0; i < n; i++) {
                char path[40];

                snprintf(path, sizeof path, "phones.%zu.mac", i);
                snprintf(told + strlen(told), sizeof told - strlen(told), "%s ", fixture_get(path) + 10);
        }
        snprintf(told + strlen(told), sizeof told - strlen(told), "of %s", fixture_get("total"));
        return told;
}

TEST(a_page_has_what_the_phones_are_now)
{
        char waiting[300];

        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"name\":\"lobby\",\"model\":\"snomD785\",\"sip_user\":\"101\",\"approve\":true}"), "");
        CHECK_STR(DO(add_phone, ADD(MAC_B)), "");
        CHECK_STR(found("{\"limit\":10}"), "cc dd of 2");
        CHECK_STR(fixture_get("phones.0.state"), "approved");
        CHECK_STR(fixture_get("phones.0.connected"), "false");
        CHECK_STR(fixture_get("phones.0.tunnel_address"), "10.64.0.2");
        CHECK_STR(fixture_call(true, store_op_report_seen, "bootstrap", "{\"mac\":\"" MAC_B "\",\"how\":\"https\",\"proof\":\"invalid\"}"), "");
        CHECK_STR(ASK(get_phone, MAC(MAC_B)), "");
        snprintf(waiting, sizeof waiting, "%s", fixture_get("phone.waiting_for"));
        CHECK_STR(found("{\"limit\":10}"), "cc dd of 2");
        CHECK_STR(fixture_get("phones.1.waiting_for"), waiting);
        CHECK(strlen(waiting) > 10);
        fixture_connect(MAC_A);
        CHECK_STR(DO(mark_enrolled, MAC(MAC_A)), "");
        CHECK_STR(found("{\"states\":[\"connected\"],\"limit\":10}"), "cc of 1");
        CHECK_STR(fixture_get("phones.0.connected"), "true");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_B "\",\"name\":\"attic\"}"), "");
        CHECK_STR(found("{\"limit\":10}"), "dd cc of 2");
        CHECK_STR(DO(raise_alarm, "{\"kind\":\"second-place\",\"subject\":\"" MAC_B "\",\"detail\":\"x\"}"), "");
        CHECK_STR(found("{\"text\":\"attic\",\"limit\":10}"), "dd of 1");
        CHECK_STR(fixture_get("phones.0.alarms"), "1");
        CHECK_STR(DO(revoke_phone, MAC(MAC_A)), "");
        CHECK_STR(found("{\"states\":[\"revoked\"],\"limit\":10}"), "cc of 1");
        CHECK_STR(DO(delete_phone, MAC(MAC_A)), "");
        CHECK_STR(found("{\"limit\":10}"), "dd of 1");
        fixture_reopen();
        CHECK_STR(found("{\"limit\":10}"), "dd of 1");
        fixture_end();
}

TEST(what_was_refused_is_not_found)
{
        fixture_begin();
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"name\":\"a\",\"approve\":false}"), "");
        CHECK_STR(found("{\"text\":\"a\",\"limit\":10}"), "cc of 1");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_A "\",\"name\":\"b\",\"profile\":\"none\"}"), "NoSuchName");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_B "\",\"profile\":\"none\",\"approve\":false}"), "NoSuchName");
        CHECK_STR(found("{\"limit\":10}"), "cc of 1");
        CHECK_STR(fixture_get("phones.0.name"), "a");
        fixture_end();
}

TEST(questions_are_checked)
{
        fixture_begin();
        CHECK_STR(ASK(search_phones, "{\"states\":[\"green\"],\"limit\":1}"), "InvalidValue states");
        CHECK_STR(ASK(search_phones, "{\"sort\":\"colour\",\"limit\":1}"), "InvalidValue sort");
        CHECK_STR(ASK(search_phones, "{\"after\":\"x\",\"limit\":1}"), "InvalidValue after");
        CHECK_STR(ASK(search_phones, "{\"score_below\":101,\"limit\":1}"), "InvalidValue score_below");
        CHECK_STR(found("{\"limit\":1}"), "of 0");
        fixture_end();
}

static const char *score_of(const char *mac)
{
        char json[80];

        snprintf(json, sizeof json, "{\"text\":\"%s\",\"limit\":1}", mac);
        CHECK_STR(ASK(search_phones, json), "");
        return fixture_get("phones.0.score") ? fixture_get("phones.0.score") : "null";
}

/* The same that ScorePhones counts. */
static const char *counted(void)
{
        CHECK_STR(ASK(score_phones, "{\"limit\":1}"), "");
        return fixture_get("phones.0.met");
}

TEST(a_score_is_kept_and_counted_anew_when_something_changed)
{
        char first[16], second[16];

        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"model\":\"snomD785\",\"approve\":true}"), "");
        CHECK_STR(score_of(MAC_A), "null");
        settle();
        snprintf(first, sizeof first, "%s", score_of(MAC_A));
        CHECK_STR(first, counted());
        CHECK_STR(DO(set_row, "{\"scope\":\"phone\",\"owner\":\"" MAC_A "\",\"row\":\"web\",\"state\":\"off\",\"reason\":\"for this test\"}"), "");
        settle();
        snprintf(second, sizeof second, "%s", score_of(MAC_A));
        CHECK_STR(second, counted());
        CHECK(strcmp(first, second) != 0);
        CHECK_STR(DO(set_row, "{\"scope\":\"phone\",\"owner\":\"" MAC_A "\",\"row\":\"web\",\"state\":\"inherit\"}"), "");
        settle();
        CHECK_STR(score_of(MAC_A), first);
        CHECK_STR(DO(set_row, "{\"scope\":\"site\",\"owner\":\"\",\"row\":\"web\",\"state\":\"off\",\"reason\":\"for this test\"}"), "");
        settle();
        CHECK_STR(score_of(MAC_A), second);
        CHECK_STR(DO(set_seal, "{\"mac\":\"" MAC_A "\",\"number\":\"1\",\"place\":\"x\",\"inspected\":true}"), "");
        settle();
        CHECK_STR(score_of(MAC_A), counted());
        CHECK_STR(DO(revoke_phone, MAC(MAC_A)), "");
        settle();
        CHECK_STR(score_of(MAC_A), "null");
        fixture_end();
}

TEST(counts_are_those_of_all_phones)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"model\":\"snomD785\",\"approve\":true}"), "");
        CHECK_STR(DO(add_phone, ADD(MAC_B)), "");
        settle();
        CHECK_STR(ASK(count_phones, "{}"), "");
        CHECK_EQ_INT(fixture_count("states"), 8);
        CHECK_STR(fixture_get("states.2.name"), "waiting");
        CHECK_STR(fixture_get("states.2.count"), "1");
        CHECK_STR(fixture_get("models.0.name"), "snomD785");
        CHECK_STR(fixture_get("profiles.0.count"), "2");
        CHECK_STR(fixture_get("scored"), "1");
        CHECK(atoi(fixture_get("score_total")) > 5);
        fixture_end();
}

/* --- ten thousand -------------------------------------------------------- */

#define MANY 10000

static void import_many(void)
{
        size_t size = 200 + MANY * 160, at;
        char *json = malloc(size);

        at = (size_t)snprintf(json, size, "{\"approve\":true,\"dry_run\":false,\"phones\":[");
        for (unsigned i = 0; i < MANY; i++)
                at += (size_t)snprintf(json + at, size - at, "%s{\"line\":%u,\"mac\":\"000413%06x\",\"name\":\"room %u floor %u\",\"model\":\"snomD%u\"}",
                                       i ? "," : "", i + 1, i, i * 7919 % MANY, i % 40, 712 + i % 9);
        snprintf(json + at, size - at, "]}");
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"lan_address\",\"value\":\"10.1.0.1/16\"},{\"name\":\"tunnel_address\",\"value\":\"10.64.0.1/16\"}]}"), "");
        CHECK_STR(DO(import_phones, json), "");
        CHECK_STR(fixture_get("approved"), "10000");
        free(json);
}

static double now_ms(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_size(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

static void measure(const char *what, const char *json)
{
        double times[31];

        for (size_t i = 0; i < 31; i++) {
                double from = now_ms();

                CHECK_STR(ASK(search_phones, json), "");
                times[i] = now_ms() - from;
        }
        qsort(times, 31, sizeof *times, by_size);
        printf("   %s: %.2f ms at the median, %.2f ms at most, %zu of %s\n", what, times[15], times[30], fixture_count("phones"), fixture_get("total"));
}

TEST(ten_thousand_phones_are_paged_and_scored_in_small_parts)
{
        double longest = 0, from = now_ms();
        unsigned n = 0;

        fixture_begin();
        import_many();
        printf("   import: %.0f ms\n", now_ms() - from);
        for (bool more = true; more; n++) {
                from = now_ms();
                more = store_search_work(fixture);
                if (now_ms() - from > longest)
                        longest = now_ms() - from;
        }
        printf("   table and scores: %u parts, %.1f ms the longest\n", n, longest);
        measure("first page by name", "{\"limit\":100}");
        measure("one word", "{\"text\":\"floor 17\",\"limit\":100}");
        measure("by score, downwards", "{\"sort\":\"-score\",\"limit\":100}");
        measure("page of 500", "{\"sort\":\"mac\",\"limit\":500}");
        measure("nothing found", "{\"text\":\"zzz\",\"limit\":100}");
        from = now_ms();
        CHECK_STR(ASK(count_phones, "{}"), "");
        printf("   counts: %.2f ms\n", now_ms() - from);
        CHECK_STR(fixture_get("scored"), "10000");
        CHECK_STR(ASK(search_phones, "{\"limit\":100}"), "");
        CHECK_EQ_INT(fixture_count("phones"), 100);
        CHECK_STR(fixture_get("total"), "10000");
        fixture_end();
}
