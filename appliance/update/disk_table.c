/*
 * disk_table: partition tables.
 *
 * In:   a disk's device, or a file with the same bytes.
 * Out:  ESP and slots; a label changed; a new table.
 * Not:  nothing inside a partition is touched.
 */
#include "appliance/update/disk_table.h"

#include <errno.h>
#include <fcntl.h>
#include <libfdisk/libfdisk.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "appliance/base/text.h"

#define TYPE_ESP "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
#define TYPE_ROOT_AMD64 "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"
#define TYPE_ROOT_ARM64 "B921B045-1DF0-41C3-AF44-4C6F280D3FAE"
#define LABEL_ESP "provost-esp"

/* Messages would go to standard output, and nobody is there to answer a question. */
static int no_questions(struct fdisk_context *context, struct fdisk_ask *ask, void *data)
{
        (void)context;
        (void)data;
        return fdisk_is_ask(ask, INFO) || fdisk_is_ask(ask, WARN) || fdisk_is_ask(ask, WARNX) ? 0 : -EINVAL;
}

static int open_disk(const char *disk, bool is_read_only, struct fdisk_context **ret)
{
        struct fdisk_context *context = fdisk_new_context();

        if (!context)
                return PV_ENOMEM;
        (void)fdisk_set_ask(context, no_questions, NULL);
        (void)fdisk_disable_dialogs(context, 1);
        if (fdisk_assign_device(context, disk, is_read_only) < 0) {
                fdisk_unref_context(context);
                return PV_ESYSTEM;
        }
        *ret = context;
        return 0;
}

static void close_disk(struct fdisk_context *context)
{
        (void)fdisk_deassign_device(context, 1);
        fdisk_unref_context(context);
}

/* --- reading ---------------------------------------------------------------- */

static bool take(struct fdisk_context *context, struct fdisk_partition *p, struct disk_partition *ret)
{
        struct fdisk_parttype *type = fdisk_partition_get_type(p);
        const char *name = fdisk_partition_get_name(p), *uuid = fdisk_partition_get_uuid(p), *kind = type ? fdisk_parttype_get_string(type) : NULL;
        uint64_t sector = fdisk_get_sector_size(context);

        if (!name || !uuid || !kind || !fdisk_partition_has_start(p) || !fdisk_partition_has_size(p))
                return false;
        *ret = (struct disk_partition){.number = fdisk_partition_get_partno(p), .start = fdisk_partition_get_start(p) * sector,
                                       .size = fdisk_partition_get_size(p) * sector};
        return text_copy(ret->label, sizeof ret->label, name) == 0 && text_copy(ret->uuid, sizeof ret->uuid, uuid) == 0 &&
               text_copy(ret->type, sizeof ret->type, kind) == 0;
}

static bool is_slot(const struct disk_partition *p)
{
        return (strcasecmp(p->type, TYPE_ROOT_AMD64) == 0 || strcasecmp(p->type, TYPE_ROOT_ARM64) == 0) &&
               (text_equal(p->label, DISK_TABLE_EMPTY) || text_starts(p->label, "provost_"));
}

static int read_partitions(struct fdisk_context *context, struct disk_table *ret)
{
        struct fdisk_table *table = NULL;
        struct disk_table t = {0};
        size_t n_slots = 0, n_esps = 0;

        if (!fdisk_is_label(context, GPT) || fdisk_get_partitions(context, &table) < 0)
                return PV_EUNSET;
        for (size_t i = 0; i < fdisk_table_get_nents(table); i++) {
                struct disk_partition p;

                if (!take(context, fdisk_table_get_partition(table, i), &p))
                        continue;
                if (strcasecmp(p.type, TYPE_ESP) == 0 && text_equal(p.label, LABEL_ESP) && n_esps++ == 0)
                        t.esp = p;
                else if (is_slot(&p) && n_slots < DISK_TABLE_SLOTS)
                        t.slot[n_slots++] = p;
        }
        fdisk_unref_table(table);
        if (n_slots != DISK_TABLE_SLOTS || n_esps != 1)
                return PV_EUNSET;
        *ret = t;
        return 0;
}

int disk_table_read(const char *disk, struct disk_table *ret)
{
        struct fdisk_context *context = NULL;
        int r = open_disk(disk, true, &context);

        if (r < 0)
                return r;
        r = read_partitions(context, ret);
        close_disk(context);
        return r;
}

int disk_table_holds(const char *disk, char *ret, size_t size)
{
        struct fdisk_context *context = NULL;
        struct disk_table table;
        int r = open_disk(disk, true, &context);

        if (r < 0)
                return r;
        if (read_partitions(context, &table) == 0)
                r = text_copy(ret, size, "an installation of Provost");
        else if (fdisk_has_label(context))
                (void)snprintf(ret, size, "a partition table (%s)", fdisk_label_get_name(fdisk_get_label(context, NULL)));
        else if (fdisk_get_collision(context))
                (void)snprintf(ret, size, "what looks like %s", fdisk_get_collision(context));
        else
                *ret = 0;
        close_disk(context);
        return r;
}

/* --- changing ---------------------------------------------------------------- */

static int write_table(struct fdisk_context *context)
{
        return fdisk_write_disklabel(context) < 0 ? PV_ESYSTEM : 0;
}

static int rename_partition(struct fdisk_context *context, size_t number, const char *label)
{
        struct fdisk_partition *p = fdisk_new_partition();
        int r = p && fdisk_partition_set_name(p, label) == 0 && fdisk_set_partition(context, number, p) == 0 ? 0 : PV_ESYSTEM;

        fdisk_unref_partition(p);
        return r;
}

int disk_table_empty(const char *disk, const struct disk_partition *slot)
{
        struct fdisk_context *context = NULL;
        int r = open_disk(disk, false, &context);

        if (r < 0)
                return r;
        r = fdisk_is_label(context, GPT) ? rename_partition(context, slot->number, DISK_TABLE_EMPTY) : PV_EUNSET;
        if (r == 0)
                r = write_table(context);
        close_disk(context);
        return r;
}

static int add(struct fdisk_context *context, size_t number, const struct disk_partition *like, const char *label, const char *uuid)
{
        struct fdisk_partition *p = fdisk_new_partition();
        struct fdisk_parttype *type = fdisk_label_get_parttype_from_string(fdisk_get_label(context, NULL), like->type);
        uint64_t sector = fdisk_get_sector_size(context);
        int r = p && type ? 0 : PV_ENOMEM;

        if (r == 0 && (fdisk_partition_set_partno(p, number) < 0 || fdisk_partition_set_start(p, like->start / sector) < 0 ||
                       fdisk_partition_set_size(p, like->size / sector) < 0 || fdisk_partition_set_type(p, type) < 0 ||
                       fdisk_partition_set_name(p, label) < 0 || (uuid && fdisk_partition_set_uuid(p, uuid) < 0) ||
                       fdisk_add_partition(context, p, NULL) < 0))
                r = PV_ESYSTEM;
        fdisk_unref_parttype(type);
        fdisk_unref_partition(p);
        return r;
}

int disk_table_make(const char *disk, const struct disk_table *like, const struct disk_partition *running, struct disk_table *ret)
{
        struct fdisk_context *context = NULL;
        int r = open_disk(disk, false, &context);

        if (r < 0)
                return r;
        (void)fdisk_enable_wipe(context, 1);
        r = fdisk_create_disklabel(context, "gpt") < 0 ? PV_ESYSTEM : 0;
        if (r == 0)
                r = add(context, 0, &like->esp, LABEL_ESP, NULL);
        if (r == 0)
                r = add(context, 1, &like->slot[0], running->label, running->uuid);
        if (r == 0)
                r = add(context, 2, &like->slot[1], DISK_TABLE_EMPTY, NULL);
        if (r == 0)
                r = read_partitions(context, ret);
        if (r == 0 && (ret->esp.size != like->esp.size || ret->slot[0].size != like->slot[0].size || ret->slot[1].size != like->slot[1].size))
                r = PV_ETOOLARGE;               /* what does not fit is made smaller without a word */
        if (r == 0)
                r = write_table(context);
        if (r == 0)
                (void)fdisk_reread_partition_table(context);
        close_disk(context);
        return r;
}
