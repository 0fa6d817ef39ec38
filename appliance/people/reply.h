#ifndef PROVOST_PEOPLE_REPLY_H
#define PROVOST_PEOPLE_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-json.h>

/* Readers of stations' answers that never fail: "" / 0 / false / an empty list when a field is absent, null or of another type. */

const char *reply_text(sd_json_variant *object, const char *name);
int64_t reply_number(sd_json_variant *object, const char *name);
bool reply_flag(sd_json_variant *object, const char *name);
/* Walks an array field: for (size_t i = 0; (v = reply_item(reply, "phones", i)); i++) */
sd_json_variant *reply_item(sd_json_variant *object, const char *name, size_t i);
/* How many items an array field has. */
size_t reply_items(sd_json_variant *object, const char *name);

#endif
