/*
 * backup_head: any bytes as the beginning of a backup, as the name of a record, as a manifest and as a schedule.
 *
 * In:   the fuzzer's bytes.
 * Out:  an abort when a head does not come out as it was, when a name leads out of its folder, or a manifest holds what no line may.
 * Not:  sealed bytes are covered by test_backup_file.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/backup/backup_content.h"
#include "appliance/backup/backup_head.h"
#include "appliance/backup/backup_record.h"
#include "appliance/backup/backup_schedule.h"
#include "appliance/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        uint8_t again[BACKUP_HEAD_SIZE];
        char *text = malloc(size + 1);
        static struct backup_schedule schedule;
        struct backup_content content;
        struct backup_record record;
        struct backup_head head;

        if (backup_head_read(data, size, &head) == 0 && (backup_head_write(&head, again) < 0 || memcmp(again, data, sizeof again) != 0))
                abort();
        if (!text)
                return 0;
        memcpy(text, data, size);
        text[size] = 0;
        if (backup_record_parse(text, 32, &record) == 0 && (strchr(record.file, '/') || record.file[0] == '.'))
                abort();
        if (backup_content_read(text, &content) == 0 && (!text_is_printable(content.site) || !text_is_printable(content.version)))
                abort();
        if (backup_schedule_read(text, &schedule) == 0 && (schedule.n_sent > BACKUP_SCHEDULE_SENT_MAX || schedule.to > BACKUP_SCHEDULE_SHARE))
                abort();
        free(text);
        return 0;
}
