/*
 * backup_content: what a backup says of itself.
 *
 * In:   facts; or the text of a manifest.
 * Out:  the other one.
 * Not:  whether it is true is for the drill.
 */
#include "appliance/backup/backup_content.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "appliance/service/service_field.h"

#define PRODUCT "provost"
/* Of the stream: raised when an older system could not make sense of a newer one's records. */
#define FORMAT 1
#define RELEASE "/usr/lib/os-release"

int backup_content_write(const struct backup_content *content, char **ret_text)
{
        sd_json_variant *object = NULL;
        int r = sd_json_buildo(&object, SD_JSON_BUILD_PAIR_STRING("product", PRODUCT), SD_JSON_BUILD_PAIR_INTEGER("format", FORMAT),
                               SD_JSON_BUILD_PAIR_STRING("version", content->version), SD_JSON_BUILD_PAIR_STRING("site", content->site),
                               SD_JSON_BUILD_PAIR_INTEGER("made_at", content->made_at), SD_JSON_BUILD_PAIR_INTEGER("phones", content->phones),
                               SD_JSON_BUILD_PAIR_INTEGER("schema", content->schema), SD_JSON_BUILD_PAIR_INTEGER("oldest", content->oldest));

        if (r >= 0)
                r = sd_json_variant_format(object, 0, ret_text);
        sd_json_variant_unref(object);
        return pv_error_from_errno(r);
}

static int take(sd_json_variant *object, struct backup_content *ret)
{
        const char *product = service_field_text(object, "product"), *version = service_field_text(object, "version");
        const char *site = service_field_text(object, "site");
        int64_t format = service_field_integer(object, "format", 0);

        if (!text_equal(product, PRODUCT))
                return PV_EUNSET;
        if (format > FORMAT)
                return PV_EREFUSED;
        *ret = (struct backup_content){.made_at = service_field_integer(object, "made_at", 0), .phones = service_field_integer(object, "phones", 0),
                                       .schema = service_field_integer(object, "schema", 0), .oldest = service_field_integer(object, "oldest", 0)};
        if (format < 1 || !version || !site || text_copy(ret->version, sizeof ret->version, version) < 0 ||
            text_copy(ret->site, sizeof ret->site, site) < 0 || !text_is_printable(version) || !text_is_printable(site))
                return PV_EMALFORMED;
        return 0;
}

int backup_content_read(const char *text, struct backup_content *ret_content)
{
        struct backup_content content;
        sd_json_variant *object = NULL;
        int r = sd_json_parse(text, 0, &object, NULL, NULL) < 0 ? PV_EMALFORMED : take(object, &content);

        sd_json_variant_unref(object);
        if (r == 0)
                *ret_content = content;
        return r;
}

int backup_content_json(const struct backup_content *content, sd_json_variant **ret)
{
        return pv_error_from_errno(sd_json_buildo(ret, SD_JSON_BUILD_PAIR_INTEGER("made_at", content->made_at),
                SD_JSON_BUILD_PAIR_STRING("version", content->version), SD_JSON_BUILD_PAIR_STRING("site", content->site),
                SD_JSON_BUILD_PAIR_INTEGER("phones", content->phones), SD_JSON_BUILD_PAIR_INTEGER("size", content->size)));
}

void backup_content_own_version(char *ret, size_t size)
{
        FILE *file = fopen(RELEASE, "re");
        char line[256];

        (void)snprintf(ret, size, "unknown");
        while (file && fgets(line, sizeof line, file))
                if (strncmp(line, "VERSION_ID=\"", 12) == 0 && strchr(line + 12, '"'))
                        (void)snprintf(ret, size, "%.*s", (int)strcspn(line + 12, "\""), line + 12);
        if (file)
                (void)fclose(file);
}
