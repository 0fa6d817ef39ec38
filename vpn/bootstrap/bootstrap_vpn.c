/*
 * bootstrap_vpn: whether a phone can tunnel, by what it says.
 *
 * In:   the header X-snom-vpn and the firmware's version, any texts; the store's list of firmware.
 * Out:  a verdict; an image that would help.
 * Not:  no decision whether the phone may have it (bootstrap_admit).
 */
#include "vpn/bootstrap/bootstrap_vpn.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "appliance/base/text.h"
#include "appliance/service/service_field.h"
#include "provisioning/phone/phone_firmware.h"

#define PARTS 4

/* "8.7.5.35" as one number that can be compared; 0 when it is no version of at most four parts below 1000. */
static uint64_t version_of(const char *text)
{
        uint64_t version = 0;
        unsigned n = 0;

        for (; n < PARTS && *text; n++) {
                size_t size = strcspn(text, ".");
                char part[4];
                uint32_t value;

                if (size == 0 || size >= sizeof part)
                        return 0;
                memcpy(part, text, size);
                part[size] = '\0';
                if (text_to_u32(part, 999, &value) < 0)
                        return 0;
                version = version * 1000 + value;
                text += size + (text[size] == '.');
        }
        for (; n < PARTS; n++)
                version *= 1000;
        return *text ? 0 : version;
}

static bool is_within(uint64_t version, const char *first, const char *beyond)
{
        return version >= version_of(first) && version < version_of(beyond);
}

enum bootstrap_vpn bootstrap_vpn_says(const char *header, const char *firmware)
{
        uint64_t version = version_of(firmware);

        if (header && *header)
                return text_equal(header, "available") ? BOOTSTRAP_VPN_HAS : BOOTSTRAP_VPN_LACKS;
        if (is_within(version, "8.7.5.15", "8.8") || is_within(version, "8.9.3.5", "8.10"))
                return BOOTSTRAP_VPN_LACKS;
        return BOOTSTRAP_VPN_UNSAID;
}

const char *bootstrap_vpn_image(sd_json_variant *answer, const char *model)
{
        sd_json_variant *list = service_field_list(answer, "firmware");
        const char *found = NULL;
        int64_t newest = INT64_MIN;

        for (size_t i = 0; i < sd_json_variant_elements(list); i++) {
                sd_json_variant *one = sd_json_variant_by_index(list, i);
                const char *file = service_field_text(one, "file");
                int64_t added = service_field_integer(one, "added_at", 0);

                if (!file || added < newest || !text_equal(service_field_text(one, "kind"), "vpn-feature") ||
                    !text_equal(service_field_text(one, "model"), model) || !phone_firmware_is_file(file))
                        continue;
                found = file;
                newest = added;
        }
        return found;
}
