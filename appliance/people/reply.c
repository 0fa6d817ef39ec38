/*
 * reply: fields of what a station answered.
 *
 * In:   an object, or NULL.
 * Out:  its fields; nothing of them for what is not there.
 * Not:  no station is asked.
 */
#include "appliance/people/reply.h"

static sd_json_variant *field(sd_json_variant *object, const char *name)
{
        return object ? sd_json_variant_by_key(object, name) : NULL;
}

const char *reply_text(sd_json_variant *object, const char *name)
{
        sd_json_variant *v = field(object, name);

        return v && sd_json_variant_is_string(v) ? sd_json_variant_string(v) : "";
}

int64_t reply_number(sd_json_variant *object, const char *name)
{
        sd_json_variant *v = field(object, name);

        return v && sd_json_variant_is_integer(v) ? sd_json_variant_integer(v) : 0;
}

bool reply_flag(sd_json_variant *object, const char *name)
{
        sd_json_variant *v = field(object, name);

        return v && sd_json_variant_is_boolean(v) && sd_json_variant_boolean(v);
}

size_t reply_items(sd_json_variant *object, const char *name)
{
        sd_json_variant *v = field(object, name);

        return v && sd_json_variant_is_array(v) ? sd_json_variant_elements(v) : 0;
}

sd_json_variant *reply_item(sd_json_variant *object, const char *name, size_t i)
{
        return i < reply_items(object, name) ? sd_json_variant_by_index(field(object, name), i) : NULL;
}
