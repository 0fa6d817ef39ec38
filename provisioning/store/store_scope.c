/*
 * store_scope: settings and row switches, scope by scope.
 *
 * In:   changes of the admin.
 * Out:  checked changes: those of shared scopes as a revision (store_revision), those of a phone at once; lists without secrets.
 * Not:  no merging (store_document), no roll-out (store_rollout).
 */
#include "provisioning/store/store_scope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/model/catalogue.h"
#include "provisioning/model/lint.h"
#include "provisioning/model/merge.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_layer.h"
#include "provisioning/store/store_list.h"
#include "provisioning/store/store_phone.h"
#include "provisioning/store/store_preview.h"
#include "provisioning/store/store_reuse.h"
#include "provisioning/store/store_reach.h"
#include "provisioning/store/store_revision.h"
#include "provisioning/store/store_rollout.h"
#include "provisioning/store/store_seal.h"
#include "provisioning/store/store_version.h"

#define NAME_MAX_BYTES 64
#define OWNER_MAX 64
#define VALUE_MAX 4096
#define PART_VALUE_MAX 65536            /* of what becomes another part of the document: a certificate, an upload */
#define ATTRIBUTES_MAX 32
#define INDEX_MAX 999                   /* entries of a phone book */
#define REASON_MIN 8

/* One place that settings belong to. */
struct target {
        enum merge_scope scope;
        char owner[STORE_OWNER_SIZE];
        char model[STORE_PHONE_MODEL_SIZE], extension[STORE_PHONE_SIP_USER_SIZE];       /* of a phone, for lint */
};

static bool is_shared(const struct target *target)
{
        return target->scope != MERGE_PHONE;
}

/* "profile sales" */
static const char *subject_of(const struct target *target, char *ret, size_t size)
{
        (void)snprintf(ret, size, "%s%s%s", store_layer_scope_text(target->scope), *target->owner ? " " : "", target->owner);
        return ret;
}

/* --- which scope --------------------------------------------------------- */

static int phone_target(struct store *store, struct store_request *request, const char *owner, struct target *ret)
{
        struct mac mac;

        if (mac_parse_text(owner, &mac) < 0)
                return store_invalid(request, "owner", "The owner of phone settings is a MAC such as 000413aabbcc.");
        mac_format(&mac, ret->owner);
        return store_phone_known(store, request, ret->owner, ret->model, ret->extension);
}

static int make_target(struct store *store, struct store_request *request, const char *scope, const char *owner, struct target *ret)
{
        int word = store_layer_scope(scope), r = 0;

        *ret = (struct target){.scope = MERGE_SITE};
        if (word < 0)
                return store_invalid(request, "scope", "The scope must be site, model, profile or phone.");
        ret->scope = (enum merge_scope)word;
        owner = owner ? owner : "";
        if (ret->scope == MERGE_PHONE)
                return phone_target(store, request, owner, ret);
        if (ret->scope == MERGE_SITE)
                return *owner ? store_invalid(request, "owner", "The site's own settings have no owner; leave it empty.") : 0;
        r = store_check_name(request, ret->scope == MERGE_MODEL ? "owner" : "name", owner, OWNER_MAX - 4);
        if (r == 0 && ret->scope == MERGE_MODEL)
                store_layer_model(owner, ret->owner);
        else if (r == 0)
                r = text_copy(ret->owner, sizeof ret->owner, owner);
        return r;
}

static int target_of(struct store *store, struct store_request *request, struct target *ret)
{
        return make_target(store, request, store_in_text(request, "scope"), store_in_text(request, "owner"), ret);
}

static int make_profile(struct store *store, struct store_request *request, const struct target *target)
{
        int64_t n = 0;
        int r = 0;

        if (target->scope != MERGE_PROFILE)
                return 0;
        r = store_db_number(store_db(store), "SELECT count(*) FROM profile WHERE name <> ?", &n, "s", target->owner);
        if (r == 0 && n >= STORE_NAMES_MAX)
                return store_refuse(request, "NotAllowed", "There are %d profiles already; remove one first.", STORE_NAMES_MAX);
        if (r == 0)
                r = store_db_run(store_db(store), "INSERT INTO profile (name) VALUES (?) ON CONFLICT DO NOTHING", "s", target->owner);
        return r;
}

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
static int check_lint(struct store_request *request, const struct store_given *g, const struct target *target)
{
        const struct lint_setting setting = {g->name, (int)g->index, g->value, g->permission};
        const struct lint_phone phone = {is_shared(target) ? NULL : target->owner, target->model, target->extension};
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
static int read_given(struct store_request *request, sd_json_variant *item, const struct target *target, struct store_given *ret, char **ret_attributes)
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

struct change_set {
        const struct target *target;
        struct store_draft *draft;      /* of shared scopes */
        const struct store_layer *layer;        /* what a phone has */
        size_t n_changed;               /* of a phone */
};

static int put(struct store *store, struct change_set *set, const struct store_given *g)
{
        if (is_shared(set->target))
                return store_revision_setting(store, set->draft, set->target->scope, set->target->owner, g);
        return put_phone_setting(store, set->layer, set->target->owner, g, &set->n_changed);
}

static int put_item(struct store *store, struct store_request *request, struct change_set *set, sd_json_variant *item)
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

static int remove_others(struct store *store, struct change_set *set, const struct store_layer *present, sd_json_variant *list)
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
static int present_layer(struct store *store, const struct target *target, struct store_layer *ret)
{
        return is_shared(target) ? store_layer_read(store, STORE_LAYER_NOW, target->scope, target->owner, ret)
                                 : store_layer_phone(store, target->owner, ret);
}

static int check_count(struct store *store, struct store_request *request, const struct target *target)
{
        int64_t n = 0;
        int r = is_shared(target) ? store_db_number(store_db(store), "SELECT count(*) FROM shared_setting WHERE scope = ? AND owner = ? AND "
                                                    "until_revision IS NULL", &n, "ss", store_layer_scope_text(target->scope), target->owner)
                                  : store_db_number(store_db(store), "SELECT count(*) FROM phone_setting WHERE mac = ?", &n, "s", target->owner);

        if (r == 0 && n > STORE_SETTINGS_MAX)
                return store_refuse(request, "NotAllowed", "There can be at most %d settings in one place.", STORE_SETTINGS_MAX);
        return r;
}

static int put_all(struct store *store, struct store_request *request, struct change_set *set, sd_json_variant *list, bool replace)
{
        struct store_layer present = {0};
        int r = replace || !is_shared(set->target) ? present_layer(store, set->target, &present) : 0;

        set->layer = &present;
        for (size_t i = 0, n = list ? sd_json_variant_elements(list) : 0; r == 0 && i < n; i++)
                r = put_item(store, request, set, sd_json_variant_by_index(list, i));
        if (r == 0 && replace)
                r = remove_others(store, set, &present, list);
        store_layer_done(&present);
        return r < 0 ? r : check_count(store, request, set->target);
}

int store_scope_set_phone(struct store *store, struct store_request *request, const char *mac, sd_json_variant *settings, bool replace,
                          size_t *ret_changed)
{
        struct target target;
        struct change_set set = {.target = &target};
        int r = make_target(store, request, "phone", mac, &target);

        if (r == 0)
                r = put_all(store, request, &set, settings, replace);
        *ret_changed = set.n_changed;
        return r;
}

/* --- SetSettings --------------------------------------------------------- */

static int audit(struct store *store, struct store_request *request, const struct target *target, const char *action, const char *detail)
{
        char subject[STORE_OWNER_SIZE + 16];

        if (target->scope == MERGE_PROFILE)
                store_change(store, "profile", target->owner);
        return store_audit(store, request, action, subject_of(target, subject, sizeof subject), detail);
}

static const char *with_reason(const struct store_draft *draft, char *ret, size_t size)
{
        (void)snprintf(ret, size, "%s%s%s%s", draft->summary, *draft->reason ? " (" : "", draft->reason, *draft->reason ? ")" : "");
        return ret;
}

static bool is_among(sd_json_variant *findings, sd_json_variant *finding)
{
        for (size_t i = 0, n = findings ? sd_json_variant_elements(findings) : 0; i < n; i++)
                if (text_equal(store_item_text(sd_json_variant_by_index(findings, i), "reason"), store_item_text(finding, "reason")))
                        return true;
        return false;
}

/* Several scopes may lead to one finding. */
static int add_findings(sd_json_variant *more, sd_json_variant **findings)
{
        int r = 0;

        if (!*findings)
                *findings = sd_json_variant_ref(more);
        for (size_t i = 0, n = sd_json_variant_elements(more); r >= 0 && i < n; i++)
                if (!is_among(*findings, sd_json_variant_by_index(more, i)))
                        r = sd_json_variant_append_array(findings, sd_json_variant_by_index(more, i));
        return pv_error_from_errno(r);
}

/* Before it counts; an error that was not there before refuses the change, unless one only asks what would be. */
static int find(struct store *store, struct store_request *request, const struct store_concern *concern, struct store_scope_outcome *outcome)
{
        sd_json_variant *before = NULL, *after = NULL;
        int64_t base = 0;
        int r = store_revision_base(store, &base);

        if (r == 0)
                r = store_preview_findings(store, request, concern, concern->revision, &after);
        if (r == 0)
                r = store_preview_findings(store, request, concern, base, &before);
        if (r == 0 && !outcome->is_dry)
                r = store_preview_refuse(request, before, after);
        if (r == 0)
                r = add_findings(after, &outcome->findings);
        sd_json_variant_unref(before);
        sd_json_variant_unref(after);
        return r;
}

/* The draft holds the changes: they become a revision, or nothing but an answer. */
static int end_shared(struct store *store, struct store_request *request, const struct target *target, struct store_draft *draft,
                      const char *action, struct store_scope_outcome *outcome)
{
        const struct store_concern concern = {target->scope, target->owner, draft->number};
        char detail[sizeof draft->summary + 210];
        int r = store_revision_count(store, draft, &outcome->phones);

        outcome->revision = draft->number;
        if (r == 0 && draft->number)
                r = find(store, request, &concern, outcome);
        if (r < 0)
                return r;
        if (outcome->is_dry)
                return store_revision_undo(store, draft);
        r = store_revision_end(store, draft, &outcome->phones);
        if (r == 0)
                r = audit(store, request, target, action, with_reason(draft, detail, sizeof detail));
        return r < 0 ? r : store_rollout_start(store, draft);
}

static int set_shared(struct store *store, struct store_request *request, const struct target *target, sd_json_variant *list, const char *reason,
                      bool replace, struct store_scope_outcome *outcome)
{
        struct store_draft draft;
        struct change_set set = {.target = target, .draft = &draft};
        int r = store_revision_begin(store, request, reason, &draft);

        if (r == 0)
                r = make_profile(store, request, target);
        if (r == 0)
                r = put_all(store, request, &set, list, replace);
        return r < 0 ? r : end_shared(store, request, target, &draft, "set-settings", outcome);
}

/* Names of what was given, for the audit; values may be secrets. */
static void names_of(sd_json_variant *list, char *ret, size_t size)
{
        *ret = 0;
        for (size_t i = 0, n = list ? sd_json_variant_elements(list) : 0; i < n; i++) {
                sd_json_variant *item = sd_json_variant_by_index(list, i);
                size_t used = strlen(ret);

                (void)snprintf(ret + used, size - used, "%s%s%s", used ? " " : "", store_item_text(item, "value") ? "" : "-",
                               store_item_text(item, "name"));
        }
}

static int find_phone(struct store *store, struct store_request *request, const struct target *target, sd_json_variant **ret_findings)
{
        return store_preview_findings(store, request, &(struct store_concern){MERGE_PHONE, target->owner, 0}, 0, ret_findings);
}

/* before: findings of the phone when nothing was changed yet. */
static int end_phone(struct store *store, struct store_request *request, const struct target *target, const char *action, const char *detail,
                     bool is_changed, sd_json_variant *before, struct store_scope_outcome *outcome)
{
        int r = is_changed && !outcome->is_dry ? store_phone_revise(store, target->owner) : 0;

        if (r == 0 && is_changed)
                r = store_version_of_phone_grows(store, target->owner);

        outcome->phones = is_changed;
        if (r == 0)
                r = store_db_number(store_db(store), "SELECT revision FROM phone WHERE mac = ?", &outcome->revision, "s", target->owner);
        if (r == 0)
                r = find_phone(store, request, target, &outcome->findings);
        if (r == 0 && !outcome->is_dry)
                r = store_preview_refuse(request, before, outcome->findings);
        if (r == 0 && !outcome->is_dry && is_changed)
                r = audit(store, request, target, action, detail);
        return r;
}

/* A phone's own changes take effect at once; a dry run is undone. */
static int set_own(struct store *store, struct store_request *request, const struct target *target, sd_json_variant *list, const char *reason,
                   bool replace, struct store_scope_outcome *outcome)
{
        struct change_set set = {.target = target};
        sd_json_variant *before = NULL;
        struct store_draft draft;
        char detail[400];
        int r = store_revision_begin(store, request, reason, &draft);

        if (r == 0)
                r = find_phone(store, request, target, &before);
        if (r == 0)
                r = put_all(store, request, &set, list, replace);
        names_of(list, detail, sizeof detail);
        if (r == 0)
                r = end_phone(store, request, target, "set-settings", detail, set.n_changed > 0, before, outcome);
        sd_json_variant_unref(before);
        if (r < 0)
                return r;
        return outcome->is_dry ? store_revision_undo(store, &draft) : store_revision_end(store, &draft, &(int64_t){0});
}

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

/* Which of two values counts is not for us to guess. */
static int check_list(struct store_request *request, sd_json_variant *list)
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

static int version_of(struct store *store, const struct target *target, int64_t *ret_version)
{
        if (is_shared(target))
                return store_version_of_scope(store, store_layer_scope_text(target->scope), target->owner, ret_version);
        return store_db_number(store_db(store), "SELECT version FROM phone WHERE mac = ?", ret_version, "s", target->owner);
}

static int check_version(struct store *store, struct store_request *request, const struct target *target)
{
        char subject[STORE_OWNER_SIZE + 16], what[sizeof subject + 24];
        int64_t version = 0;
        int r = version_of(store, target, &version);

        (void)snprintf(what, sizeof what, "The scope %s", subject_of(target, subject, sizeof subject));
        return r < 0 ? r : store_version_check(request, version, what);
}

static int set_settings(struct store *store, struct store_request *request, const struct target *target, struct store_scope_outcome *outcome)
{
        sd_json_variant *list = store_in_array(request, "settings");
        const char *reason = store_in_text(request, "reason");
        bool replace = store_in_bool(request, "replace");
        int r = check_list(request, list);

        if (r == 0)
                r = check_version(store, request, target);
        if (r < 0)
                return r;
        return is_shared(target) ? set_shared(store, request, target, list, reason, replace, outcome)
                                 : set_own(store, request, target, list, reason, replace, outcome);
}

static int reply(struct store *store, struct store_request *request, int r, struct store_scope_outcome *outcome, bool has_findings)
{
        if (r == 0 && !outcome->revision)
                r = store_revision_base(store, &outcome->revision);
        if (r == 0 && !outcome->findings)
                r = pv_error_from_errno(sd_json_variant_new_array(&outcome->findings, NULL, 0));
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR_INTEGER("revision", outcome->revision),
                        SD_JSON_BUILD_PAIR_INTEGER("phones", outcome->phones),
                        SD_JSON_BUILD_PAIR_CONDITION(has_findings, "findings", SD_JSON_BUILD_VARIANT(outcome->findings))));
        sd_json_variant_unref(outcome->findings);
        return r;
}

int store_op_set_settings(struct store *store, struct store_request *request)
{
        struct store_scope_outcome outcome = {.is_dry = store_in_bool(request, "dry_run")};
        struct target target;
        int r = target_of(store, request, &target);

        if (r == 0)
                r = set_settings(store, request, &target, &outcome);
        return reply(store, request, r, &outcome, true);
}

/* --- several shared scopes as one revision -------------------------------- */

/* Whose settings a refusal is about: in the words of who gave them, or by their scope. */
static int say_whose(struct store_request *request, sd_json_variant *item, const struct target *target, int r)
{
        char reason[sizeof request->reason], subject[STORE_OWNER_SIZE + 16], escaped[120];
        const char *origin = store_item_text(item, "origin");

        if (r != PV_EREFUSED || !*request->error)
                return r;
        (void)text_copy(reason, sizeof reason, request->reason);
        (void)snprintf(request->reason, sizeof request->reason, "%s: %.270s",
                       origin && *origin ? text_escape(escaped, sizeof escaped, origin, strlen(origin)) : subject_of(target, subject, sizeof subject), reason);
        return r;
}

static int put_shared(struct store *store, struct store_request *request, struct store_draft *draft, sd_json_variant *item, struct target *ret_target)
{
        sd_json_variant *list = sd_json_variant_by_key(item, "settings");
        struct change_set set = {.target = ret_target, .draft = draft};
        int r = make_target(store, request, store_item_text(item, "scope"), store_item_text(item, "owner"), ret_target);

        if (r == 0 && !is_shared(ret_target))
                r = store_invalid(request, "scope", "Settings of a phone stand with the phone, not among the shared ones.");
        if (r == 0)
                r = check_list(request, list);
        if (r == 0)
                r = make_profile(store, request, ret_target);
        if (r == 0 && ret_target->scope == MERGE_PROFILE)
                store_change(store, "profile", ret_target->owner);
        return r < 0 ? r : put_all(store, request, &set, list, false);
}

/* Phones that get it stand for all scopes; without any, a phone is made up for each scope. */
static int find_of_all(struct store *store, struct store_request *request, const struct store_draft *draft, const struct target *targets, size_t n,
                       struct store_scope_outcome *outcome)
{
        int r = 0;

        for (size_t i = 0; draft->number && r == 0 && i < (outcome->phones ? 1 : n); i++)
                r = find(store, request, &(struct store_concern){targets[i].scope, targets[i].owner, draft->number}, outcome);
        return r;
}

static int set_list(struct store *store, struct store_request *request, sd_json_variant *list, const char *reason, struct target *targets,
                    struct store_scope_outcome *outcome)
{
        size_t n = sd_json_variant_elements(list);
        struct store_draft draft;
        int r = store_revision_begin(store, request, reason, &draft);

        for (size_t i = 0; r == 0 && i < n; i++)
                r = say_whose(request, sd_json_variant_by_index(list, i), &targets[i],
                              put_shared(store, request, &draft, sd_json_variant_by_index(list, i), &targets[i]));
        if (r == 0)
                r = store_revision_count(store, &draft, &outcome->phones);
        outcome->revision = r == 0 ? draft.number : 0;
        if (r == 0)
                r = find_of_all(store, request, &draft, targets, n, outcome);
        if (r < 0)
                return r;
        if (outcome->is_dry)
                return store_revision_undo(store, &draft);
        if (draft.number)
                (void)with_reason(&draft, outcome->detail, sizeof outcome->detail);
        r = store_revision_end(store, &draft, &outcome->phones);
        return r < 0 ? r : store_rollout_start(store, &draft);
}

int store_scope_set_shared(struct store *store, struct store_request *request, sd_json_variant *list, const char *reason,
                           struct store_scope_outcome *outcome)
{
        size_t n = sd_json_variant_elements(list);
        struct target *targets;
        int r;

        if (n > STORE_NAMES_MAX)
                return store_invalid(request, "shared", "Give at most %d lists of shared settings at a time.", STORE_NAMES_MAX);
        targets = calloc(n + 1, sizeof *targets);
        if (!targets)
                return PV_ENOMEM;
        r = set_list(store, request, list, reason, targets, outcome);
        free(targets);
        return r < 0 || outcome->revision ? r : store_revision_base(store, &outcome->revision);
}

/* --- rows ---------------------------------------------------------------- */

static bool is_row(const char *name)
{
        for (size_t i = 0; merge_row_name(i, NULL); i++)
                if (text_equal(name, merge_row_name(i, NULL)))
                        return true;
        return false;
}

static int read_state(struct store_request *request, int *ret_state)
{
        const char *state = store_in_text(request, "state"), *reason = store_in_text(request, "reason"), *row = store_in_text(request, "row");

        *ret_state = text_equal(state, "on") ? 1 : text_equal(state, "off") ? 0 : -1;
        if (!is_row(row))
                return store_invalid(request, "row", "There is no such row of the hardening profile; `provostctl row list` shows them.");
        if (*ret_state < 0 && !text_equal(state, "inherit"))
                return store_invalid(request, "state", "The state of a row must be on, off or inherit.");
        if (*ret_state == 0 && (!reason || strlen(reason) < REASON_MIN))
                return store_invalid(request, "reason", "Switching a row off makes phones weaker: say why, in %d letters or more.", REASON_MIN);
        return 0;
}

static int write_phone_row(struct store *store, struct store_request *request, const char *mac, const char *row, int state, const char *reason,
                           bool *ret_is_changed)
{
        int64_t present = -1;
        int r = store_db_number(store_db(store), "SELECT is_on FROM phone_row WHERE mac = ? AND row = ?", &present, "ss", mac, row);

        if (r < 0 && r != PV_EUNSET)
                return r;
        *ret_is_changed = present != state;
        if (state < 0)
                return store_db_run(store_db(store), "DELETE FROM phone_row WHERE mac = ? AND row = ?", "ss", mac, row);
        return store_db_run(store_db(store), "INSERT INTO phone_row (mac, row, is_on, reason, actor, at) VALUES (?, ?, ?, ?, ?, ?) "
                            "ON CONFLICT (mac, row) DO UPDATE SET is_on = excluded.is_on, reason = excluded.reason, actor = excluded.actor, "
                            "at = excluded.at", "ssissi", mac, row, (int64_t)state, reason, request->actor, store_now_s(store));
}

static int set_row_shared(struct store *store, struct store_request *request, const struct target *target, int state, struct store_scope_outcome *outcome)
{
        const char *reason = store_in_text(request, "reason");
        struct store_draft draft;
        int r = store_revision_begin(store, request, reason, &draft);

        if (r == 0)
                r = make_profile(store, request, target);
        if (r == 0)
                r = store_revision_row(store, &draft, target->scope, target->owner, store_in_text(request, "row"), state, reason ? reason : "");
        return r < 0 ? r : end_shared(store, request, target, &draft, "set-row", outcome);
}

static int set_row_own(struct store *store, struct store_request *request, const struct target *target, int state, struct store_scope_outcome *outcome)
{
        const char *reason = store_in_text(request, "reason"), *row = store_in_text(request, "row");
        struct store_draft draft;
        sd_json_variant *before = NULL;
        bool is_changed = false;
        char detail[300];
        int r = store_revision_begin(store, request, reason, &draft);

        if (r == 0)
                r = find_phone(store, request, target, &before);
        if (r == 0)
                r = write_phone_row(store, request, target->owner, row, state, reason ? reason : "", &is_changed);
        (void)snprintf(detail, sizeof detail, "%s %s: %s", row, store_in_text(request, "state"), reason ? reason : "");
        if (r == 0)
                r = end_phone(store, request, target, "set-row", detail, is_changed, before, outcome);
        sd_json_variant_unref(before);
        if (r < 0)
                return r;
        return outcome->is_dry ? store_revision_undo(store, &draft) : store_revision_end(store, &draft, &(int64_t){0});
}

int store_op_set_row(struct store *store, struct store_request *request)
{
        struct store_scope_outcome outcome = {.is_dry = store_in_bool(request, "dry_run")};
        struct target target;
        int state = -1, r = target_of(store, request, &target);

        if (r == 0)
                r = read_state(request, &state);
        if (r == 0)
                r = is_shared(&target) ? set_row_shared(store, request, &target, state, &outcome) : set_row_own(store, request, &target, state, &outcome);
        return reply(store, request, r, &outcome, false);
}

static int row_json(struct sqlite3_stmt *row, void *userdata, sd_json_variant **ret)
{
        (void)userdata;
        return sd_json_buildo(ret, SD_JSON_BUILD_PAIR_STRING("scope", store_db_text(row, 0)), SD_JSON_BUILD_PAIR_STRING("owner", store_db_text(row, 1)),
                               SD_JSON_BUILD_PAIR_STRING("row", store_db_text(row, 2)), SD_JSON_BUILD_PAIR_BOOLEAN("on", store_db_int(row, 3) != 0),
                               SD_JSON_BUILD_PAIR_STRING("reason", store_db_text(row, 4)), SD_JSON_BUILD_PAIR_STRING("actor", store_db_text(row, 5)),
                               SD_JSON_BUILD_PAIR_INTEGER("at", store_db_int(row, 6)));
}

int store_op_list_rows(struct store *store, struct store_request *request)
{
        struct target target = {0};
        struct sqlite3_stmt *rows;
        bool is_all = !store_in_text(request, "scope");
        int r = is_all ? 0 : target_of(store, request, &target);

        if (r < 0)
                return r;
        rows = store_db_query(store_db(store), "SELECT * FROM (SELECT scope, owner, row, is_on, reason, actor, at FROM shared_row WHERE "
                              "until_revision IS NULL UNION ALL SELECT 'phone', mac, row, is_on, reason, actor, at FROM phone_row) "
                              "WHERE ?1 OR (scope = ?2 AND owner = ?3) ORDER BY CASE scope WHEN 'site' THEN 0 WHEN 'model' THEN 1 WHEN 'profile' THEN 2 "
                              "ELSE 3 END, owner, row", "iss", (int64_t)is_all, store_layer_scope_text(target.scope), target.owner);
        return store_list_answer(store, request, "rows", rows, row_json, NULL);
}

/* --- listing ------------------------------------------------------------- */

static int attributes_json(const struct merge_setting *s, sd_json_variant **ret)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < s->n_attributes; i++)
                r = sd_json_variant_set_field_string(ret, s->attributes[i].name, s->attributes[i].value);
        return r;
}

static int add_setting(const struct merge_setting *s, struct store_list *list)
{
        bool is_secret = catalogue_is_secret(catalogue_builtin(), s->name);
        sd_json_variant *item = NULL, *index = NULL, *attributes = NULL;
        int r = s->index == STORE_NO_INDEX ? 0 : sd_json_variant_new_integer(&index, s->index);

        if (r >= 0)
                r = attributes_json(s, &attributes);
        if (r >= 0)
                r = sd_json_buildo(&item, SD_JSON_BUILD_PAIR_STRING("name", s->name), SD_JSON_BUILD_PAIR("index", SD_JSON_BUILD_VARIANT(index)),
                                   SD_JSON_BUILD_PAIR_STRING("value", is_secret ? "" : s->value),
                                   SD_JSON_BUILD_PAIR_STRING("permission", s->permission),
                                   SD_JSON_BUILD_PAIR("attributes", SD_JSON_BUILD_VARIANT(attributes)),
                                   SD_JSON_BUILD_PAIR_BOOLEAN("secret", is_secret),
                                   SD_JSON_BUILD_PAIR_BOOLEAN("known", catalogue_find(catalogue_builtin(), s->name) != NULL));
        sd_json_variant_unref(index);
        sd_json_variant_unref(attributes);
        return store_list_add(list, r, item);
}

static int settings_json(struct store *store, const struct target *target, sd_json_variant **ret)
{
        struct store_layer layer = {0};
        struct store_list list = {0};
        int r = present_layer(store, target, &layer);

        for (size_t i = 0; r == 0 && i < layer.n_settings; i++)
                r = add_setting(&layer.settings[i], &list);
        if (r == 0)
                r = store_list_take(&list, ret);
        store_list_done(&list);
        store_layer_done(&layer);
        return r;
}

int store_op_list_settings(struct store *store, struct store_request *request)
{
        sd_json_variant *settings = NULL;
        struct target target;
        int64_t one, version = 0;
        int r = target_of(store, request, &target);

        if (r == 0 && target.scope == MERGE_PROFILE)
                r = store_db_number(store_db(store), "SELECT 1 FROM profile WHERE name = ?", &one, "s", target.owner);
        if (r == PV_EUNSET)
                return store_refuse(request, "NoSuchName", "There is no profile of that name; `provostctl scope list` shows those there are.");
        if (r == 0)
                r = settings_json(store, &target, &settings);
        if (r == 0)
                r = version_of(store, &target, &version);
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR("settings", SD_JSON_BUILD_VARIANT(settings)),
                                                       SD_JSON_BUILD_PAIR_INTEGER("version", version)));
        sd_json_variant_unref(settings);
        return r;
}

static int scope_json(struct sqlite3_stmt *row, void *userdata, sd_json_variant **ret)
{
        (void)userdata;
        return sd_json_buildo(ret, SD_JSON_BUILD_PAIR_STRING("scope", store_db_text(row, 0)), SD_JSON_BUILD_PAIR_STRING("owner", store_db_text(row, 1)),
                               SD_JSON_BUILD_PAIR_INTEGER("settings", store_db_int(row, 2)), SD_JSON_BUILD_PAIR_INTEGER("rows", store_db_int(row, 3)),
                               SD_JSON_BUILD_PAIR_INTEGER("phones", store_db_int(row, 4)));
}

#define SHARED_COUNTS(scope, owner)                                                                                     \
        "(SELECT count(*) FROM shared_setting AS s WHERE s.scope = '" scope "' AND s.owner = " owner " AND s.until_revision IS NULL), " \
        "(SELECT count(*) FROM shared_row AS s WHERE s.scope = '" scope "' AND s.owner = " owner " AND s.until_revision IS NULL), "

/* The site and every profile there is, models and phones when something is set for them; phones: those nobody revoked. */
int store_op_list_scopes(struct store *store, struct store_request *request)
{
        struct sqlite3_stmt *rows = store_db_query(store_db(store),
                "SELECT 'site', '', " SHARED_COUNTS("site", "''") "(SELECT count(*) FROM phone WHERE trust IN (1, 2)) UNION ALL "
                "SELECT * FROM (SELECT 'model', m.owner, " SHARED_COUNTS("model", "m.owner")
                "(SELECT count(*) FROM phone WHERE trust IN (1, 2) AND " STORE_LAYER_MODEL_SQL("model") " = m.owner) FROM "
                "(SELECT owner FROM shared_setting WHERE scope = 'model' AND until_revision IS NULL UNION "
                "SELECT owner FROM shared_row WHERE scope = 'model' AND until_revision IS NULL) AS m ORDER BY m.owner) UNION ALL "
                "SELECT * FROM (SELECT 'profile', name, " SHARED_COUNTS("profile", "name")
                "(SELECT count(*) FROM phone_profile JOIN phone USING (mac) WHERE phone_profile.profile = p.name AND trust IN (1, 2)) "
                "FROM profile AS p ORDER BY name) UNION ALL "
                "SELECT * FROM (SELECT 'phone', mac, (SELECT count(*) FROM phone_setting AS s WHERE s.mac = phone.mac) AS n_settings, "
                "(SELECT count(*) FROM phone_row AS s WHERE s.mac = phone.mac) AS n_rows, 1 FROM phone WHERE n_settings + n_rows > 0 ORDER BY mac)", "");

        return store_list_answer(store, request, "scopes", rows, scope_json, NULL);
}

/* --- removing ------------------------------------------------------------ */

static int remove_profile(struct store *store, struct store_request *request, const char *name)
{
        int64_t n = 0;
        int r = store_db_number(store_db(store), "SELECT count(*) FROM phone_profile JOIN phone USING (mac) WHERE phone_profile.profile = ? AND trust > 0",
                                &n, "s", name);

        if (r == 0 && n > 0)
                return store_refuse(request, "NotAllowed", "%lld phones use this profile; give them another one first.", (long long)n);
        if (r == 0)
                r = store_db_run(store_db(store), "DELETE FROM profile WHERE name = ?", "s", name);
        if (r == 0 && store_db_changes(store_db(store)) == 0)
                return store_refuse(request, "NoSuchName", "There is no profile of that name.");
        return r < 0 ? r : store_db_run(store_db(store), "DELETE FROM phone_profile WHERE profile = ?", "s", name);
}

static int remove_rows(struct store *store, struct store_draft *draft, const struct target *target, const struct store_layer *present)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < present->n_switches; i++)
                r = store_revision_row(store, draft, target->scope, target->owner, present->switches[i].row, -1, "");
        return r;
}

static int remove_shared(struct store *store, struct store_request *request, const struct target *target, struct store_scope_outcome *outcome)
{
        struct store_layer present = {0};
        struct store_draft draft;
        struct change_set set = {.target = target, .draft = &draft};
        int r = store_revision_begin(store, request, store_in_text(request, "reason"), &draft);

        if (r == 0)
                r = present_layer(store, target, &present);
        if (r == 0)
                r = remove_others(store, &set, &present, NULL);
        if (r == 0)
                r = remove_rows(store, &draft, target, &present);
        if (r == 0 && target->scope == MERGE_PROFILE)
                r = remove_profile(store, request, target->owner);
        if (r == 0 && target->scope == MERGE_PROFILE)
                r = store_reach_forget_profile(store, target->owner);
        store_layer_done(&present);
        return r < 0 ? r : end_shared(store, request, target, &draft, "remove-scope", outcome);
}

static int remove_own(struct store *store, struct store_request *request, const struct target *target, struct store_scope_outcome *outcome)
{
        sd_json_variant *before = NULL;
        int64_t n = 0;
        int r = store_db_number(store_db(store), "SELECT (SELECT count(*) FROM phone_setting WHERE mac = ?1) + (SELECT count(*) FROM phone_row "
                                "WHERE mac = ?1)", &n, "s", target->owner);

        if (r == 0)
                r = find_phone(store, request, target, &before);
        if (r == 0)
                r = store_db_run(store_db(store), "DELETE FROM phone_setting WHERE mac = ?", "s", target->owner);
        if (r == 0)
                r = store_db_run(store_db(store), "DELETE FROM phone_row WHERE mac = ?", "s", target->owner);
        if (r == 0)
                r = end_phone(store, request, target, "remove-scope", "", n > 0, before, outcome);
        sd_json_variant_unref(before);
        return r;
}

int store_op_remove_scope(struct store *store, struct store_request *request)
{
        struct store_scope_outcome outcome = {0};
        struct target target;
        int r = target_of(store, request, &target);

        if (r == 0)
                r = is_shared(&target) ? remove_shared(store, request, &target, &outcome) : remove_own(store, request, &target, &outcome);
        return reply(store, request, r, &outcome, false);
}

/* --- from an older system ------------------------------------------------ */

/* Sealed anew: a value is bound to the table and the revision it stands in. */
static int move_setting(struct store *store, struct sqlite3_stmt *row, int64_t base)
{
        const struct store_place from = {.table = "profile_setting", .row = store_db_text(row, 0), .name = store_db_text(row, 1),
                                         .index = store_db_int(row, 2)};
        char place_row[STORE_LAYER_ROW_SIZE], *value = NULL;
        const struct store_place to = {.table = "shared_setting", .row = store_layer_row(MERGE_PROFILE, from.row, base, place_row), .name = from.name,
                                       .index = from.index};
        void *bytes = NULL;
        size_t size;
        const void *sealed = store_db_blob(row, 3, &size);
        int r = store_opened(store, &from, sealed, size, &value);

        if (r == 0)
                r = store_sealed(store, &to, value, &bytes, &size);
        if (r == 0)
                r = store_db_run(store_db(store), "INSERT INTO shared_setting (scope, owner, name, idx, from_revision, sealed, permission) VALUES "
                                 "('profile', ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", "ssiibs", from.row, from.name, from.index, base, bytes, size,
                                 store_db_text(row, 4));
        free(bytes);
        store_seal_forget(value);
        return r;
}

static int move_settings(struct store *store)
{
        int64_t base = 0;
        struct sqlite3_stmt *rows;
        int r = store_db_number(store_db(store), "SELECT min(number) FROM revision", &base, "");

        if (r < 0)
                return r;
        rows = store_db_query(store_db(store), "SELECT profile, name, idx, sealed, permission FROM profile_setting", "");
        while ((r = store_db_next(store_db(store), rows)) > 0) {
                r = move_setting(store, rows, base);
                if (r < 0)
                        break;
        }
        store_db_end(rows);
        return r < 0 ? r : store_db_run(store_db(store), "DELETE FROM profile_setting", "");
}

int store_scope_complete(struct store *store)
{
        int64_t one;
        int r = store_db_number(store_db(store), "SELECT 1 FROM profile_setting LIMIT 1", &one, "");

        if (r < 0)
                return r == PV_EUNSET ? 0 : r;
        r = store_db_begin(store_db(store));
        if (r == 0)
                r = move_settings(store);
        if (r == 0)
                r = store_db_commit(store_db(store));
        if (r < 0)
                store_db_rollback(store_db(store));
        return r;
}
