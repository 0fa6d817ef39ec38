/*
 * store_site: the values of the site and the trusted sources.
 *
 * In:   values and URLs of the admin.
 * Out:  a site whose bootstrap URL always begins with a trusted source; new revisions for phones whose settings change with it.
 * Not:  no checks of single values (model/site), nothing of the network itself (box).
 */
#include "provisioning/store/store_site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/model/source.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_list.h"
#include "provisioning/store/store_reach.h"
#include "provisioning/store/store_revision.h"
#include "provisioning/store/store_version.h"

#define BUILTIN_SOURCE "appliance"
#define LEGACY_SOURCE "appliance-legacy"        /* the old phones' listener, while there is one */
#define SOURCE_NAME_MAX 64

/* --- the site ------------------------------------------------------------ */

void store_site_done(struct store_site *site)
{
        for (size_t i = 0; i < site->n_values; i++)
                free((char *)site->values[i].value);
        site->n_values = 0;
}

int store_site_put(struct store_site *site, const char *name, const char *value)
{
        for (size_t i = 0; i < site->n_values; i++) {
                char *copy;

                if (!text_equal(site->values[i].name, name))
                        continue;
                copy = strdup(value);
                if (!copy)
                        return PV_ENOMEM;
                free((char *)site->values[i].value);
                site->values[i].value = copy;
                return 0;
        }
        return PV_EUNSET;
}

static int load_values(struct store *store, struct store_site *site)
{
        const char *name;
        struct sqlite3_stmt *rows;
        int r = 0;

        for (size_t i = 0; (name = site_value_name(i, NULL, NULL)) && i < STORE_SITE_VALUES_MAX; i++) {
                char *empty = strdup("");

                if (!empty)
                        return PV_ENOMEM;
                site->values[site->n_values++] = (struct site_value){.name = name, .value = empty};
        }
        rows = store_db_query(store_db(store), "SELECT name, value FROM site", "");
        while ((r = store_db_next(store_db(store), rows)) > 0) {
                r = store_site_put(site, store_db_text(rows, 0), store_db_text(rows, 1));
                if (r == PV_ENOMEM)
                        break;
        }
        store_db_end(rows);
        return r;
}

int store_site_read(struct store_site *site)
{
        struct site_problem problem;
        int r = site_from_values(site->values, site->n_values, &site->site, &problem);

        return r == PV_EREFUSED || r == PV_EMALFORMED ? PV_ESYSTEM : r;
}

int store_site_load(struct store *store, struct store_site *ret_site)
{
        struct store_site site = {0};
        int r = load_values(store, &site);

        if (r == 0)
                r = store_site_read(&site);
        if (r < 0) {
                store_site_done(&site);
                return r;
        }
        *ret_site = site;
        return 0;
}

int store_op_get_site(struct store *store, struct store_request *request)
{
        struct store_list list = {0}, missing_list = {0};
        sd_json_variant *values = NULL, *missing = NULL;
        struct store_site site;
        const char *names[STORE_SITE_VALUES_MAX];
        int64_t revision = 0;
        int r = store_site_load(store, &site);

        if (r < 0)
                return r;
        r = store_db_number(store_db(store), "SELECT value FROM meta WHERE name = ?", &revision, "s", "site_revision");
        for (size_t i = 0; r == 0 && i < site.n_values; i++) {
                sd_json_variant *item = NULL;

                r = sd_json_buildo(&item, SD_JSON_BUILD_PAIR_STRING("name", site.values[i].name),
                                   SD_JSON_BUILD_PAIR_STRING("value", site.values[i].value));
                r = store_list_add(&list, r, item);
        }
        for (size_t i = 0, n = site_missing(&site.site, names, STORE_SITE_VALUES_MAX); r == 0 && i < n; i++) {
                sd_json_variant *item = NULL;

                r = sd_json_variant_new_string(&item, names[i]);
                r = store_list_add(&missing_list, r, item);
        }
        if (r == 0)
                r = store_list_take(&list, &values);
        if (r == 0)
                r = store_list_take(&missing_list, &missing);
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(
                        &request->out, SD_JSON_BUILD_PAIR("values", SD_JSON_BUILD_VARIANT(values)),
                        SD_JSON_BUILD_PAIR_BOOLEAN("complete", site.site.complete),
                        SD_JSON_BUILD_PAIR("missing", SD_JSON_BUILD_VARIANT(missing)), SD_JSON_BUILD_PAIR_INTEGER("revision", revision)));
        sd_json_variant_unref(values);
        sd_json_variant_unref(missing);
        store_list_done(&list);
        store_list_done(&missing_list);
        store_site_done(&site);
        return r;
}

/* --- sources ------------------------------------------------------------- */

static void builtin_url(const struct site *site, char *ret, size_t size)
{
        char lan[TEXT_IPV4_SIZE];

        ret[0] = 0;
        if (site->lan_address)
                (void)snprintf(ret, size, "https://%s/", text_from_ipv4(site->lan_address, lan));
}

static void legacy_url(const struct site *site, char *ret, size_t size)
{
        char lan[TEXT_IPV4_SIZE];

        ret[0] = 0;
        if (site->lan_address && site->legacy)
                (void)snprintf(ret, size, "https://%s:%u/", text_from_ipv4(site->lan_address, lan), site->legacy_https_port);
}

static bool is_builtin(const char *name)
{
        return text_equal(name, BUILTIN_SOURCE) || text_equal(name, LEGACY_SOURCE);
}

static bool url_is_under(const struct source_url *url, const char *source_text)
{
        struct source_url source;

        return *source_text && source_url_parse(source_text, &source) == 0 && source_url_is_under(url, &source);
}

/* Whether the site's bootstrap URL begins with a trusted source: 0 yes, PV_EUNSET no. */
static int check_trusted(struct store *store, const struct site *site)
{
        char builtin[SOURCE_URL_MAX];
        struct source_url url;
        struct sqlite3_stmt *rows;
        bool trusted;
        int r;

        if (!*site->bootstrap_url)
                return 0;
        if (source_url_parse(site->bootstrap_url, &url) < 0)
                return PV_EUNSET;
        builtin_url(site, builtin, sizeof builtin);
        trusted = url_is_under(&url, builtin);
        rows = store_db_query(store_db(store), "SELECT url FROM source", "");
        while ((r = store_db_next(store_db(store), rows)) > 0)
                trusted |= url_is_under(&url, store_db_text(rows, 0));
        return r < 0 ? r : trusted ? 0 : PV_EUNSET;
}

static int add_source(struct store_list *list, const char *name, const char *url, bool builtin)
{
        sd_json_variant *item = NULL;
        int r = sd_json_buildo(&item, SD_JSON_BUILD_PAIR_STRING("name", name), SD_JSON_BUILD_PAIR_STRING("url", url),
                               SD_JSON_BUILD_PAIR_BOOLEAN("builtin", builtin));

        return store_list_add(list, r, item);
}

int store_op_list_sources(struct store *store, struct store_request *request)
{
        char url[SOURCE_URL_MAX], legacy[SOURCE_URL_MAX];
        struct store_list list = {0};
        struct store_site site;
        struct sqlite3_stmt *rows;
        int r = store_site_load(store, &site);

        if (r < 0)
                return r;
        builtin_url(&site.site, url, sizeof url);
        legacy_url(&site.site, legacy, sizeof legacy);
        store_site_done(&site);
        if (*url)
                r = add_source(&list, BUILTIN_SOURCE, url, true);
        if (r == 0 && *legacy)
                r = add_source(&list, LEGACY_SOURCE, legacy, true);
        if (r < 0)
                return store_list_reply(&list, r, request, "sources");
        rows = store_db_query(store_db(store), "SELECT name, url FROM source ORDER BY name", "");
        while ((r = store_db_next(store_db(store), rows)) > 0) {
                r = add_source(&list, store_db_text(rows, 0), store_db_text(rows, 1), false);
                if (r < 0)
                        break;
        }
        store_db_end(rows);
        return store_list_reply(&list, r, request, "sources");
}

/* The rule that holds after every change of a source: the bootstrap URL stays trusted. */
static int check_still_trusted(struct store *store, struct store_request *request)
{
        struct store_site site;
        int r = store_site_load(store, &site);

        if (r < 0)
                return r;
        r = check_trusted(store, &site.site);
        if (r == PV_EUNSET)
                r = store_refuse(request, "NotAllowed",
                                 "The site's bootstrap_url %s would lie under no trusted source then; change bootstrap_url first.",
                                 site.site.bootstrap_url);
        store_site_done(&site);
        return r;
}

int store_op_set_source(struct store *store, struct store_request *request)
{
        const char *name = store_in_text(request, "name"), *url = store_in_text(request, "url");
        struct source_url parsed;
        int64_t n = 0;
        int r = store_check_name(request, "name", name, SOURCE_NAME_MAX);

        if (r < 0)
                return r;
        if (is_builtin(name))
                return store_refuse(request, "NotAllowed", "The source \"%s\" is the appliance itself and follows lan_address.", name);
        if (!url || source_url_parse(url, &parsed) < 0)
                return store_invalid(request, "url",
                                     "The URL must be like https://host/path/, without user, query, fragment, \"..\" or \"//\".");
        r = store_db_number(store_db(store), "SELECT count(*) FROM source WHERE name <> ?", &n, "s", name);
        if (r == 0 && n >= STORE_NAMES_MAX)
                return store_refuse(request, "NotAllowed", "There are %d sources already; remove one first.", STORE_NAMES_MAX);
        if (r == 0)
                r = store_db_run(store_db(store), "INSERT INTO source (name, url) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET url = excluded.url",
                                 "ss", name, url);
        if (r == 0)
                r = check_still_trusted(store, request);
        if (r == 0)
                r = store_audit(store, request, "set-source", name, url);
        if (r == 0)
                store_change(store, "sources", name);
        return r;
}

int store_op_remove_source(struct store *store, struct store_request *request)
{
        const char *name = store_in_text(request, "name");
        int r;

        if (is_builtin(name))
                return store_refuse(request, "NotAllowed", "The source \"%s\" is the appliance itself and cannot be removed.", name);
        r = store_db_run(store_db(store), "DELETE FROM source WHERE name = ?", "s", name);
        if (r == 0 && store_db_changes(store_db(store)) == 0)
                return store_refuse(request, "NoSuchName", "There is no source of that name; `provostctl source list` shows them.");
        if (r == 0)
                r = check_still_trusted(store, request);
        if (r == 0)
                r = store_audit(store, request, "remove-source", name, "");
        if (r == 0)
                store_change(store, "sources", name);
        return r;
}

/* --- changing the site --------------------------------------------------- */

/* Phones of a class keep their tunnel addresses for life, so its tunnel network cannot move from under them. */
static int check_network(struct store *store, struct store_request *request, const char *name, const char *vpn_class, int64_t address, unsigned prefix)
{
        int64_t mask = text_ipv4_mask(prefix), n = 0;
        int r = store_db_number(store_db(store),
                                "SELECT count(*) FROM phone WHERE tunnel_address IS NOT NULL AND vpn_class = ?5 AND "
                                "((tunnel_address & ?1) <> ?2 OR tunnel_address IN (?2, ?3, ?4))", &n, "iiiis", mask, address & mask, address,
                                (address & mask) | (~mask & INT64_C(0xffffffff)), vpn_class);

        if (r == 0 && n > 0)
                return store_invalid(request, name, "%lld %s addresses that would not fit the new tunnel network; delete these phones first.",
                                     (long long)n, n == 1 ? "phone has" : "phones have");
        return r;
}

static int check_tunnels(struct store *store, struct store_request *request, const struct site *site)
{
        int r = check_network(store, request, "tunnel_address", "modern", site->tunnel_address, site->tunnel_prefix);

        return r < 0 ? r : check_network(store, request, "legacy_address", "legacy", site->legacy_address, site->legacy_prefix);
}

/* Values in documents that are not versioned (store_revision_site_value() has those that are): all phones get them at once. */
static bool documents_differ(const struct site *a, const struct site *b)
{
        return a->tunnel_address != b->tunnel_address || a->legacy_address != b->legacy_address || strcmp(a->name, b->name) != 0 || strcmp(a->domain, b->domain) != 0;
}

static int revise_all(struct store *store)
{
        int64_t revision;
        int r = store_next(store, "revision", &revision);

        if (r == 0)
                r = store_db_run(store_db(store), "UPDATE phone SET revision = ? WHERE trust = 2", "i", revision);
        if (r == 0)
                store_change(store, "phone", "");
        return r;
}

/* Writes one value and notes its name for the audit; a certificate is too long to be told. */
static int write_value(struct store *store, const struct site_value *value, char *told, size_t told_size)
{
        size_t used = strlen(told);
        bool short_one = strlen(value->value) < 80 && !strchr(value->value, '\n');

        (void)snprintf(told + used, told_size - used, "%s%s=%s", used ? " " : "", value->name, short_one ? value->value : "(text)");
        if (!*value->value)
                return store_db_run(store_db(store), "DELETE FROM site WHERE name = ?", "s", value->name);
        return store_db_run(store_db(store), "INSERT INTO site (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                            "ss", value->name, value->value);
}

/* Takes the changes into `site` and the database; ret_n says how many values are different now. */
static int apply_values(struct store *store, struct store_request *request, struct store_site *site, char *told, size_t told_size,
                        size_t *ret_n)
{
        sd_json_variant *list = store_in_array(request, "values");
        size_t n = list ? sd_json_variant_elements(list) : 0;
        int r = 0;

        *ret_n = 0;
        for (size_t i = 0; r == 0 && i < n; i++) {
                sd_json_variant *item = sd_json_variant_by_index(list, i);
                const char *name = store_item_text(item, "name"), *value = store_item_text(item, "value");
                const char *old = NULL;

                for (size_t k = 0; name && k < site->n_values; k++)
                        if (text_equal(site->values[k].name, name))
                                old = site->values[k].value;
                if (!old || !value)
                        return store_invalid(request, name ? name : "name", "A site has no such value; `provostctl site show` lists them.");
                if (text_equal(old, value))
                        continue;
                r = write_value(store, &(struct site_value){name, value}, told, told_size);
                if (r == 0)
                        r = store_site_put(site, name, value);
                (*ret_n)++;
        }
        return r;
}

static int check_new_site(struct store *store, struct store_request *request, struct store_site *site)
{
        struct site_problem problem = {0};
        int r = site_from_values(site->values, site->n_values, &site->site, &problem);

        if (r == PV_EREFUSED || r == PV_EMALFORMED)
                return store_invalid(request, problem.name, "%s", problem.reason);
        if (r < 0)
                return r;
        r = check_trusted(store, &site->site);
        if (r == PV_EUNSET)
                return store_invalid(request, "bootstrap_url",
                                     "The URL lies under no trusted source; add one with `provostctl source set` first, or leave "
                                     "bootstrap_url empty for the appliance itself.");
        if (r == 0)
                r = store_reach_check_site(store, request, &site->site);
        return r < 0 ? r : check_tunnels(store, request, &site->site);
}

/* A site of an older release is not refused for what nobody touches. */
static int check_waits(struct store_request *request, const struct site *old, const struct site *site)
{
        struct site_problem problem = {0};

        if (old->poll_minutes == site->poll_minutes && old->rollout_mode == site->rollout_mode && old->rollout_wait_s == site->rollout_wait_s &&
            old->rollout_settle_s == site->rollout_settle_s)
                return 0;
        return site_check_waits(site, &problem) < 0 ? store_invalid(request, problem.name, "%s", problem.reason) : 0;
}

static int check_version(struct store *store, struct store_request *request)
{
        int64_t revision = 0;
        int r = store_db_number(store_db(store), "SELECT value FROM meta WHERE name = 'site_revision'", &revision, "");

        return r < 0 ? r : store_version_check(request, revision, "The site");
}

int store_op_set_site(struct store *store, struct store_request *request)
{
        char told[512] = "";
        struct store_site site;
        struct site old;
        size_t n_changed = 0;
        int64_t revision = 0;
        int r = store_site_load(store, &site);

        if (r < 0)
                return r;
        old = site.site;
        r = check_version(store, request);
        if (r == 0)
                r = apply_values(store, request, &site, told, sizeof told, &n_changed);
        if (r == 0)
                r = check_new_site(store, request, &site);
        if (r == 0)
                r = check_waits(request, &old, &site.site);
        if (r == 0 && n_changed)
                r = store_next(store, "site_revision", &revision);
        else if (r == 0)
                r = store_db_number(store_db(store), "SELECT value FROM meta WHERE name = ?", &revision, "s", "site_revision");
        if (r == 0 && n_changed && documents_differ(&old, &site.site))
                r = revise_all(store);
        if (r == 0 && n_changed)
                r = store_revision_site_value(store, request);
        if (r == 0 && n_changed)
                r = store_audit(store, request, "set-site", "site", told);
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR_INTEGER("revision", revision)));
        if (r == 0 && n_changed)
                store_change(store, "site", "");
        if (r == 0 && old.lan_address != site.site.lan_address)
                store_change(store, "sources", BUILTIN_SOURCE);
        store_site_done(&site);
        return r;
}
