/*
 * store_tunnel: which tunnels may be, and which are.
 *
 * In:   reports of session.
 * Out:  the list session decides by; marks in the phones' rows.
 * Not:  no decision about a handshake: that is session's, from this list.
 */
#include "provisioning/store/store_tunnel.h"

#include "appliance/base/text.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_event.h"
#include "provisioning/store/store_list.h"
#include "provisioning/store/store_phone.h"
#include "provisioning/store/store_reach.h"
#include "provisioning/store/store_renewal.h"
#include "provisioning/store/store_rollout.h"

/*
 * Revoked phones are told of for as long as they are known, so that who comes with their certificate is known by name; their address
 * may be another phone's by now. lan_address: of the newest lease, else the reserved one.
 */
static const char tunnels_query[] =
        "SELECT mac, tunnel_address, certificate_sha256, certificate_serial, trust, tunnel_up, renewal.sha256, vpn_class, model, stolen, "
        "coalesce((SELECT address FROM lease WHERE lease.mac = phone.mac AND state = 'bound' ORDER BY expires_at DESC LIMIT 1), lan_address) "
        "FROM phone LEFT JOIN renewal USING (mac) "
        "WHERE (trust = 2 AND tunnel_address IS NOT NULL AND certificate_sha256 IS NOT NULL) OR trust = 3 ORDER BY mac";

static const char *address_at(struct sqlite3_stmt *row, int column, char text[static TEXT_IPV4_SIZE])
{
        uint32_t address = (uint32_t)store_db_int(row, column);

        return address ? text_from_ipv4(address, text) : "";
}

static const char *text_at(struct sqlite3_stmt *row, int column)
{
        const char *text = store_db_text(row, column);

        return text ? text : "";
}

static int tunnel_json(struct sqlite3_stmt *row, void *userdata, sd_json_variant **ret_item)
{
        char address[TEXT_IPV4_SIZE], lan_address[TEXT_IPV4_SIZE];
        sd_json_variant *reach = NULL;
        int r = store_reach_of(userdata, text_at(row, 0), &reach);

        if (r == 0)
                r = sd_json_buildo(ret_item, SD_JSON_BUILD_PAIR_STRING("mac", text_at(row, 0)),
                                   SD_JSON_BUILD_PAIR_STRING("address", address_at(row, 1, address)),
                                   SD_JSON_BUILD_PAIR_STRING("certificate_sha256", text_at(row, 2)),
                                   SD_JSON_BUILD_PAIR_STRING("certificate_serial", text_at(row, 3)),
                                   SD_JSON_BUILD_PAIR_STRING("next_sha256", text_at(row, 6)),
                                   SD_JSON_BUILD_PAIR_STRING("vpn_class", text_at(row, 7)),
                                   SD_JSON_BUILD_PAIR_STRING("model", text_at(row, 8)),
                                   SD_JSON_BUILD_PAIR_STRING("lan_address", address_at(row, 10, lan_address)),
                                   SD_JSON_BUILD_PAIR_VARIANT("reach", reach),
                                   SD_JSON_BUILD_PAIR_BOOLEAN("allowed", store_db_int(row, 4) == PHONE_TRUST_APPROVED),
                                   SD_JSON_BUILD_PAIR_BOOLEAN("stolen", store_db_int(row, 9) != 0),
                                   SD_JSON_BUILD_PAIR_BOOLEAN("up", store_db_int(row, 5) != 0));
        sd_json_variant_unref(reach);
        return r;
}

int store_op_list_tunnels(struct store *store, struct store_request *request)
{
        return store_list_answer(store, request, "tunnels", store_db_query(store_db(store), tunnels_query, ""), tunnel_json, store);
}

/*
 * A tunnel proves that the bundle was taken. One without a certificate here belongs to an earlier life of the phone, of
 * which session will hear soon; "up" always means: with the present certificate (see store_op_set_enrolment()).
 */
static int mark_up(struct store *store, const char *mac, const char *sha256)
{
        return store_db_run(store_db(store),
                            "UPDATE phone SET tunnel_up = 1, connected_at = ?2, enrolled_at = coalesce(enrolled_at, ?2), window_until = NULL "
                            "WHERE mac = ?1 AND certificate_sha256 = coalesce(?3, certificate_sha256)", "sis", mac, store_now_s(store), sha256);
}

/* One with the next certificate makes it the present one. */
static int take_up(struct store *store, struct store_request *request, const char *mac)
{
        const char *sha256 = store_in_text(request, "sha256");
        bool is_promoted;
        int r = store_phone_must_be_approved(store, request, mac, "have a tunnel");

        if (r == 0 && sha256)
                r = store_renewal_promote(store, mac, sha256, &is_promoted);
        return r < 0 ? r : mark_up(store, mac, sha256);
}

/* Down is told also for revoked phones and for such that were deleted meanwhile. */
static int mark_down(struct store *store, const char *mac)
{
        return store_db_run(store_db(store), "UPDATE phone SET tunnel_up = 0 WHERE mac = ? AND tunnel_up = 1", "s", mac);
}

int store_op_report_tunnel(struct store *store, struct store_request *request)
{
        bool up = store_in_bool(request, "up");
        const char *detail = store_in_text(request, "detail");
        char mac[MAC_TEXT_SIZE];
        const char *cipher = store_in_text(request, "cipher");
        int r = store_in_mac(request, mac);

        if (r == 0)
                r = up ? take_up(store, request, mac) : mark_down(store, mac);
        if (r < 0 || store_db_changes(store_db(store)) == 0)
                return r;
        r = store_event_now(store, mac, up ? "tunnel-up" : "tunnel-down", "%s%s%s", detail ? detail : "", cipher && *cipher ? " cipher=" : "",
                            cipher ? cipher : "");
        store_change(store, "phone", mac);
        store_rollout_touch(store);
        return r;
}

static bool is_listed(sd_json_variant *list, const char *mac)
{
        for (size_t i = 0, n = sd_json_variant_elements(list); i < n; i++)
                if (text_equal(sd_json_variant_string(sd_json_variant_by_index(list, i)), mac))
                        return true;
        return false;
}

/* Those marked up that are not in the list, first gathered: marking while reading would disturb the query. */
static int mark_others_down(struct store *store, sd_json_variant *list)
{
        struct store_list down = {0};
        struct sqlite3_stmt *rows = store_db_query(store_db(store), "SELECT mac FROM phone WHERE tunnel_up = 1", "");
        int r;

        while ((r = store_db_next(store_db(store), rows)) > 0) {
                sd_json_variant *item = NULL;

                if (is_listed(list, store_db_text(rows, 0)))
                        continue;
                r = sd_json_variant_new_string(&item, store_db_text(rows, 0));
                r = store_list_add(&down, r, item);
                if (r < 0)
                        break;
        }
        store_db_end(rows);
        for (size_t i = 0; r == 0 && i < down.n_items; i++) {
                const char *mac = sd_json_variant_string(down.items[i]);

                r = mark_down(store, mac);
                if (r == 0)
                        r = store_event_now(store, mac, "tunnel-down", "session knows of no tunnel");
                store_change(store, "phone", mac);
        }
        store_list_done(&down);
        return r;
}

int store_op_report_tunnels(struct store *store, struct store_request *request)
{
        sd_json_variant *list = store_in_array(request, "macs");
        size_t n = list ? sd_json_variant_elements(list) : 0;
        int r = mark_others_down(store, list);

        store_rollout_touch(store);
        for (size_t i = 0; r == 0 && i < n; i++) {
                const char *mac = sd_json_variant_string(sd_json_variant_by_index(list, i));

                if (!mac)
                        return store_invalid(request, "macs", "The list must hold MACs.");
                r = store_db_run(store_db(store),
                                 "UPDATE phone SET tunnel_up = 1, connected_at = ?2, enrolled_at = coalesce(enrolled_at, ?2) "
                                 "WHERE mac = ?1 AND trust = 2 AND tunnel_up = 0 AND certificate_sha256 IS NOT NULL", "si", mac, store_now_s(store));
                if (r == 0 && store_db_changes(store_db(store))) {
                        r = store_event_now(store, mac, "tunnel-up", "found open by session");
                        store_change(store, "phone", mac);
                }
        }
        return r;
}

int store_tunnel_none_open(struct store *store)
{
        int r = store_db_run(store_db(store), "UPDATE phone SET tunnel_up = 0 WHERE tunnel_up = 1", "");

        return r < 0 ? r : store_rollout_restarted(store);
}
