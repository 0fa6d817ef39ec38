/*
 * test_table: phones found by words, filters and order.
 */
#include "provisioning/store/store_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/test.h"

static struct store_table *table;

static void put(const char *mac, enum phone_state state, const char *name, const char *model, const char *profiles, int64_t seen_at)
{
        struct store_table_phone phone = {.state = state, .name = name, .model = model, .sip_user = "", .lan = "192.168.7.20", .tunnel = "",
                                          .profiles = profiles, .seen_at = seen_at};

        memcpy(phone.mac, mac, sizeof phone.mac);
        CHECK_EQ_INT(store_table_put(table, &phone, false), 0);
}

static void begin(void)
{
        CHECK_EQ_INT(store_table_new(&table), 0);
        put("000413000003", PHONE_STATE_CURRENT, "Lobby", "snomD785", "default", 30);
        put("000413000001", PHONE_STATE_WAITING, "", "snomD785", "default", 50);
        put("000413000002", PHONE_STATE_CURRENT, "Büro Öst", "snom370", "default\x1fsales", 10);
        put("000413000004", PHONE_STATE_SEEN, "", "", "", 0);
        put("aabbcc000005", PHONE_STATE_REVOKED, "attic", "snomD735", "sales", 20);
}

/* The last digits of the found MACs, and the total: "321 3". */
static const char *search(const struct store_table_query *query)
{
        static char told[64];
        static struct store_table_page page;
        size_t n = 0;

        CHECK_EQ_INT(store_table_search(table, query, &page), 0);
        for (; n < page.n; n++)
                told[n] = page.macs[n][11];
        snprintf(told + n, sizeof told - n, " %zu", page.total);
        return told;
}

#define SEARCH(...) search(&(struct store_table_query){.limit = 10, __VA_ARGS__})

TEST(every_word_has_to_be_somewhere)
{
        begin();
        CHECK_STR(SEARCH(.sort = STORE_TABLE_BY_MAC), "12345 5");
        CHECK_STR(SEARCH(.text = "lob", .sort = STORE_TABLE_BY_MAC), "3 1");
        CHECK_STR(SEARCH(.text = "  d785   LOBBY ", .sort = STORE_TABLE_BY_MAC), "3 1");
        CHECK_STR(SEARCH(.text = "lobby attic", .sort = STORE_TABLE_BY_MAC), " 0");
        CHECK_STR(SEARCH(.text = "büro", .sort = STORE_TABLE_BY_MAC), "2 1");
        CHECK_STR(SEARCH(.text = "BÜRO öST", .sort = STORE_TABLE_BY_MAC), "2 1");
        CHECK_STR(SEARCH(.text = "168.7.2", .sort = STORE_TABLE_BY_MAC), "12345 5");
        CHECK_STR(SEARCH(.text = "sales", .sort = STORE_TABLE_BY_MAC), "25 2");
        store_table_free(table);
}

TEST(a_mac_is_found_in_any_spelling)
{
        static const char *const spellings[] = {"aabbcc", "AA:BB:CC", "aa-bb-cc-00", "AABB.CC00.0005", "aa:bb:c", "aabb.cc"};

        begin();
        for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++)
                CHECK_STR(SEARCH(.text = spellings[i], .sort = STORE_TABLE_BY_MAC), "5 1");
        CHECK_STR(SEARCH(.text = "a:abb:cc", .sort = STORE_TABLE_BY_MAC), " 0");
        CHECK_STR(SEARCH(.text = "aa.bb.cc", .sort = STORE_TABLE_BY_MAC), " 0");
        store_table_free(table);
}

TEST(filters_hold_together)
{
        begin();
        CHECK_STR(SEARCH(.states = 1u << PHONE_STATE_CURRENT, .sort = STORE_TABLE_BY_MAC), "23 2");
        CHECK_STR(SEARCH(.states = 1u << PHONE_STATE_CURRENT | 1u << PHONE_STATE_SEEN, .sort = STORE_TABLE_BY_MAC), "234 3");
        CHECK_STR(SEARCH(.model = "SNOMd785", .sort = STORE_TABLE_BY_MAC), "13 2");
        CHECK_STR(SEARCH(.model = "snom", .sort = STORE_TABLE_BY_MAC), " 0");
        CHECK_STR(SEARCH(.profile = "sales", .sort = STORE_TABLE_BY_MAC), "25 2");
        CHECK_STR(SEARCH(.profile = "sale", .sort = STORE_TABLE_BY_MAC), " 0");
        CHECK_STR(SEARCH(.profile = "sales", .states = 1u << PHONE_STATE_REVOKED, .sort = STORE_TABLE_BY_MAC), "5 1");
        store_table_free(table);
}

TEST(every_order_goes_both_ways)
{
        begin();
        CHECK_STR(SEARCH(.sort = STORE_TABLE_BY_NAME), "52314 5");
        CHECK_STR(SEARCH(.sort = STORE_TABLE_BY_NAME, .is_downwards = true), "41325 5");
        CHECK_STR(SEARCH(.sort = STORE_TABLE_BY_MODEL), "25134 5");
        CHECK_STR(SEARCH(.sort = STORE_TABLE_BY_STATE), "41235 5");
        CHECK_STR(SEARCH(.sort = STORE_TABLE_BY_SEEN), "42531 5");
        CHECK_STR(SEARCH(.sort = STORE_TABLE_BY_SEEN, .is_downwards = true), "13524 5");
        store_table_free(table);
}

TEST(scores_are_sorted_and_filtered_by_their_share)
{
        begin();
        CHECK_EQ_INT(store_table_score(table, "000413000003").total, -1);
        CHECK_STR(store_table_due(table), "000413000002");
        store_table_set_score(table, "000413000002", (struct store_table_score){9, 10});
        CHECK_STR(store_table_due(table), "000413000003");
        store_table_set_score(table, "000413000003", (struct store_table_score){17, 20});
        CHECK(store_table_due(table) == NULL);
        CHECK_STR(SEARCH(.sort = STORE_TABLE_BY_SCORE, .is_downwards = true), "23541 5");
        CHECK_STR(SEARCH(.sort = STORE_TABLE_BY_SCORE, .score_below = 90), "3 1");
        CHECK_STR(SEARCH(.sort = STORE_TABLE_BY_SCORE, .score_below = 91), "32 2");
        put("000413000003", PHONE_STATE_CONNECTED, "Lobby", "snomD785", "default", 31);
        CHECK_EQ_INT(store_table_score(table, "000413000003").met, 17);
        CHECK(store_table_due(table) == NULL);
        put("000413000003", PHONE_STATE_REVOKED, "Lobby", "snomD785", "default", 31);
        CHECK_EQ_INT(store_table_score(table, "000413000003").total, -1);
        store_table_forget_scores(table);
        CHECK_STR(store_table_due(table), "000413000002");
        store_table_remove(table, "000413000002");
        CHECK(store_table_due(table) == NULL);
        store_table_free(table);
}

TEST(what_is_due_stays_due_until_it_is_counted)
{
        struct store_table_phone phone = {.mac = "000413000001", .state = PHONE_STATE_CURRENT, .name = "", .model = "", .sip_user = "", .lan = "",
                                          .tunnel = "", .profiles = ""};

        CHECK_EQ_INT(store_table_new(&table), 0);
        CHECK_EQ_INT(store_table_put(table, &phone, false), 0);
        CHECK_STR(store_table_due(table), phone.mac);
        store_table_set_score(table, phone.mac, (struct store_table_score){1, 2});
        CHECK_EQ_INT(store_table_put(table, &phone, false), 0);
        CHECK(store_table_due(table) == NULL);
        CHECK_EQ_INT(store_table_put(table, &phone, true), 0);
        CHECK_EQ_INT(store_table_put(table, &phone, false), 0);
        CHECK_STR(store_table_due(table), phone.mac);
        CHECK_EQ_INT(store_table_score(table, phone.mac).met, 1);
        store_table_free(table);
}

/* Page by page as one list, whatever the order; each phone once. */
static void walk(enum store_table_sort sort, bool is_downwards, size_t limit)
{
        static struct store_table_page whole, page;
        struct store_table_query query = {.sort = sort, .is_downwards = is_downwards, .limit = 300};
        char after[STORE_TABLE_CURSOR_SIZE] = "";
        size_t n = 0;

        CHECK_EQ_INT(store_table_search(table, &query, &whole), 0);
        query.limit = limit;
        do {
                query.after = *after ? after : NULL;
                CHECK_EQ_INT(store_table_search(table, &query, &page), 0);
                CHECK_EQ_INT(page.total, whole.n);
                for (size_t i = 0; i < page.n; i++)
                        CHECK_STR(page.macs[i], whole.macs[n++]);
                memcpy(after, page.next, sizeof after);
        } while (*after);
        CHECK_EQ_INT(n, whole.n);
}

TEST(pages_make_up_the_whole_list)
{
        CHECK_EQ_INT(store_table_new(&table), 0);
        for (unsigned i = 0; i < 200; i++) {
                char mac[MAC_TEXT_SIZE], name[16];

                snprintf(mac, sizeof mac, "000413%06x", i * 7919 % 65536);
                snprintf(name, sizeof name, "n:%u", i % 13);
                put(mac, i % 3 ? PHONE_STATE_CURRENT : PHONE_STATE_WAITING, name, i % 2 ? "a" : "", "default", i % 5);
                store_table_set_score(table, mac, (struct store_table_score){(int)(i % 4), 4});
        }
        for (int sort = STORE_TABLE_BY_NAME; sort <= STORE_TABLE_BY_SCORE; sort++)
                for (size_t limit = 1; limit < 200; limit += 66) {
                        walk((enum store_table_sort)sort, false, limit);
                        walk((enum store_table_sort)sort, true, limit);
                }
        store_table_free(table);
}

TEST(a_page_goes_on_where_a_phone_was_that_is_gone)
{
        static struct store_table_page page;
        struct store_table_query query = {.sort = STORE_TABLE_BY_MAC, .limit = 2};

        begin();
        CHECK_EQ_INT(store_table_search(table, &query, &page), 0);
        store_table_remove(table, page.macs[1]);
        query.after = page.next;
        CHECK_STR(search(&query), "34 4");
        store_table_free(table);
}

TEST(what_is_no_cursor_is_refused)
{
        static const char *const cursors[] = {"x", "000413000001", "000413000001:", "000413000001:x:", "00041300000G:1:a", "000413000001:5"};
        static struct store_table_page page;

        begin();
        for (size_t i = 0; i < sizeof cursors / sizeof *cursors; i++) {
                struct store_table_query query = {.limit = 5, .after = cursors[i]};

                CHECK_EQ_INT(store_table_search(table, &query, &page), PV_EMALFORMED);
        }
        store_table_free(table);
}

static int add_count(const char *name, size_t n, void *userdata)
{
        char *told = userdata;

        snprintf(told + strlen(told), 200 - strlen(told), "%s=%zu ", name, n);
        return 0;
}

TEST(what_is_merely_seen_adds_no_model_and_no_profile)
{
        char told[200] = "";

        begin();
        put("000413000006", PHONE_STATE_SEEN, "", "invented", "default", 1);
        CHECK_EQ_INT(store_table_count_models(table, add_count, told), 0);
        CHECK_STR(told, "snom370=1 snomD735=1 snomD785=2 ");
        told[0] = 0;
        CHECK_EQ_INT(store_table_count_profiles(table, add_count, told), 0);
        CHECK_STR(told, "default=3 sales=2 ");
        CHECK_EQ_INT(store_table_count_state(table, PHONE_STATE_SEEN), 2);
        store_table_free(table);
}
