/*
 * store_setting: settings of profiles and phones.
 *
 * In:   changes of the admin: name, index, value, permission.
 * Out:  rows with sealed values (a value may be a password); new revisions for the phones that use them.
 * Not:  no merging (store_document), no XML (settings).
 */
#include "provisioning/store/store_setting.h"

#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/model/lint.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_document.h"
#include "provisioning/store/store_list.h"
#include "provisioning/store/store_phone.h"
#include "provisioning/store/store_seal.h"

#define NAME_MAX_BYTES 64
#define VALUE_MAX 4096
#define INDEX_MAX 255
#define PROFILE_NAME_MAX 64

/* The two tables have one shape; the owner is a profile or a MAC. */
struct table {
        const char *name, *origin, *select, *upsert, *remove, *count;
};

static const struct table of_profile = {
        .name = "profile_setting",
        .origin = "profile",
        .select = "SELECT name, idx, sealed, permission FROM profile_setting WHERE profile = ? ORDER BY name, idx",
        .upsert = "INSERT INTO profile_setting (profile, name, idx, sealed, permission) VALUES (?, ?, ?, ?, ?) "
                  "ON CONFLICT (profile, name, idx) DO UPDATE SET sealed = excluded.sealed, permission = excluded.permission",
        .remove = "DELETE FROM profile_setting WHERE profile = ? AND name = ? AND idx = ?",
        .count = "SELECT count(*) FROM profile_setting WHERE profile = ?",
};

static const struct table of_phone = {
        .name = "phone_setting",
        .origin = "phone",
        .select = "SELECT name, idx, sealed, permission FROM phone_setting WHERE mac = ? ORDER BY name, idx",
        .upsert = "INSERT INTO phone_setting (mac, name, idx, sealed, permission) VALUES (?, ?, ?, ?, ?) "
                  "ON CONFLICT (mac, name, idx) DO UPDATE SET sealed = excluded.sealed, permission = excluded.permission",
        .remove = "DELETE FROM phone_setting WHERE mac = ? AND name = ? AND idx = ?",
        .count = "SELECT count(*) FROM phone_setting WHERE mac = ?",
};

/* --- reading ------------------------------------------------------------- */

static int for_each(struct store *store, const struct table *table, const char *owner, store_setting_each each, void *userdata)
{
        struct sqlite3_stmt *rows = store_db_query(store_db(store), table->select, "s", owner);
        int r;

        while ((r = store_db_next(store_db(store), rows)) > 0) {
                struct store_setting setting = {.index = store_db_int(rows, 1), .origin = table->origin};
                const struct store_place place = {.table = table->name, .row = owner, .name = store_db_text(rows, 0), .index = setting.index};
                size_t size;
                const void *sealed = store_db_blob(rows, 2, &size);

                r = text_copy(setting.name, sizeof setting.name, place.name);
                if (r == 0)
                        r = text_copy(setting.permission, sizeof setting.permission, store_db_text(rows, 3));
                if (r == 0)
                        r = store_opened(store, &place, sealed, size, &setting.value);
                if (r == 0)
                        r = each(&setting, userdata);
                store_seal_forget(setting.value);
                if (r < 0)
                        break;
        }
        store_db_end(rows);
        return r;
}

int store_setting_of_profile(struct store *store, const char *profile, store_setting_each each, void *userdata)
{
        return for_each(store, &of_profile, profile, each, userdata);
}

int store_setting_of_phone(struct store *store, const char *mac, store_setting_each each, void *userdata)
{
        return for_each(store, &of_phone, mac, each, userdata);
}

static int add_setting(struct store_setting *setting, void *userdata)
{
        struct store_list *list = userdata;
        sd_json_variant *item = NULL, *index = NULL;
        int r = 0;

        if (setting->index != STORE_SETTING_NO_INDEX)
                r = sd_json_variant_new_integer(&index, setting->index);
        if (r >= 0)
                r = sd_json_buildo(&item, SD_JSON_BUILD_PAIR_STRING("name", setting->name),
                                   SD_JSON_BUILD_PAIR("index", SD_JSON_BUILD_VARIANT(index)),
                                   SD_JSON_BUILD_PAIR_STRING("value", setting->value),
                                   SD_JSON_BUILD_PAIR_STRING("permission", setting->permission));
        sd_json_variant_unref(index);
        return store_list_add(list, r, item);
}

static int add_profile(struct store *store, const char *name, struct store_list *profiles)
{
        struct store_list settings = {0};
        sd_json_variant *array = NULL, *item = NULL;
        int r = store_setting_of_profile(store, name, add_setting, &settings);

        if (r == 0)
                r = store_list_take(&settings, &array);
        if (r == 0) {
                r = sd_json_buildo(&item, SD_JSON_BUILD_PAIR_STRING("name", name), SD_JSON_BUILD_PAIR("settings", SD_JSON_BUILD_VARIANT(array)));
                r = store_list_add(profiles, r, item);
        }
        store_list_done(&settings);
        sd_json_variant_unref(array);
        return r;
}

int store_op_list_profiles(struct store *store, struct store_request *request)
{
        struct store_list profiles = {0};
        struct sqlite3_stmt *rows = store_db_query(store_db(store), "SELECT name FROM profile ORDER BY name", "");
        int r;

        while ((r = store_db_next(store_db(store), rows)) > 0) {
                r = add_profile(store, store_db_text(rows, 0), &profiles);
                if (r < 0)
                        break;
        }
        store_db_end(rows);
        r = store_list_reply(&profiles, r, request, "profiles");
        if (r == 0)
                sd_json_variant_sensitive(request->out);
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

static int check_change(struct store_request *request, const char *name, int64_t index, const char *value, const char *permission)
{
        if (!is_setting_name(name))
                return store_invalid(request, name ? name : "name", "The name of a setting is made of letters, digits and '_', 64 at most.");
        if (store_document_is_locked(name))
                return store_invalid(request, name, "%s is decided by the appliance, so that a phone stays with its trusted sources.", name);
        if (index != STORE_SETTING_NO_INDEX && (index < 0 || index > INDEX_MAX))
                return store_invalid(request, name, "The index of %s must be 0 to %d.", name, INDEX_MAX);
        if (!is_permission(permission))
                return store_invalid(request, name, "The permission of %s must be R, RW, ! or empty.", name);
        if (value && (strlen(value) > VALUE_MAX || !text_is_printable(value)))
                return store_invalid(request, name, "The value of %s must be at most %d printable bytes in one line.", name, VALUE_MAX);
        if (text_equal(name, "admin_mode") && !text_equal(permission, "RW"))
                return store_invalid(request, name, "admin_mode must have the permission RW: read-only, nobody could log in as administrator again.");
        return 0;
}

/* What can be said of one setting alone; what several say together is judged when the phone asks. */
static int lint(struct store_request *request, const char *name, int64_t index, const char *value, const char *permission,
                const struct lint_phone *phone)
{
        const struct lint_setting setting = {name, (int)index, value, permission};
        struct lint_finding finding;

        if (lint_check_setting(&setting, phone, &finding))
                return store_invalid(request, name, "%s", finding.sentence);
        return 0;
}

/* --- writing ------------------------------------------------------------- */

static int write_setting(struct store *store, const struct table *table, const char *owner, const char *name, int64_t index, const char *value,
                         const char *permission)
{
        const struct store_place place = {.table = table->name, .row = owner, .name = name, .index = index};
        void *sealed = NULL;
        size_t size = 0;
        int r = store_sealed(store, &place, value, &sealed, &size);

        if (r == 0)
                r = store_db_run(store_db(store), table->upsert, "ssibs", owner, name, index, sealed, size, permission);
        free(sealed);
        return r;
}

/* told: the names that were set or removed, for the audit; values may be secrets. */
static int write_changes(struct store *store, struct store_request *request, const struct table *table, const char *owner,
                         const struct lint_phone *phone, char *told, size_t told_size)
{
        sd_json_variant *list = store_in_array(request, "settings");
        size_t n = list ? sd_json_variant_elements(list) : 0;
        int64_t count = 0;
        int r = 0;

        for (size_t i = 0; r == 0 && i < n; i++) {
                sd_json_variant *item = sd_json_variant_by_index(list, i);
                const char *name = store_item_text(item, "name"), *value = store_item_text(item, "value");
                const char *permission = store_item_text(item, "permission");
                int64_t index = store_item_int(item, "index", STORE_SETTING_NO_INDEX);

                r = check_change(request, name, index, value, permission ? permission : "");
                if (r == 0 && value)
                        r = lint(request, name, index, value, permission ? permission : "", phone);
                if (r < 0)
                        return r;
                r = value ? write_setting(store, table, owner, name, index, value, permission ? permission : "")
                          : store_db_run(store_db(store), table->remove, "ssi", owner, name, index);
                if (strlen(told) + strlen(name) + 3 < told_size) {
                        strcat(told, *told ? " " : "");
                        strcat(told, value ? "" : "-");
                        strcat(told, name);
                }
        }
        if (r == 0)
                r = store_db_number(store_db(store), table->count, &count, "s", owner);
        if (r == 0 && count > STORE_SETTINGS_MAX)
                r = store_refuse(request, "NotAllowed", "There can be at most %d settings in one place.", STORE_SETTINGS_MAX);
        return r;
}

static int revise_users(struct store *store, const char *profile)
{
        int64_t revision;
        int r = store_next(store, "revision", &revision);

        if (r == 0)
                r = store_db_run(store_db(store), "UPDATE phone SET revision = ? WHERE profile = ? AND trust = 2", "is", revision, profile);
        if (r == 0 && store_db_changes(store_db(store)))
                store_change(store, "phone", "");
        return r;
}

int store_op_set_profile(struct store *store, struct store_request *request)
{
        const char *name = store_in_text(request, "name");
        char told[400] = "";
        int64_t n = 0;
        int r = store_check_name(request, "name", name, PROFILE_NAME_MAX);

        if (r == 0)
                r = store_db_number(store_db(store), "SELECT count(*) FROM profile WHERE name <> ?", &n, "s", name);
        if (r == 0 && n >= STORE_NAMES_MAX)
                r = store_refuse(request, "NotAllowed", "There are %d profiles already; remove one first.", STORE_NAMES_MAX);
        if (r == 0)
                r = store_db_run(store_db(store), "INSERT INTO profile (name) VALUES (?) ON CONFLICT DO NOTHING", "s", name);
        if (r == 0)
                r = write_changes(store, request, &of_profile, name, &(struct lint_phone){0}, told, sizeof told);
        if (r == 0)
                r = revise_users(store, name);
        if (r == 0)
                r = store_audit(store, request, "set-profile", name, told);
        if (r == 0)
                store_change(store, "profile", name);
        return r;
}

int store_op_remove_profile(struct store *store, struct store_request *request)
{
        const char *name = store_in_text(request, "name");
        int64_t n = 0;
        int r = store_db_number(store_db(store), "SELECT count(*) FROM phone WHERE profile = ? AND trust > 0", &n, "s", name);

        if (r == 0 && n > 0)
                return store_refuse(request, "NotAllowed", "%lld phones use this profile; give them another one first.", (long long)n);
        if (r == 0)
                r = store_db_run(store_db(store), "DELETE FROM profile WHERE name = ?", "s", name);
        if (r == 0 && store_db_changes(store_db(store)) == 0)
                return store_refuse(request, "NoSuchName", "There is no profile of that name.");
        if (r == 0)
                r = store_audit(store, request, "remove-profile", name, "");
        if (r == 0)
                store_change(store, "profile", name);
        return r;
}

int store_op_set_phone_settings(struct store *store, struct store_request *request)
{
        char mac[MAC_TEXT_SIZE], model[STORE_PHONE_MODEL_SIZE] = "", extension[STORE_PHONE_SIP_USER_SIZE] = "", told[400] = "";
        const struct lint_phone phone = {.mac = mac, .model = model, .extension = extension};
        int r = store_in_mac(request, mac);

        if (r == 0)
                r = store_phone_known(store, request, mac, model, extension);
        if (r == 0)
                r = write_changes(store, request, &of_phone, mac, &phone, told, sizeof told);
        if (r == 0)
                r = store_phone_revise(store, mac);
        return r < 0 ? r : store_audit(store, request, "set-phone-settings", mac, told);
}
