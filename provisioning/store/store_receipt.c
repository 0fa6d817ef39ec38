/*
 * store_receipt: what was done when a phone was put out.
 *
 * In:   lines that console gathered: what was tried when, and how it came out.
 * Out:  the same again, also when the phone is long gone.
 * Not:  nothing is done or tried here.
 */
#include "provisioning/store/store_receipt.h"

#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_list.h"

#define TEXT_MAX 500
#define WORD_MAX 40
#define LIMIT_MAX 1000

static bool is_sound(const char *text, size_t max)
{
        return text && *text && strlen(text) <= max && text_is_printable(text);
}

static bool is_cause(const char *text)
{
        return text_equal(text, "revoked") || text_equal(text, "deleted") || text_equal(text, "stolen") || text_equal(text, "replaced");
}

static int check_lines(struct store_request *request, sd_json_variant *lines)
{
        size_t n = sd_json_variant_elements(lines);

        if (!n || n > STORE_RECEIPT_LINES_MAX)
                return store_invalid(request, "lines", "A receipt has 1 to %d lines.", STORE_RECEIPT_LINES_MAX);
        for (size_t i = 0; i < n; i++) {
                sd_json_variant *line = sd_json_variant_by_index(lines, i);

                if (!is_sound(store_item_text(line, "word"), WORD_MAX) || !is_sound(store_item_text(line, "text"), TEXT_MAX))
                        return store_invalid(request, "lines", "Line %zu needs a word and a text of printable bytes.", i + 1);
        }
        return 0;
}

static int check_todo(struct store_request *request, sd_json_variant *todo)
{
        size_t n = sd_json_variant_elements(todo);

        if (n > STORE_RECEIPT_LINES_MAX)
                return store_invalid(request, "todo", "A receipt has at most %d things to do.", STORE_RECEIPT_LINES_MAX);
        for (size_t i = 0; i < n; i++)
                if (!is_sound(sd_json_variant_string(sd_json_variant_by_index(todo, i)), TEXT_MAX))
                        return store_invalid(request, "todo", "Entry %zu must be a sentence of printable bytes.", i + 1);
        return 0;
}

static int keep(struct store *store, struct store_request *request, const char *mac, sd_json_variant *lines, sd_json_variant *todo, int64_t *ret_id)
{
        char *lines_text = NULL, *todo_text = NULL;
        int r = pv_error_from_errno(sd_json_variant_format(lines, 0, &lines_text));

        if (r >= 0)
                r = pv_error_from_errno(sd_json_variant_format(todo, 0, &todo_text));
        if (r >= 0)
                r = store_db_number(store_db(store), "INSERT INTO receipt (mac, at, actor, cause, lines, todo) VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
                                    ret_id, "sissss", mac, store_now_s(store), request->actor, store_in_text(request, "cause"), lines_text, todo_text);
        free(lines_text);
        free(todo_text);
        return r < 0 ? r : store_db_run(store_db(store), "DELETE FROM receipt WHERE id <= ?", "i", *ret_id - STORE_RECEIPTS_MAX);
}

int store_op_keep_receipt(struct store *store, struct store_request *request)
{
        sd_json_variant *lines = store_in_array(request, "lines"), *todo = store_in_array(request, "todo");
        char mac[MAC_TEXT_SIZE];
        int64_t id = 0;
        int r = store_in_mac(request, mac);

        if (r == 0 && !is_cause(store_in_text(request, "cause")))
                r = store_invalid(request, "cause", "The cause must be revoked, deleted, stolen or replaced.");
        if (r == 0)
                r = check_lines(request, lines);
        if (r == 0)
                r = check_todo(request, todo);
        if (r == 0)
                r = keep(store, request, mac, lines, todo, &id);
        if (r == 0)
                r = store_audit(store, request, "receipt", mac, store_in_text(request, "cause"));
        return r < 0 ? r : pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR_INTEGER("id", id)));
}

static int receipt_json(struct sqlite3_stmt *row, void *userdata, sd_json_variant **ret)
{
        sd_json_variant *lines = NULL, *todo = NULL;
        int r = sd_json_parse(store_db_text(row, 5), 0, &lines, NULL, NULL);

        (void)userdata;
        if (r >= 0)
                r = sd_json_parse(store_db_text(row, 6), 0, &todo, NULL, NULL);
        if (r >= 0)
                r = sd_json_buildo(ret, SD_JSON_BUILD_PAIR_INTEGER("id", store_db_int(row, 0)),
                                   SD_JSON_BUILD_PAIR_STRING("mac", store_db_text(row, 1)), SD_JSON_BUILD_PAIR_INTEGER("at", store_db_int(row, 2)),
                                   SD_JSON_BUILD_PAIR_STRING("actor", store_db_text(row, 3)),
                                   SD_JSON_BUILD_PAIR_STRING("cause", store_db_text(row, 4)),
                                   SD_JSON_BUILD_PAIR("lines", SD_JSON_BUILD_VARIANT(lines)), SD_JSON_BUILD_PAIR("todo", SD_JSON_BUILD_VARIANT(todo)));
        sd_json_variant_unref(lines);
        sd_json_variant_unref(todo);
        return r;
}

int store_op_list_receipts(struct store *store, struct store_request *request)
{
        const char *wanted = store_in_text(request, "mac");
        int64_t limit = store_in_int(request, "limit", LIMIT_MAX);
        char mac[MAC_TEXT_SIZE] = "";
        struct sqlite3_stmt *rows;
        int r = wanted && *wanted ? store_in_mac(request, mac) : 0;

        if (r < 0)
                return r;
        rows = store_db_query(store_db(store), "SELECT id, mac, at, actor, cause, lines, todo FROM receipt WHERE ?1 = '' OR mac = ?1 ORDER BY id DESC "
                              "LIMIT ?2", "si", mac, limit < 1 || limit > LIMIT_MAX ? (int64_t)LIMIT_MAX : limit);
        return store_list_answer(store, request, "receipts", rows, receipt_json, NULL);
}
