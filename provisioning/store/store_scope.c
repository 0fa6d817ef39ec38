/*
 * store_scope: changes of settings and row switches, scope by scope.
 *
 * In:   changes of the admin.
 * Out:  checked changes: those of shared scopes as a revision (store_revision), those of a phone at once.
 * Not:  no merging (store_document), no roll-out (store_rollout), no lists (store_scope_list).
 */
#include "provisioning/store/store_scope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/model/merge.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_layer.h"
#include "provisioning/store/store_phone.h"
#include "provisioning/store/store_preview.h"
#include "provisioning/store/store_reach.h"
#include "provisioning/store/store_revision.h"
#include "provisioning/store/store_rollout.h"
#include "provisioning/store/store_seal.h"
#include "provisioning/store/store_setting.h"
#include "provisioning/store/store_version.h"

#define REASON_MIN 8

int store_scope_set_phone(struct store *store, struct store_request *request, const char *mac, sd_json_variant *settings, bool replace,
                          size_t *ret_changed)
{
        struct store_target target;
        struct store_change_set set = {.target = &target};
        int r = store_target_make(store, request, "phone", mac, &target);

        if (r == 0)
                r = store_setting_put_all(store, request, &set, settings, replace);
        *ret_changed = set.n_changed;
        return r;
}

/* --- SetSettings --------------------------------------------------------- */

static int audit(struct store *store, struct store_request *request, const struct store_target *target, const char *action, const char *detail)
{
        char subject[STORE_OWNER_SIZE + 16];

        if (target->scope == MERGE_PROFILE)
                store_change(store, "profile", target->owner);
        return store_audit(store, request, action, store_target_subject(target, subject, sizeof subject), detail);
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
static int end_shared(struct store *store, struct store_request *request, const struct store_target *target, struct store_draft *draft,
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

static int set_shared(struct store *store, struct store_request *request, const struct store_target *target, sd_json_variant *list, const char *reason,
                      bool replace, struct store_scope_outcome *outcome)
{
        struct store_draft draft;
        struct store_change_set set = {.target = target, .draft = &draft};
        int r = store_revision_begin(store, request, reason, &draft);

        if (r == 0)
                r = store_target_make_profile(store, request, target);
        if (r == 0)
                r = store_setting_put_all(store, request, &set, list, replace);
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

static int find_phone(struct store *store, struct store_request *request, const struct store_target *target, sd_json_variant **ret_findings)
{
        return store_preview_findings(store, request, &(struct store_concern){MERGE_PHONE, target->owner, 0}, 0, ret_findings);
}

/* before: findings of the phone when nothing was changed yet. */
static int end_phone(struct store *store, struct store_request *request, const struct store_target *target, const char *action, const char *detail,
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
static int set_own(struct store *store, struct store_request *request, const struct store_target *target, sd_json_variant *list, const char *reason,
                   bool replace, struct store_scope_outcome *outcome)
{
        struct store_change_set set = {.target = target};
        sd_json_variant *before = NULL;
        struct store_draft draft;
        char detail[400];
        int r = store_revision_begin(store, request, reason, &draft);

        if (r == 0)
                r = find_phone(store, request, target, &before);
        if (r == 0)
                r = store_setting_put_all(store, request, &set, list, replace);
        names_of(list, detail, sizeof detail);
        if (r == 0)
                r = end_phone(store, request, target, "set-settings", detail, set.n_changed > 0, before, outcome);
        sd_json_variant_unref(before);
        if (r < 0)
                return r;
        return outcome->is_dry ? store_revision_undo(store, &draft) : store_revision_end(store, &draft, &(int64_t){0});
}

static int check_version(struct store *store, struct store_request *request, const struct store_target *target)
{
        char subject[STORE_OWNER_SIZE + 16], what[sizeof subject + 24];
        int64_t version = 0;
        int r = store_target_version(store, target, &version);

        (void)snprintf(what, sizeof what, "The scope %s", store_target_subject(target, subject, sizeof subject));
        return r < 0 ? r : store_version_check(request, version, what);
}

static int set_settings(struct store *store, struct store_request *request, const struct store_target *target, struct store_scope_outcome *outcome)
{
        sd_json_variant *list = store_in_array(request, "settings");
        const char *reason = store_in_text(request, "reason");
        bool replace = store_in_bool(request, "replace");
        int r = store_setting_check_list(request, list);

        if (r == 0)
                r = check_version(store, request, target);
        if (r < 0)
                return r;
        return store_target_is_shared(target) ? set_shared(store, request, target, list, reason, replace, outcome)
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
        struct store_target target;
        int r = store_target_of(store, request, &target);

        if (r == 0)
                r = set_settings(store, request, &target, &outcome);
        return reply(store, request, r, &outcome, true);
}

/* --- several shared scopes as one revision -------------------------------- */

/* Whose settings a refusal is about: in the words of who gave them, or by their scope. */
static int say_whose(struct store_request *request, sd_json_variant *item, const struct store_target *target, int r)
{
        char reason[sizeof request->reason], subject[STORE_OWNER_SIZE + 16], escaped[120];
        const char *origin = store_item_text(item, "origin");

        if (r != PV_EREFUSED || !*request->error)
                return r;
        (void)text_copy(reason, sizeof reason, request->reason);
        (void)snprintf(request->reason, sizeof request->reason, "%s: %.270s",
                       origin && *origin ? text_escape(escaped, sizeof escaped, origin, strlen(origin)) : store_target_subject(target, subject, sizeof subject), reason);
        return r;
}

static int put_shared(struct store *store, struct store_request *request, struct store_draft *draft, sd_json_variant *item, struct store_target *ret_target)
{
        sd_json_variant *list = sd_json_variant_by_key(item, "settings");
        struct store_change_set set = {.target = ret_target, .draft = draft};
        int r = store_target_make(store, request, store_item_text(item, "scope"), store_item_text(item, "owner"), ret_target);

        if (r == 0 && !store_target_is_shared(ret_target))
                r = store_invalid(request, "scope", "Settings of a phone stand with the phone, not among the shared ones.");
        if (r == 0)
                r = store_setting_check_list(request, list);
        if (r == 0)
                r = store_target_make_profile(store, request, ret_target);
        if (r == 0 && ret_target->scope == MERGE_PROFILE)
                store_change(store, "profile", ret_target->owner);
        return r < 0 ? r : store_setting_put_all(store, request, &set, list, false);
}

/* Phones that get it stand for all scopes; without any, a phone is made up for each scope. */
static int find_of_all(struct store *store, struct store_request *request, const struct store_draft *draft, const struct store_target *targets, size_t n,
                       struct store_scope_outcome *outcome)
{
        int r = 0;

        for (size_t i = 0; draft->number && r == 0 && i < (outcome->phones ? 1 : n); i++)
                r = find(store, request, &(struct store_concern){targets[i].scope, targets[i].owner, draft->number}, outcome);
        return r;
}

static int set_list(struct store *store, struct store_request *request, sd_json_variant *list, const char *reason, struct store_target *targets,
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
        struct store_target *targets;
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

static int set_row_shared(struct store *store, struct store_request *request, const struct store_target *target, int state, struct store_scope_outcome *outcome)
{
        const char *reason = store_in_text(request, "reason");
        struct store_draft draft;
        int r = store_revision_begin(store, request, reason, &draft);

        if (r == 0)
                r = store_target_make_profile(store, request, target);
        if (r == 0)
                r = store_revision_row(store, &draft, target->scope, target->owner, store_in_text(request, "row"), state, reason ? reason : "");
        return r < 0 ? r : end_shared(store, request, target, &draft, "set-row", outcome);
}

static int set_row_own(struct store *store, struct store_request *request, const struct store_target *target, int state, struct store_scope_outcome *outcome)
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
        struct store_target target;
        int state = -1, r = store_target_of(store, request, &target);

        if (r == 0)
                r = read_state(request, &state);
        if (r == 0)
                r = store_target_is_shared(&target) ? set_row_shared(store, request, &target, state, &outcome)
                                                    : set_row_own(store, request, &target, state, &outcome);
        return reply(store, request, r, &outcome, false);
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

static int remove_rows(struct store *store, struct store_draft *draft, const struct store_target *target, const struct store_layer *present)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < present->n_switches; i++)
                r = store_revision_row(store, draft, target->scope, target->owner, present->switches[i].row, -1, "");
        return r;
}

static int remove_shared(struct store *store, struct store_request *request, const struct store_target *target, struct store_scope_outcome *outcome)
{
        struct store_layer present = {0};
        struct store_draft draft;
        struct store_change_set set = {.target = target, .draft = &draft};
        int r = store_revision_begin(store, request, store_in_text(request, "reason"), &draft);

        if (r == 0)
                r = store_setting_present(store, target, &present);
        if (r == 0)
                r = store_setting_remove_others(store, &set, &present, NULL);
        if (r == 0)
                r = remove_rows(store, &draft, target, &present);
        if (r == 0 && target->scope == MERGE_PROFILE)
                r = remove_profile(store, request, target->owner);
        if (r == 0 && target->scope == MERGE_PROFILE)
                r = store_reach_forget_profile(store, target->owner);
        store_layer_done(&present);
        return r < 0 ? r : end_shared(store, request, target, &draft, "remove-scope", outcome);
}

static int remove_own(struct store *store, struct store_request *request, const struct store_target *target, struct store_scope_outcome *outcome)
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
        struct store_target target;
        int r = store_target_of(store, request, &target);

        if (r == 0)
                r = store_target_is_shared(&target) ? remove_shared(store, request, &target, &outcome)
                                                    : remove_own(store, request, &target, &outcome);
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
