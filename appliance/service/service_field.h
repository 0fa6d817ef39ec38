#ifndef PROVOST_SERVICE_FIELD_H
#define PROVOST_SERVICE_FIELD_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-json.h>

/*
 * Fields of an object that another station sent. What is not there, or is of another type, reads as
 * NULL, `otherwise` or false; the object itself may be NULL. Texts and lists are borrowed from it.
 */
const char *service_field_text(sd_json_variant *object, const char *name);
int64_t service_field_integer(sd_json_variant *object, const char *name, int64_t otherwise);
bool service_field_is_true(sd_json_variant *object, const char *name);
sd_json_variant *service_field_list(sd_json_variant *object, const char *name);

#endif
