/*
 * store_revision: changes of what phones share, one revision each.
 *
 * In:   settings, row switches and site values that shall hold from now on.
 * Out:  rows with the revision they hold from and until, so that what held at any kept revision can still be read; a revision
 *       with who, when, why and whom it concerns.
 * Not:  no decision who gets it when (store_rollout), no checks of settings (store_scope).
 */
#include "provisioning/store/store_revision.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/model/catalogue.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_list.h"
#include "provisioning/store/store_preview.h"
#include "provisioning/store/store_rollout.h"
#include "provisioning/store/store_seal.h"
#include "provisioning/store/store_version.h"

#define SETTING_TABLE "shared_setting"
#define LIMIT_MAX 500

/* --- the draft ----------------------------------------------------------- */

int store_revision_base(struct store *store, int64_t *ret_number)
{
        return store_db_number(store_db(store), "SELECT value FROM meta WHERE name = 'base'", ret_number, "");
}

int store_revision_begin(struct store *store, struct store_request *request, const char *reason, struct store_draft *ret_draft)
{
        *ret_draft = (struct store_draft){.request = request, .reason = reason ? reason : ""};
        if (strlen(ret_draft->reason) > 200 || !text_is_printable(ret_draft->reason))
                return store_invalid(request, "reason", "A reason is one line of at most 200 bytes.");
        store_layers_forget(store_layers(store));
        return store_db_run(store_db(store), "SAVEPOINT draft", "");
}

int store_revision_undo(struct store *store, struct store_draft *draft)
{
        int r = store_db_run(store_db(store), "ROLLBACK TO draft", "");

        draft->number = 0;
        store_layers_forget(store_layers(store));
        return r < 0 ? r : store_db_run(store_db(store), "RELEASE draft", "");
}

/* While another revision is on its way there is none to be had. */
int store_revision_number(struct store *store, struct store_draft *draft)
{
        int r = draft->number || draft->is_way_back ? 0 : store_rollout_refuse_change(store, draft->request);

        if (r < 0 || draft->number)
                return r;
        r = store_next(store, "revision", &draft->number);
        if (r == 0)
                r = store_db_run(store_db(store), "INSERT INTO revision (number, at, actor, summary, reason, phones, state) "
                                 "VALUES (?, ?, ?, '', ?, 0, 'active')", "iiss", draft->number, store_now_s(store), draft->request->actor,
                                 draft->reason);
        return r;
}

static void summarise(struct store_draft *draft, enum merge_scope scope, const char *owner, const char *word, bool is_gone)
{
        size_t used = strlen(draft->summary), room = sizeof draft->summary - used;
        bool is_new = !draft->n_changes++ || draft->scope != scope || !text_equal(draft->owner, owner);
        char said[200];

        draft->scope = scope;
        (void)text_copy(draft->owner, sizeof draft->owner, owner);
        if (is_new)
                (void)snprintf(said, sizeof said, "%s%s%s%s: %s%s", used ? "; " : "", store_layer_scope_text(scope), *owner ? " " : "", owner,
                               is_gone ? "-" : "", word);
        else
                (void)snprintf(said, sizeof said, " %s%s", is_gone ? "-" : "", word);
        if (strlen(said) + 5 < room)
                (void)snprintf(draft->summary + used, room, "%s", said);
        else if (used < 4 || strcmp(draft->summary + used - 4, " ..."))
                (void)snprintf(draft->summary + used, room, " ...");
}

/* Something of a scope is different from this revision on. */
static int note(struct store *store, struct store_draft *draft, enum merge_scope scope, const char *owner, const char *word, bool is_gone)
{
        int r;

        summarise(draft, scope, owner, word, is_gone);
        r = store_db_run(store_db(store), "INSERT INTO revision_scope (number, scope, owner) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", "iss",
                         draft->number, store_layer_scope_text(scope), owner);
        if (r < 0 || store_db_changes(store_db(store)) == 0)
                return r;
        return store_version_of_scope_grows(store, store_layer_scope_text(scope), owner);
}

/* --- settings ------------------------------------------------------------ */

struct opened {
        char *value, *permission, *attributes;
};

static void opened_done(struct opened *o)
{
        store_seal_forget(o->value);
        store_seal_forget(o->attributes);
        free(o->permission);
        *o = (struct opened){0};
}

static const char *attributes_name(const char *name, char ret[static 80])
{
        (void)snprintf(ret, 80, "%s/attributes", name);
        return ret;
}

/* Columns: from_revision, sealed, permission, attributes. Ends the query. PV_EUNSET: no row. */
static int open_row(struct store *store, struct sqlite3_stmt *row, enum merge_scope scope, const char *owner, const char *name, int64_t index,
                    struct opened *ret)
{
        char place_row[STORE_LAYER_ROW_SIZE], other[80];
        struct store_place place = {.table = SETTING_TABLE, .name = name, .index = index};
        int r = store_db_next(store_db(store), row);
        const void *sealed;
        size_t size;

        if (r <= 0)
                return r < 0 ? r : PV_EUNSET;
        place.row = store_layer_row(scope, owner, store_db_int(row, 0), place_row);
        sealed = store_db_blob(row, 1, &size);
        r = store_opened(store, &place, sealed, size, &ret->value);
        ret->permission = strdup(store_db_text(row, 2));
        if (r == 0 && !store_db_is_null(row, 3)) {
                place.name = attributes_name(name, other);
                sealed = store_db_blob(row, 3, &size);
                r = store_opened(store, &place, sealed, size, &ret->attributes);
        }
        store_db_end(row);
        if (r == 0 && !ret->permission)
                r = PV_ENOMEM;
        if (r < 0)
                opened_done(ret);
        return r;
}

static int open_present(struct store *store, enum merge_scope scope, const char *owner, const char *name, int64_t index, struct opened *ret)
{
        return open_row(store, store_db_query(store_db(store), "SELECT from_revision, sealed, permission, attributes FROM shared_setting "
                                              "WHERE scope = ? AND owner = ? AND name = ? AND idx = ? AND until_revision IS NULL", "sssi",
                                              store_layer_scope_text(scope), owner, name, index), scope, owner, name, index, ret);
}

static int open_at(struct store *store, int64_t number, enum merge_scope scope, const char *owner, const char *name, int64_t index,
                   struct opened *ret)
{
        return open_row(store, store_db_query(store_db(store), "SELECT from_revision, sealed, permission, attributes FROM shared_setting "
                                              "WHERE scope = ?1 AND owner = ?2 AND name = ?3 AND idx = ?4 AND from_revision <= ?5 AND "
                                              "(until_revision IS NULL OR until_revision > ?5)", "sssii", store_layer_scope_text(scope), owner,
                                              name, index, number), scope, owner, name, index, ret);
}

static int close_present(struct store *store, const struct store_draft *draft, enum merge_scope scope, const char *owner,
                         const struct store_given *given)
{
        const char *word = store_layer_scope_text(scope);
        int r = store_db_run(store_db(store), "DELETE FROM shared_setting WHERE scope = ? AND owner = ? AND name = ? AND idx = ? AND "
                             "from_revision = ?", "sssii", word, owner, given->name, given->index, draft->number);

        return r < 0 ? r : store_db_run(store_db(store), "UPDATE shared_setting SET until_revision = ? WHERE scope = ? AND owner = ? AND name = ? "
                                        "AND idx = ? AND until_revision IS NULL", "isssi", draft->number, word, owner, given->name, given->index);
}

static int write_setting(struct store *store, const struct store_draft *draft, enum merge_scope scope, const char *owner,
                         const struct store_given *given)
{
        char row[STORE_LAYER_ROW_SIZE], other[80];
        struct store_place place = {SETTING_TABLE, store_layer_row(scope, owner, draft->number, row), given->name, given->index};
        void *sealed = NULL, *attributes = NULL;
        size_t size = 0, attributes_size = 0;
        int r = store_sealed(store, &place, given->value, &sealed, &size);

        place.name = attributes_name(given->name, other);
        if (r == 0 && given->attributes)
                r = store_sealed(store, &place, given->attributes, &attributes, &attributes_size);
        if (r == 0)
                r = store_db_run(store_db(store), "INSERT INTO shared_setting (scope, owner, name, idx, from_revision, sealed, permission, attributes) "
                                 "VALUES (?, ?, ?, ?, ?, ?, ?, ?)", "sssiibsb", store_layer_scope_text(scope), owner, given->name, given->index,
                                 draft->number, sealed, size, given->permission, attributes, attributes_size);
        free(sealed);
        free(attributes);
        return r;
}

int store_revision_setting(struct store *store, struct store_draft *draft, enum merge_scope scope, const char *owner,
                           const struct store_given *given)
{
        struct opened present = {0};
        bool is_same;
        int r = open_present(store, scope, owner, given->name, given->index, &present);

        if (r < 0 && r != PV_EUNSET)
                return r;
        is_same = text_equal(present.value, given->value) &&
                  (!given->value || (text_equal(present.permission, given->permission) && text_equal(present.attributes, given->attributes)));
        opened_done(&present);
        if (is_same)
                return 0;
        r = store_revision_number(store, draft);
        if (r == 0)
                r = close_present(store, draft, scope, owner, given);
        if (r == 0 && given->value)
                r = write_setting(store, draft, scope, owner, given);
        return r < 0 ? r : note(store, draft, scope, owner, given->name, !given->value);
}

/* --- row switches -------------------------------------------------------- */

static int write_row(struct store *store, const struct store_draft *draft, enum merge_scope scope, const char *owner, const char *row, int state,
                     const char *reason, const char *actor, int64_t at)
{
        const char *word = store_layer_scope_text(scope);
        int r = store_db_run(store_db(store), "DELETE FROM shared_row WHERE scope = ? AND owner = ? AND row = ? AND from_revision = ?", "sssi", word,
                             owner, row, draft->number);

        if (r == 0)
                r = store_db_run(store_db(store), "UPDATE shared_row SET until_revision = ? WHERE scope = ? AND owner = ? AND row = ? AND "
                                 "until_revision IS NULL", "isss", draft->number, word, owner, row);
        if (r == 0 && state >= 0)
                r = store_db_run(store_db(store), "INSERT INTO shared_row (scope, owner, row, from_revision, is_on, reason, actor, at) "
                                 "VALUES (?, ?, ?, ?, ?, ?, ?, ?)", "sssiissi", word, owner, row, draft->number, (int64_t)state, reason, actor, at);
        return r;
}

/* How a row is switched now, and why; -1: not. */
static int row_state(struct store *store, enum merge_scope scope, const char *owner, const char *row, const char *reason, int *ret_state,
                     bool *ret_is_same_reason)
{
        struct sqlite3_stmt *rows = store_db_query(store_db(store), "SELECT is_on, reason FROM shared_row WHERE scope = ? AND owner = ? AND row = ? "
                                                   "AND until_revision IS NULL", "sss", store_layer_scope_text(scope), owner, row);
        int r = store_db_next(store_db(store), rows);

        *ret_state = -1;
        *ret_is_same_reason = true;
        if (r <= 0)
                return r;
        *ret_state = store_db_int(rows, 0) != 0;
        *ret_is_same_reason = text_equal(store_db_text(rows, 1), reason);
        store_db_end(rows);
        return 0;
}

static int put_row(struct store *store, struct store_draft *draft, enum merge_scope scope, const char *owner, const char *row, int state,
                   const char *reason, const char *actor, int64_t at)
{
        bool is_same_reason;
        char word[64];
        int present, r = row_state(store, scope, owner, row, reason, &present, &is_same_reason);

        if (r < 0 || (present == state && (state < 0 || is_same_reason)))
                return r;
        r = store_revision_number(store, draft);
        if (r == 0)
                r = write_row(store, draft, scope, owner, row, state, reason, actor, at);
        (void)snprintf(word, sizeof word, "row %s %s", row, state < 0 ? "as before" : state ? "on" : "off");
        return r < 0 ? r : note(store, draft, scope, owner, word, false);
}

int store_revision_row(struct store *store, struct store_draft *draft, enum merge_scope scope, const char *owner, const char *row, int state,
                       const char *reason)
{
        return put_row(store, draft, scope, owner, row, state, reason, draft->request->actor, store_now_s(store));
}

/* --- site values --------------------------------------------------------- */

static const char *const site_values[] = {"sip_host", "sip_transport", "time_zone", "language", "country", "poll_minutes"};
#define N_SITE_VALUES (sizeof site_values / sizeof *site_values)

/* One column of one row as a copy; NULL when there is no row. */
static int text_of(struct store *store, struct sqlite3_stmt *row, char **ret)
{
        int r = store_db_next(store_db(store), row);

        *ret = NULL;
        if (r <= 0)
                return r;
        *ret = strdup(store_db_text(row, 0));
        store_db_end(row);
        return *ret ? 0 : PV_ENOMEM;
}

static int shared_value(struct store *store, const char *name, int64_t number, char **ret)
{
        return text_of(store, store_db_query(store_db(store), "SELECT value FROM shared_value WHERE name = ?1 AND from_revision <= ?2 AND "
                                             "(until_revision IS NULL OR until_revision > ?2)", "si", name, number), ret);
}

static int put_value(struct store *store, struct store_draft *draft, const char *name, const char *value)
{
        int r = store_revision_number(store, draft);

        if (r == 0)
                r = store_db_run(store_db(store), "UPDATE shared_value SET until_revision = ? WHERE name = ? AND until_revision IS NULL", "is",
                                 draft->number, name);
        if (r == 0 && value)
                r = store_db_run(store_db(store), "INSERT INTO shared_value (name, from_revision, value) VALUES (?, ?, ?)", "sis", name,
                                 draft->number, value);
        return r < 0 ? r : note(store, draft, MERGE_SITE, "", name, !value);
}

/* The value's history follows the site. */
static int follow_site(struct store *store, struct store_draft *draft, const char *name)
{
        char *now = NULL, *kept = NULL;
        int r = text_of(store, store_db_query(store_db(store), "SELECT value FROM site WHERE name = ?", "s", name), &now);

        if (r == 0)
                r = shared_value(store, name, STORE_LAYER_NOW, &kept);
        if (r == 0 && !text_equal(now, kept))
                r = put_value(store, draft, name, now);
        free(now);
        free(kept);
        return r;
}

/* The other way round: the site follows. */
static int restore_value(struct store *store, struct store_draft *draft, const char *name, int64_t number)
{
        char *then = NULL, *now = NULL;
        int r = shared_value(store, name, number, &then);

        if (r == 0)
                r = shared_value(store, name, STORE_LAYER_NOW, &now);
        if (r == 0 && !text_equal(then, now)) {
                int64_t ignored;

                r = put_value(store, draft, name, then);
                if (r == 0 && then)
                        r = store_db_run(store_db(store), "INSERT INTO site (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET "
                                         "value = excluded.value", "ss", name, then);
                else if (r == 0)
                        r = store_db_run(store_db(store), "DELETE FROM site WHERE name = ?", "s", name);
                if (r == 0)
                        r = store_next(store, "site_revision", &ignored);
                store_change(store, "site", "");
        }
        free(then);
        free(now);
        return r;
}

/* Phones that would be held back with the new values are a reason not to take them. */
static int check_site(struct store *store, struct store_draft *draft)
{
        const struct store_concern concern = {MERGE_SITE, "", draft->number};
        sd_json_variant *before = NULL, *after = NULL;
        int64_t base = 0;
        int r = store_revision_base(store, &base);

        store_layers_forget(store_layers(store));
        if (r == 0)
                r = store_preview_findings(store, draft->request, &concern, base, &before);
        if (r == 0)
                r = store_preview_findings(store, draft->request, &concern, draft->number, &after);
        if (r == 0)
                r = store_preview_refuse(draft->request, before, after);
        sd_json_variant_unref(before);
        sd_json_variant_unref(after);
        return r;
}

int store_revision_site_value(struct store *store, struct store_request *request)
{
        struct store_draft draft;
        int64_t phones = 0;
        int r = store_revision_begin(store, request, NULL, &draft);

        for (size_t i = 0; r == 0 && i < N_SITE_VALUES; i++)
                r = follow_site(store, &draft, site_values[i]);
        if (r == 0 && draft.number)
                r = check_site(store, &draft);
        if (r == 0)
                r = store_revision_end(store, &draft, &phones);
        return r < 0 ? r : store_rollout_start(store, &draft);
}

/* --- the way back -------------------------------------------------------- */

/* Names of settings or rows that are different now, gathered first: changing while reading would disturb the query. */
struct difference {
        enum merge_scope scope;
        char owner[STORE_OWNER_SIZE], name[68];
        int64_t index;
};

struct differences {
        struct difference *list;
        size_t n, room;
};

static int gather(struct store *store, struct sqlite3_stmt *rows, struct differences *d)
{
        int r;

        while ((r = store_db_next(store_db(store), rows)) > 0) {
                if (d->n == d->room) {
                        size_t room = d->room ? 2 * d->room : 32;
                        struct difference *larger = reallocarray(d->list, room, sizeof *larger);

                        if (!larger) {
                                r = PV_ENOMEM;
                                break;
                        }
                        d->list = larger;
                        d->room = room;
                }
                struct difference *at = &d->list[d->n++];
                *at = (struct difference){.scope = (enum merge_scope)store_layer_scope(store_db_text(rows, 0)), .index = store_db_int(rows, 3)};
                (void)text_copy(at->owner, sizeof at->owner, store_db_text(rows, 1));
                (void)text_copy(at->name, sizeof at->name, store_db_text(rows, 2));
        }
        store_db_end(rows);
        return r;
}

static int restore_setting(struct store *store, struct store_draft *draft, const struct difference *d, int64_t number)
{
        struct opened then = {0};
        int r = open_at(store, number, d->scope, d->owner, d->name, d->index, &then);

        if (r == 0 || r == PV_EUNSET)
                r = store_revision_setting(store, draft, d->scope, d->owner,
                                           &(struct store_given){d->name, d->index, then.value, then.permission, then.attributes});
        opened_done(&then);
        return r;
}

static int restore_row(struct store *store, struct store_draft *draft, const struct difference *d, int64_t number)
{
        char *reason = NULL, *actor = NULL;
        int64_t at = 0;
        int state = -1;
        struct sqlite3_stmt *rows = store_db_query(store_db(store), "SELECT is_on, reason, actor, at FROM shared_row WHERE scope = ?1 AND owner = ?2 "
                                                   "AND row = ?3 AND from_revision <= ?4 AND (until_revision IS NULL OR until_revision > ?4)",
                                                   "sssi", store_layer_scope_text(d->scope), d->owner, d->name, number);
        int r = store_db_next(store_db(store), rows);

        if (r > 0) {
                state = store_db_int(rows, 0) != 0;
                reason = strdup(store_db_text(rows, 1));
                actor = strdup(store_db_text(rows, 2));
                at = store_db_int(rows, 3);
                r = reason && actor ? 0 : PV_ENOMEM;
                store_db_end(rows);
        }
        if (r == 0)
                r = put_row(store, draft, d->scope, d->owner, d->name, state, reason ? reason : "", actor ? actor : "", at);
        free(reason);
        free(actor);
        return r;
}

int store_revision_back_to(struct store *store, struct store_draft *draft, int64_t number)
{
        struct differences settings = {0}, rows = {0};
        int r = gather(store, store_db_query(store_db(store), "SELECT DISTINCT scope, owner, name, idx FROM shared_setting WHERE "
                                             "(from_revision <= ?1 AND (until_revision IS NULL OR until_revision > ?1)) <> (until_revision IS NULL)",
                                             "i", number), &settings);

        if (r == 0)
                r = gather(store, store_db_query(store_db(store), "SELECT DISTINCT scope, owner, row, -1 FROM shared_row WHERE "
                                                 "(from_revision <= ?1 AND (until_revision IS NULL OR until_revision > ?1)) <> "
                                                 "(until_revision IS NULL)", "i", number), &rows);
        for (size_t i = 0; r == 0 && i < settings.n; i++)
                r = restore_setting(store, draft, &settings.list[i], number);
        for (size_t i = 0; r == 0 && i < rows.n; i++)
                r = restore_row(store, draft, &rows.list[i], number);
        for (size_t i = 0; r == 0 && i < N_SITE_VALUES; i++)
                r = restore_value(store, draft, site_values[i], number);
        if (r == 0)
                r = store_db_run(store_db(store), "INSERT INTO profile (name) SELECT DISTINCT owner FROM shared_setting WHERE scope = 'profile' AND "
                                 "until_revision IS NULL ON CONFLICT DO NOTHING", "");
        free(settings.list);
        free(rows.list);
        return r;
}

/* --- the end of a draft -------------------------------------------------- */

static int forget_oldest(struct store *store)
{
        int r = store_db_run(store_db(store), "DELETE FROM revision WHERE number < (SELECT number FROM revision ORDER BY number DESC LIMIT 1 OFFSET ?)",
                             "i", (int64_t)STORE_REVISIONS_MAX - 1);

        if (r < 0 || store_db_changes(store_db(store)) == 0)
                return r;
        r = store_db_run(store_db(store), "DELETE FROM shared_setting WHERE until_revision < (SELECT min(number) FROM revision)", "");
        if (r == 0)
                r = store_db_run(store_db(store), "DELETE FROM shared_row WHERE until_revision < (SELECT min(number) FROM revision)", "");
        if (r == 0)
                r = store_db_run(store_db(store), "DELETE FROM shared_value WHERE until_revision < (SELECT min(number) FROM revision)", "");
        return r;
}

int store_revision_count(struct store *store, const struct store_draft *draft, int64_t *ret_phones)
{
        *ret_phones = 0;
        return !draft->number ? 0 : store_db_number(store_db(store), "SELECT count(*) FROM phone WHERE " STORE_REVISION_CONCERNS, ret_phones, "i",
                                                    draft->number);
}

int store_revision_end(struct store *store, struct store_draft *draft, int64_t *ret_phones)
{
        int r = store_revision_count(store, draft, ret_phones);

        if (r == 0 && draft->number)
                r = store_db_run(store_db(store), "UPDATE revision SET summary = ?, phones = ? WHERE number = ?", "sii", draft->summary,
                                 *ret_phones, draft->number);
        if (r == 0 && draft->number)
                r = forget_oldest(store);
        store_layers_forget(store_layers(store));
        return r < 0 ? r : store_db_run(store_db(store), "RELEASE draft", "");
}

/* --- listing ------------------------------------------------------------- */

#define REVISION_COLUMNS "SELECT number, at, actor, summary, reason, phones, state FROM revision "

static int revision_json(struct sqlite3_stmt *row, void *userdata, sd_json_variant **ret)
{
        (void)userdata;
        return sd_json_buildo(ret, SD_JSON_BUILD_PAIR_INTEGER("number", store_db_int(row, 0)), SD_JSON_BUILD_PAIR_INTEGER("at", store_db_int(row, 1)),
                              SD_JSON_BUILD_PAIR_STRING("actor", store_db_text(row, 2)), SD_JSON_BUILD_PAIR_STRING("summary", store_db_text(row, 3)),
                              SD_JSON_BUILD_PAIR_STRING("reason", store_db_text(row, 4)), SD_JSON_BUILD_PAIR_INTEGER("phones", store_db_int(row, 5)),
                              SD_JSON_BUILD_PAIR_STRING("state", store_db_text(row, 6)));
}

int store_op_list_revisions(struct store *store, struct store_request *request)
{
        int64_t limit = store_in_int(request, "limit", LIMIT_MAX);
        struct sqlite3_stmt *rows = store_db_query(store_db(store), REVISION_COLUMNS "ORDER BY number DESC LIMIT ?", "i",
                                                   limit < 1 || limit > LIMIT_MAX ? LIMIT_MAX : limit);

        return store_list_answer(store, request, "revisions", rows, revision_json, NULL);
}

static int add_change(struct store_list *list, const char *scope, const char *owner, const char *name, int64_t index, const char *old,
                      const char *new, bool is_secret)
{
        sd_json_variant *item = NULL, *index_json = NULL;
        int r = index == STORE_NO_INDEX ? 0 : sd_json_variant_new_integer(&index_json, index);

        if (is_secret && old)
                old = "";
        if (is_secret && new)
                new = "";
        if (r >= 0)
                r = sd_json_buildo(&item, SD_JSON_BUILD_PAIR_STRING("scope", scope), SD_JSON_BUILD_PAIR_STRING("owner", owner),
                                   SD_JSON_BUILD_PAIR_STRING("name", name), SD_JSON_BUILD_PAIR("index", SD_JSON_BUILD_VARIANT(index_json)),
                                   SD_JSON_BUILD_PAIR_STRING("old", old), SD_JSON_BUILD_PAIR_STRING("new", new),
                                   SD_JSON_BUILD_PAIR_BOOLEAN("secret", is_secret));
        sd_json_variant_unref(index_json);
        return store_list_add(list, r, item);
}

static int add_setting_change(struct store *store, struct store_list *list, const struct difference *d, int64_t number)
{
        bool is_secret = catalogue_is_secret(catalogue_builtin(), d->name);
        struct opened old = {0}, new = {0};
        int r = open_at(store, number - 1, d->scope, d->owner, d->name, d->index, &old);

        if (r == 0 || r == PV_EUNSET)
                r = open_at(store, number, d->scope, d->owner, d->name, d->index, &new);
        if (r == 0 || r == PV_EUNSET)
                r = add_change(list, store_layer_scope_text(d->scope), d->owner, d->name, d->index, old.value, new.value, is_secret);
        opened_done(&old);
        opened_done(&new);
        return r;
}

static int add_setting_changes(struct store *store, struct store_list *list, int64_t number)
{
        struct differences d = {0};
        int r = gather(store, store_db_query(store_db(store), "SELECT DISTINCT scope, owner, name, idx FROM shared_setting WHERE from_revision = ?1 OR "
                                             "until_revision = ?1 ORDER BY scope, owner, name, idx", "i", number), &d);

        for (size_t i = 0; r == 0 && i < d.n; i++)
                r = add_setting_change(store, list, &d.list[i], number);
        free(d.list);
        return r;
}

/* Columns: scope, owner, name, old, new. */
static int add_text_changes(struct store *store, struct store_list *list, struct sqlite3_stmt *rows)
{
        int r;

        while ((r = store_db_next(store_db(store), rows)) > 0) {
                r = add_change(list, store_db_text(rows, 0), store_db_text(rows, 1), store_db_text(rows, 2), STORE_NO_INDEX, store_db_text(rows, 3),
                               store_db_text(rows, 4), false);
                if (r < 0)
                        break;
        }
        store_db_end(rows);
        return r;
}

#define ON_OFF "CASE is_on WHEN 1 THEN 'on' ELSE 'off' END"

static int changes_of(struct store *store, struct store_list *list, int64_t number)
{
        int r = add_setting_changes(store, list, number);

        if (r == 0)
                r = add_text_changes(store, list, store_db_query(store_db(store),
                        "SELECT scope, owner, 'row ' || row, max(CASE until_revision WHEN ?1 THEN " ON_OFF " END), "
                        "max(CASE from_revision WHEN ?1 THEN " ON_OFF " END) FROM shared_row WHERE from_revision = ?1 OR until_revision = ?1 "
                        "GROUP BY scope, owner, row", "i", number));
        if (r == 0)
                r = add_text_changes(store, list, store_db_query(store_db(store),
                        "SELECT 'value', '', name, max(CASE until_revision WHEN ?1 THEN value END), max(CASE from_revision WHEN ?1 THEN value END) "
                        "FROM shared_value WHERE from_revision = ?1 OR until_revision = ?1 GROUP BY name", "i", number));
        return r;
}

static int no_such_revision(struct store_request *request, int64_t number)
{
        return store_refuse(request, "NoSuchName", "There is no revision %lld of the shared settings; `provostctl revision list` shows those that are kept.",
                            (long long)number);
}

int store_op_get_revision(struct store *store, struct store_request *request)
{
        int64_t number = store_in_int(request, "number", 0);
        struct store_list list = {0};
        sd_json_variant *revision = NULL, *changes = NULL;
        struct sqlite3_stmt *row = store_db_query(store_db(store), REVISION_COLUMNS "WHERE number = ?", "i", number);
        int r = store_db_next(store_db(store), row);

        if (r <= 0)
                return r < 0 ? r : no_such_revision(request, number);
        r = pv_error_from_errno(revision_json(row, NULL, &revision));
        store_db_end(row);
        if (r == 0)
                r = changes_of(store, &list, number);
        if (r == 0)
                r = store_list_take(&list, &changes);
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR("revision", SD_JSON_BUILD_VARIANT(revision)),
                                                       SD_JSON_BUILD_PAIR("changes", SD_JSON_BUILD_VARIANT(changes))));
        store_list_done(&list);
        sd_json_variant_unref(revision);
        sd_json_variant_unref(changes);
        return r;
}

int store_op_restore_revision(struct store *store, struct store_request *request)
{
        int64_t number = store_in_int(request, "number", 0), one, phones = 0;
        struct store_draft draft;
        char subject[24];
        int r = store_db_number(store_db(store), "SELECT 1 FROM revision WHERE number = ?", &one, "i", number);

        if (r < 0)
                return r == PV_EUNSET ? no_such_revision(request, number) : r;
        r = store_revision_begin(store, request, store_in_text(request, "reason"), &draft);
        if (r == 0)
                r = store_revision_back_to(store, &draft, number);
        if (r == 0 && draft.number)
                (void)snprintf(draft.summary, sizeof draft.summary, "as in revision %lld", (long long)number);
        if (r == 0)
                r = store_revision_end(store, &draft, &phones);
        (void)snprintf(subject, sizeof subject, "%lld", (long long)number);
        if (r == 0 && draft.number)
                r = store_audit(store, request, "restore-revision", subject, draft.reason);
        if (r == 0)
                r = store_rollout_start(store, &draft);
        return r < 0 ? r : store_rollout_reply(store, request, draft.number, phones);
}
