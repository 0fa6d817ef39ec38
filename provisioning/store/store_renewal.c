/*
 * store_renewal: the next certificate of each phone, and the authorities they are of.
 *
 * In:   certificates and roots from bootstrap; the digest of each tunnel's certificate from session.
 * Out:  who is due for a next one; the next one as the present one once a tunnel with it is up.
 * Not:  no decision when one is due (store_renewal_plan), no warnings (store_end), no look into a certificate.
 */
#include "provisioning/store/store_renewal.h"

#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/store/store_alarm.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_end.h"
#include "provisioning/store/store_event.h"
#include "provisioning/store/store_list.h"
#include "provisioning/store/store_phone.h"
#include "provisioning/store/store_renewal_plan.h"
#include "provisioning/store/store_seal.h"
#include "provisioning/store/store_secret.h"

#define ROOTS_MAX 32768
#define LOST_MAX 1000
#define RENEWALS_MAX 1000
#define AS_GOOD_S 86400                 /* a next certificate that ends so much earlier is not made anew */

int store_renewal_now(struct store *store, int64_t *ret_now_s)
{
        int64_t floor;
        int r = store_db_number(store_db(store), "SELECT value FROM meta WHERE name = 'floor'", &floor, "");

        if (r == 0)
                *ret_now_s = renewal_now(store_now_s(store), floor);
        return r;
}

static struct store_place place_of(const char *mac)
{
        return (struct store_place){.table = "renewal", .row = mac, .name = "private_key"};
}

/* --- kept, fetched ------------------------------------------------------- */

static int insert(struct store *store, const struct store_request *request, const char *mac, const void *key, size_t size)
{
        return store_db_run(store_db(store),
                            "INSERT OR REPLACE INTO renewal (mac, certificate, serial, sha256, not_before, not_after, generation, class, sealed_key, "
                            "made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, coalesce(?8, 'modern'), ?9, ?10)", "ssssiiisbi", mac,
                            store_in_text(request, "certificate"), store_in_text(request, "serial"), store_in_text(request, "sha256"),
                            store_in_int(request, "not_before", 0), store_in_int(request, "not_after", 0), store_in_int(request, "generation", 1),
                            store_in_text(request, "authority"), key, size, store_now_s(store));
}

/* One as good as the new one may be on its way to the phone, or be all it has; the new one is not known to anybody. */
static int has_as_good(struct store *store, const struct store_request *request, const char *mac)
{
        int64_t one;

        return store_db_number(store_db(store), "SELECT 1 FROM renewal WHERE mac = ?1 AND generation = ?2 AND class = coalesce(?3, 'modern') AND "
                               "not_before <= ?4 AND not_after >= ?5", &one, "sisii", mac, store_in_int(request, "generation", 1),
                               store_in_text(request, "authority"), store_in_int(request, "not_before", 0),
                               store_in_int(request, "not_after", 0) - AS_GOOD_S);
}

int store_renewal_keep(struct store *store, struct store_request *request, const char *mac)
{
        const struct store_place place = place_of(mac);
        void *key = NULL;
        size_t size = 0;
        int r = has_as_good(store, request, mac);

        if (r != PV_EUNSET)
                return r;
        r = store_sealed(store, &place, store_in_text(request, "private_key"), &key, &size);
        if (r == 0)
                r = insert(store, request, mac, key, size);
        free(key);
        if (r == 0)
                r = store_event_now(store, mac, "certificate-next", "serial=%s; it takes the present one's place when the phone comes with it",
                                    store_in_text(request, "serial"));
        return r < 0 ? r : store_phone_revise(store, mac);
}

static int copy_row(struct store *store, struct sqlite3_stmt *row, const char *mac, struct store_renewal *ret)
{
        const struct store_place place = place_of(mac);
        struct store_renewal renewal = {.not_after = store_db_int(row, 2)};
        const void *sealed;
        size_t size;
        int r = text_copy(renewal.serial, sizeof renewal.serial, store_db_text(row, 1));

        renewal.certificate = r == 0 ? strdup(store_db_text(row, 0)) : NULL;
        sealed = store_db_blob(row, 3, &size);
        if (r == 0)
                r = renewal.certificate ? store_opened(store, &place, sealed, size, &renewal.private_key) : PV_ENOMEM;
        if (r < 0)
                store_renewal_done(&renewal);
        else
                *ret = renewal;
        return r;
}

int store_renewal_load(struct store *store, const char *mac, struct store_renewal *ret_renewal)
{
        struct sqlite3_stmt *row = store_db_query(store_db(store), "SELECT certificate, serial, not_after, sealed_key FROM renewal WHERE mac = ?",
                                                  "s", mac);
        int r = store_db_next(store_db(store), row);

        if (r <= 0)
                return r < 0 ? r : PV_EUNSET;
        r = copy_row(store, row, mac, ret_renewal);
        store_db_end(row);
        return r;
}

void store_renewal_done(struct store_renewal *renewal)
{
        free(renewal->certificate);
        store_seal_forget(renewal->private_key);
        renewal->certificate = renewal->private_key = NULL;
}

int store_renewal_fetched(struct store *store, const char *mac, const char *serial, const char *where)
{
        int r = store_db_run(store_db(store), "UPDATE renewal SET fetched_at = ?3, delivered = ?4, stuck_at = NULL WHERE mac = ?1 AND serial = ?2",
                             "ssis", mac, serial, store_now_s(store), where);

        if (r < 0)
                return r;
        if (store_db_changes(store_db(store)) == 0)
                return PV_EUNSET;
        return store_event_now(store, mac, "renewal-fetched", "it took the bundle of its next certificate (%s)", where);
}

/* --- the next one is the present one ------------------------------------- */

static int take_over(struct store *store, const char *mac, const char *key, bool *ret_is_new_document)
{
        int64_t is_new = 0;
        int r = store_db_number(store_db(store), "SELECT renewal.delivered <> 'tunnel' FROM renewal WHERE mac = ?", &is_new, "s", mac);

        if (r == 0)
                r = store_db_run(store_db(store),
                                 "UPDATE phone SET (certificate, certificate_serial, certificate_sha256, certificate_not_before, certificate_not_after, "
                                 "generation, certificate_class, delivered) = (SELECT certificate, serial, sha256, not_before, not_after, generation, "
                                 "class, delivered FROM renewal WHERE renewal.mac = phone.mac) WHERE mac = ?", "s", mac);
        if (r == 0)
                r = store_secret_set(store, mac, STORE_SECRET_VPN_KEY, key, STORE_SECRET_NOW);
        if (r == 0)
                r = store_db_run(store_db(store), "DELETE FROM renewal WHERE mac = ?", "s", mac);
        *ret_is_new_document = is_new != 0;
        return r;
}

int store_renewal_promote(struct store *store, const char *mac, const char *sha256, bool *ret_promoted)
{
        struct store_renewal renewal = {0};
        bool is_new_document = false;
        int64_t one;
        int r = store_db_number(store_db(store), "SELECT 1 FROM renewal JOIN phone USING (mac) WHERE mac = ? AND renewal.sha256 = ? AND trust = 2", &one,
                                "ss", mac, sha256);

        *ret_promoted = r == 0;
        if (r == 0)
                r = store_renewal_load(store, mac, &renewal);
        if (r == 0)
                r = take_over(store, mac, renewal.private_key, &is_new_document);
        if (r == 0)
                r = store_event_now(store, mac, "renewed", "it came with its next certificate, serial=%s; the former one is refused now",
                                    renewal.serial);
        if (r == 0)
                r = store_alarm_clear(store, "renewal-stuck", mac, "store");
        if (r == 0)
                r = store_end_over(store, mac);
        if (r == 0 && is_new_document)
                r = store_phone_revise(store, mac);
        if (r == 0)
                store_change(store, "phone", mac);
        store_renewal_done(&renewal);
        return r == PV_EUNSET ? 0 : r;
}

/* --- who is due ---------------------------------------------------------- */

static struct renewal_certificate certificate_at(struct sqlite3_stmt *row, int column, const char *vpn_class)
{
        const char *class = store_db_text(row, column + 3);

        return (struct renewal_certificate){
                .not_before = store_db_int(row, column), .not_after = store_db_int(row, column + 1),
                .generation = store_db_int(row, column + 2), .is_other_class = !text_equal(class, vpn_class),
        };
}

static bool row_is_due(struct sqlite3_stmt *row, int64_t now_s, int64_t before_s, int64_t generation)
{
        const char *vpn_class = store_db_text(row, 1);
        const struct renewal_facts facts = {
                .present = certificate_at(row, 2, vpn_class),
                .has_next = !store_db_is_null(row, 6),
                .next = certificate_at(row, 6, vpn_class),
                .was_fetched = !store_db_is_null(row, 10),
                .came_with_former = store_db_int(row, 11) != 0,
        };

        return renewal_is_due(&facts, now_s, before_s, generation);
}

/* Their MACs first: each phone is a query of its own. */
static int find_due(struct store *store, const struct store_request *request, int64_t now_s, char (*ret_macs)[MAC_TEXT_SIZE], size_t max,
                    size_t *ret_n)
{
        int64_t before = store_in_int(request, "before", 0), generation = store_in_int(request, "generation", 0);
        struct sqlite3_stmt *rows = store_db_query(store_db(store),
                "SELECT phone.mac, vpn_class, certificate_not_before, certificate_not_after, phone.generation, certificate_class, renewal.not_before, "
                "renewal.not_after, renewal.generation, renewal.class, fetched_at, fetched_at IS NOT NULL AND connected_at > fetched_at FROM phone "
                "LEFT JOIN renewal USING (mac) WHERE trust = 2 AND certificate_sha256 IS NOT NULL AND (vpn_class = 'modern' OR "
                "EXISTS (SELECT 1 FROM site WHERE site.name = 'legacy' AND value = 'on')) ORDER BY tunnel_up DESC, certificate_not_after", "");
        size_t n = 0;
        int r;

        while ((r = store_db_next(store_db(store), rows)) > 0 && n < max)
                if (row_is_due(rows, now_s, before, generation))
                        (void)text_copy(ret_macs[n++], MAC_TEXT_SIZE, store_db_text(rows, 0));
        if (r > 0)
                store_db_end(rows);
        *ret_n = n;
        return r < 0 ? r : 0;
}

int store_op_list_renewals(struct store *store, struct store_request *request)
{
        int64_t limit = store_in_int(request, "limit", 1), now = 0;
        size_t max = limit < 1 ? 1 : limit > RENEWALS_MAX ? RENEWALS_MAX : (size_t)limit, n = 0;
        char (*macs)[MAC_TEXT_SIZE] = calloc(max, sizeof *macs);
        struct store_list list = {0};
        int r = macs ? store_renewal_now(store, &now) : PV_ENOMEM;

        if (r == 0)
                r = find_due(store, request, now, macs, max, &n);
        for (size_t i = 0; r == 0 && i < n; i++) {
                sd_json_variant *phone = NULL;

                r = store_phone_json(store, request, macs[i], &phone);
                r = r < 0 ? r : store_list_add(&list, 0, phone);
        }
        free(macs);
        return store_list_reply(&list, r, request, "phones");
}

/* --- authorities --------------------------------------------------------- */

/* Who never took a bundle loses nothing by a rollover. */
#define CONCERNED "trust = 2 AND certificate_sha256 IS NOT NULL AND enrolled_at IS NOT NULL"

static int list_lost(struct store *store, int64_t generation, struct store_list *list)
{
        return store_list_read(store, list, store_db_query(store_db(store), "SELECT mac FROM phone WHERE " CONCERNED " AND generation <> ? ORDER BY mac "
                                                           "LIMIT ?", "ii", generation, (int64_t)LOST_MAX), store_list_text, NULL);
}

int store_op_count_generations(struct store *store, struct store_request *request)
{
        int64_t generation = store_in_int(request, "generation", 0), holding = 0, total = 0;
        struct store_list list = {0};
        sd_json_variant *lost = NULL;
        int r = store_db_number(store_db(store), "SELECT count(*) FROM phone WHERE " CONCERNED, &total, "");

        if (r == 0)
                r = store_db_number(store_db(store), "SELECT count(*) FROM phone WHERE " CONCERNED " AND generation = ?", &holding, "i", generation);
        if (r == 0)
                r = list_lost(store, generation, &list);
        if (r == 0)
                r = store_list_take(&list, &lost);
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR_INTEGER("holding", holding),
                                                       SD_JSON_BUILD_PAIR_INTEGER("total", total), SD_JSON_BUILD_PAIR("lost", SD_JSON_BUILD_VARIANT(lost))));
        store_list_done(&list);
        sd_json_variant_unref(lost);
        return r;
}

static size_t count_certificates(const char *text)
{
        size_t n = 0;

        for (const char *at = text; (at = strstr(at, "-----BEGIN CERTIFICATE-----")); at++)
                n++;
        return n;
}

/* One root of the first generation is what stage 1 always gave: nothing to tell until it changes. */
static bool is_news(const char *roots, int64_t generation)
{
        return generation > 1 || count_certificates(roots) > 1;
}

struct authority {
        char *roots;                    /* NULL: none was told of yet */
        bool told;
};

static int read_authority(struct store *store, const char *class, struct authority *ret)
{
        struct sqlite3_stmt *row = store_db_query(store_db(store), "SELECT roots, told FROM authority WHERE class = ?", "s", class);
        int r = store_db_next(store_db(store), row);

        *ret = (struct authority){0};
        if (r <= 0)
                return r;
        ret->roots = strdup(store_db_text(row, 0));
        ret->told = store_db_int(row, 1) != 0;
        store_db_end(row);
        return ret->roots ? 0 : PV_ENOMEM;
}

int store_renewal_authorities(struct store *store, const char *mac, char **ret_roots)
{
        struct authority authority = {0};
        int64_t is_legacy = 0;
        int r = store_db_number(store_db(store), "SELECT vpn_class = 'legacy' FROM phone WHERE mac = ?", &is_legacy, "s", mac);

        if (r == 0)
                r = read_authority(store, is_legacy ? "legacy" : "modern", &authority);
        if (!authority.told) {
                free(authority.roots);
                authority.roots = NULL;
        }
        *ret_roots = authority.roots;
        return r == PV_EUNSET ? 0 : r;
}

/* One revision for all of the class; the connected ones hear of it. */
static int revise_all(struct store *store, const char *class)
{
        struct sqlite3_stmt *rows;
        int64_t revision;
        int r = store_next(store, "revision", &revision);

        if (r == 0)
                r = store_db_run(store_db(store), "UPDATE phone SET revision = ?2 WHERE trust = 2 AND vpn_class = ?1", "si", class, revision);
        if (r == 0)
                r = store_db_run(store_db(store), "INSERT OR REPLACE INTO meta (name, value) VALUES ('authorities', ?)", "i", revision);
        if (r < 0)
                return r;
        rows = store_db_query(store_db(store), "SELECT mac FROM phone WHERE trust = 2 AND vpn_class = ? AND tunnel_up = 1", "s", class);
        while ((r = store_db_next(store_db(store), rows)) > 0)
                store_tell_fetch(store, store_db_text(rows, 0));
        store_change(store, "phone", "");
        return r;
}

static int set_authority(struct store *store, const char *class, const char *roots, int64_t generation)
{
        struct authority former;
        int r = read_authority(store, class, &former);
        bool is_new = former.roots && !text_equal(former.roots, roots), told = former.told || is_new || is_news(roots, generation);
        bool is_same = former.roots && !is_new;

        free(former.roots);
        if (r < 0 || is_same)
                return r;
        r = store_db_run(store_db(store), "INSERT OR REPLACE INTO authority (class, roots, generation, told) VALUES (?, ?, ?, ?)", "ssii", class, roots,
                         generation, (int64_t)told);
        if (r < 0 || !told)
                return r;
        r = revise_all(store, class);
        return r < 0 ? r : store_event_now(store, "", "authorities", "%s phones are told of the authorities of generation %lld, %zu in all", class,
                                           (long long)generation, count_certificates(roots));
}

static int check_roots(struct store_request *request, const char *name)
{
        const char *roots = store_in_text(request, name);

        if (roots && (strlen(roots) > ROOTS_MAX || !text_starts(roots, "-----BEGIN CERTIFICATE-----")))
                return store_invalid(request, name, "The authorities must be certificates in PEM, %d bytes at most.", ROOTS_MAX);
        return 0;
}

int store_op_set_authorities(struct store *store, struct store_request *request)
{
        const char *roots = store_in_text(request, "roots"), *legacy = store_in_text(request, "legacy");
        int64_t generation = store_in_int(request, "generation", 0);
        int r = check_roots(request, "roots");

        if (r == 0)
                r = check_roots(request, "legacy");
        if (r == 0 && roots)
                r = set_authority(store, "modern", roots, generation);
        return r < 0 || !legacy ? r : set_authority(store, "legacy", legacy, generation);
}
