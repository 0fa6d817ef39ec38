#ifndef PROVOST_STORE_LIST_H
#define PROVOST_STORE_LIST_H

#include <stddef.h>
#include <systemd/sd-json.h>

#include "provisioning/store/store.h"

struct sqlite3_stmt;

/* A JSON array that grows row by row. Starts as {0}. */
struct store_list {
        sd_json_variant **items;
        size_t n_items, room;
};

/* Takes *item over when `built` (the result of sd_json_buildo) is good. */
int store_list_add(struct store_list *list, int built, sd_json_variant *item) PV_MUST_CHECK;
/* The array itself; the list is empty then. */
int store_list_take(struct store_list *list, sd_json_variant **ret_array) PV_MUST_CHECK;
/* Ends a listing: with r 0 the answer is {"name": [...]}. Frees the list. Returns r or a failure. */
int store_list_reply(struct store_list *list, int r, struct store_request *request, const char *name) PV_MUST_CHECK;
/* One row as JSON: 0 or a negative errno, as of sd_json_buildo(). */
typedef int (*store_list_item)(struct sqlite3_stmt *row, void *userdata, sd_json_variant **ret_item);
/* Of queries with one column: a text, a number. */
int store_list_text(struct sqlite3_stmt *row, void *userdata, sd_json_variant **ret_item);
int store_list_number(struct sqlite3_stmt *row, void *userdata, sd_json_variant **ret_item);
/* Adds an item for each row and ends the query, whatever comes. */
int store_list_read(struct store *store, struct store_list *list, struct sqlite3_stmt *rows, store_list_item item, void *userdata) PV_MUST_CHECK;
/* The rows as an array. */
int store_list_array(struct store *store, struct sqlite3_stmt *rows, store_list_item item, void *userdata, sd_json_variant **ret_array) PV_MUST_CHECK;
/* The whole of a listing: store_list_read() and store_list_reply(). */
int store_list_answer(struct store *store, struct store_request *request, const char *name, struct sqlite3_stmt *rows, store_list_item item,
                      void *userdata) PV_MUST_CHECK;
void store_list_done(struct store_list *list);

#endif
