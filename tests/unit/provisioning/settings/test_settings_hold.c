/*
 * test_settings_hold: whatever an admin sets anywhere, what goes out has no error.
 *
 * Random layers of every scope, merged, planned, judged and written as the
 * stations do; then judged again by all rules, from the written settings.
 */
#include "provisioning/settings/settings_hold.h"

#include "provisioning/model/catalogue.h"
#include "provisioning/model/merge.h"
#include "provisioning/model/model_family.h"
#include "provisioning/settings/settings_plan.h"
#include "tests/support/test.h"

#define ROUNDS 6000
#define LAYERS 5
#define OF_LAYER 6
#define MAX 512
#define NONE MERGE_NO_INDEX

static struct merge_setting settings[LAYERS][OF_LAYER];
static struct merge_layer layers[LAYERS];
static struct merge_switch switches[4];
static struct settings_document_setting given[MAX], planned[MAX + SETTINGS_PLAN_EXTRA];
static struct settings_document_problem problem;
static struct settings_document_writer *writer;
static struct merge *merge;
static struct site site;
static char url[SETTINGS_PLAN_URL_SIZE];
static unsigned seed;

#define PICK(list) list[roll(sizeof list / sizeof *list)]

static unsigned roll(size_t n)
{
        seed = seed * 1103515245 + 12345;
        return (seed >> 12) % (unsigned)n;
}

static const char *const models[] = {"snomD785", "snomD865", "snom720", "snomD120", "snom M900", "snom370", "", "other"};
static const char *const permissions[] = {"R", "R", "R", "RW", "!", "", "V", "&", "$", " ", "X", "RWRW"};
static const char *const odd_values[] = {
        "", "on", "off", "0", "1", "0000", "1234", "admin", "000413000001", "4711", "http://10.64.0.1/x", "https://pbx.example", "pbx.example;transport=tls",
        "never_update", "mandatory", "12:30", "a b", "<b>&\"'", "]]>", "caf\xc3\xa9", "Very.Long+Good@Pass1", "\x01", "\x7f", "\xff", "a\nb", "\xef\xbf\xbe",
        "{ext}", "{mac}", "{{x}}", "QUJDREVG", "<key id='a'/>", "complete", "line", "blf <sip:1@x>",
};
static const struct merge_attribute of_parts[][2] = {
        {{"label", "A & B"}, {"context", "1"}}, {{"type", "moh"}, {"x", "1"}}, {{"Timeout", "5"}, {"User", "Phone"}}, {{"name", "Bob"}, {"fav", "true"}},
        {{"idx", "1"}, {"perm", "RW"}}, {{"a b", "1"}, {"c", "\x01"}}, {{"label", "1"}, {"label", "2"}},
};
static const char *const part_names[] = {"fkey", "tbook", "dialplan", "replacement", "certificate", "upload", "firmware", "no_such_setting", "user_passs"};

/* What somebody who knows the catalogue would write. */
static const char *sane_value(const struct catalogue_entry *entry)
{
        static const char *const of_type[] = {
                [CATALOGUE_TYPE_TEXT] = "some text", [CATALOGUE_TYPE_SWITCH] = "on", [CATALOGUE_TYPE_NUMBER] = "5",
                [CATALOGUE_TYPE_PASSWORD] = "jU8.kk_pQz+4wXyR", [CATALOGUE_TYPE_PIN] = "40718362", [CATALOGUE_TYPE_CLOCK] = "12:30",
                [CATALOGUE_TYPE_URL] = "https://10.64.0.1/x?a=1&b={ext}", [CATALOGUE_TYPE_HOST] = "pbx.example",
        };

        if (entry->recommended && (roll(2) || entry->type == CATALOGUE_TYPE_CHOICE))
                return entry->recommended;
        return entry->default_text && roll(2) ? entry->default_text : entry->type == CATALOGUE_TYPE_CHOICE ? entry->default_text : of_type[entry->type];
}

static struct merge_setting make_sane(const struct catalogue_entry *entry)
{
        const char *value = sane_value(entry);
        struct merge_setting s = {.name = entry->name, .index = NONE, .value = value ? value : "", .permission = "R"};

        if (entry->index == CATALOGUE_INDEX_IDENTITY)
                s.index = 1 + (int)roll(2);
        if (entry->index == CATALOGUE_INDEX_KEY)
                s.index = (int)roll(30);
        if (entry->change == CATALOGUE_CHANGE_RW)
                s.permission = "RW";
        return s;
}

static struct merge_setting make_setting(void)
{
        const struct catalogue *c = catalogue_builtin();
        const struct catalogue_entry *entry = &c->entries[roll(c->n_entries)];
        struct merge_setting s = make_sane(entry);

        if (roll(8) > 0)
                return s;
        if (roll(3) == 0)
                s.name = PICK(part_names);
        if (roll(2))
                s.value = PICK(odd_values);
        if (roll(3) == 0)
                s.permission = PICK(permissions);
        if (roll(4) == 0)
                s.index = (int)roll(roll(4) ? 3 : 300) - 1;
        if (roll(2)) {
                s.attributes = PICK(of_parts);
                s.n_attributes = roll(3);
        }
        return s;
}

static void make_layers(size_t n)
{
        static const enum merge_scope scopes[LAYERS] = {MERGE_SITE, MERGE_MODEL, MERGE_PROFILE, MERGE_PROFILE, MERGE_PHONE};

        for (size_t l = 0; l < LAYERS; l++) {
                layers[l] = (struct merge_layer){scopes[l], "x", settings[l], roll(2) ? roll(n + 1) : 0};
                for (size_t i = 0; i < layers[l].n_settings; i++)
                        settings[l][i] = make_setting();
        }
        for (size_t i = 0; i < 4; i++) {
                const char *sentence;

                switches[i] = (struct merge_switch){PICK(scopes), "x", merge_row_name(roll(13), &sentence), "for a good reason", "root", roll(2)};
        }
}

static size_t merge_one(struct merge_phone *phone)
{
        static const char *const secrets[] = {"Qw3.rTz+uIoP@a5d", "xY7_bN;mK9(lH2)g", "0000", "admin", "83914027", "a\x01", NULL, "Qw3.rTz+uIoP@a5d"};
        struct merge_input input = {.phone = *phone, .site = &site, .layers = layers, .n_layers = LAYERS, .switches = switches, .n_switches = roll(5)};
        const char *s[8];
        struct merge_result result;
        size_t n = 0;

        for (size_t i = 0; i < 8; i++)
                s[i] = roll(30) ? secrets[i == 4 || i == 5 ? 4 : i % 2] : PICK(secrets);
        input.secrets = (struct merge_secrets){s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]};
        CHECK_EQ_INT(merge_settings(merge, &input, &result), 0);
        CHECK(result.n_settings <= MAX);
        for (; n < result.n_settings; n++) {
                const struct merge_setting *m = &result.settings[n];

                given[n] = (struct settings_document_setting){m->name, m->index, m->value, m->permission,
                                                              (const struct settings_document_attribute *)m->attributes, m->n_attributes};
        }
        return n;
}

/* All findings of what was written, each setting and attribute anew: not the way settings_hold() goes. */
static size_t errors_in(const struct settings_document_setting *list, size_t n, const struct lint_phone *phone)
{
        static struct merge_setting copies[MAX + SETTINGS_PLAN_EXTRA];

        for (size_t i = 0; i < n; i++)
                copies[i] = (struct merge_setting){list[i].name, list[i].index, list[i].value, list[i].permission,
                                                   (const struct merge_attribute *)list[i].attributes, list[i].n_attributes, MERGE_BUILT_IN, ""};
        return lint_settings(copies, n, phone, NULL, NULL);
}

static void sound_or_stop(unsigned round, const char *bytes, size_t size, size_t n, const struct lint_phone *phone)
{
        size_t errors = errors_in(planned, n, phone);

        if (errors)
                TEST_FAIL("round %u: %zu errors go out", round, errors);
        if (model_family_of(phone->model, "").dialect != MODEL_DIALECT_DESK) {
                if (strstr(bytes, "<setting_server") || strstr(bytes, "<provisioning_order") || strstr(bytes, "<vpn_on") || strlen(bytes) != size)
                        TEST_FAIL("round %u: a base gets the names of desk phones: %s", round, bytes);
                return;
        }
        if (!strstr(bytes, "<setting_server perm=\"R\">https://10.64.0.1/{mac}.xml</setting_server>") || !strstr(bytes, ">redirection:stop</prov") ||
            !strstr(bytes, "<tls_server_authentication perm=\"R\">on<") || strstr(bytes, "vpn_tarball_url") || strlen(bytes) != size)
                TEST_FAIL("round %u: the lock is open: %s", round, bytes);
        if (strstr(bytes, "<admin_mode ") && !strstr(bytes, "<admin_mode perm=\"RW\""))
                TEST_FAIL("round %u: nobody can log in: %s", round, bytes);
}

TEST(a_served_document_never_has_an_error)
{
        static const struct site_value values[] = {{"lan_address", "192.168.10.1/24"}, {"pool_first", "192.168.10.20"}, {"pool_last", "192.168.10.200"},
                                                   {"sip_host", "pbx.example"}, {"time_zone", "GER+1"}};
        struct site_problem site_problem;
        unsigned n_served = 0, n_held = 0, n_refused = 0;
        const char *bytes;
        size_t size;

        CHECK_EQ_INT(site_from_values(values, sizeof values / sizeof *values, &site, &site_problem), 0);
        CHECK_EQ_INT(merge_new(&merge), 0);
        CHECK_EQ_INT(settings_document_writer_new(&writer), 0);
        for (unsigned round = 0; round < ROUNDS; round++) {
                struct merge_phone phone = {.mac = {{0, 4, 0x13, 0, 0, 1}}, .name = "Bob & Ann", .firmware = "10.1.184.15"};
                struct settings_document document = {.settings = planned};
                struct lint_phone judged = {.mac = "000413000001"};
                size_t n;

                seed = round * 2654435761U + 7;
                phone.model = judged.model = PICK(models);
                phone.sip_user = judged.extension = roll(4) ? "4711" : "";
                make_layers(round % OF_LAYER);
                n = merge_one(&phone);
                CHECK_EQ_INT(settings_plan(given, n, phone.model, 0x0a400001, url, planned, MAX + SETTINGS_PLAN_EXTRA, &document.n_settings), 0);
                if (settings_hold(planned, document.n_settings, &judged, &problem)) {
                        CHECK(strlen(problem.reason) > 20);
                        n_held++;
                } else if (settings_document_render(writer, &document, &bytes, &size, &problem)) {
                        fprintf(stderr, "lint passes what no document can carry: %s\n", problem.reason);
                        n_refused++;
                } else {
                        sound_or_stop(round, bytes, size, document.n_settings, &judged);
                        n_served++;
                }
        }
        fprintf(stderr, "%u served, %u held, %u refused by the writer\n", n_served, n_held, n_refused);
        CHECK(n_served > ROUNDS / 5 && n_held > ROUNDS / 5);
        CHECK_EQ_INT(n_refused, 0);
        settings_document_writer_free(writer);
        merge_free(merge);
}
