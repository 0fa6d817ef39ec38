/*
 * store_list: rows on their way into a JSON array.
 *
 * In:   built items, one after the other, or rows of a query and what makes an item of one.
 * Out:  an array, or an answer with one field that holds it.
 * Not:  no queries of its own.
 */
#include "provisioning/store/store_list.h"

#include <stdlib.h>

#include "provisioning/store/store_db.h"

int store_list_add(struct store_list *list, int built, sd_json_variant *item)
{
        if (built < 0)
                return pv_error_from_errno(built);
        if (list->n_items == list->room) {
                size_t room = list->room ? 2 * list->room : 32;
                sd_json_variant **larger = reallocarray(list->items, room, sizeof *larger);

                if (!larger) {
                        sd_json_variant_unref(item);
                        return PV_ENOMEM;
                }
                list->items = larger;
                list->room = room;
        }
        list->items[list->n_items++] = item;
        return 0;
}

int store_list_take(struct store_list *list, sd_json_variant **ret_array)
{
        int r = sd_json_variant_new_array(ret_array, list->items, list->n_items);

        store_list_done(list);
        return pv_error_from_errno(r);
}

int store_list_reply(struct store_list *list, int r, struct store_request *request, const char *name)
{
        sd_json_variant *array = NULL;

        if (r == 0)
                r = store_list_take(list, &array);
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR(name, SD_JSON_BUILD_VARIANT(array))));
        sd_json_variant_unref(array);
        store_list_done(list);
        return r;
}

int store_list_text(struct sqlite3_stmt *row, void *userdata, sd_json_variant **ret_item)
{
        (void)userdata;
        return sd_json_variant_new_string(ret_item, store_db_text(row, 0));
}

int store_list_number(struct sqlite3_stmt *row, void *userdata, sd_json_variant **ret_item)
{
        (void)userdata;
        return sd_json_variant_new_integer(ret_item, store_db_int(row, 0));
}

int store_list_read(struct store *store, struct store_list *list, struct sqlite3_stmt *rows, store_list_item item, void *userdata)
{
        int r;

        while ((r = store_db_next(store_db(store), rows)) > 0) {
                sd_json_variant *one = NULL;

                r = item(rows, userdata, &one);
                r = store_list_add(list, r, one);
                if (r < 0)
                        break;
        }
        store_db_end(rows);
        return r;
}

int store_list_array(struct store *store, struct sqlite3_stmt *rows, store_list_item item, void *userdata, sd_json_variant **ret_array)
{
        struct store_list list = {0};
        int r = store_list_read(store, &list, rows, item, userdata);

        if (r == 0)
                r = store_list_take(&list, ret_array);
        store_list_done(&list);
        return r;
}

int store_list_answer(struct store *store, struct store_request *request, const char *name, struct sqlite3_stmt *rows, store_list_item item,
                      void *userdata)
{
        struct store_list list = {0};
        int r = store_list_read(store, &list, rows, item, userdata);

        return store_list_reply(&list, r, request, name);
}

void store_list_done(struct store_list *list)
{
        sd_json_variant_unref_many(list->items, list->n_items);         /* frees the array as well */
        *list = (struct store_list){0};
}
