/*
 * store_scope_list: what is set where, for people.
 *
 * In:   questions of the admin.
 * Out:  scopes, settings without the values of secrets, row switches.
 * Not:  nothing is changed (store_scope).
 */
#include "provisioning/model/catalogue.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_list.h"
#include "provisioning/store/store_scope.h"
#include "provisioning/store/store_setting.h"

/* --- rows ---------------------------------------------------------------- */

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
        struct store_target target = {0};
        struct sqlite3_stmt *rows;
        bool is_all = !store_in_text(request, "scope");
        int r = is_all ? 0 : store_target_of(store, request, &target);

        if (r < 0)
                return r;
        rows = store_db_query(store_db(store), "SELECT * FROM (SELECT scope, owner, row, is_on, reason, actor, at FROM shared_row WHERE "
                              "until_revision IS NULL UNION ALL SELECT 'phone', mac, row, is_on, reason, actor, at FROM phone_row) "
                              "WHERE ?1 OR (scope = ?2 AND owner = ?3) ORDER BY CASE scope WHEN 'site' THEN 0 WHEN 'model' THEN 1 WHEN 'profile' THEN 2 "
                              "ELSE 3 END, owner, row", "iss", (int64_t)is_all, store_layer_scope_text(target.scope), target.owner);
        return store_list_answer(store, request, "rows", rows, row_json, NULL);
}

/* --- settings and scopes ------------------------------------------------- */

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

static int settings_json(struct store *store, const struct store_target *target, sd_json_variant **ret)
{
        struct store_layer layer = {0};
        struct store_list list = {0};
        int r = store_setting_present(store, target, &layer);

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
        struct store_target target;
        int64_t one, version = 0;
        int r = store_target_of(store, request, &target);

        if (r == 0 && target.scope == MERGE_PROFILE)
                r = store_db_number(store_db(store), "SELECT 1 FROM profile WHERE name = ?", &one, "s", target.owner);
        if (r == PV_EUNSET)
                return store_refuse(request, "NoSuchName", "There is no profile of that name; `provostctl scope list` shows those there are.");
        if (r == 0)
                r = settings_json(store, &target, &settings);
        if (r == 0)
                r = store_target_version(store, &target, &version);
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
                "SELECT * FROM (SELECT 'profile', name, " SHARED_COUNTS("profile", "p.name")
                "(SELECT count(*) FROM phone_profile JOIN phone USING (mac) WHERE phone_profile.profile = p.name AND trust IN (1, 2)) "
                "FROM profile AS p ORDER BY name) UNION ALL "
                "SELECT * FROM (SELECT 'phone', mac, (SELECT count(*) FROM phone_setting AS s WHERE s.mac = phone.mac) AS n_settings, "
                "(SELECT count(*) FROM phone_row AS s WHERE s.mac = phone.mac) AS n_rows, 1 FROM phone WHERE n_settings + n_rows > 0 ORDER BY mac)", "");

        return store_list_answer(store, request, "scopes", rows, scope_json, NULL);
}
