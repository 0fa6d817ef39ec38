/*
 * store_lease: DHCP leases that survive a power cut.
 *
 * In:   leases of responder; client ids and host names in them are foreign.
 * Out:  rows, one per address, at most as many as a large pool has.
 * Not:  no allocation and no expiry: responder decides, the store remembers.
 */
#include "provisioning/store/store_lease.h"

#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_list.h"

#define CLIENT_ID_MAX 510               /* hex of 255 bytes */
#define HOSTNAME_MAX 255

static int lease_json(struct sqlite3_stmt *row, void *userdata, sd_json_variant **ret)
{
        char address[TEXT_IPV4_SIZE];

        (void)userdata;
        return sd_json_buildo(ret, SD_JSON_BUILD_PAIR_STRING("address", text_from_ipv4((uint32_t)store_db_int(row, 0), address)),
                              SD_JSON_BUILD_PAIR_STRING("mac", store_db_text(row, 1)), SD_JSON_BUILD_PAIR_STRING("client_id", store_db_text(row, 2)),
                              SD_JSON_BUILD_PAIR_STRING("hostname", store_db_text(row, 3)),
                              SD_JSON_BUILD_PAIR_INTEGER("expires_at", store_db_int(row, 4)), SD_JSON_BUILD_PAIR_STRING("state", store_db_text(row, 5)));
}

int store_op_list_leases(struct store *store, struct store_request *request)
{
        return store_list_answer(store, request, "leases", store_db_query(store_db(store), "SELECT address, mac, client_id, hostname, expires_at, state "
                                 "FROM lease ORDER BY address", ""), lease_json, NULL);
}

static bool is_state(const char *text)
{
        return text_equal(text, "bound") || text_equal(text, "released") || text_equal(text, "declined") || text_equal(text, "conflict");
}

static int commit_one(struct store *store, struct store_request *request, sd_json_variant *item)
{
        const char *address_text = store_item_text(item, "address"), *mac_text = store_item_text(item, "mac");
        const char *client_id = store_item_text(item, "client_id"), *hostname = store_item_text(item, "hostname");
        const char *state = store_item_text(item, "state");
        char escaped[HOSTNAME_MAX + 1], mac_space[MAC_TEXT_SIZE] = "";
        uint32_t address;
        struct mac mac;

        if (!address_text || text_to_ipv4(address_text, &address) < 0)
                return store_invalid(request, "address", "A lease needs an address such as 192.168.1.20.");
        /* A declined or conflicting address belongs to nobody we know. */
        if (!mac_text || (*mac_text && mac_parse_text(mac_text, &mac) < 0))
                return store_invalid(request, "mac", "A lease needs a MAC of 12 hex digits.");
        if (*mac_text)
                mac_format(&mac, mac_space);
        if (!client_id || strlen(client_id) > CLIENT_ID_MAX || strspn(client_id, "0123456789abcdef") != strlen(client_id))
                return store_invalid(request, "client_id", "A client id is lower-case hex.");
        if (!is_state(state))
                return store_invalid(request, "state", "The state of a lease is bound, released, declined or conflict.");
        text_escape(escaped, sizeof escaped, hostname ? hostname : "", hostname ? strlen(hostname) : 0);
        return store_db_run(store_db(store),
                            "INSERT INTO lease (address, mac, client_id, hostname, expires_at, state) VALUES (?, ?, ?, ?, ?, ?) "
                            "ON CONFLICT (address) DO UPDATE SET mac = excluded.mac, client_id = excluded.client_id, "
                            "hostname = excluded.hostname, expires_at = excluded.expires_at, state = excluded.state", "isssis",
                            (int64_t)address, mac_space, client_id, escaped, store_item_int(item, "expires_at", 0), state);
}

/* Beyond the ceiling those that ended longest ago go; a site's pool is far below it. */
static int keep_ceiling(struct store *store)
{
        int64_t n = 0;
        int r = store_db_number(store_db(store), "SELECT count(*) FROM lease", &n, "");

        if (r < 0 || n <= STORE_LEASES_MAX)
                return r;
        return store_db_run(store_db(store), "DELETE FROM lease WHERE address IN (SELECT address FROM lease ORDER BY expires_at LIMIT ?)",
                            "i", n - STORE_LEASES_MAX);
}

int store_op_commit_leases(struct store *store, struct store_request *request)
{
        sd_json_variant *list = store_in_array(request, "leases");
        size_t n = list ? sd_json_variant_elements(list) : 0;
        int r = 0;

        for (size_t i = 0; r == 0 && i < n; i++)
                r = commit_one(store, request, sd_json_variant_by_index(list, i));
        return r < 0 || !n ? r : keep_ceiling(store);
}
