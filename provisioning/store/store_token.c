/*
 * store_token: programs that manage the appliance.
 *
 * In:   a token's SHA-256, its role and end, from station admin.
 * Out:  rows; who a token is, while it lasts.
 * Not:  the token itself is never seen here.
 */
#include "provisioning/store/store_token.h"

#include <stdio.h>

#include "appliance/base/text.h"
#include "provisioning/store/store_actor.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_list.h"
#include "provisioning/store/store_user.h"

#define USED_EVERY_S 3600
#define TOKEN_COLUMNS "id, name, role, created_by, created_at, ends_at, used_at"

static int token_json(struct sqlite3_stmt *row, void *userdata, sd_json_variant **ret_item)
{
        (void)userdata;
        return sd_json_buildo(ret_item, SD_JSON_BUILD_PAIR_INTEGER("id", store_db_int(row, 0)), SD_JSON_BUILD_PAIR_STRING("name", store_db_text(row, 1)),
                              SD_JSON_BUILD_PAIR_STRING("role", store_db_text(row, 2)),
                              SD_JSON_BUILD_PAIR_STRING("created_by", store_db_text(row, 3)),
                              SD_JSON_BUILD_PAIR_INTEGER("created_at", store_db_int(row, 4)),
                              SD_JSON_BUILD_PAIR_INTEGER("ends_at", store_db_int(row, 5)),
                              SD_JSON_BUILD_PAIR_CONDITION(!store_db_is_null(row, 6), "used_at", SD_JSON_BUILD_INTEGER(store_db_int(row, 6))));
}

static int reply(struct store *store, struct store_request *request, struct sqlite3_stmt *row)
{
        sd_json_variant *token = NULL;
        int r = store_db_next(store_db(store), row);

        if (r <= 0)
                return r < 0 ? r : store_refuse(request, "NoSuchName", "There is no such token, or it has ended.");
        r = token_json(row, NULL, &token);
        store_db_end(row);
        if (r >= 0)
                r = sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR("token", SD_JSON_BUILD_VARIANT(token)));
        sd_json_variant_unref(token);
        return pv_error_from_errno(r);
}

static void note(struct store *store, int64_t id)
{
        char key[24];

        (void)snprintf(key, sizeof key, "%lld", (long long)id);
        store_change(store, "token", key);
}

int store_op_list_tokens(struct store *store, struct store_request *request)
{
        return store_list_answer(store, request, "tokens", store_db_query(store_db(store), "SELECT " TOKEN_COLUMNS " FROM token ORDER BY name", ""),
                                 token_json, NULL);
}

static int check_new(struct store *store, struct store_request *request)
{
        int64_t ends_at = store_in_int(request, "ends_at", 0), n = 0;
        int r = store_actor_check_name(request);

        if (r == 0 && !store_user_is_role(store_in_text(request, "role")))
                return store_invalid(request, "role", "The role must be owner, admin, helpdesk or reader.");
        if (r == 0 && !store_user_is_hash(store_in_text(request, "sha256")))
                return store_invalid(request, "sha256", "A token is given as SHA-256 in hex.");
        if (r == 0 && (ends_at <= store_now_s(store) || ends_at > store_now_s(store) + STORE_TOKEN_DAYS_MAX * INT64_C(86400)))
                return store_invalid(request, "ends_at", "A token must end later than now and within two years.");
        if (r == 0)
                r = store_db_number(store_db(store), "SELECT count(*) FROM token", &n, "");
        if (r == 0 && n >= STORE_TOKENS_MAX)
                return store_refuse(request, "NotAllowed", "There are %d tokens already; remove one first.", STORE_TOKENS_MAX);
        return r;
}

int store_op_add_token(struct store *store, struct store_request *request)
{
        const char *name = store_in_text(request, "name"), *sha256 = store_in_text(request, "sha256");
        int64_t id = 0;
        int r = check_new(store, request);

        if (r == 0)
                r = store_db_number(store_db(store), "SELECT id FROM token WHERE name = ?1 OR sha256 = ?2", &id, "ss", name, sha256);
        if (r == 0)
                return store_refuse(request, "AlreadyThere", "There is a token of that name already.");
        if (r == PV_EUNSET)
                r = store_db_number(store_db(store), "INSERT INTO token (name, role, sha256, created_by, created_at, ends_at) VALUES (?, ?, ?, ?, ?, ?) "
                                    "RETURNING id", &id, "ssssii", name, store_in_text(request, "role"), sha256, request->actor, store_now_s(store),
                                    store_in_int(request, "ends_at", 0));
        if (r == 0)
                r = store_audit(store, request, "token-add", name, store_in_text(request, "role"));
        if (r < 0)
                return r;
        note(store, id);
        return reply(store, request, store_db_query(store_db(store), "SELECT " TOKEN_COLUMNS " FROM token WHERE id = ?", "i", id));
}

/* A clock that was set back does not bring an ended token to life by more than it was set back. */
int store_op_find_token(struct store *store, struct store_request *request)
{
        const char *sha256 = store_in_text(request, "sha256");
        int64_t now = store_now_s(store);
        int r = store_db_run(store_db(store), "UPDATE token SET used_at = ?2 WHERE sha256 = ?1 AND ends_at > ?2 AND "
                             "(used_at IS NULL OR used_at > ?2 OR used_at <= ?2 - ?3)", "sii", sha256, now, (int64_t)USED_EVERY_S);

        return r < 0 ? r : reply(store, request, store_db_query(store_db(store), "SELECT " TOKEN_COLUMNS " FROM token WHERE sha256 = ? AND ends_at > ?",
                                                                "si", sha256, now));
}

static int remove_token(struct store *store, int64_t id, struct store_request *request)
{
        char name[STORE_ACTOR_NAME_MAX + 1] = "";
        struct sqlite3_stmt *row = store_db_query(store_db(store), "SELECT name FROM token WHERE id = ?", "i", id);
        int r = store_db_next(store_db(store), row);

        if (r <= 0)
                return r < 0 ? r : store_refuse(request, "NoSuchName", "There is no such token.");
        r = text_copy(name, sizeof name, store_db_text(row, 0));
        store_db_end(row);
        if (r == 0)
                r = store_db_run(store_db(store), "DELETE FROM token WHERE id = ?", "i", id);
        return r < 0 ? r : store_audit(store, request, "token-remove", name, "");
}

int store_op_remove_token(struct store *store, struct store_request *request)
{
        int64_t id = store_in_int(request, "id", 0);
        int r = remove_token(store, id, request);

        if (r == 0)
                note(store, id);
        return r;
}
