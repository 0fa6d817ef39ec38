/*
 * test_random_merges: whatever is set, what passes the hold is sound, and what is locked stays locked.
 *
 * Thousands of phones with layers made at random from the catalogue, with legal values and with wicked ones. Each is merged, planned and
 * held as settings does it. What passes is looked at again without asking lint: by hand and by the writer.
 */
#include "provisioning/model/merge.h"

#include "appliance/base/text.h"
#include "provisioning/document/settings_document.h"
#include "provisioning/model/catalogue.h"
#include "provisioning/settings/settings_hold.h"
#include "provisioning/settings/settings_plan.h"
#include "tests/support/test.h"

#define ROUNDS 4000
#define LAYERS 5
#define PER_LAYER 14
#define VALUE_SIZE 48
#define SETTINGS_MAX 512
#define GATEWAY 0x0a400001

static uint64_t state;
static unsigned wicked_per_1000;

static uint32_t number(uint32_t below)
{
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return (uint32_t)(state >> 33) % below;
}

#define ANY_OF(list) list[number(sizeof list / sizeof *list)]

static bool is_wicked(void)
{
        return number(1000) < wicked_per_1000;
}

/* --- settings at random -------------------------------------------------------- */

static void letters(char *ret, size_t n, const char *of)
{
        for (size_t i = 0; i < n; i++)
                ret[i] = of[number((uint32_t)strlen(of))];
        ret[n] = 0;
}

static void one_of(char *ret, const char *values)
{
        size_t n = 1, pick;

        for (const char *at = values; *at; at++)
                n += *at == ',';
        for (pick = number((uint32_t)n); pick > 0; pick--)
                values = strchr(values, ',') + 1;
        snprintf(ret, VALUE_SIZE, "%.*s", (int)strcspn(values, ","), values);
}

static void legal_value(char *ret, const struct catalogue_entry *entry)
{
        static const char *const texts[] = {"a", "Front desk", "{mac}", "{ext}@{domain}", "pbx;transport=tls", "<&>\"'", "Caf\xc3\xa9", "1", ""};
        const char *last = strstr(entry->values, "..");
        unsigned first = (unsigned)atoi(entry->values);

        switch (entry->type) {
        case CATALOGUE_TYPE_SWITCH: one_of(ret, "on,off"); break;
        case CATALOGUE_TYPE_CHOICE: one_of(ret, entry->values); break;
        case CATALOGUE_TYPE_NUMBER: snprintf(ret, VALUE_SIZE, "%u", last ? first + number((uint32_t)atoi(last + 2) - first + 1) : number(100000)); break;
        case CATALOGUE_TYPE_PASSWORD: letters(ret, 12 + number(8), "abcdefgXYZ0123456789.+@:,?!-_/"); break;
        case CATALOGUE_TYPE_PIN: letters(ret, 6, "0123456789"); break;
        case CATALOGUE_TYPE_CLOCK: snprintf(ret, VALUE_SIZE, "%02u:%02u", number(24), number(60)); break;
        case CATALOGUE_TYPE_URL: snprintf(ret, VALUE_SIZE, "https://10.64.0.1/%u.xml", number(1000)); break;
        case CATALOGUE_TYPE_HOST: snprintf(ret, VALUE_SIZE, "10.64.0.%u", 1 + number(254)); break;
        default: snprintf(ret, VALUE_SIZE, "%s", ANY_OF(texts)); break;
        }
        if (entry->type == CATALOGUE_TYPE_TEXT && entry->secret != CATALOGUE_SECRET_NO)
                letters(ret, 12 + number(8), "abcdefgXYZ0123456789.+@:,?!-_/");
}

static void value_at_random(char *ret, const struct catalogue_entry *entry)
{
        static const char *const wicked[] = {"", "0000", "admin", "2017", "000413aabbcc", "never_update", "off", "on", "0", "-1", "yes", "a\x01", "\xff",
                                             "http://192.0.2.1/", "factory-reset", "\xef\xbf\xbe", "{", "{{mac}}", "transport=tls", "x y", "1234567890123456789012"};

        if (!entry || is_wicked())
                snprintf(ret, VALUE_SIZE, "%s", ANY_OF(wicked));
        else
                legal_value(ret, entry);
}

static int index_at_random(const struct catalogue_entry *entry)
{
        if (!entry || is_wicked())
                return (int)number(300) - 1;
        switch (entry->index) {
        case CATALOGUE_INDEX_IDENTITY: return 1 + (int)number(3);
        case CATALOGUE_INDEX_KEY: case CATALOGUE_INDEX_ITEM: return (int)number(20);
        case CATALOGUE_INDEX_EITHER: return number(2) ? MERGE_NO_INDEX : 1;
        default: return MERGE_NO_INDEX;
        }
}

static const char *permission_at_random(const struct catalogue_entry *entry)
{
        static const char *const any[] = {"", "R", "RW", "!", "V", "RV", "&", " ", "$", "!V", "Q", "WR", "RWRW"}, *const users[] = {"R", "RW", "!", ""};

        if (!entry || is_wicked())
                return ANY_OF(any);
        if (entry->change == CATALOGUE_CHANGE_RW)
                return "RW";
        return entry->change == CATALOGUE_CHANGE_USER && entry->secret == CATALOGUE_SECRET_NO ? ANY_OF(users) : "R";
}

static const char *name_at_random(const struct catalogue_entry **ret_entry)
{
        static const char *const wicked[] = {"vpn_on", "vpn_tarball_url", "setting_server", "provisioning_order", "tls_server_authentication", "pnp_config",
                                             "admin_mode", "update_policy", "no_such_setting", "a b", "", "x><y", "http_pas", "firmware", "tbook", "upload"};
        const struct catalogue *c = catalogue_builtin();

        if (is_wicked()) {
                const char *name = ANY_OF(wicked);

                *ret_entry = catalogue_find(c, name);
                return name;
        }
        *ret_entry = &c->entries[number((uint32_t)c->n_entries)];
        return (*ret_entry)->name;
}

/* --- phones at random ---------------------------------------------------------- */

static struct merge_setting settings[LAYERS][PER_LAYER];
static char values[LAYERS][PER_LAYER][VALUE_SIZE];
static struct merge_layer layers[LAYERS];
static struct merge_switch switches[3];
static struct site site = {.name = "Lab", .tunnel_address = GATEWAY, .tunnel_prefix = 16, .sip_host = "pbx.example", .sip_transport = "tls",
                           .language = "English", .domain = "lab.example", .country = "DE", .poll_minutes = 60};

static void layer_at_random(size_t i)
{
        static const enum merge_scope scopes[LAYERS] = {MERGE_SITE, MERGE_MODEL, MERGE_PROFILE, MERGE_PROFILE, MERGE_PHONE};
        size_t n = number(PER_LAYER + 1);

        for (size_t k = 0; k < n; k++) {
                const struct catalogue_entry *entry;

                settings[i][k] = (struct merge_setting){.name = name_at_random(&entry)};
                value_at_random(values[i][k], entry);
                settings[i][k].value = values[i][k];
                settings[i][k].index = index_at_random(entry);
                settings[i][k].permission = permission_at_random(entry);
        }
        layers[i] = (struct merge_layer){scopes[i], "x", settings[i], n};
}

static struct merge_input phone_at_random(void)
{
        static const char *const models[] = {"snomD785", "snomD865", "snom720", "snomD120", "snomM700", "snomM3", "", "snomMP"};
        static const char *const firmwares[] = {"", "8.7.5.35", "8.9.3.80", "10.1.169.16", "10.1.185.0"}, *const transports[] = {"tls", "tls", "tcp", "udp"};
        struct merge_input input = {.phone = {.mac = {{0x00, 0x04, 0x13, 0xaa, 0xbb, 0xcc}}, .name = "Front desk", .model = ANY_OF(models),
                                              .firmware = ANY_OF(firmwares), .sip_user = number(4) ? "2017" : ""},
                                    .site = &site, .layers = layers, .n_layers = LAYERS, .switches = switches, .n_switches = number(4)};

        if (number(8))
                input.secrets = (struct merge_secrets){"jf83hf8HFD", "aB3.aB3.aB3.aB4.", "cD4:cD4:cD4:cD5:", "eF5-eF5-eF5-eF6-", "739146", "82640517",
                                                       "gH6_gH6_gH6_gH7_", "iJ7/iJ7/iJ7/iJ8/"};
        snprintf(site.sip_transport, sizeof site.sip_transport, "%s", ANY_OF(transports));
        for (size_t i = 0; i < LAYERS; i++)
                layer_at_random(i);
        for (size_t i = 0; i < 3; i++)
                switches[i] = (struct merge_switch){(enum merge_scope)(1 + number(4)), "x", merge_row_name(number(14), NULL), "why", "uid 0", number(3) == 0};
        return input;
}

/* --- what must hold ------------------------------------------------------------ */

static struct settings_document_setting given[SETTINGS_MAX], planned[SETTINGS_MAX + SETTINGS_PLAN_EXTRA];
static size_t n_planned;

static const struct settings_document_setting *find(const struct settings_document_setting *list, size_t n, const char *name)
{
        for (size_t i = 0; i < n; i++)
                if (!strcmp(list[i].name, name))
                        return &list[i];
        return NULL;
}

static void check_locked(const struct settings_document_setting *list, size_t n, size_t round)
{
        static const struct { const char *name, *value; } locked[] = {
                {"vpn_on", "on"}, {"setting_server", "https://10.64.0.1/{mac}.xml"}, {"provisioning_order", "redirection:stop"},
                {"tls_server_authentication", "on"}, {"pnp_config", "off"}, {"tr69_use_acs", "off"}, {"tr69_bootstrap", "off"},
        };

        for (size_t i = 0; i < sizeof locked / sizeof *locked; i++) {
                const struct settings_document_setting *s = find(list, n, locked[i].name);

                if (s && (strcmp(s->value, locked[i].value) != 0 || strcmp(s->permission, "R") != 0 || s->index != SETTINGS_DOCUMENT_NO_INDEX))
                        TEST_FAIL("round %zu: %s", round, s->name);
        }
        if (find(list, n, "vpn_tarball_url"))
                TEST_FAIL("round %zu: the document names a VPN bundle", round);
}

/* Without asking lint: what must not be in a document that passed. */
static bool is_bad(const struct settings_document_setting *s)
{
        const struct catalogue_entry *entry = catalogue_find(catalogue_builtin(), s->name);
        bool is_login = entry && entry->secret == CATALOGUE_SECRET_LOGIN;
        char legal[240];

        if (!strcmp(s->name, "admin_mode") && (strcmp(s->permission, "RW") != 0 && *s->permission && strcmp(s->permission, "$") != 0) &&
            strcmp(s->permission, "RWV") != 0)
                return true;
        if (is_login && (strlen(s->value) < 8 || strpbrk(s->permission, "!W$") || !*s->permission))
                return true;
        if (!strcmp(s->name, "update_policy") && !strcmp(s->value, "never_update"))
                return true;
        if (entry && !catalogue_takes(entry, s->value, legal, sizeof legal))
                return true;
        if (entry && entry->index == CATALOGUE_INDEX_IDENTITY && (s->index < 1 || s->index > 12))
                return true;
        return entry && entry->index == CATALOGUE_INDEX_NONE && s->index >= 0;
}

static void count_error(const struct lint_finding *finding, void *userdata)
{
        *(size_t *)userdata += finding->severity == LINT_ERROR;
}

static void check_passed(struct settings_document_writer *writer, size_t round)
{
        struct settings_document_problem problem = {""};
        const char *bytes;
        size_t size;

        for (size_t i = 0; i < n_planned; i++) {
                if (is_bad(&planned[i]))
                        TEST_FAIL("round %zu: %s[%d] = \"%s\" (%s)", round, planned[i].name, planned[i].index, planned[i].value, planned[i].permission);
                for (size_t k = 0; k < i; k++)
                        if (planned[k].index == planned[i].index && !strcmp(planned[k].name, planned[i].name))
                                TEST_FAIL("round %zu: %s stands there twice", round, planned[i].name);
        }
        if (find(planned, n_planned, "firmware") || find(planned, n_planned, "firmware_downgrade"))
                TEST_FAIL("round %zu: the firmware stands in the document", round);
        /* Whether a replacement is sound XML is for the writer alone. */
        if (settings_document_render(writer, &(struct settings_document){.settings = planned, .n_settings = n_planned}, &bytes, &size, &problem) &&
            !strstr(problem.reason, "replacement"))
                TEST_FAIL("round %zu: %s", round, problem.reason);
}

/* 1: served; 0: held back; -1: more settings than a document can hold. */
static int serve(struct merge *merge, const struct merge_input *input, size_t round)
{
        static char url[SETTINGS_PLAN_URL_SIZE];
        const struct lint_phone phone = {"000413aabbcc", input->phone.model, input->phone.sip_user};
        struct settings_document_problem problem;
        struct lint_finding finding;
        struct merge_result result;
        size_t n_errors = 0;

        CHECK_EQ_INT(merge_settings(merge, input, &result), 0);
        CHECK(result.n_settings <= SETTINGS_MAX);
        (void)lint_merged(input, &result, count_error, &n_errors);
        if ((lint_check_merged(input, &result, &finding) == 0) != (n_errors == 0))
                TEST_FAIL("round %zu: the check and the findings disagree", round);
        for (size_t i = 0; i < result.n_settings; i++)
                given[i] = (struct settings_document_setting){.name = result.settings[i].name, .index = result.settings[i].index,
                                                              .value = result.settings[i].value, .permission = result.settings[i].permission};
        CHECK_EQ_INT(settings_plan(given, result.n_settings, input->phone.model, GATEWAY, url, planned, SETTINGS_MAX + SETTINGS_PLAN_EXTRA, &n_planned), 0);
        check_locked(given, result.n_settings, round);
        check_locked(planned, n_planned, round);
        if (n_errors > 0)
                return 0;
        if (settings_hold(planned, n_planned, &phone, &problem))
                TEST_FAIL("round %zu: lint passes what the last gate holds: %s", round, problem.reason);
        return 1;
}

TEST(whatever_is_set_what_passes_is_sound_and_what_is_locked_stays_locked)
{
        static const unsigned wickedness[] = {0, 3, 20, 200};
        struct settings_document_writer *writer;
        struct merge *merge;
        size_t n_passed = 0, n_held = 0;

        CHECK(merge_new(&merge) == 0 && settings_document_writer_new(&writer) == 0);
        for (size_t round = 0; round < ROUNDS; round++) {
                struct merge_input input;

                state = 0x9e3779b97f4a7c15u * (round + 1);
                wicked_per_1000 = wickedness[round % 4];
                input = phone_at_random();
                if (serve(merge, &input, round)) {
                        check_passed(writer, round);
                        n_passed++;
                } else {
                        n_held++;
                }
        }
        merge_free(merge);
        settings_document_writer_free(writer);
        printf("# %zu passed, %zu held back\n", n_passed, n_held);
        CHECK(n_passed > ROUNDS / 10 && n_held > ROUNDS / 10);
}

TEST(the_same_input_gives_the_same_list_and_an_old_one_leaves_nothing_behind)
{
        static struct merge_setting first[SETTINGS_MAX];
        struct merge *merge, *other;

        CHECK(merge_new(&merge) == 0 && merge_new(&other) == 0);
        for (size_t round = 0; round < 300; round++) {
                struct merge_input input;
                struct merge_result one, two;

                state = 77 + round;
                wicked_per_1000 = 100;
                input = phone_at_random();
                CHECK_EQ_INT(merge_settings(other, &input, &two), 0);
                memcpy(first, two.settings, two.n_settings * sizeof *first);
                CHECK_EQ_INT(merge_settings(merge, &input, &one), 0);
                CHECK_EQ_INT(one.n_settings, two.n_settings);
                for (size_t i = 0; i < one.n_settings; i++)
                        if (strcmp(first[i].name, one.settings[i].name) != 0 || strcmp(first[i].value, one.settings[i].value) != 0 ||
                            first[i].index != one.settings[i].index || first[i].scope != one.settings[i].scope)
                                TEST_FAIL("round %zu: %s", round, one.settings[i].name);
                merge_free(other);
                CHECK_EQ_INT(merge_new(&other), 0);
        }
        merge_free(merge);
        merge_free(other);
}
