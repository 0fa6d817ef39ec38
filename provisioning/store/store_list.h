#ifndef PROVOST_STORE_LIST_H
#define PROVOST_STORE_LIST_H

#include <stddef.h>
#include <systemd/sd-json.h>

#include "provisioning/store/store.h"

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
void store_list_done(struct store_list *list);

#endif
