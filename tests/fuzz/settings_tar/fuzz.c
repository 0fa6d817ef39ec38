/*
 * settings_tar: any bytes as a tar of a provisioning folder.
 *
 * In:   the fuzzer's bytes.
 * Out:  an abort when an entry's content lies outside of the archive, or a refusal says nothing.
 * Not:  what is in the files is settings_xml's and settings_text's, and tried along.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "provisioning/import/import_read.h"
#include "provisioning/import/settings_tar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct settings_tar_entry entry;
        struct settings_tar tar = settings_tar_of(data, size);
        struct import_result result;
        const char *reason;
        size_t total = 0;
        int r;

        while ((r = settings_tar_next(&tar, &entry, &reason)) == 1) {
                if (entry.content.at < data || entry.content.end > data + size || (entry.refused && strlen(entry.refused) < 10))
                        abort();
                total += cursor_left(&entry.content) + 512;
        }
        if (total > size + 512 || (r && strlen(reason) < 10))
                abort();
        import_result_init(&result);
        if (import_read("folder", "f", data, size, &result, &reason) == 0 && r && !result.has_error)
                abort();
        import_result_done(&result);
        return 0;
}
