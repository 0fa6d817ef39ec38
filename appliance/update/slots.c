/*
 * slots: what is in the two slots.
 *
 * In:   partitions and kernel images, as the disk's program found them.
 * Out:  which runs, which would start.
 * Not:  no disk is touched here (see disk_table, esp).
 */
#include "appliance/update/slots.h"

#include <string.h>

#include "appliance/base/text.h"
#include "appliance/service/service_field.h"

int slots_parse(sd_json_variant *list, struct slots *ret)
{
        struct slots s = {0};

        if (!sd_json_variant_is_array(list) || sd_json_variant_elements(list) > SLOTS)
                return PV_EMALFORMED;
        for (s.n = 0; s.n < sd_json_variant_elements(list); s.n++) {
                sd_json_variant *v = sd_json_variant_by_index(list, s.n);
                const char *version = service_field_text(v, "version");

                if (!version || text_copy(s.slot[s.n].version, UPDATE_VERSION_SIZE, version) < 0)
                        return PV_EMALFORMED;
                s.slot[s.n].has_kernel = service_field_is_true(v, "has_kernel");
                s.slot[s.n].tries_left = (int)service_field_integer(v, "tries_left", -1);
        }
        *ret = s;
        return 0;
}

int slots_build(const struct slots *slots, sd_json_variant **ret)
{
        int r = sd_json_variant_new_array(ret, NULL, 0);

        for (size_t i = 0; r >= 0 && i < slots->n; i++)
                r = sd_json_variant_append_arraybo(ret, SD_JSON_BUILD_PAIR("version", SD_JSON_BUILD_STRING(slots->slot[i].version)),
                                                   SD_JSON_BUILD_PAIR("has_kernel", SD_JSON_BUILD_BOOLEAN(slots->slot[i].has_kernel)),
                                                   SD_JSON_BUILD_PAIR("tries_left", SD_JSON_BUILD_INTEGER(slots->slot[i].tries_left)));
        return r < 0 ? PV_ENOMEM : 0;
}

const char *slots_name(size_t i)
{
        return i == 0 ? "a" : "b";
}

const char *slots_state(const struct slot *slot, const char *running)
{
        if (!*slot->version)
                return "empty";
        if (text_equal(slot->version, running))
                return "running";
        return slot->has_kernel && slot->tries_left != 0 ? "good" : "bad";
}

const struct slot *slots_find(const struct slots *slots, const char *version)
{
        for (size_t i = 0; i < slots->n; i++)
                if (*version && text_equal(slots->slot[i].version, version))
                        return &slots->slot[i];
        return NULL;
}

const struct slot *slots_other(const struct slots *slots, const char *running)
{
        for (size_t i = 0; i < slots->n; i++)
                if (!text_equal(slots->slot[i].version, running))
                        return &slots->slot[i];
        return NULL;
}
