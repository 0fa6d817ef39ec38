/*
 * store_approve: phones that may enrol.
 *
 * In:   decisions of the admin about one phone, some, or all that wait.
 * Out:  approved phones, each with a tunnel address for life and secrets of its own.
 * Not:  no certificates (store_enrolment), no values of a phone (store_phone).
 */
#include "provisioning/store/store_approve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_event.h"
#include "provisioning/store/store_list.h"
#include "provisioning/store/store_phone.h"
#include "provisioning/store/store_replace.h"
#include "provisioning/store/store_secret.h"
#include "provisioning/store/store_site.h"

#define SLICE 250                       /* phones approved in one round */
#define PROBLEMS_MAX 1000

/* --- tunnel addresses ---------------------------------------------------- */

struct tunnel_network {
        int64_t first, last, gateway;
};

static struct tunnel_network tunnel_network(const struct site *site, bool is_legacy)
{
        uint32_t gateway = is_legacy ? site->legacy_address : site->tunnel_address;
        uint32_t mask = text_ipv4_mask(is_legacy ? site->legacy_prefix : site->tunnel_prefix);

        return (struct tunnel_network){
                .first = (gateway & mask) + 1,
                .last = (int64_t)(gateway | ~mask) - 1,
                .gateway = gateway,
        };
}

/* The lowest host address from `next` on that no phone has or had; beyond net->last when there is none. */
static int fresh_address(struct store *store, const struct tunnel_network *net, int64_t next, int64_t *ret_address)
{
        struct sqlite3_stmt *rows = store_db_query(store_db(store),
                                                   "SELECT tunnel_address AS a FROM phone WHERE tunnel_address >= ?1 "
                                                   "UNION ALL SELECT address FROM tunnel_rest WHERE address >= ?1 ORDER BY a", "i", next);
        int r;

        next += next == net->gateway;
        while ((r = store_db_next(store_db(store), rows)) > 0 && store_db_int(rows, 0) <= next) {
                if (store_db_int(rows, 0) == next)
                        next++;
                next += next == net->gateway;
        }
        store_db_end(rows);
        *ret_address = next;
        return r < 0 ? r : 0;
}

/* A clock that was set meanwhile counts as time in either direction: an address must not rest for ever. */
static int rested_address(struct store *store, const struct tunnel_network *net, int64_t *ret_address)
{
        return store_db_number(store_db(store),
                               "SELECT address FROM tunnel_rest WHERE address BETWEEN ?1 AND ?2 AND address <> ?3 AND "
                               "abs(?4 - freed_at) >= ?5 AND address NOT IN (SELECT tunnel_address FROM phone WHERE tunnel_address IS NOT NULL) "
                               "ORDER BY freed_at LIMIT 1", ret_address, "iiiii", net->first, net->last, net->gateway, store_now_s(store),
                               (int64_t)STORE_TUNNEL_REST_S);
}

/* One that nobody ever had; when all were given once, the one that rests longest. */
static int free_address(struct store *store, struct store_request *request, struct store_approval *approval, bool is_legacy, int64_t *ret_address)
{
        const struct tunnel_network net = tunnel_network(approval->site, is_legacy);
        int64_t *next = &approval->next[is_legacy];
        int r = fresh_address(store, &net, *next ? *next : net.first, ret_address);

        if (r == 0)
                *next = *ret_address <= net.last ? *ret_address + 1 : net.last + 1;
        if (r == 0 && *ret_address > net.last)
                r = rested_address(store, &net, ret_address);
        if (r == PV_EUNSET)
                return store_refuse(request, "NotAllowed", "The tunnel network has no free address; delete phones (their addresses come back "
                                    "after %d minutes) or choose a larger %s.", STORE_TUNNEL_REST_S / 60, is_legacy ? "legacy_address" : "tunnel_address");
        return r < 0 ? r : store_db_run(store_db(store), "DELETE FROM tunnel_rest WHERE address = ?", "i", *ret_address);
}

int store_approve_rest(struct store *store, const char *mac)
{
        return store_db_run(store_db(store),
                            "INSERT INTO tunnel_rest (address, freed_at) SELECT tunnel_address, ?2 FROM phone WHERE mac = ?1 AND "
                            "tunnel_address IS NOT NULL ON CONFLICT (address) DO UPDATE SET freed_at = excluded.freed_at", "si", mac,
                            store_now_s(store));
}

/* --- one phone ----------------------------------------------------------- */

static int make_default_profile(struct store *store, struct store_approval *approval)
{
        int r;

        if (approval->has_default)
                return 0;
        r = store_db_run(store_db(store), "INSERT INTO profile (name) VALUES (?) ON CONFLICT DO NOTHING", "s", STORE_PROFILE_DEFAULT);
        if (r == 0 && store_db_changes(store_db(store)))
                store_change(store, "profile", STORE_PROFILE_DEFAULT);
        approval->has_default = r == 0;
        return r;
}

static int take_address(struct store *store, struct store_request *request, struct store_approval *approval, const char *mac, int64_t *ret_address)
{
        int64_t is_legacy = 0;
        int r = store_db_number(store_db(store), "SELECT vpn_class = 'legacy' FROM phone WHERE mac = ?", &is_legacy, "s", mac);

        return r < 0 ? r : free_address(store, request, approval, is_legacy != 0, ret_address);
}

/* The tunnel address is for life: a phone that had one keeps it. Certificate and marks of an earlier life go. */
int store_approve_row(struct store *store, struct store_request *request, struct store_approval *approval, const char *mac)
{
        int64_t address = 0;
        int r = store_db_number(store_db(store), "SELECT tunnel_address FROM phone WHERE mac = ? AND tunnel_address IS NOT NULL", &address,
                                "s", mac);

        if (r == PV_EUNSET)
                r = take_address(store, request, approval, mac, &address);
        if (r == 0)
                r = make_default_profile(store, approval);
        if (r < 0)
                return r;
        return store_db_run(store_db(store),
                            "UPDATE phone SET trust = 2, stranger = 0, expected = 0, stolen = 0, tunnel_address = ?2, tunnel_up = 0, approved_at = ?3, revision = ?4, enrolled_at = NULL, "
                            "connected_at = NULL, served_at = NULL, revoked_at = NULL, window_until = NULL, revision_served = 0, "
                            "certificate = NULL, certificate_serial = NULL, certificate_sha256 = NULL, certificate_not_before = NULL, "
                            "certificate_not_after = NULL WHERE mac = ?1", "siii", mac, address, store_now_s(store), approval->revision);
}

int store_approve_finish(struct store *store, struct store_request *request, const char *mac)
{
        int r = store_event_now(store, mac, "approved", "by %s", request->actor);

        return r < 0 ? r : store_secret_make(store, mac);
}

static int approve_whole(struct store *store, struct store_request *request, struct store_approval *approval, const char *mac)
{
        int r = store_next(store, "revision", &approval->revision);

        if (r == 0)
                r = store_approve_row(store, request, approval, mac);
        if (r == 0)
                r = store_approve_finish(store, request, mac);
        if (r == 0)
                store_change(store, "phone", mac);
        return r;
}

int store_approve(struct store *store, struct store_request *request, const char *mac)
{
        struct store_site site;
        struct store_approval approval = {.site = &site.site};
        int r = store_site_load(store, &site);

        if (r < 0)
                return r;
        r = approve_whole(store, request, &approval, mac);
        store_site_done(&site);
        return r;
}

int store_approve_yield(struct store *store, const char *mac)
{
        int r = store_approve_rest(store, mac);

        return r < 0 ? r : store_db_run(store_db(store), "UPDATE phone SET tunnel_address = NULL WHERE mac = ?", "s", mac);
}

/* Its own secrets and settings stay; what the other network and authority gave it goes. */
int store_approve_anew(struct store *store, struct store_request *request, const char *mac)
{
        struct store_site site;
        struct store_approval approval = {.site = &site.site};
        int r = store_site_load(store, &site);

        if (r < 0)
                return r;
        r = store_approve_yield(store, mac);
        if (r == 0)
                r = store_db_number(store_db(store), "SELECT revision FROM phone WHERE mac = ?", &approval.revision, "s", mac);
        if (r == 0)
                r = store_approve_row(store, request, &approval, mac);
        if (r == 0)
                r = store_secret_remove(store, mac, STORE_SECRET_VPN_KEY);
        store_site_done(&site);
        return r;
}

int store_op_approve_phone(struct store *store, struct store_request *request)
{
        char mac[MAC_TEXT_SIZE];
        enum phone_trust trust = PHONE_TRUST_SEEN;
        int r = store_in_mac(request, mac);

        if (r == 0)
                r = store_phone_trust(store, request, mac, &trust);
        if (r == 0 && trust != PHONE_TRUST_APPROVED)
                r = store_replace_refuse(store, request, mac, "approve it");
        if (r == 0 && trust != PHONE_TRUST_APPROVED) {
                r = store_approve(store, request, mac);
                if (r == 0)
                        r = store_audit(store, request, "approve", mac, "");
        }
        return r < 0 ? r : store_phone_reply(store, request, mac);
}

/* --- many ---------------------------------------------------------------- */

/* What goes on from round to round. */
struct crowd {
        char after[MAC_TEXT_SIZE];      /* all that wait: the last one looked at */
        size_t next;                    /* of a list: the next one in it */
        int64_t approved;
        struct store_list problems;
};

static void crowd_free(void *state)
{
        struct crowd *crowd = state;

        if (crowd)
                store_list_done(&crowd->problems);
        free(crowd);
}

static int add_problem(struct crowd *crowd, const struct store_request *one, size_t line, const char *mac)
{
        char reason[sizeof one->reason + 32];
        sd_json_variant *item = NULL;
        int r;

        if (crowd->problems.n_items == PROBLEMS_MAX)
                return 0;
        (void)snprintf(reason, sizeof reason, "%s: %s", mac, one->reason);
        r = sd_json_buildo(&item, SD_JSON_BUILD_PAIR_INTEGER("line", (int64_t)line), SD_JSON_BUILD_PAIR_STRING("field", "mac"),
                           SD_JSON_BUILD_PAIR_STRING("reason", reason));
        return store_list_add(&crowd->problems, r, item);
}

/* A revoked phone comes back by name alone, not in a crowd: somebody had a reason. */
static int approve_waiting(struct store *store, struct store_request *one, struct store_approval *approval, const char *mac, bool *ret_approved)
{
        enum phone_trust trust = PHONE_TRUST_SEEN;
        int r = store_phone_trust(store, one, mac, &trust);

        *ret_approved = false;
        if (r < 0 || trust == PHONE_TRUST_APPROVED)
                return r;
        if (trust == PHONE_TRUST_REVOKED)
                return store_refuse(one, "NotAllowed", "it is revoked; `provostctl phone approve` with its MAC brings it back.");
        r = approve_whole(store, one, approval, mac);
        *ret_approved = r == 0;
        return r;
}

/* A refusal is noted and stops nobody else. It comes before anything of this phone was written. */
static int try_one(struct store *store, struct store_request *request, struct crowd *crowd, struct store_approval *approval, const char *mac,
                   size_t line)
{
        struct store_request one = {.actor = request->actor};
        bool approved;
        int r = approve_waiting(store, &one, approval, mac, &approved);

        crowd->approved += approved;
        return r == PV_EREFUSED && *one.error ? add_problem(crowd, &one, line, mac) : r;
}

/* Who made himself known is let in by name alone: anybody on the LAN can ask for as many phones as he likes. */
static int next_waiting(struct store *store, struct crowd *crowd, char (*ret_macs)[MAC_TEXT_SIZE], size_t *ret_n)
{
        struct sqlite3_stmt *rows = store_db_query(store_db(store), "SELECT mac FROM phone WHERE trust = 1 AND stranger = 0 AND mac > ? ORDER BY mac LIMIT ?", "si",
                                                   crowd->after, (int64_t)SLICE);
        int r;

        *ret_n = 0;
        while ((r = store_db_next(store_db(store), rows)) > 0)
                (void)text_copy(ret_macs[(*ret_n)++], MAC_TEXT_SIZE, store_db_text(rows, 0));
        if (*ret_n)
                (void)text_copy(crowd->after, sizeof crowd->after, ret_macs[*ret_n - 1]);
        return r;
}

static int approve_all(struct store *store, struct store_request *request, struct crowd *crowd, struct store_approval *approval)
{
        char macs[SLICE][MAC_TEXT_SIZE];
        size_t n = 0;
        int r = next_waiting(store, crowd, macs, &n);

        for (size_t i = 0; r == 0 && i < n; i++)
                r = try_one(store, request, crowd, approval, macs[i], 0);
        request->again = r == 0 && n == SLICE;
        return r;
}

static int read_mac(struct store_request *request, sd_json_variant *list, size_t i, char ret_mac[static MAC_TEXT_SIZE])
{
        const char *text = sd_json_variant_string(sd_json_variant_by_index(list, i));
        struct mac mac;

        if (!text || mac_parse_text(text, &mac) < 0)
                return store_invalid(request, "macs", "Entry %zu of the list is no MAC; no phone was approved.", i + 1);
        mac_format(&mac, ret_mac);
        return 0;
}

/* Before the first phone is approved: what one slice has kept, a later one cannot undo. */
static int check_list(struct store_request *request, sd_json_variant *list)
{
        char mac[MAC_TEXT_SIZE];
        int r = 0;

        for (size_t i = 0, n = sd_json_variant_elements(list); r == 0 && i < n; i++)
                r = read_mac(request, list, i, mac);
        return r;
}

static int approve_listed(struct store *store, struct store_request *request, struct crowd *crowd, struct store_approval *approval,
                          sd_json_variant *list)
{
        size_t n = sd_json_variant_elements(list), end = n - crowd->next > SLICE ? crowd->next + SLICE : n;
        int r = crowd->next ? 0 : check_list(request, list);

        for (; r == 0 && crowd->next < end; crowd->next++) {
                char mac[MAC_TEXT_SIZE];

                r = read_mac(request, list, crowd->next, mac);
                if (r == 0)
                        r = try_one(store, request, crowd, approval, mac, crowd->next + 1);
        }
        request->again = r == 0 && end < n;
        return r;
}

/* Each slice in the transaction that keeps it: what comes after may fail. */
static int audit_slice(struct store *store, struct store_request *request, const struct crowd *crowd, int64_t before)
{
        char told[64];

        if (crowd->approved == before && (before || request->again))
                return 0;
        (void)snprintf(told, sizeof told, "approved=%lld", (long long)(crowd->approved - before));
        return store_audit(store, request, "approve-phones", store_in_array(request, "macs") ? "listed" : "all", told);
}

static int approve_slice(struct store *store, struct store_request *request, struct crowd *crowd)
{
        sd_json_variant *list = store_in_array(request, "macs");
        int64_t before = crowd->approved;
        struct store_site site;
        struct store_approval approval = {.site = &site.site};
        int r = store_site_load(store, &site);

        if (r < 0)
                return r;
        r = list ? approve_listed(store, request, crowd, &approval, list) : approve_all(store, request, crowd, &approval);
        store_site_done(&site);
        return r < 0 ? r : audit_slice(store, request, crowd, before);
}

static int reply_crowd(struct store_request *request, struct crowd *crowd)
{
        sd_json_variant *problems = NULL;
        int r = store_list_take(&crowd->problems, &problems);

        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR_INTEGER("approved", crowd->approved),
                                                       SD_JSON_BUILD_PAIR("problems", SD_JSON_BUILD_VARIANT(problems))));
        sd_json_variant_unref(problems);
        return r;
}

int store_op_approve_phones(struct store *store, struct store_request *request)
{
        struct crowd *crowd = request->state;
        int r;

        if (!crowd) {
                crowd = request->state = calloc(1, sizeof *crowd);
                request->state_free = crowd_free;
        }
        if (!crowd)
                return PV_ENOMEM;
        r = approve_slice(store, request, crowd);
        return r < 0 || request->again ? r : reply_crowd(request, crowd);
}
