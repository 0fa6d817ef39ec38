/*
 * service_field: fields of JSON objects.
 *
 * In:   JSON that libsystemd has parsed, from a station of ours.
 * Out:  C values; a default for what is not there.
 * Not:  no complaint: whether a field may be absent is for the caller to say.
 */
#include "appliance/service/service_field.h"

const char *service_field_text(sd_json_variant *object, const char *name)
{
        sd_json_variant *value = sd_json_variant_by_key(object, name);

        return value && sd_json_variant_is_string(value) ? sd_json_variant_string(value) : NULL;
}

int64_t service_field_integer(sd_json_variant *object, const char *name, int64_t otherwise)
{
        sd_json_variant *value = sd_json_variant_by_key(object, name);

        return value && sd_json_variant_is_integer(value) ? sd_json_variant_integer(value) : otherwise;
}

bool service_field_is_true(sd_json_variant *object, const char *name)
{
        sd_json_variant *value = sd_json_variant_by_key(object, name);

        return value && sd_json_variant_is_boolean(value) && sd_json_variant_boolean(value);
}

sd_json_variant *service_field_list(sd_json_variant *object, const char *name)
{
        sd_json_variant *value = sd_json_variant_by_key(object, name);

        return value && sd_json_variant_is_array(value) ? value : NULL;
}
