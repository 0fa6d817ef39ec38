/*
 * store_setting: settings as people give them.
 *
 * In:   lists of SettingChange.
 * Out:  checked ones, put into a draft of a revision (shared scopes) or into a phone's own rows.
 * Not:  no revision made or rolled out, no findings of whole documents (store_scope).
 */
#include "provisioning/store/store_setting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/model/lint.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_reuse.h"
#include "provisioning/store/store_seal.h"

#define NAME_MAX_BYTES 64
#define VALUE_MAX 4096
#define PART_VALUE_MAX 65536            /* of what becomes another part of the document: a certificate, an upload */
#define ATTRIBUTES_MAX 32
#define INDEX_MAX 999                   /* entries of a phone book */

/* --- checking ------------------------------------------------------------ */

static bool is_setting_name(const char *name)
{
        size_t size = name ? strlen(name) : 0;

        if (!size || size > NAME_MAX_BYTES || !((*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') || *name == '_'))
                return false;
        return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == size;
}

static bool is_permission(const char *text)
{
        return text_equal(text, "") || text_equal(text, "R") || text_equal(text, "RW") || text_equal(text, "!");
}

/* What becomes another part of the document (provisioning/document/settings_document.h). */
static bool is_part(const char *name)
{
        static const char *const parts[] = {"fkey", "tbook", "dialplan", "replacement", "certificate", "upload"};

        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
                if (text_equal(name, parts[i]))
                        return true;
        return false;
}

static int check_given(struct store_request *request, const struct store_given *g)
{
        size_t max = g->name && is_part(g->name) ? PART_VALUE_MAX : VALUE_MAX;

        if (!is_setting_name(g->name))
                return store_invalid(request, g->name ? g->name : "name", "The name of a setting is made of letters, digits and '_', 64 at most.");
        if (merge_is_locked(g->name))
                return store_invalid(request, g->name, "%s is decided by the appliance, so that a phone stays with its trusted sources.", g->name);
        if (g->index != STORE_NO_INDEX && (g->index < 0 || g->index > INDEX_MAX))
                return store_invalid(request, g->name, "The index of %s must be 0 to %d.", g->name, INDEX_MAX);
        if (!is_permission(g->permission))
                return store_invalid(request, g->name, "The permission of %s must be R, RW, ! or empty.", g->name);
        if (g->value && (strlen(g->value) > max || !text_is_printable(g->value)))
                return store_invalid(request, g->name, "The value of %s must be at most %zu printable bytes in one line.", g->name, max);
        if (text_equal(g->name, "admin_mode") && g->value && !text_equal(g->permission, "RW"))
                return store_invalid(request, g->name, "admin_mode must have the permission RW: read-only, nobody could log in as administrator again.");
        return 0;
}

/* What can be said of one setting alone; what several say together is judged of the phones they reach. */
static int check_lint(struct store_request *request, const struct store_given *g, const struct store_target *target)
{
        const struct lint_setting setting = {g->name, (int)g->index, g->value, g->permission};
        const struct lint_phone phone = {store_target_is_shared(target) ? NULL : target->owner, target->model, target->extension};
        struct lint_finding finding;

        if (g->value && lint_check_setting(&setting, &phone, &finding))
                return store_invalid(request, g->name, "%s", finding.sentence);
        return 0;
}

static int check_attribute(struct store_request *request, const char *setting, const char *name, sd_json_variant *value)
{
        const char *text = sd_json_variant_is_string(value) ? sd_json_variant_string(value) : NULL;

        if (!name || !*name || strlen(name) > NAME_MAX_BYTES || !text_is_printable(name) || strpbrk(name, " <>\"'&=/"))
                return store_invalid(request, setting, "An attribute of %s has a name that cannot stand in a document.", setting);
        if (!text || strlen(text) > VALUE_MAX || !text_is_printable(text))
                return store_invalid(request, setting, "The attribute %s of %s must be a text of one line.", name, setting);
        return 0;
}

/* In one form, so that equal attributes are equal texts. NULL: none. */
static int read_attributes(struct store_request *request, sd_json_variant *item, const char *setting, char **ret_json)
{
        sd_json_variant *given = sd_json_variant_by_key(item, "attributes"), *sorted;
        size_t n = given && sd_json_variant_is_object(given) ? sd_json_variant_elements(given) / 2 : 0;
        int r = 0;

        *ret_json = NULL;
        if (n > ATTRIBUTES_MAX)
                return store_invalid(request, setting, "%s can have at most %d attributes.", setting, ATTRIBUTES_MAX);
        for (size_t i = 0; r == 0 && i < n; i++)
                r = check_attribute(request, setting, sd_json_variant_string(sd_json_variant_by_index(given, 2 * i)),
                                    sd_json_variant_by_index(given, 2 * i + 1));
        if (r < 0 || n == 0)
                return r;
        sorted = sd_json_variant_ref(given);
        r = sd_json_variant_sort(&sorted);
        if (r >= 0)
                r = sd_json_variant_format(sorted, 0, ret_json);
        sd_json_variant_unref(sorted);
        return pv_error_from_errno(r);
}

/* One SettingChange, checked. attributes are the caller's to forget. */
static int read_given(struct store_request *request, sd_json_variant *item, const struct store_target *target, struct store_given *ret, char **ret_attributes)
{
        const char *permission = store_item_text(item, "permission");
        int r;

        *ret_attributes = NULL;
        *ret = (struct store_given){.name = store_item_text(item, "name"), .index = store_item_int(item, "index", STORE_NO_INDEX),
                                    .value = store_item_text(item, "value"), .permission = permission ? permission : ""};
        r = check_given(request, ret);
        if (r == 0)
                r = check_lint(request, ret, target);
        if (r == 0)
                r = read_attributes(request, item, ret->name, ret_attributes);
        ret->attributes = *ret_attributes;
        return r;
}

/* --- settings of a phone ------------------------------------------------- */

static int write_phone_setting(struct store *store, const char *mac, const struct store_given *g)
{
        char other[80];
        struct store_place place = {.table = "phone_setting", .row = mac, .name = g->name, .index = g->index};
        void *sealed = NULL, *attributes = NULL;
        size_t size = 0, attributes_size = 0;
        int r = store_sealed(store, &place, g->value, &sealed, &size);

        (void)snprintf(other, sizeof other, "%s/attributes", g->name);
        place.name = other;
        if (r == 0 && g->attributes)
                r = store_sealed(store, &place, g->attributes, &attributes, &attributes_size);
        if (r == 0)
                r = store_db_run(store_db(store), "INSERT INTO phone_setting (mac, name, idx, sealed, permission, attributes) VALUES (?, ?, ?, ?, ?, ?) "
                                 "ON CONFLICT (mac, name, idx) DO UPDATE SET sealed = excluded.sealed, permission = excluded.permission, "
                                 "attributes = excluded.attributes", "ssibsb", mac, g->name, g->index, sealed, size, g->permission, attributes,
                                 attributes_size);
        free(sealed);
        free(attributes);
        return r;
}

/* Whether the layer holds just this already. */
static int holds(const struct store_layer *layer, const struct store_given *g, bool *ret_holds)
{
        const struct merge_setting *s = store_layer_find(layer, g->name, (int)g->index);
        struct merge_setting given = {0};
        int r = store_layer_attributes(g->attributes, &given);

        *ret_holds = s ? g->value && text_equal(s->value, g->value) && text_equal(s->permission, g->permission) &&
                                 s->n_attributes == given.n_attributes : !g->value;
        for (size_t i = 0; r == 0 && *ret_holds && s && i < given.n_attributes; i++)
                *ret_holds = text_equal(s->attributes[i].name, given.attributes[i].name) &&
                             text_equal(s->attributes[i].value, given.attributes[i].value);
        store_layer_forget_attributes(&given);
        return r;
}

static int put_phone_setting(struct store *store, const struct store_layer *layer, const char *mac, const struct store_given *g, size_t *n_changed)
{
        bool is_so = false;
        int r = holds(layer, g, &is_so);

        if (r < 0 || is_so)
                return r;
        (*n_changed)++;
        if (!g->value)
                return store_db_run(store_db(store), "DELETE FROM phone_setting WHERE mac = ? AND name = ? AND idx = ?", "ssi", mac, g->name, g->index);
        r = write_phone_setting(store, mac, g);
        return r < 0 ? r : store_reuse_note(store, mac, g->name, g->index, g->value);
}

/* --- many settings ------------------------------------------------------- */

static int put(struct store *store, struct store_change_set *set, const struct store_given *g)
{
        if (store_target_is_shared(set->target))
                return store_revision_setting(store, set->draft, set->target->scope, set->target->owner, g);
        return put_phone_setting(store, set->layer, set->target->owner, g, &set->n_changed);
}

static int put_item(struct store *store, struct store_request *request, struct store_change_set *set, sd_json_variant *item)
{
        struct store_given given;
        char *attributes = NULL;
        int r = read_given(request, item, set->target, &given, &attributes);

        if (r == 0)
                r = put(store, set, &given);
        store_seal_forget(attributes);
        return r;
}

static bool is_named(sd_json_variant *list, const struct merge_setting *s)
{
        for (size_t i = 0, n = list ? sd_json_variant_elements(list) : 0; i < n; i++) {
                sd_json_variant *item = sd_json_variant_by_index(list, i);

                if (store_item_int(item, "index", STORE_NO_INDEX) == s->index && text_equal(store_item_text(item, "name"), s->name))
                        return true;
        }
        return false;
}

int store_setting_remove_others(struct store *store, struct store_change_set *set, const struct store_layer *present, sd_json_variant *list)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < present->n_settings; i++) {
                const struct merge_setting *s = &present->settings[i];

                if (!is_named(list, s))
                        r = put(store, set, &(struct store_given){.name = s->name, .index = s->index, .permission = ""});
        }
        return r;
}

/* Those of a shared scope at this moment, read past the kept ones: they are about to change. */
int store_setting_present(struct store *store, const struct store_target *target, struct store_layer *ret)
{
        return store_target_is_shared(target) ? store_layer_read(store, STORE_LAYER_NOW, target->scope, target->owner, ret)
                                              : store_layer_phone(store, target->owner, ret);
}

static int check_count(struct store *store, struct store_request *request, const struct store_target *target)
{
        int64_t n = 0;
        int r = store_target_is_shared(target) ? store_db_number(store_db(store), "SELECT count(*) FROM shared_setting WHERE scope = ? AND owner = ? "
                                                                 "AND until_revision IS NULL", &n, "ss", store_layer_scope_text(target->scope),
                                                                 target->owner)
                                               : store_db_number(store_db(store), "SELECT count(*) FROM phone_setting WHERE mac = ?", &n, "s", target->owner);

        if (r == 0 && n > STORE_SETTINGS_MAX)
                return store_refuse(request, "NotAllowed", "There can be at most %d settings in one place.", STORE_SETTINGS_MAX);
        return r;
}

int store_setting_put_all(struct store *store, struct store_request *request, struct store_change_set *set, sd_json_variant *list, bool replace)
{
        struct store_layer present = {0};
        int r = replace || !store_target_is_shared(set->target) ? store_setting_present(store, set->target, &present) : 0;

        set->layer = &present;
        for (size_t i = 0, n = list ? sd_json_variant_elements(list) : 0; r == 0 && i < n; i++)
                r = put_item(store, request, set, sd_json_variant_by_index(list, i));
        if (r == 0 && replace)
                r = store_setting_remove_others(store, set, &present, list);
        store_layer_done(&present);
        return r < 0 ? r : check_count(store, request, set->target);
}

/* --- lists --------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
        sd_json_variant *const *x = a, *const *y = b;
        const char *name_x = store_item_text(*x, "name"), *name_y = store_item_text(*y, "name");
        int64_t index_x = store_item_int(*x, "index", STORE_NO_INDEX), index_y = store_item_int(*y, "index", STORE_NO_INDEX);
        int names = strcmp(name_x ? name_x : "", name_y ? name_y : "");

        return names ? names : (index_x > index_y) - (index_x < index_y);
}

static int check_twice(struct store_request *request, sd_json_variant *const *items, size_t n)
{
        for (size_t i = 1; i < n; i++) {
                const char *name = store_item_text(items[i], "name");

                if (is_setting_name(name) && by_name(&items[i - 1], &items[i]) == 0)
                        return store_invalid(request, name, "The setting %s stands in the list twice, with the same index; give it once.", name);
        }
        return 0;
}

int store_setting_check_list(struct store_request *request, sd_json_variant *list)
{
        size_t n = list ? sd_json_variant_elements(list) : 0;
        sd_json_variant **items = calloc(n + 1, sizeof *items);
        int r;

        if (!items)
                return PV_ENOMEM;
        for (size_t i = 0; i < n; i++)
                items[i] = sd_json_variant_by_index(list, i);
        qsort(items, n, sizeof *items, by_name);
        r = check_twice(request, items, n);
        free(items);
        return r;
}
