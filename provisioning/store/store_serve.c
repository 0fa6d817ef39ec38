/*
 * store_serve: what a phone gets in its tunnel, and what it has.
 *
 * In:   the tunnel address of the phone that asks, through settings; its word that a revision was fetched.
 * Out:  the newest settings, or, when lint finds an error in them, those the phone fetched last; what was fetched, sealed.
 * Not:  no XML.
 */
#include "provisioning/store/store_serve.h"

#include <stdlib.h>
#include <string.h>

#include "provisioning/model/lint.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_document.h"
#include "provisioning/store/store_event.h"
#include "provisioning/store/store_phone.h"
#include "provisioning/store/store_renewal.h"
#include "provisioning/store/store_rollout.h"
#include "provisioning/store/store_seal.h"
#include "provisioning/store/store_secret.h"

/* --- what it has --------------------------------------------------------- */

int store_serve_kept(struct store *store, const char *mac, sd_json_variant **ret_settings, int64_t *ret_revision)
{
        const struct store_place place = {.table = "phone_document", .row = mac, .name = "settings"};
        struct sqlite3_stmt *row = store_db_query(store_db(store), "SELECT revision, sealed FROM phone_document WHERE mac = ?", "s", mac);
        int r = store_db_next(store_db(store), row);
        char *text = NULL;
        const void *sealed;
        size_t size;

        if (r <= 0)
                return r < 0 ? r : PV_EUNSET;
        *ret_revision = store_db_int(row, 0);
        sealed = store_db_blob(row, 1, &size);
        r = store_opened(store, &place, sealed, size, &text);
        store_db_end(row);
        if (r == 0)
                r = pv_error_from_errno(sd_json_parse(text, SD_JSON_PARSE_SENSITIVE, ret_settings, NULL, NULL));
        store_seal_forget(text);
        return r;
}

static int keep(struct store *store, const char *mac, int64_t revision, sd_json_variant *settings)
{
        const struct store_place place = {.table = "phone_document", .row = mac, .name = "settings"};
        void *sealed = NULL;
        size_t size = 0;
        char *text = NULL;
        int r = pv_error_from_errno(sd_json_variant_format(settings, 0, &text));

        if (r == 0)
                r = store_sealed(store, &place, text, &sealed, &size);
        if (r == 0)
                r = store_db_run(store_db(store), "INSERT INTO phone_document (mac, revision, sealed) VALUES (?, ?, ?) ON CONFLICT (mac) DO UPDATE "
                                 "SET revision = excluded.revision, sealed = excluded.sealed", "sib", mac, revision, sealed, size);
        store_seal_forget(text);
        free(sealed);
        return r;
}

/* Only what it should have can still be merged; a revision that was overtaken meanwhile is not kept, the phone fetches again soon. */
static int keep_served(struct store *store, struct store_request *request, const char *mac, int64_t revision)
{
        struct store_document d = {0};
        sd_json_variant *settings = NULL;
        struct lint_finding finding;
        int r = store_document_by_mac(store, request, mac, &d);

        if (r == 0 && d.revision == revision) {
                r = store_document_merge(store, &d);
                if (r == 0)
                        r = lint_check_merged(&d.input, &d.result, &finding);
                if (r == 0)
                        r = store_document_settings(&d, &settings);
                if (r == 0)
                        r = keep(store, mac, revision, settings);
        }
        sd_json_variant_unref(settings);
        store_document_done(&d);
        return r == PV_EREFUSED && !*request->error ? 0 : r;
}

/* --- what it gets -------------------------------------------------------- */

static int finding_json(const struct lint_finding *finding, sd_json_variant **ret)
{
        sd_json_variant *index = NULL;
        int r = finding->index == LINT_NO_INDEX ? 0 : sd_json_variant_new_integer(&index, finding->index);

        if (r >= 0)
                r = sd_json_buildo(ret, SD_JSON_BUILD_PAIR_STRING("severity", "error"), SD_JSON_BUILD_PAIR_STRING("rule", finding->rule),
                                   SD_JSON_BUILD_PAIR_STRING("name", finding->name), SD_JSON_BUILD_PAIR("index", SD_JSON_BUILD_VARIANT(index)),
                                   SD_JSON_BUILD_PAIR_STRING("reason", finding->sentence));
        sd_json_variant_unref(index);
        return pv_error_from_errno(r);
}

struct given {
        sd_json_variant *phone, *settings, *held;
        char *authorities;              /* NULL: it has them from stage 1 */
        int64_t revision;
};

/* With an error in the newest: the last good ones, or none at all. */
static int choose(struct store *store, const struct store_document *d, struct given *ret)
{
        struct lint_finding finding;
        int r = lint_check_merged(&d->input, &d->result, &finding);

        ret->revision = d->revision;
        if (r != PV_EREFUSED)
                return r < 0 ? r : store_document_settings(d, &ret->settings);
        ret->revision = 0;
        r = finding_json(&finding, &ret->held);
        if (r == 0)
                r = store_serve_kept(store, d->mac, &ret->settings, &ret->revision);
        return r == PV_EUNSET ? pv_error_from_errno(sd_json_variant_new_array(&ret->settings, NULL, 0)) : r;
}

static int give(struct store *store, struct store_request *request, struct store_document *d)
{
        struct given given = {0};
        int r = store_document_merge(store, d);

        if (r == 0)
                r = choose(store, d, &given);
        if (r == 0)
                r = store_phone_json(store, request, d->mac, &given.phone);
        if (r == 0)
                r = store_renewal_authorities(store, d->mac, &given.authorities);
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR("phone", SD_JSON_BUILD_VARIANT(given.phone)),
                        SD_JSON_BUILD_PAIR("settings", SD_JSON_BUILD_VARIANT(given.settings)),
                        SD_JSON_BUILD_PAIR_INTEGER("revision", given.revision), SD_JSON_BUILD_PAIR("held", SD_JSON_BUILD_VARIANT(given.held)),
                        SD_JSON_BUILD_PAIR("firmware", SD_JSON_BUILD_VARIANT(given.held ? NULL : d->firmware_file)),
                        SD_JSON_BUILD_PAIR_STRING("authorities", given.authorities)));
        if (r == 0)
                sd_json_variant_sensitive(request->out);
        sd_json_variant_unref(given.phone);
        sd_json_variant_unref(given.settings);
        sd_json_variant_unref(given.held);
        free(given.authorities);
        return r;
}

int store_op_get_document(struct store *store, struct store_request *request)
{
        struct store_document d = {0};
        int r = store_document_by_address(store, request, &d);

        if (r == 0 && d.trust != PHONE_TRUST_APPROVED)
                r = store_refuse(request, "NotAllowed", "The phone %s is not approved and gets no settings.", d.mac);
        /* Whoever asks from this address then sits in a tunnel that was opened with another certificate, or is early. */
        if (r == 0 && !d.is_up)
                r = store_refuse(request, "NoTunnel", "No tunnel with the present certificate of the phone %s is known yet.", d.mac);
        if (r == 0)
                r = give(store, request, &d);
        store_document_done(&d);
        return r;
}

/* --- it was fetched ------------------------------------------------------ */

/* A phone may fetch as often as it likes; the disk and its timeline need not follow. */
static int was_served_lately(struct store *store, const char *mac, int64_t revision)
{
        int64_t one;

        return store_db_number(store_db(store), "SELECT 1 FROM phone WHERE mac = ? AND revision_served = ? AND abs(? - served_at) < ?",
                               &one, "siii", mac, revision, store_now_s(store), (int64_t)STORE_SERVED_AGAIN_S);
}

static int mark(struct store *store, struct store_request *request, const char *mac, int64_t revision)
{
        int r = keep_served(store, request, mac, revision);

        if (r == 0)
                r = store_db_run(store_db(store), "UPDATE phone SET revision_served = ?2, served_at = ?3 WHERE mac = ?1", "sii", mac, revision,
                                 store_now_s(store));
        if (r == 0)
                r = store_secret_served(store, mac, revision);
        if (r == 0)
                r = store_event_now(store, mac, "served", "revision=%lld", (long long)revision);
        store_change(store, "phone", mac);
        store_rollout_touch(store);
        return r;
}

int store_op_mark_served(struct store *store, struct store_request *request)
{
        int64_t revision = store_in_int(request, "revision", -1);
        char mac[MAC_TEXT_SIZE];
        int r = store_in_mac(request, mac);

        if (r == 0)
                r = store_phone_must_be_approved(store, request, mac, "get settings");
        if (r < 0)
                return r;
        r = was_served_lately(store, mac, revision);
        if (r == PV_EUNSET)
                r = mark(store, request, mac, revision);
        return r < 0 ? r : store_phone_reply(store, request, mac);
}
