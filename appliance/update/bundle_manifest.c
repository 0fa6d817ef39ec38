/*
 * bundle_manifest: what a bundle says of itself, and whether this appliance takes it.
 *
 * In:   the manifest, whose signature was found good; facts of this appliance.
 * Out:  the same as a struct; a refusal as a sentence.
 * Not:  no signature (bundle_sign), no files (bundle_check).
 */
#include "appliance/update/bundle_manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-json.h>
#include <time.h>

#include "appliance/base/text.h"

static const struct { const char *name; int64_t size_max; } parts[BUNDLE_PARTS] = {
        [BUNDLE_PART_ROOT] = {"root", BUNDLE_ROOT_MAX},
        [BUNDLE_PART_KERNEL] = {"kernel.efi", BUNDLE_KERNEL_MAX},
        [BUNDLE_PART_BOOT] = {"boot.efi", BUNDLE_BOOT_MAX},
};

const char *bundle_part_name(enum bundle_part part)
{
        return parts[part].name;
}

/* --- reading -------------------------------------------------------------- */

struct reading {
        sd_json_variant *object;
        const char *wrong;              /* the first field that is */
};

static void text_field(struct reading *r, const char *name, char *ret, size_t size)
{
        sd_json_variant *v = sd_json_variant_by_key(r->object, name);
        const char *text = v && sd_json_variant_is_string(v) ? sd_json_variant_string(v) : NULL;

        if (!text || text_copy(ret, size, text) < 0)
                r->wrong = r->wrong ? r->wrong : name;
}

static int64_t number_field(struct reading *r, const char *name, int64_t max)
{
        sd_json_variant *v = sd_json_variant_by_key(r->object, name);
        int64_t value = v && sd_json_variant_is_integer(v) ? sd_json_variant_integer(v) : -1;

        if (value < 0 || value > max) {
                r->wrong = r->wrong ? r->wrong : name;
                return 0;
        }
        return value;
}

static int nibble(char c)
{
        return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_hash(const char *text, uint8_t ret[static BUNDLE_SHA256_SIZE])
{
        for (size_t i = 0; i < BUNDLE_SHA256_SIZE; i++) {
                int high = nibble(text[2 * i]), low = high < 0 ? -1 : nibble(text[2 * i + 1]);

                if (low < 0)
                        return false;
                ret[i] = (uint8_t)(high << 4 | low);
        }
        return text[2 * BUNDLE_SHA256_SIZE] == 0;
}

static void file_entry(struct reading *r, sd_json_variant *object, size_t i, struct bundle_file *ret)
{
        struct reading entry = {.object = object};
        char name[32] = "", hash[80] = "";

        text_field(&entry, "name", name, sizeof name);
        text_field(&entry, "sha256", hash, sizeof hash);
        ret->size = number_field(&entry, "size", parts[i].size_max);
        if (entry.wrong || !text_equal(name, parts[i].name) || ret->size == 0 || !is_hash(hash, ret->sha256))
                r->wrong = r->wrong ? r->wrong : "files";
}

static void file_list(struct reading *r, struct bundle_manifest *m)
{
        sd_json_variant *list = sd_json_variant_by_key(r->object, "files");

        if (!list || !sd_json_variant_is_array(list) || sd_json_variant_elements(list) != BUNDLE_PARTS) {
                r->wrong = r->wrong ? r->wrong : "files";
                return;
        }
        for (size_t i = 0; i < BUNDLE_PARTS; i++)
                file_entry(r, sd_json_variant_by_index(list, i), i, &m->files[i]);
}

static void read_fields(struct reading *r, struct bundle_manifest *m)
{
        uint8_t ignored[BUNDLE_SHA256_SIZE];

        text_field(r, "product", m->product, sizeof m->product);
        text_field(r, "architecture", m->architecture, sizeof m->architecture);
        text_field(r, "version", m->version, sizeof m->version);
        text_field(r, "floor", m->floor, sizeof m->floor);
        text_field(r, "build_id", m->build_id, sizeof m->build_id);
        text_field(r, "root_hash", m->root_hash, sizeof m->root_hash);
        text_field(r, "notes", m->notes, sizeof m->notes);
        m->made_at = number_field(r, "made_at", INT64_MAX);
        m->ends_at = number_field(r, "ends_at", INT64_MAX);
        m->schema = number_field(r, "schema", 100000);
        file_list(r, m);
        if (!r->wrong && !update_version_is(m->version))
                r->wrong = "version";
        if (!r->wrong && !update_version_is(m->floor))
                r->wrong = "floor";
        if (!r->wrong && !is_hash(m->root_hash, ignored))
                r->wrong = "root_hash";
}

int bundle_manifest_parse(const void *text, size_t size, struct bundle_manifest *ret, char ret_reason[static BUNDLE_REASON_SIZE])
{
        struct bundle_manifest m = {0};
        struct reading r = {0};
        char *copy;

        if (size > BUNDLE_MANIFEST_MAX || memchr(text, 0, size)) {
                (void)snprintf(ret_reason, BUNDLE_REASON_SIZE, "The bundle's manifest is no text of at most %d bytes.", BUNDLE_MANIFEST_MAX);
                return PV_EMALFORMED;
        }
        copy = strndup(text, size);
        if (!copy || sd_json_parse(copy, 0, &r.object, NULL, NULL) < 0 || !sd_json_variant_is_object(r.object))
                r.wrong = "its form (JSON)";
        else
                read_fields(&r, &m);
        free(copy);
        sd_json_variant_unref(r.object);
        if (r.wrong) {
                (void)snprintf(ret_reason, BUNDLE_REASON_SIZE, "The bundle's manifest is not as it should be: %s.", r.wrong);
                return PV_EMALFORMED;
        }
        *ret = m;
        return 0;
}

/* --- deciding ------------------------------------------------------------- */

static void day(int64_t at, char ret[static 16])
{
        struct tm parts_of_day = {0};
        time_t time = (time_t)at;

        if (!gmtime_r(&time, &parts_of_day) || strftime(ret, 16, "%Y-%m-%d", &parts_of_day) == 0)
                (void)text_copy(ret, 16, "long ago");
}

const char *bundle_manifest_refusal(const struct bundle_manifest *m, const struct bundle_policy *policy, char ret[static BUNDLE_REASON_SIZE])
{
        char shown[96], end[16];

        *ret = 0;
        if (!text_equal(m->product, policy->product))
                (void)snprintf(ret, BUNDLE_REASON_SIZE, "The bundle is for another product (%s).",
                               text_escape(shown, sizeof shown, m->product, strlen(m->product)));
        else if (!text_equal(m->architecture, policy->architecture))
                (void)snprintf(ret, BUNDLE_REASON_SIZE, "The bundle is for machines of another architecture (%s); this one is %s.",
                               text_escape(shown, sizeof shown, m->architecture, strlen(m->architecture)), policy->architecture);
        else if (m->ends_at <= policy->now) {
                day(m->ends_at, end);
                (void)snprintf(ret, BUNDLE_REASON_SIZE, "The bundle was to be installed before %s; fetch a newer one, or look at the clock.", end);
        } else if (update_version_compare(m->version, policy->floor) < 0)
                (void)snprintf(ret, BUNDLE_REASON_SIZE, "Version %s is older than %s; versions before that are not taken any more.", m->version,
                               policy->floor);
        return ret;
}
