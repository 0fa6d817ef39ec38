/*
 * manifest_json: a checked manifest on its way between our own processes, and on the data partition.
 *
 * In:   struct bundle_manifest.
 * Out:  the JSON that bundle_manifest reads.
 * Not:  no signature.
 */
#include "appliance/update/manifest_json.h"

#include "appliance/base/text.h"

static int file_entry(const struct bundle_manifest *m, enum bundle_part part, sd_json_variant **ret)
{
        char hash[2 * BUNDLE_SHA256_SIZE + 1];

        return sd_json_buildo(ret, SD_JSON_BUILD_PAIR("name", SD_JSON_BUILD_STRING(bundle_part_name(part))),
                              SD_JSON_BUILD_PAIR("size", SD_JSON_BUILD_INTEGER(m->files[part].size)),
                              SD_JSON_BUILD_PAIR("sha256", SD_JSON_BUILD_STRING(text_hex(hash, m->files[part].sha256, BUNDLE_SHA256_SIZE))));
}

int manifest_json_build(const struct bundle_manifest *m, sd_json_variant **ret)
{
        sd_json_variant *files[BUNDLE_PARTS] = {0}, *list = NULL;
        int r = 0;

        for (enum bundle_part part = 0; r >= 0 && part < BUNDLE_PARTS; part++)
                r = file_entry(m, part, &files[part]);
        if (r >= 0)
                r = sd_json_variant_new_array(&list, files, BUNDLE_PARTS);
        if (r >= 0)
                r = sd_json_buildo(ret, SD_JSON_BUILD_PAIR("product", SD_JSON_BUILD_STRING(m->product)),
                                   SD_JSON_BUILD_PAIR("architecture", SD_JSON_BUILD_STRING(m->architecture)),
                                   SD_JSON_BUILD_PAIR("version", SD_JSON_BUILD_STRING(m->version)),
                                   SD_JSON_BUILD_PAIR("build_id", SD_JSON_BUILD_STRING(m->build_id)),
                                   SD_JSON_BUILD_PAIR("made_at", SD_JSON_BUILD_INTEGER(m->made_at)),
                                   SD_JSON_BUILD_PAIR("ends_at", SD_JSON_BUILD_INTEGER(m->ends_at)),
                                   SD_JSON_BUILD_PAIR("floor", SD_JSON_BUILD_STRING(m->floor)),
                                   SD_JSON_BUILD_PAIR("schema", SD_JSON_BUILD_INTEGER(m->schema)),
                                   SD_JSON_BUILD_PAIR("root_hash", SD_JSON_BUILD_STRING(m->root_hash)),
                                   SD_JSON_BUILD_PAIR("notes", SD_JSON_BUILD_STRING(m->notes)),
                                   SD_JSON_BUILD_PAIR("files", SD_JSON_BUILD_VARIANT(list)));
        for (enum bundle_part part = 0; part < BUNDLE_PARTS; part++)
                sd_json_variant_unref(files[part]);
        sd_json_variant_unref(list);
        return r < 0 ? PV_ENOMEM : 0;
}
