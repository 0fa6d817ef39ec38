/*
 * store_preview: what phones will get, told to people.
 *
 * In:   a phone's merged settings, those it has, the admin's question.
 * Out:  origins, findings, differences, the score; never the value of a secret.
 * Not:  nothing is changed or given to a phone.
 */
#include "provisioning/store/store_preview.h"

#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/model/catalogue.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_document.h"
#include "provisioning/store/store_list.h"
#include "provisioning/store/store_phone.h"
#include "provisioning/store/store_reuse.h"
#include "provisioning/store/store_revision.h"
#include "provisioning/store/store_serve.h"

#define KINDS_MAX 24
#define FINDINGS_MAX 200
#define PAGE_MAX 200

static bool is_secret(const char *name)
{
        return catalogue_is_secret(catalogue_builtin(), name);
}

static int new_index(int index, sd_json_variant **ret)
{
        return index == MERGE_NO_INDEX ? 0 : sd_json_variant_new_integer(ret, index);
}

/* --- findings ------------------------------------------------------------ */

struct findings {
        struct store_list list;         /* errors first */
        size_t n_errors;
        int result;
};

static bool is_told(const struct findings *findings, const struct lint_finding *finding)
{
        for (size_t i = 0; i < findings->list.n_items; i++)
                if (text_equal(store_item_text(findings->list.items[i], "reason"), finding->sentence))
                        return true;
        return false;
}

/* The last one, after the errors before it. */
static void move_to_errors(struct findings *findings)
{
        sd_json_variant **items = findings->list.items, *last = items[findings->list.n_items - 1];
        size_t n = findings->list.n_items - 1 - findings->n_errors;

        memmove(&items[findings->n_errors + 1], &items[findings->n_errors], n * sizeof *items);
        items[findings->n_errors++] = last;
}

static void add_finding(const struct lint_finding *finding, void *userdata)
{
        struct findings *findings = userdata;
        sd_json_variant *item = NULL, *index = NULL;
        int r;

        if (findings->result < 0 || findings->list.n_items >= FINDINGS_MAX || is_told(findings, finding))
                return;
        r = new_index(finding->index, &index);
        if (r >= 0)
                r = sd_json_buildo(&item, SD_JSON_BUILD_PAIR_STRING("severity", finding->severity == LINT_ERROR ? "error" : "warning"),
                                   SD_JSON_BUILD_PAIR_STRING("rule", finding->rule), SD_JSON_BUILD_PAIR_STRING("name", finding->name),
                                   SD_JSON_BUILD_PAIR("index", SD_JSON_BUILD_VARIANT(index)),
                                   SD_JSON_BUILD_PAIR_STRING("reason", finding->sentence));
        sd_json_variant_unref(index);
        findings->result = store_list_add(&findings->list, r, item);
        if (findings->result == 0 && finding->severity == LINT_ERROR)
                move_to_errors(findings);
}

/* r: of the finding. */
static int take_findings(struct findings *findings, int r, sd_json_variant **ret)
{
        if (r == 0)
                r = findings->result;
        if (r == 0)
                r = store_list_take(&findings->list, ret);
        store_list_done(&findings->list);
        return r;
}

/* Ends the document. */
static int find_in(struct store *store, struct store_document *d, struct findings *findings)
{
        int r = store_document_merge(store, d);

        if (r == 0)
                store_document_lint(d, add_finding, findings);
        if (r == 0)
                r = store_reuse_find(store, d->mac, d->result.settings, d->result.n_settings, add_finding, findings);
        store_document_done(d);
        return r;
}

static int find_for(struct store *store, struct store_request *request, const char *mac, int64_t followed, struct findings *findings)
{
        struct store_document d = {0};
        int r = store_document_by_mac(store, request, mac, &d);

        if (followed)
                d.shared = followed;
        return r < 0 ? r : find_in(store, &d, findings);
}

/* One phone of each kind: same model, same profiles. */
static int kinds_of(struct store *store, int64_t revision, char (*ret_macs)[MAC_TEXT_SIZE], size_t *ret_n)
{
        struct sqlite3_stmt *rows = store_db_query(store_db(store),
                "SELECT min(mac), model, (SELECT group_concat(profile, char(31) ORDER BY position) FROM phone_profile "
                "WHERE phone_profile.mac = phone.mac) AS kind FROM phone WHERE " STORE_REVISION_CONCERNS " GROUP BY model, kind "
                "ORDER BY count(*) DESC LIMIT ?2", "ii", revision, (int64_t)KINDS_MAX);
        int r;

        for (*ret_n = 0; (r = store_db_next(store_db(store), rows)) > 0; (*ret_n)++)
                (void)text_copy(ret_macs[*ret_n], MAC_TEXT_SIZE, store_db_text(rows, 0));
        return r;
}

int store_preview_findings(struct store *store, struct store_request *request, const struct store_concern *concern, int64_t followed,
                           sd_json_variant **ret_findings)
{
        char macs[KINDS_MAX][MAC_TEXT_SIZE];
        struct findings findings = {0};
        struct store_document made_up;
        size_t n = 0;
        int r;

        if (concern->scope == MERGE_PHONE)
                return take_findings(&findings, find_for(store, request, concern->owner, 0, &findings), ret_findings);
        r = kinds_of(store, concern->revision, macs, &n);
        for (size_t i = 0; r == 0 && i < n; i++)
                r = find_for(store, request, macs[i], followed, &findings);
        if (r == 0 && n == 0) {
                store_document_make_up(concern->scope, concern->owner, followed, &made_up);
                r = find_in(store, &made_up, &findings);
        }
        return take_findings(&findings, r, ret_findings);
}

static bool is_among(sd_json_variant *findings, const char *reason)
{
        for (size_t i = 0, n = sd_json_variant_elements(findings); i < n; i++)
                if (text_equal(store_item_text(sd_json_variant_by_index(findings, i), "reason"), reason))
                        return true;
        return false;
}

int store_preview_refuse(struct store_request *request, sd_json_variant *before, sd_json_variant *after)
{
        for (size_t i = 0, n = sd_json_variant_elements(after); i < n; i++) {
                sd_json_variant *finding = sd_json_variant_by_index(after, i);
                const char *reason = store_item_text(finding, "reason");

                if (text_equal(store_item_text(finding, "severity"), "error") && !is_among(before, reason))
                        return store_invalid(request, store_item_text(finding, "name"), "%s", reason);
        }
        return 0;
}

/* --- the preview --------------------------------------------------------- */

static void add_row(const struct hardening_row *row, void *userdata)
{
        struct findings *rows = userdata;
        sd_json_variant *item = NULL;
        int r;

        if (rows->result < 0)
                return;
        r = sd_json_buildo(&item, SD_JSON_BUILD_PAIR_STRING("row", row->name), SD_JSON_BUILD_PAIR_STRING("state", hardening_state_text(row->state)),
                           SD_JSON_BUILD_PAIR_STRING("missing", row->missing));
        rows->result = store_list_add(&rows->list, r, item);
}

static int score(const struct store_document *d, sd_json_variant **ret_rows, size_t *ret_met, size_t *ret_total)
{
        struct findings rows = {0};

        merge_score(&d->input, &d->result, add_row, &rows, ret_met, ret_total);
        return take_findings(&rows, 0, ret_rows);
}

static int preview_settings(const struct store_document *d, sd_json_variant **ret)
{
        struct store_list list = {0};
        int r = 0;

        for (size_t i = 0; r == 0 && i < d->result.n_settings; i++) {
                const struct merge_setting *s = &d->result.settings[i];
                sd_json_variant *item = NULL, *index = NULL;

                r = new_index(s->index, &index);
                if (r >= 0)
                        r = sd_json_buildo(&item, SD_JSON_BUILD_PAIR_STRING("name", s->name), SD_JSON_BUILD_PAIR("index", SD_JSON_BUILD_VARIANT(index)),
                                           SD_JSON_BUILD_PAIR_STRING("value", is_secret(s->name) ? "" : s->value),
                                           SD_JSON_BUILD_PAIR_STRING("permission", s->permission),
                                           SD_JSON_BUILD_PAIR_STRING("origin", store_layer_scope_text(s->scope)),
                                           SD_JSON_BUILD_PAIR_STRING("owner", s->scope == MERGE_PHONE || !s->owner ? "" : s->owner),
                                           SD_JSON_BUILD_PAIR_BOOLEAN("secret", is_secret(s->name)),
                                           SD_JSON_BUILD_PAIR_BOOLEAN("known", catalogue_find(catalogue_builtin(), s->name) != NULL));
                sd_json_variant_unref(index);
                r = store_list_add(&list, r, item);
        }
        if (r == 0)
                r = store_list_take(&list, ret);
        store_list_done(&list);
        return r;
}

struct preview {
        sd_json_variant *phone, *settings, *findings, *hardening;
        size_t met, total;
};

static int preview(struct store *store, struct store_request *request, struct store_document *d, struct preview *p)
{
        struct findings findings = {0};
        int r = store_document_merge(store, d);

        if (r == 0)
                r = preview_settings(d, &p->settings);
        if (r == 0)
                store_document_lint(d, add_finding, &findings);
        if (r == 0)
                r = store_reuse_find(store, d->mac, d->result.settings, d->result.n_settings, add_finding, &findings);
        r = take_findings(&findings, r, &p->findings);
        if (r == 0)
                r = score(d, &p->hardening, &p->met, &p->total);
        return r < 0 ? r : store_phone_json(store, request, d->mac, &p->phone);
}

int store_op_preview_document(struct store *store, struct store_request *request)
{
        struct store_document d = {0};
        struct preview p = {0};
        char mac[MAC_TEXT_SIZE];
        int r = store_in_mac(request, mac);

        if (r == 0)
                r = store_document_by_mac(store, request, mac, &d);
        if (r == 0)
                r = preview(store, request, &d, &p);
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR("phone", SD_JSON_BUILD_VARIANT(p.phone)),
                        SD_JSON_BUILD_PAIR("settings", SD_JSON_BUILD_VARIANT(p.settings)),
                        SD_JSON_BUILD_PAIR("findings", SD_JSON_BUILD_VARIANT(p.findings)),
                        SD_JSON_BUILD_PAIR("hardening", SD_JSON_BUILD_VARIANT(p.hardening)),
                        SD_JSON_BUILD_PAIR_INTEGER("hardening_met", (int64_t)p.met),
                        SD_JSON_BUILD_PAIR_INTEGER("hardening_total", (int64_t)p.total), SD_JSON_BUILD_PAIR_INTEGER("revision", d.revision)));
        sd_json_variant_unref(p.phone);
        sd_json_variant_unref(p.settings);
        sd_json_variant_unref(p.findings);
        sd_json_variant_unref(p.hardening);
        store_document_done(&d);
        return r;
}

/* --- the difference ------------------------------------------------------ */

static int add_difference(struct store_list *list, const char *name, int index, const char *was, const char *will, const char *origin)
{
        sd_json_variant *item = NULL, *index_json = NULL;
        bool secret = is_secret(name);
        int r = new_index(index, &index_json);

        if (r >= 0)
                r = sd_json_buildo(&item, SD_JSON_BUILD_PAIR_STRING("name", name), SD_JSON_BUILD_PAIR("index", SD_JSON_BUILD_VARIANT(index_json)),
                                   SD_JSON_BUILD_PAIR_STRING("was", was && secret ? "" : was), SD_JSON_BUILD_PAIR_STRING("will", will && secret ? "" : will),
                                   SD_JSON_BUILD_PAIR_STRING("origin", origin), SD_JSON_BUILD_PAIR_BOOLEAN("secret", secret));
        sd_json_variant_unref(index_json);
        return store_list_add(list, r, item);
}

static int index_of(sd_json_variant *item)
{
        return (int)store_item_int(item, "index", MERGE_NO_INDEX);
}

/* Both lists hold a few hundred at most, mostly in the same order: looked for from where the last one was. */
static sd_json_variant *find_kept(sd_json_variant *kept, size_t n, const struct merge_setting *s, size_t *from)
{
        for (size_t i = 0; i < n; i++) {
                sd_json_variant *item = sd_json_variant_by_index(kept, (*from + i) % n);

                if (index_of(item) == s->index && text_equal(store_item_text(item, "name"), s->name)) {
                        *from = (*from + i + 1) % n;
                        return item;
                }
        }
        return NULL;
}

static bool is_in(const struct store_document *d, sd_json_variant *item)
{
        for (size_t i = 0; i < d->result.n_settings; i++)
                if (d->result.settings[i].index == index_of(item) && text_equal(d->result.settings[i].name, store_item_text(item, "name")))
                        return true;
        return false;
}

static bool attributes_differ(sd_json_variant *item, const struct merge_setting *s)
{
        sd_json_variant *kept = sd_json_variant_by_key(item, "attributes");

        if ((kept ? sd_json_variant_elements(kept) / 2 : 0) != s->n_attributes)
                return true;
        for (size_t i = 0; i < s->n_attributes; i++)
                if (!text_equal(store_item_text(kept, s->attributes[i].name), s->attributes[i].value))
                        return true;
        return false;
}

static int differences(const struct store_document *d, sd_json_variant *kept, struct store_list *list)
{
        size_t n = kept ? sd_json_variant_elements(kept) : 0, from = 0;
        int r = 0;

        for (size_t i = 0; r == 0 && i < d->result.n_settings; i++) {
                const struct merge_setting *s = &d->result.settings[i];
                sd_json_variant *item = find_kept(kept, n, s, &from);
                const char *was = item ? store_item_text(item, "value") : NULL;

                if (!text_equal(was, s->value) || !text_equal(store_item_text(item, "permission"), s->permission) || attributes_differ(item, s))
                        r = add_difference(list, s->name, s->index, was, s->value, store_layer_scope_text(s->scope));
        }
        for (size_t i = 0; r == 0 && i < n; i++) {
                sd_json_variant *item = sd_json_variant_by_index(kept, i);

                if (!is_in(d, item))
                        r = add_difference(list, store_item_text(item, "name"), index_of(item), store_item_text(item, "value"), NULL, "");
        }
        return r;
}

int store_op_diff_document(struct store *store, struct store_request *request)
{
        sd_json_variant *kept = NULL, *rows = NULL;
        struct store_document d = {0};
        struct store_list list = {0};
        int64_t served = 0;
        char mac[MAC_TEXT_SIZE];
        int r = store_in_mac(request, mac);

        if (r == 0)
                r = store_document_by_mac(store, request, mac, &d);
        if (r == 0)
                r = store_document_merge(store, &d);
        if (r == 0)
                r = store_serve_kept(store, mac, &kept, &served);
        if (r == 0 || r == PV_EUNSET)
                r = differences(&d, kept, &list);
        if (r == 0)
                r = store_list_take(&list, &rows);
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR_INTEGER("revision_served", served),
                        SD_JSON_BUILD_PAIR_INTEGER("revision", d.revision), SD_JSON_BUILD_PAIR("rows", SD_JSON_BUILD_VARIANT(rows))));
        store_list_done(&list);
        sd_json_variant_unref(kept);
        sd_json_variant_unref(rows);
        store_document_done(&d);
        return r;
}

/* --- the score ----------------------------------------------------------- */

static int score_phone(struct store *store, struct store_request *request, const char *mac, struct store_list *list)
{
        sd_json_variant *item = NULL, *rows = NULL;
        struct store_document d = {0};
        size_t met = 0, total = 0;
        int r = store_document_by_mac(store, request, mac, &d);

        if (r == 0)
                r = store_document_merge(store, &d);
        if (r == 0)
                r = score(&d, &rows, &met, &total);
        if (r == 0) {
                r = sd_json_buildo(&item, SD_JSON_BUILD_PAIR_STRING("mac", d.mac), SD_JSON_BUILD_PAIR_STRING("name", d.name),
                                   SD_JSON_BUILD_PAIR_STRING("model", d.model), SD_JSON_BUILD_PAIR_INTEGER("met", (int64_t)met),
                                   SD_JSON_BUILD_PAIR_INTEGER("total", (int64_t)total), SD_JSON_BUILD_PAIR("rows", SD_JSON_BUILD_VARIANT(rows)));
                r = store_list_add(list, r, item);
        }
        sd_json_variant_unref(rows);
        store_document_done(&d);
        return r;
}

int store_op_score_phones(struct store *store, struct store_request *request)
{
        const char *after = store_in_text(request, "after");
        int64_t limit = store_in_int(request, "limit", PAGE_MAX);
        char macs[PAGE_MAX + 1][MAC_TEXT_SIZE];
        struct store_list list = {0};
        sd_json_variant *phones = NULL;
        size_t n = 0, n_page;
        struct sqlite3_stmt *rows;
        int r;

        if (limit < 1 || limit > PAGE_MAX)
                limit = PAGE_MAX;
        rows = store_db_query(store_db(store), "SELECT mac FROM phone WHERE trust = 2 AND mac > ? ORDER BY mac LIMIT ?", "si", after ? after : "",
                              limit + 1);
        while ((r = store_db_next(store_db(store), rows)) > 0)
                (void)text_copy(macs[n++], MAC_TEXT_SIZE, store_db_text(rows, 0));
        n_page = n > (size_t)limit ? (size_t)limit : n;
        for (size_t i = 0; r == 0 && i < n_page; i++)
                r = score_phone(store, request, macs[i], &list);
        if (r == 0)
                r = store_list_take(&list, &phones);
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR("phones", SD_JSON_BUILD_VARIANT(phones)),
                                                       SD_JSON_BUILD_PAIR_STRING("next", n > n_page ? macs[n_page - 1] : NULL)));
        store_list_done(&list);
        sd_json_variant_unref(phones);
        return r;
}
