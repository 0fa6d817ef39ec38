/*
 * store_layer: what each scope says, opened.
 *
 * In:   sealed rows of shared scopes as they were at a revision, and of phones.
 * Out:  plain layers for merging. Opening costs more than merging, so those of shared scopes stay in memory until
 *       something of them changes; then they are wiped.
 * Not:  no writing (store_revision, store_scope), no merging (model/merge).
 */
#include "provisioning/store/store_layer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "appliance/base/text.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_seal.h"
#include "provisioning/store/store_site.h"

#define LAYERS_MAX 1024
#define LAYERS_PER_DOCUMENT 32
#define SITES_MAX 4

struct kept_layer {
        int64_t revision;
        enum merge_scope scope;
        char owner[STORE_OWNER_SIZE];
        struct store_layer *layer;
};

struct kept_site {
        int64_t revision;
        struct store_site *site;
};

struct store_layers {
        struct kept_layer layers[LAYERS_MAX];
        size_t n_layers;
        struct kept_site sites[SITES_MAX];
        size_t n_sites;
};

/* --- words --------------------------------------------------------------- */

static const char *const scopes[] = {[MERGE_BUILT_IN] = "built-in", [MERGE_SITE] = "site", [MERGE_MODEL] = "model",
                                     [MERGE_PROFILE] = "profile", [MERGE_PHONE] = "phone"};

int store_layer_scope(const char *text)
{
        for (int i = MERGE_SITE; i <= MERGE_PHONE; i++)
                if (text_equal(text, scopes[i]))
                        return i;
        return -1;
}

const char *store_layer_scope_text(enum merge_scope scope)
{
        return scopes[scope];
}

char *store_layer_model(const char *model, char ret[static STORE_OWNER_SIZE])
{
        if (!strncasecmp(model, "snom", 4))
                model += 4;
        while (*model == ' ')
                model++;
        (void)snprintf(ret, STORE_OWNER_SIZE, "snom%s", model);
        for (char *c = ret + 4; *c; c++)
                *c = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
        return ret;
}

char *store_layer_row(enum merge_scope scope, const char *owner, int64_t from, char ret[static STORE_LAYER_ROW_SIZE])
{
        (void)snprintf(ret, STORE_LAYER_ROW_SIZE, "%s/%lld/%s", scopes[scope], (long long)from, owner);
        return ret;
}

/* --- one layer ----------------------------------------------------------- */

void store_layer_forget_attributes(struct merge_setting *setting)
{
        struct merge_attribute *attributes = (struct merge_attribute *)setting->attributes;

        for (size_t i = 0; i < setting->n_attributes; i++) {
                free((char *)attributes[i].name);
                store_seal_forget((char *)attributes[i].value);
        }
        free(attributes);
        setting->attributes = NULL;
        setting->n_attributes = 0;
}

static void forget_setting(struct merge_setting *s)
{
        store_layer_forget_attributes(s);
        free((char *)s->name);
        free((char *)s->permission);
        store_seal_forget((char *)s->value);
}

void store_layer_done(struct store_layer *layer)
{
        for (size_t i = 0; i < layer->n_settings; i++)
                forget_setting(&layer->settings[i]);
        for (size_t i = 0; i < layer->n_switches; i++) {
                free((char *)layer->switches[i].owner);
                free((char *)layer->switches[i].row);
                free((char *)layer->switches[i].reason);
                free((char *)layer->switches[i].actor);
        }
        free(layer->settings);
        free(layer->switches);
        free(layer->switched_at);
        *layer = (struct store_layer){0};
}

const struct merge_setting *store_layer_find(const struct store_layer *layer, const char *name, int index)
{
        for (size_t i = 0; i < layer->n_settings; i++)
                if (layer->settings[i].index == index && text_equal(layer->settings[i].name, name))
                        return &layer->settings[i];
        return NULL;
}

int store_layer_attributes(const char *json, struct merge_setting *setting)
{
        sd_json_variant *object = NULL;
        struct merge_attribute *list = NULL;
        size_t n = 0;
        int r;

        if (!json)
                return 0;
        r = pv_error_from_errno(sd_json_parse(json, SD_JSON_PARSE_SENSITIVE, &object, NULL, NULL));
        if (r == 0 && sd_json_variant_is_object(object))
                n = sd_json_variant_elements(object) / 2;
        if (n)
                list = calloc(n, sizeof *list);
        if (r == 0 && n && !list)
                r = PV_ENOMEM;
        setting->attributes = list;
        for (size_t i = 0; r == 0 && i < n; i++) {
                const char *name = sd_json_variant_string(sd_json_variant_by_index(object, 2 * i));
                const char *value = sd_json_variant_string(sd_json_variant_by_index(object, 2 * i + 1));

                list[i] = (struct merge_attribute){strdup(name ? name : ""), strdup(value ? value : "")};
                setting->n_attributes = i + 1;
                if (!list[i].name || !list[i].value)
                        r = PV_ENOMEM;
        }
        sd_json_variant_unref(object);
        return r;
}

/* The setting's strings become the layer's. */
static int add_setting(struct store_layer *layer, struct merge_setting *setting)
{
        if (layer->n_settings == layer->settings_room) {
                size_t room = layer->settings_room ? 2 * layer->settings_room : 16;
                struct merge_setting *larger = reallocarray(layer->settings, room, sizeof *larger);

                if (!larger)
                        return PV_ENOMEM;
                layer->settings = larger;
                layer->settings_room = room;
        }
        layer->settings[layer->n_settings++] = *setting;
        return 0;
}

/* Columns: name, idx, sealed, permission, attributes, from_revision. */
static int read_setting(struct store *store, struct sqlite3_stmt *row, struct store_place place, struct merge_setting *ret)
{
        char *json = NULL;
        const void *sealed;
        size_t size;
        int r;

        place.name = store_db_text(row, 0);
        place.index = store_db_int(row, 1);
        *ret = (struct merge_setting){.name = strdup(place.name), .index = (int)place.index, .permission = strdup(store_db_text(row, 3))};
        sealed = store_db_blob(row, 2, &size);
        r = ret->name && ret->permission ? store_opened(store, &place, sealed, size, (char **)&ret->value) : PV_ENOMEM;
        if (r < 0 || store_db_is_null(row, 4))
                return r;
        char name[80];
        (void)snprintf(name, sizeof name, "%s/attributes", place.name);
        place.name = name;
        sealed = store_db_blob(row, 4, &size);
        r = store_opened(store, &place, sealed, size, &json);
        if (r == 0)
                r = store_layer_attributes(json, ret);
        store_seal_forget(json);
        return r;
}

static int read_settings(struct store *store, struct sqlite3_stmt *rows, const char *table, enum merge_scope scope, const char *owner,
                         struct store_layer *layer)
{
        char place_row[STORE_LAYER_ROW_SIZE];
        int r;

        while ((r = store_db_next(store_db(store), rows)) > 0) {
                struct merge_setting setting = {0};
                struct store_place place = {.table = table, .row = owner};

                if (scope != MERGE_PHONE)
                        place.row = store_layer_row(scope, owner, store_db_int(rows, 5), place_row);
                r = read_setting(store, rows, place, &setting);
                if (r == 0)
                        r = add_setting(layer, &setting);
                if (r < 0) {
                        forget_setting(&setting);
                        break;
                }
        }
        store_db_end(rows);
        return r;
}

/* Columns: row, is_on, reason, actor, at. */
static int add_switch(struct store_layer *layer, struct sqlite3_stmt *row, enum merge_scope scope, const char *owner)
{
        struct merge_switch *s;

        if (layer->n_switches == layer->switches_room) {
                size_t room = layer->switches_room ? 2 * layer->switches_room : 16;
                struct merge_switch *larger = reallocarray(layer->switches, room, sizeof *larger);
                int64_t *times = larger ? reallocarray(layer->switched_at, room, sizeof *times) : NULL;

                if (larger)
                        layer->switches = larger;
                if (!times)
                        return PV_ENOMEM;
                layer->switched_at = times;
                layer->switches_room = room;
        }
        layer->switched_at[layer->n_switches] = store_db_int(row, 4);
        s = &layer->switches[layer->n_switches++];
        *s = (struct merge_switch){.scope = scope, .owner = strdup(owner), .row = strdup(store_db_text(row, 0)),
                                   .reason = strdup(store_db_text(row, 2)), .actor = strdup(store_db_text(row, 3)),
                                   .on = store_db_int(row, 1) != 0};
        return s->owner && s->row && s->reason && s->actor ? 0 : PV_ENOMEM;
}

static int read_switches(struct store *store, struct sqlite3_stmt *rows, enum merge_scope scope, const char *owner, struct store_layer *layer)
{
        int r;

        while ((r = store_db_next(store_db(store), rows)) > 0) {
                r = add_switch(layer, rows, scope, owner);
                if (r < 0)
                        break;
        }
        store_db_end(rows);
        return r;
}

int store_layer_phone(struct store *store, const char *mac, struct store_layer *ret_layer)
{
        struct store_layer layer = {0};
        int r = read_settings(store, store_db_query(store_db(store),
                                                    "SELECT name, idx, sealed, permission, attributes FROM phone_setting WHERE mac = ? "
                                                    "ORDER BY name, idx", "s", mac), "phone_setting", MERGE_PHONE, mac, &layer);

        if (r == 0)
                r = read_switches(store, store_db_query(store_db(store),
                                                        "SELECT row, is_on, reason, actor, at FROM phone_row WHERE mac = ? ORDER BY row",
                                                        "s", mac), MERGE_PHONE, mac, &layer);
        if (r < 0) {
                store_layer_done(&layer);
                return r;
        }
        *ret_layer = layer;
        return 0;
}

/* --- kept ones ----------------------------------------------------------- */

int store_layers_new(struct store_layers **ret_layers)
{
        struct store_layers *layers = calloc(1, sizeof *layers);

        if (!layers)
                return PV_ENOMEM;
        *ret_layers = layers;
        return 0;
}

void store_layers_forget(struct store_layers *layers)
{
        for (size_t i = 0; i < layers->n_layers; i++) {
                store_layer_done(layers->layers[i].layer);
                free(layers->layers[i].layer);
        }
        for (size_t i = 0; i < layers->n_sites; i++) {
                store_site_done(layers->sites[i].site);
                free(layers->sites[i].site);
        }
        layers->n_layers = layers->n_sites = 0;
}

void store_layers_tidy(struct store_layers *layers)
{
        if (layers->n_layers > LAYERS_MAX - LAYERS_PER_DOCUMENT || layers->n_sites == SITES_MAX)
                store_layers_forget(layers);
}

void store_layers_free(struct store_layers *layers)
{
        if (layers)
                store_layers_forget(layers);
        free(layers);
}

/* from_revision <= revision < until_revision; what still holds has no end. */
static int load_shared(struct store *store, int64_t revision, enum merge_scope scope, const char *owner, struct store_layer *layer)
{
        const char *word = scopes[scope];
        int r = read_settings(store, store_db_query(store_db(store),
                                                    "SELECT name, idx, sealed, permission, attributes, from_revision FROM shared_setting "
                                                    "WHERE scope = ?1 AND owner = ?2 AND from_revision <= ?3 AND "
                                                    "(until_revision IS NULL OR until_revision > ?3) ORDER BY name, idx",
                                                    "ssi", word, owner, revision), "shared_setting", scope, owner, layer);

        if (r < 0)
                return r;
        return read_switches(store, store_db_query(store_db(store),
                                                   "SELECT row, is_on, reason, actor, at FROM shared_row WHERE scope = ?1 AND owner = ?2 AND "
                                                   "from_revision <= ?3 AND (until_revision IS NULL OR until_revision > ?3) ORDER BY row",
                                                   "ssi", word, owner, revision), scope, owner, layer);
}

int store_layer_read(struct store *store, int64_t revision, enum merge_scope scope, const char *owner, struct store_layer *ret_layer)
{
        struct store_layer layer = {0};
        int r = load_shared(store, revision, scope, owner, &layer);

        if (r < 0)
                store_layer_done(&layer);
        else
                *ret_layer = layer;
        return r;
}

int store_layer_shared(struct store *store, int64_t revision, enum merge_scope scope, const char *owner, const struct store_layer **ret_layer)
{
        struct store_layers *layers = store_layers(store);
        struct store_layer *layer;
        struct kept_layer *kept;
        int r;

        for (size_t i = 0; i < layers->n_layers; i++) {
                kept = &layers->layers[i];
                if (kept->revision == revision && kept->scope == scope && text_equal(kept->owner, owner)) {
                        *ret_layer = kept->layer;
                        return 0;
                }
        }
        if (layers->n_layers == LAYERS_MAX || strlen(owner) >= STORE_OWNER_SIZE)
                return PV_ETOOLARGE;
        layer = calloc(1, sizeof *layer);
        if (!layer)
                return PV_ENOMEM;
        r = load_shared(store, revision, scope, owner, layer);
        if (r < 0) {
                store_layer_done(layer);
                free(layer);
                return r;
        }
        kept = &layers->layers[layers->n_layers++];
        *kept = (struct kept_layer){.revision = revision, .scope = scope, .layer = layer};
        (void)text_copy(kept->owner, sizeof kept->owner, owner);
        *ret_layer = layer;
        return 0;
}

/* --- the site ------------------------------------------------------------ */

static int load_site(struct store *store, int64_t revision, struct store_site *site)
{
        struct sqlite3_stmt *rows;
        int r = store_site_load(store, site);

        if (r < 0)
                return r;
        rows = store_db_query(store_db(store),
                              "SELECT n.name, coalesce((SELECT value FROM shared_value AS v WHERE v.name = n.name AND from_revision <= ?1 AND "
                              "(until_revision IS NULL OR until_revision > ?1)), '') FROM (SELECT DISTINCT name FROM shared_value) AS n",
                              "i", revision);
        while ((r = store_db_next(store_db(store), rows)) > 0) {
                r = store_site_put(site, store_db_text(rows, 0), store_db_text(rows, 1));
                if (r == PV_ENOMEM)
                        break;
        }
        store_db_end(rows);
        return r == 0 ? store_site_read(site) : r;
}

int store_layer_site(struct store *store, int64_t revision, const struct site **ret_site)
{
        struct store_layers *layers = store_layers(store);
        struct store_site *site;
        int r;

        for (size_t i = 0; i < layers->n_sites; i++)
                if (layers->sites[i].revision == revision) {
                        *ret_site = &layers->sites[i].site->site;
                        return 0;
                }
        if (layers->n_sites == SITES_MAX)
                return PV_ETOOLARGE;
        site = calloc(1, sizeof *site);
        r = site ? load_site(store, revision, site) : PV_ENOMEM;
        if (r < 0) {
                if (site)
                        store_site_done(site);
                free(site);
                return r;
        }
        layers->sites[layers->n_sites++] = (struct kept_site){revision, site};
        *ret_site = &site->site;
        return 0;
}
