/*
 * test_store_lint: over random merges, whatever the store takes never makes a document that is held back, and what is
 * held back never gets out.
 */
#include "provisioning/model/catalogue.h"
#include "provisioning/settings/settings_hold.h"
#include "provisioning/settings/settings_plan.h"
#include "store_fixture.h"

#define ROUNDS 400

static uint64_t seed;

static unsigned roll(unsigned n)
{
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return (unsigned)(seed >> 33) % n;
}

#define PICK(list) list[roll(sizeof list / sizeof *list)]

static const char *value_for(const struct catalogue_entry *entry)
{
        static const char *const any[] = {"", "on", "off", "0", "1", "5", "0000", "admin", "https", "optional", "mandatory", "aLongEnoughOne42",
                                          "pbx;transport=tls", "pbx;transport=udp", "201", MAC_A, "never_update", "4095", "a b", "x", "25:00"};

        if (entry->recommended && roll(3) == 0)
                return entry->recommended;
        return entry->default_text && roll(3) == 0 ? entry->default_text : PICK(any);
}

/* A list of changes: mostly settings of the catalogue, in all permissions, with and without index. */
static sd_json_variant *changes(unsigned n)
{
        static const char *const perms[] = {"", "R", "RW", "!", "R", "R"};
        static const char *const others[] = {"no_such_setting", "my_password", "setting_server", "x"};
        static const int indexes[] = {-1, -1, 0, 1, 2, 12, 13, 255};
        const struct catalogue *c = catalogue_builtin();
        sd_json_variant *list = NULL;

        for (unsigned i = 0; i < n; i++) {
                const struct catalogue_entry *entry = &c->entries[roll((unsigned)c->n_entries)];
                const char *name = roll(8) ? entry->name : PICK(others);
                int index = roll(2) ? (entry->index == CATALOGUE_INDEX_NONE ? -1 : 1) : PICK(indexes);
                sd_json_variant *item = NULL;

                CHECK(sd_json_buildo(&item, SD_JSON_BUILD_PAIR_STRING("name", name),
                                     SD_JSON_BUILD_PAIR_CONDITION(index >= 0, "index", SD_JSON_BUILD_INTEGER(index)),
                                     SD_JSON_BUILD_PAIR_STRING("value", value_for(entry)),
                                     SD_JSON_BUILD_PAIR_STRING("permission", PICK(perms))) >= 0);
                CHECK(sd_json_variant_append_array(&list, item) >= 0);
                sd_json_variant_unref(item);
        }
        return list;
}

static bool apply(const char *scope, const char *owner, unsigned n)
{
        struct store_write w = {.operation = store_op_set_settings, .request = {.actor = "root"}};
        sd_json_variant *list = changes(n);

        CHECK(sd_json_buildo(&w.request.in, SD_JSON_BUILD_PAIR_STRING("scope", scope), SD_JSON_BUILD_PAIR_STRING("owner", owner),
                             SD_JSON_BUILD_PAIR_VARIANT("settings", list)) >= 0);
        store_write_round(fixture, &w, 1);
        if (w.result)
                CHECK(!strcmp(w.request.error, "InvalidValue") && strlen(w.request.reason) > 20);
        sd_json_variant_unref(list);
        sd_json_variant_unref(w.request.in);
        store_request_done(&w.request);
        return w.result == 0;
}

/* The document of MAC_A as settings would write it. Texts are those of fixture_out. */
static size_t planned_document(struct settings_document_setting *ret, size_t max, char url[static SETTINGS_PLAN_URL_SIZE])
{
        static struct settings_document_setting given[1024];
        sd_json_variant *list = sd_json_variant_by_key(fixture_out, "settings");
        size_t n = sd_json_variant_elements(list), n_planned = 0;

        CHECK(n > 20 && n < 1000);
        for (size_t i = 0; i < n; i++) {
                sd_json_variant *s = sd_json_variant_by_index(list, i), *index = sd_json_variant_by_key(s, "index");

                given[i] = (struct settings_document_setting){sd_json_variant_string(sd_json_variant_by_key(s, "name")),
                                                              sd_json_variant_is_null(index) ? -1 : (int)sd_json_variant_integer(index),
                                                              sd_json_variant_string(sd_json_variant_by_key(s, "value")),
                                                              sd_json_variant_string(sd_json_variant_by_key(s, "permission")), NULL, 0};
        }
        CHECK_EQ_INT(settings_plan(given, n, "snomD785", 0x0a400001, url, ret, max, &n_planned), 0);
        return n_planned;
}

TEST(what_the_store_takes_is_never_held_back)
{
        static struct settings_document_setting planned[1100];
        char url[SETTINGS_PLAN_URL_SIZE], *bytes, *text;
        struct settings_document_problem problem;
        size_t n_taken = 0, n_refused = 0, size;

        fixture_begin();
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"sip_host\",\"value\":\"pbx.example\"},{\"name\":\"rollout_mode\",\"value\":\"at-once\"}]}"), "");
        CHECK_STR(DO(set_settings, "{\"scope\":\"profile\",\"owner\":\"p\",\"settings\":[]}"), "");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"profile\":\"p\",\"model\":\"snomD785\",\"sip_user\":\"201\",\"sip_secret\":\"jf83hf8HFD\",\"approve\":true}"), "");
        fixture_connect(MAC_A);
        for (seed = 1; n_taken + n_refused < ROUNDS;) {
                bool is_profile = roll(2), is_taken;

                is_taken = is_profile ? apply("profile", "p", 1 + roll(3)) :
                                        apply("phone", MAC_A, 1 + roll(2));
                n_taken += is_taken;
                n_refused += !is_taken;
                if (!is_taken)
                        continue;
                CHECK_STR(ASK(get_document, "{\"tunnel_address\":\"10.64.0.2\"}"), "");
                size = planned_document(planned, 1100, url);
                if (settings_hold(planned, size, &(struct lint_phone){MAC_A, "snomD785", "201"}, &problem))
                        TEST_FAIL("round %zu: %s", n_taken + n_refused, problem.reason);
                CHECK_EQ_INT(settings_document_write(&(struct settings_document){.settings = planned, .n_settings = size}, &bytes, &size, &problem), 0);
                settings_document_free(bytes, size);
                CHECK_STR(ASK(preview_document, "{\"mac\":\"" MAC_A "\"}"), "");
                CHECK(sd_json_variant_format(fixture_out, 0, &text) >= 0);
                CHECK(!strstr(text, "\"severity\":\"error\"") && !strstr(text, "jf83hf8HFD"));
                free(text);
        }
        CHECK(n_taken > 20 && n_refused > 20);
        fixture_end();
}

/* Whatever comes, also what no store of today would give: either it is held, or nothing in it is an error. */
TEST(what_goes_out_has_no_error)
{
        static const char *const perms[] = {"", "R", "RW", "!", "V", "&", "Q"};
        const struct catalogue *c = catalogue_builtin();
        struct settings_document_setting given[6], planned[6 + SETTINGS_PLAN_EXTRA];
        struct lint_setting seen[6 + SETTINGS_PLAN_EXTRA];
        const struct lint_phone phone = {MAC_A, "snomD785", "201"};
        struct settings_document_problem problem;
        char url[SETTINGS_PLAN_URL_SIZE], *bytes;
        size_t n_out = 0, n_held = 0, n, size;

        for (seed = 7; n_out + n_held < 20000;) {
                for (size_t i = 0; i < 6; i++) {
                        const struct catalogue_entry *entry = &c->entries[roll((unsigned)c->n_entries)];

                        given[i] = (struct settings_document_setting){entry->name, roll(8) ? (entry->index == CATALOGUE_INDEX_NONE ? -1 : 1) : (int)roll(14) - 1,
                                                                      roll(2) && entry->recommended ? entry->recommended : value_for(entry),
                                                                      roll(3) ? "R" : PICK(perms), NULL, 0};
                }
                CHECK_EQ_INT(settings_plan(given, 6, phone.model, 0x0a400001, url, planned, 6 + SETTINGS_PLAN_EXTRA, &n), 0);
                if (settings_hold(planned, n, &phone, &problem)) {
                        n_held++;
                        continue;
                }
                n_out++;
                for (size_t i = 0; i < n; i++)
                        seen[i] = (struct lint_setting){planned[i].name, planned[i].index, planned[i].value, planned[i].permission};
                CHECK_EQ_INT(lint_document(seen, n, &phone, NULL, NULL), 0);
                CHECK_EQ_INT(settings_document_write(&(struct settings_document){.settings = planned, .n_settings = n}, &bytes, &size, &problem), 0);
                settings_document_free(bytes, size);
        }
        CHECK(n_out > 200 && n_held > 200);
}
