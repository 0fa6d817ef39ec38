/*
 * store_document: everything one phone should be set to.
 *
 * In:   a MAC, or a tunnel address.
 * Out:  what is known of the phone, and its settings: built in, then those of the site, its model, its profiles and its own, as
 *       they are at the revision that the phone follows.
 * Not:  no rules of merging (model/merge) or of soundness (model/lint); nothing is given to anybody here (store_serve,
 *       store_preview).
 */
#include "provisioning/store/store_document.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/model/firmware.h"
#include "provisioning/model/tunnel_url.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_firmware.h"
#include "provisioning/store/store_secret.h"
#include "provisioning/store/store_tamper.h"

#define SEPARATOR "\x1f"

/* --- the phone ----------------------------------------------------------- */

#define COLUMNS                                                                                                         \
        "SELECT mac, name, model, firmware, sip_user, trust, tunnel_up AND certificate_sha256 IS NOT NULL, revision, "  \
        "coalesce(shared_revision, (SELECT value FROM meta WHERE meta.name = 'base')), "                                \
        "(SELECT group_concat(profile, char(31) ORDER BY position) FROM phone_profile WHERE phone_profile.mac = phone.mac), "        \
        "vpn_class = 'legacy', (SELECT serial FROM renewal WHERE renewal.mac = phone.mac), certificate_serial, delivered FROM phone "

static void load_profiles(struct store_document *d, const char *joined)
{
        for (; joined && d->n_profiles < STORE_DOCUMENT_PROFILES_MAX; d->n_profiles++) {
                size_t size = strcspn(joined, SEPARATOR);

                (void)snprintf(d->profiles[d->n_profiles], STORE_OWNER_SIZE, "%.*s", (int)size, joined);
                joined = joined[size] ? joined + size + 1 : NULL;
        }
}

static void load_row(struct sqlite3_stmt *row, struct store_document *d)
{
        const char *serial;

        (void)text_copy(d->mac, sizeof d->mac, store_db_text(row, 0));
        (void)text_copy(d->name, sizeof d->name, store_db_text(row, 1));
        (void)text_copy(d->model, sizeof d->model, store_db_text(row, 2));
        (void)text_copy(d->firmware, sizeof d->firmware, store_db_text(row, 3));
        (void)text_copy(d->sip_user, sizeof d->sip_user, store_db_text(row, 4));
        d->trust = (enum phone_trust)store_db_int(row, 5);
        d->is_up = store_db_int(row, 6) != 0;
        d->revision = store_db_int(row, 7);
        d->shared = store_db_int(row, 8);
        load_profiles(d, store_db_text(row, 9));
        d->is_legacy = store_db_int(row, 10) != 0;
        serial = tunnel_url_serial(store_db_text(row, 11), store_db_text(row, 12), store_db_text(row, 13));
        if (serial)
                (void)text_copy(d->bundle_serial, sizeof d->bundle_serial, serial);
        store_db_end(row);
}

int store_document_by_mac(struct store *store, struct store_request *request, const char *mac, struct store_document *ret)
{
        struct sqlite3_stmt *row = store_db_query(store_db(store), COLUMNS "WHERE mac = ?", "s", mac);
        int r = store_db_next(store_db(store), row);

        if (r <= 0)
                return r < 0 ? r : store_refuse(request, "NoSuchPhone", "The phone %s is not known; `provostctl phone list` shows those that are.", mac);
        load_row(row, ret);
        return 0;
}

int store_document_by_address(struct store *store, struct store_request *request, struct store_document *ret)
{
        const char *text = store_in_text(request, "tunnel_address");
        struct sqlite3_stmt *row;
        uint32_t address;
        int r;

        if (!text || text_to_ipv4(text, &address) < 0)
                return store_invalid(request, "tunnel_address", "The tunnel address must be like 10.64.0.2.");
        row = store_db_query(store_db(store), COLUMNS "WHERE tunnel_address = ?", "i", (int64_t)address);
        r = store_db_next(store_db(store), row);
        if (r <= 0)
                return r < 0 ? r : store_refuse(request, "NoSuchPhone", "No phone has the tunnel address %s.", text);
        load_row(row, ret);
        return 0;
}

/* Of the form that real ones have, so that lint finds no fault with them. */
static const struct merge_secrets made_up_secrets = {
        .http_pass = "oQ4.vbT9_mZk2+Wc", .admin_mode_password = "hR7-pLd3.Xy8:Ngq", .service_mode_pass = "tB5+kMw6_Jz2.Fsc",
        .keyboard_lock_pw = "730582", .uboot_lock = "481937", .webserver_user_password = "eV3.nHt8-Qc5_Lxm",
        .webserver_admin_password = "aD9_zGy4+Rk7.Pbw",
};

void store_document_make_up(enum merge_scope scope, const char *owner, int64_t revision, struct store_document *ret)
{
        *ret = (struct store_document){.mac = "000413fffffe", .is_made_up = true, .shared = revision};
        if (scope == MERGE_PROFILE)
                (void)text_copy(ret->profiles[ret->n_profiles++], STORE_OWNER_SIZE, owner);
        if (scope == MERGE_MODEL)
                (void)text_copy(ret->model, sizeof ret->model, owner);
}

void store_document_done(struct store_document *document)
{
        store_layer_done(&document->own);
        store_secret_forget_all(&document->secrets);
        free(document->switches);
        document->switches = NULL;
        document->firmware_file = sd_json_variant_unref(document->firmware_file);
}

/* --- what is merged ------------------------------------------------------ */

struct sources {
        const struct store_layer *layers[STORE_DOCUMENT_LAYERS_MAX];
        size_t n, n_switches;
};

static void add_layer(struct store_document *d, struct sources *sources, enum merge_scope scope, const char *owner, const struct store_layer *layer)
{
        d->layers[sources->n] = (struct merge_layer){scope, owner, layer->settings, layer->n_settings};
        sources->layers[sources->n++] = layer;
        sources->n_switches += layer->n_switches;
}

static int add_shared(struct store *store, struct store_document *d, struct sources *sources, enum merge_scope scope, const char *owner)
{
        const struct store_layer *layer;
        int r = store_layer_shared(store, d->shared, scope, owner, &layer);

        if (r == 0 && layer->n_settings + layer->n_switches)
                add_layer(d, sources, scope, owner, layer);
        return r;
}

static int gather(struct store *store, struct store_document *d, struct sources *sources, char model[static STORE_OWNER_SIZE])
{
        int r = add_shared(store, d, sources, MERGE_SITE, "");

        if (r == 0 && *d->model)
                r = add_shared(store, d, sources, MERGE_MODEL, store_layer_model(d->model, model));
        for (size_t i = 0; r == 0 && i < d->n_profiles; i++)
                r = add_shared(store, d, sources, MERGE_PROFILE, d->profiles[i]);
        if (r == 0)
                r = store_layer_phone(store, d->mac, &d->own);
        if (r == 0)
                add_layer(d, sources, MERGE_PHONE, d->mac, &d->own);
        return r;
}

static int join_switches(struct store_document *d, const struct sources *sources)
{
        size_t n = 0;

        d->switches = calloc(sources->n_switches + 1, sizeof *d->switches);
        if (!d->switches)
                return PV_ENOMEM;
        for (size_t i = 0; i < sources->n; i++)
                for (size_t k = 0; k < sources->layers[i]->n_switches; k++)
                        d->switches[n++] = sources->layers[i]->switches[k];
        return 0;
}

/* --- firmware ------------------------------------------------------------ */

/* One that lint refuses is left out: the document is held back anyway. */
static int add_firmware(struct store *store, struct store_document *d)
{
        int r;

        if (!d->result.firmware || text_equal(d->result.firmware, d->firmware) ||
            firmware_is_refused(firmware_guard(d->firmware, d->result.firmware, d->result.may_downgrade)))
                return 0;
        r = store_firmware_json(store, d->model, d->result.firmware, &d->firmware_file);
        d->is_firmware_missing = r == PV_EUNSET;
        if (r < 0)
                return r == PV_EUNSET ? 0 : r;
        return merge_add_firmware(store_merge(store), &d->input, &d->result);
}

/* --- merging ------------------------------------------------------------- */

int store_document_merge(struct store *store, struct store_document *document)
{
        struct store_document *d = document;
        struct sources sources = {0};
        char model[STORE_OWNER_SIZE];
        struct store_tamper tamper = {0};
        int r = d->is_made_up ? 0 : store_secret_load_all(store, d->mac, &d->secrets);

        store_layers_tidy(store_layers(store));
        d->input = (struct merge_input){.phone = {.name = d->name, .model = d->model, .firmware = d->firmware, .sip_user = d->sip_user,
                                                .is_legacy = d->is_legacy, .bundle_serial = *d->bundle_serial ? d->bundle_serial : NULL}};
        if (r == 0)
                r = mac_parse_text(d->mac, &d->input.phone.mac);
        if (r == 0)
                r = store_layer_site(store, d->shared, &d->input.site);
        if (r == 0)
                r = store_tamper_of(store, d->mac, d->input.site->seal_days, &tamper);
        if (r == 0)
                r = gather(store, d, &sources, model);
        if (r == 0)
                r = join_switches(d, &sources);
        if (r < 0)
                return r;
        d->input.phone.seal_is_good = tamper.is_good;
        d->input.phone.seal_is_overdue = tamper.is_overdue;
        d->input.secrets = d->is_made_up ? made_up_secrets : d->secrets;
        d->input.layers = d->layers;
        d->input.n_layers = sources.n;
        d->input.switches = d->switches;
        d->input.n_switches = sources.n_switches;
        r = merge_settings(store_merge(store), &d->input, &d->result);
        return r < 0 ? r : add_firmware(store, d);
}

/* --- what is said of it -------------------------------------------------- */

void store_document_lint(const struct store_document *document, lint_each each, void *userdata)
{
        struct lint_finding finding = {.severity = LINT_WARNING, .rule = "firmware-missing", .name = "firmware", .index = LINT_NO_INDEX};

        (void)lint_merged(&document->input, &document->result, each, userdata);
        if (!document->is_firmware_missing)
                return;
        (void)snprintf(finding.sentence, sizeof finding.sentence, "There is no firmware %s for %s%s here, so it is not given; upload it with "
                       "`provostctl firmware add`.", document->result.firmware, *document->model ? "the model " : "this phone, whose model is not known,",
                       document->model);
        each(&finding, userdata);
}

static int attributes_json(const struct merge_setting *s, sd_json_variant **ret)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < s->n_attributes; i++)
                r = sd_json_variant_set_field_string(ret, s->attributes[i].name, s->attributes[i].value);
        return r;
}

/* Field by field: this is most of the time that a document takes. */
static int setting_json(const struct merge_setting *s, sd_json_variant *const keys[static 5], sd_json_variant **ret)
{
        sd_json_variant *attributes = NULL, *pairs[10] = {keys[0], NULL, keys[1], NULL, keys[2], NULL, keys[3], NULL, keys[4], NULL};
        int r = sd_json_variant_new_string(&pairs[1], s->name);

        if (r >= 0)
                r = s->index == MERGE_NO_INDEX ? sd_json_variant_new_null(&pairs[3]) : sd_json_variant_new_integer(&pairs[3], s->index);
        if (r >= 0)
                r = sd_json_variant_new_string(&pairs[5], s->value);
        if (r >= 0)
                r = sd_json_variant_new_string(&pairs[7], s->permission);
        if (r >= 0)
                r = attributes_json(s, &attributes);
        pairs[9] = attributes;
        if (r >= 0)
                r = sd_json_variant_new_object(ret, pairs, attributes ? 10 : 8);
        for (size_t i = 1; i < 10; i += 2)
                sd_json_variant_unref(pairs[i]);
        return r;
}

static int settings_json(const struct store_document *document, sd_json_variant *const keys[static 5], sd_json_variant **ret)
{
        size_t n = document->result.n_settings, n_built = 0;
        sd_json_variant **items = calloc(n + 1, sizeof *items);
        int r = items ? 0 : -ENOMEM;

        for (; r >= 0 && n_built < n; n_built++)
                r = setting_json(&document->result.settings[n_built], keys, &items[n_built]);
        if (r >= 0)
                r = sd_json_variant_new_array(ret, items, n);
        if (r >= 0)
                sd_json_variant_sensitive(*ret);
        if (items)
                sd_json_variant_unref_many(items, n_built);
        return r;
}

int store_document_settings(const struct store_document *document, sd_json_variant **ret_settings)
{
        static const char *const names[] = {"name", "index", "value", "permission", "attributes"};
        sd_json_variant *keys[5] = {0};
        int r = 0;

        for (size_t i = 0; r >= 0 && i < 5; i++)
                r = sd_json_variant_new_string(&keys[i], names[i]);
        if (r >= 0)
                r = settings_json(document, keys, ret_settings);
        for (size_t i = 0; i < 5; i++)
                sd_json_variant_unref(keys[i]);
        return pv_error_from_errno(r);
}

int store_document_held(struct store *store, const char *mac, char *ret_reason, size_t size)
{
        struct store_request request = {0};
        struct store_document d = {0};
        struct lint_finding finding;
        int r = store_document_by_mac(store, &request, mac, &d);

        if (r == 0)
                r = store_document_merge(store, &d);
        if (r == 0)
                r = lint_check_merged(&d.input, &d.result, &finding);
        if (r == PV_EREFUSED)
                (void)snprintf(ret_reason, size, "%s", finding.sentence);
        store_document_done(&d);
        return r == PV_EREFUSED ? 1 : r;
}
