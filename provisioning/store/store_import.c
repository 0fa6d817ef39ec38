/*
 * store_import: many phones at once.
 *
 * In:   lines of a table that station import read, or of any other system, each with a MAC and what is known of the phone; settings that
 *       came with them and are shared.
 * Out:  all of them in one transaction, or none and a sentence for each line that is wrong.
 * Not:  no files (station import), no rules about single values (store_phone, store_scope).
 *
 * Rows, profiles, addresses, settings (shared ones as one revision) and approvals are one transaction. Passwords and the timeline follow, a slice in each round,
 * before the call is answered: all at once would keep others waiting, and passwords that a power cut left out are made at the next
 * start.
 */
#include "provisioning/store/store_import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/store/store_approve.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_event.h"
#include "provisioning/store/store_list.h"
#include "provisioning/store/store_phone.h"
#include "provisioning/store/store_scope.h"
#include "provisioning/store/store_secret.h"
#include "provisioning/store/store_site.h"
#include "provisioning/store/store_version.h"

#define SLICE 250                       /* phones that are finished in one round */

struct line {
        char mac[MAC_TEXT_SIZE];        /* "" wrong */
        size_t at;                      /* in the list */
        int64_t number;                 /* as the file counts */
        bool is_double;
};

struct newcomer {
        char mac[MAC_TEXT_SIZE];
        bool is_added, is_approved;
};

/* What goes on from round to round. */
struct import {
        sd_json_variant *list;          /* borrowed from the request */
        struct line *lines;
        size_t n_lines;
        struct store_list problems;
        int64_t added, changed, unchanged, approved;
        struct newcomer *newcomers;     /* to be finished */
        size_t n_newcomers, next_newcomer;
        struct store_approval approval;
        sd_json_variant *shared;        /* borrowed; NULL: none are given */
        struct store_scope_outcome outcome;     /* of the shared settings */
        bool approve, expected;
};

static void import_free(void *state)
{
        struct import *import = state;

        if (!import)
                return;
        store_list_done(&import->problems);
        sd_json_variant_unref(import->outcome.findings);
        free(import->lines);
        free(import->newcomers);
        free(import);
}

static int add_problem(struct import *import, int64_t line, const char *field, const char *reason)
{
        sd_json_variant *item = NULL;
        int r;

        if (import->problems.n_items == STORE_IMPORT_PROBLEMS_MAX)
                return 0;
        r = sd_json_buildo(&item, SD_JSON_BUILD_PAIR_INTEGER("line", line), SD_JSON_BUILD_PAIR_STRING("field", field),
                           SD_JSON_BUILD_PAIR_STRING("reason", reason));
        return store_list_add(&import->problems, r, item);
}

/* --- the list ------------------------------------------------------------ */

static struct line line_of(sd_json_variant *item, size_t at)
{
        const char *text = store_item_text(item, "mac");
        struct line line = {.at = at, .number = store_item_int(item, "line", (int64_t)at + 1)};
        struct mac mac;

        if (text && mac_parse_text(text, &mac) == 0)
                mac_format(&mac, line.mac);
        return line;
}

static int by_mac(const void *a, const void *b)
{
        const struct line *x = a, *y = b;
        int r = strcmp(x->mac, y->mac);

        return r ? r : (x->at > y->at) - (x->at < y->at);
}

static int by_place(const void *a, const void *b)
{
        const struct line *x = a, *y = b;

        return (x->at > y->at) - (x->at < y->at);
}

/* Marks the later of two lines with one MAC, and tells the earlier one's number. */
static int find_doubles(struct import *import)
{
        struct line *lines = import->lines;
        char reason[96];
        int r = 0;

        qsort(lines, import->n_lines, sizeof *lines, by_mac);
        for (size_t i = 1; r == 0 && i < import->n_lines; i++) {
                if (!*lines[i].mac || !text_equal(lines[i].mac, lines[i - 1].mac))
                        continue;
                lines[i].is_double = true;
                (void)snprintf(reason, sizeof reason, "The phone %s stands in line %lld already.", lines[i].mac, (long long)lines[i - 1].number);
                r = add_problem(import, lines[i].number, "mac", reason);
        }
        qsort(lines, import->n_lines, sizeof *lines, by_place);
        return r;
}

static int read_list(struct store_request *request, struct import *import)
{
        import->list = store_in_array(request, "phones");
        import->n_lines = import->list ? sd_json_variant_elements(import->list) : 0;
        if (import->n_lines > STORE_IMPORT_MAX)
                return store_invalid(request, "phones", "There are %zu phones in the list; import at most %d at a time.", import->n_lines,
                                     STORE_IMPORT_MAX);
        import->lines = calloc(import->n_lines + 1, sizeof *import->lines);
        import->newcomers = calloc(import->n_lines + 1, sizeof *import->newcomers);
        if (!import->lines || !import->newcomers)
                return PV_ENOMEM;
        for (size_t i = 0; i < import->n_lines; i++)
                import->lines[i] = line_of(sd_json_variant_by_index(import->list, i), i);
        return find_doubles(import);
}

/* --- one line ------------------------------------------------------------ */

enum was { WAS_UNKNOWN = -1, WAS_SEEN, WAS_WAITING, WAS_APPROVED, WAS_REVOKED };

_Static_assert((int)WAS_SEEN == PHONE_TRUST_SEEN && (int)WAS_REVOKED == PHONE_TRUST_REVOKED, "one numbering");

static int make_known(struct store *store, struct store_request *one, const struct import *import, const char *mac, enum was *ret_was)
{
        int64_t trust = WAS_UNKNOWN;
        int r = store_db_number(store_db(store), "SELECT CASE WHEN stranger THEN 0 ELSE trust END FROM phone WHERE mac = ?", &trust, "s", mac);

        *ret_was = (enum was)trust;
        if (r == PV_EUNSET)
                return store_phone_insert(store, mac, PHONE_TRUST_WAITING);
        if (r == 0 && trust == WAS_SEEN)
                return store_db_run(store_db(store), "UPDATE phone SET trust = 1, stranger = 0 WHERE mac = ?", "s", mac);
        if (r == 0 && trust == WAS_REVOKED && (import->approve || import->expected))
                return store_refuse(one, "NotAllowed", "The phone %s is revoked; bring it back with `provostctl phone approve`, or leave its line out.",
                                    mac);
        if (r == 0 && trust == WAS_REVOKED && store_in_text(one, "sip_secret"))
                return store_refuse(one, "NotAllowed", "The phone %s is revoked and keeps no secrets; leave its line out.", mac);
        return r;
}

static int write_line(struct store *store, struct store_request *one, struct import *import, const char *mac, bool *ret_changed)
{
        sd_json_variant *settings = store_in_array(one, "settings");
        size_t n_changed = 0;
        int r = store_phone_write(store, one, import->approval.site, mac, import->approval.revision, ret_changed);

        if (r == 0 && settings)
                r = store_scope_set_phone(store, one, mac, settings, false, &n_changed);
        *ret_changed |= n_changed > 0;
        return r;
}

/* What a phone that is known already gets by its line is one change of it. */
static int note_change(struct store *store, struct import *import, const char *mac)
{
        int64_t up = 0;
        int r = store_db_run(store_db(store), "UPDATE phone SET revision = ? WHERE mac = ?", "is", import->approval.revision, mac);

        if (r == 0)
                r = store_version_of_phone_grows(store, mac);
        if (r == 0)
                r = store_db_number(store_db(store), "SELECT trust = 2 AND tunnel_up FROM phone WHERE mac = ?", &up, "s", mac);
        if (r == 0 && up)
                store_tell_fetch(store, mac);
        return r;
}

static int take_line(struct store *store, struct store_request *one, struct import *import, const char *mac)
{
        struct newcomer newcomer = {0};
        bool changed = false;
        enum was was;
        int r = make_known(store, one, import, mac, &was);

        if (r == 0)
                r = write_line(store, one, import, mac, &changed);
        if (r == 0 && import->expected)
                r = store_phone_expect(store, mac);
        changed |= r == 0 && import->expected && store_db_changes(store_db(store)) > 0;
        if (r < 0)
                return r;
        newcomer.is_added = was == WAS_UNKNOWN || was == WAS_SEEN;
        newcomer.is_approved = import->approve && was != WAS_APPROVED;
        import->added += newcomer.is_added;
        import->changed += !newcomer.is_added && changed;
        import->unchanged += !newcomer.is_added && !changed;
        import->approved += newcomer.is_approved;
        if (!newcomer.is_added && changed)
                r = note_change(store, import, mac);
        if (r < 0 || (!newcomer.is_added && !newcomer.is_approved))
                return r;
        (void)text_copy(newcomer.mac, sizeof newcomer.mac, mac);
        import->newcomers[import->n_newcomers++] = newcomer;
        return newcomer.is_approved ? store_approve_row(store, one, &import->approval, mac) : 0;
}

static const char *field_of(const struct store_request *one)
{
        return *one->field ? one->field : text_equal(one->error, "NoSuchName") ? "profiles" : "mac";
}

static int try_line(struct store *store, struct store_request *request, struct import *import, const struct line *line)
{
        struct store_request one = {.in = sd_json_variant_by_index(import->list, line->at), .actor = request->actor};
        int r;

        if (line->is_double)
                return 0;
        if (!*line->mac)
                return add_problem(import, line->number, "mac", "The MAC must be 12 hex digits such as 000413aabbcc, and no group address.");
        r = take_line(store, &one, import, line->mac);
        return r == PV_EREFUSED && *one.error ? add_problem(import, line->number, field_of(&one), one.reason) : r;
}

/* --- all lines ----------------------------------------------------------- */

static int compare_problems(const void *a, const void *b)
{
        int64_t x = store_item_int(*(sd_json_variant *const *)a, "line", 0), y = store_item_int(*(sd_json_variant *const *)b, "line", 0);

        return (x > y) - (x < y);
}

static int reply(struct store_request *request, struct import *import)
{
        sd_json_variant *problems = NULL;
        int r;

        if (import->problems.n_items)
                qsort(import->problems.items, import->problems.n_items, sizeof import->problems.items[0], compare_problems);
        r = store_list_take(&import->problems, &problems);
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR_INTEGER("added", import->added),
                                                       SD_JSON_BUILD_PAIR_INTEGER("changed", import->changed),
                                                       SD_JSON_BUILD_PAIR_INTEGER("unchanged", import->unchanged),
                                                       SD_JSON_BUILD_PAIR_INTEGER("approved", import->approved),
                                                       SD_JSON_BUILD_PAIR("problems", SD_JSON_BUILD_VARIANT(problems)),
                                                       SD_JSON_BUILD_PAIR_CONDITION(!!import->shared, "revision",
                                                                                    SD_JSON_BUILD_INTEGER(import->outcome.revision)),
                                                       SD_JSON_BUILD_PAIR_CONDITION(!!import->shared, "shared_phones",
                                                                                    SD_JSON_BUILD_INTEGER(import->outcome.phones)),
                                                       SD_JSON_BUILD_PAIR_CONDITION(!!import->outcome.findings, "findings",
                                                                                    SD_JSON_BUILD_VARIANT(import->outcome.findings))));
        sd_json_variant_unref(problems);
        return r;
}

/* Before the phones: what phones get that are new by this import is no change of theirs. */
static int take_shared(struct store *store, struct store_request *request, struct import *import)
{
        import->shared = store_in_array(request, "shared");
        import->outcome.is_dry = store_in_bool(request, "dry_run");
        return import->shared ? store_scope_set_shared(store, request, import->shared, store_in_text(request, "reason"), &import->outcome) : 0;
}

static int take_lines(struct store *store, struct store_request *request, struct import *import)
{
        struct store_site site;
        int r = store_site_load(store, &site);

        if (r < 0)
                return r;
        import->approval.site = &site.site;
        r = store_next(store, "revision", &import->approval.revision);
        for (size_t i = 0; r == 0 && i < import->n_lines && import->problems.n_items < STORE_IMPORT_PROBLEMS_MAX; i++)
                r = try_line(store, request, import, &import->lines[i]);
        import->approval.site = NULL;
        store_site_done(&site);
        return r;
}

static int note_import(struct store *store, struct store_request *request, const struct import *import)
{
        char told[160];
        int r = *import->outcome.detail ? store_audit(store, request, "set-settings", "import", import->outcome.detail) : 0;

        if (r < 0)
                return r;
        if (!import->added && !import->changed && !import->approved)
                return 0;
        (void)snprintf(told, sizeof told, "added=%lld changed=%lld unchanged=%lld approved=%lld", (long long)import->added,
                       (long long)import->changed, (long long)import->unchanged, (long long)import->approved);
        store_change(store, "phone", "");
        return store_audit(store, request, "import", "phones", told);
}

static int begin(struct store *store, struct store_request *request, struct import *import)
{
        int r = read_list(request, import);

        import->approve = store_in_bool(request, "approve");
        import->expected = store_in_bool(request, "expected");
        if (r == 0 && import->approve && import->expected)
                r = store_invalid(request, "expected", "Phones of a list are expected or approved, not both: an approved one waits for nothing.");
        if (r == 0)
                r = take_shared(store, request, import);
        if (r == 0)
                r = take_lines(store, request, import);
        if (r < 0)
                return r;
        if (store_in_bool(request, "dry_run") || import->problems.n_items) {
                request->undo = true;
                return reply(request, import);
        }
        r = note_import(store, request, import);
        if (r == 0 && import->n_newcomers)
                request->again = true;
        else if (r == 0)
                r = reply(request, import);
        return r;
}

/* --- the rest of each phone ---------------------------------------------- */

/* It may have been revoked or deleted between two rounds. */
static int finish(struct store *store, struct store_request *request, const struct import *import, const struct newcomer *newcomer)
{
        int64_t trust;
        int r = store_db_number(store_db(store), "SELECT trust FROM phone WHERE mac = ?", &trust, "s", newcomer->mac);

        if (r < 0)
                return r == PV_EUNSET ? 0 : r;
        if (newcomer->is_added)
                r = store_event_now(store, newcomer->mac, "added", "by %s, imported%s", request->actor, import->expected ? " as expected" : "");
        if (r == 0 && newcomer->is_approved && trust == PHONE_TRUST_APPROVED)
                r = store_approve_finish(store, request, newcomer->mac);
        return r;
}

static int go_on(struct store *store, struct store_request *request, struct import *import)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < SLICE && import->next_newcomer < import->n_newcomers; i++)
                r = finish(store, request, import, &import->newcomers[import->next_newcomer++]);
        if (r < 0)
                return store_refuse(request, "StorageTrouble", "The phones were imported and approved, but the passwords of some could not be made (%s); "
                                    "free some space and restart the appliance, which makes those that lack.", store_db_trouble(store_db(store)));
        request->again = import->next_newcomer < import->n_newcomers;
        return request->again ? 0 : reply(request, import);
}

int store_op_import_phones(struct store *store, struct store_request *request)
{
        struct import *import = request->state;

        if (import)
                return go_on(store, request, import);
        import = request->state = calloc(1, sizeof *import);
        request->state_free = import_free;
        return import ? begin(store, request, import) : PV_ENOMEM;
}
