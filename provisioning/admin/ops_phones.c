/*
 * ops_phones: many phones: the table, its file, a new one.
 *
 * In:   filters, the data of a new phone.
 * Out:  pages of rows; a CSV of all of them.
 * Not:  one phone is ops_phone's.
 */
#include "provisioning/admin/csv.h"
#include "provisioning/admin/operations.h"
#include "provisioning/admin/ops.h"

#include <stdlib.h>
#include <string.h>

#define PAGE 500

static const struct field search_phones_fields[] = {
        FIELD(QUERY, TEXT, "text", .max = 128),
        FIELD(QUERY, TEXTS, "state", .max = 16),
        FIELD(QUERY, TEXT, "model", .max = 31),
        FIELD(QUERY, TEXT, "profile", .max = 64),
        FIELD(QUERY, INTEGER, "score_below", .max = 101),
        FIELD(QUERY, WORD, "sort", .words = "name mac state model seen score -name -mac -state -model -seen -score"),
        FIELD(QUERY, TEXT, "after", .max = 512),
        FIELD_LIMIT(500),
        FIELDS_END,
};

static const struct field export_phones_fields[] = {
        FIELD(QUERY, TEXT, "text", .max = 128),
        FIELD(QUERY, TEXTS, "state", .max = 16),
        FIELD(QUERY, TEXT, "model", .max = 31),
        FIELD(QUERY, TEXT, "profile", .max = 64),
        FIELD(QUERY, INTEGER, "score_below", .max = 101),
        FIELD(QUERY, WORD, "sort", .words = "name mac state model seen score -name -mac -state -model -seen -score"),
        FIELDS_END,
};

static const struct field add_phone_fields[] = {
        FIELD(BODY, MAC, "mac", .required = true),
        FIELD(BODY, TEXT, "name", .max = 128),
        FIELD(BODY, TEXT, "model", .max = 31),
        FIELD(BODY, TEXTS, "profiles", .max = 64),
        FIELD(BODY, TEXT, "key_type", .max = 16),
        FIELD(BODY, TEXT, "lan_address", .max = 15),
        FIELD(BODY, TEXT, "sip_user", .max = 128),
        FIELD(BODY, TEXT, "sip_secret", .max = 256),
        FIELD(BODY, WORD, "vpn_class", .words = "modern legacy"),
        FIELD(BODY, FLAG, "approve"),
        FIELD(BODY, FLAG, "expected"),
        FIELDS_END,
};

/* The filters, with the states under the store's name for them. */
static int filters(struct call *call, const struct field *fields, sd_json_variant **ret_parameters)
{
        sd_json_variant *parameters = NULL, *states = call_json(call, "state");

        if (ops_parameters(call, fields, &parameters) < 0 || ops_without(call, &parameters, "state") < 0)
                return PV_EREFUSED;
        if (states && sd_json_variant_set_field(&parameters, "states", states) < 0) {
                sd_json_variant_unref(parameters);
                return ops_no_memory(call);
        }
        *ret_parameters = parameters;
        return 0;
}

static void search_phones(struct call *call)
{
        sd_json_variant *parameters = NULL, *reply = NULL;

        if (filters(call, search_phones_fields, &parameters) < 0 || call_station(call, STATION_STORE, "SearchPhones", parameters, 0, &reply) < 0)
                return;
        call_reply(call, 200, reply);
        sd_json_variant_unref(reply);
}

static void add_phone(struct call *call)
{
        ops_make(call, add_phone_fields, STATION_STORE, "AddPhone", "phone");
}

/* --- as a file ------------------------------------------------------------------- */

/* Those that phones are imported with have the names they have there (docs/import.md). */
static const struct csv_column columns[] = {
        {"mac", "mac", CSV_TEXT}, {"name", "name", CSV_TEXT}, {"model", "model", CSV_TEXT}, {"profiles", "profiles", CSV_LIST},
        {"address", "lan_address", CSV_TEXT}, {"sip_user", "sip_user", CSV_TEXT}, {"state", "state", CSV_TEXT},
        {"waits_for", "waiting_for", CSV_TEXT}, {"runs", "firmware", CSV_TEXT}, {"tunnel_address", "tunnel_address", CSV_TEXT},
        {"vpn_class", "vpn_class", CSV_TEXT}, {"connected", "connected", CSV_FLAG}, {"score", "score", CSV_NUMBER},
        {"score_total", "score_total", CSV_NUMBER}, {"alarms", "alarms", CSV_NUMBER}, {"seen_at", "seen_at", CSV_TIME},
        {"served_at", "served_at", CSV_TIME}, {0},
};

/* One page of rows; *ret_next is the caller's, NULL at the end. */
static int write_page(struct call *call, struct csv *csv, const char *after, char **ret_next)
{
        sd_json_variant *parameters = NULL, *reply = NULL, *row;
        const char *next;
        int r = 0;

        if (filters(call, export_phones_fields, &parameters) < 0 || ops_add_text(call, &parameters, "after", after) < 0 ||
            ops_add_integer(call, &parameters, "limit", PAGE) < 0 || call_station(call, STATION_STORE, "SearchPhones", parameters, 0, &reply) < 0)
                return PV_EREFUSED;
        for (size_t i = 0; (row = reply_item(reply, "phones", i)); i++)
                csv_row(csv, columns, row);
        next = reply_text(reply, "next");
        *ret_next = *next ? strdup(next) : NULL;
        if (*next && !*ret_next)
                r = ops_no_memory(call);
        sd_json_variant_unref(reply);
        return r;
}

static void export_phones(struct call *call)
{
        struct csv csv;
        char *after = NULL, *next = NULL;
        int r = csv_init(&csv, columns) < 0 ? ops_no_memory(call) : 0;

        while (r == 0) {
                r = write_page(call, &csv, after, &next);
                free(after);
                after = next;
                next = NULL;
                if (!after)
                        break;
        }
        free(after);
        if (r == 0)
                csv_reply(&csv, call, "phones.csv");
        csv_done(&csv);
}

const struct operation ops_phones_operations[] = {
        {"GET", "/phones", "searchPhones", ROLE_READER, 0, search_phones_fields, search_phones},
        {"POST", "/phones", "addPhone", ROLE_ADMIN, 0, add_phone_fields, add_phone},
        {"GET", "/phones.csv", "exportPhones", ROLE_READER, 0, export_phones_fields, export_phones},
        OPERATIONS_END,
};
