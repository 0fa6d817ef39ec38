/*
 * blocks: the disks and partitions that the kernel knows, by their names in the partition table.
 *
 * In:   /sys/class/block.
 * Out:  a list of partitions, and answers about it that need nothing but the list.
 * Not:  no partition table is read here: the kernel did that.
 */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rootfs/image/init/blocks.h"

static uint64_t number_in(const char *name, const char *file)
{
        char path[128];
        unsigned long long number = 0;

        snprintf(path, sizeof(path), "/sys/class/block/%s/%s", name, file);
        FILE *stream = fopen(path, "re");
        if (!stream)
                return 0;
        if (fscanf(stream, "%llu", &number) != 1)
                number = 0;
        fclose(stream);
        return number;
}

/* /sys/class/block/vda2 is a link to .../block/vda/vda2. */
static bool disk_of(const char *name, char *ret_disk, size_t size)
{
        char path[128], target[PATH_MAX];

        snprintf(path, sizeof(path), "/sys/class/block/%s", name);
        ssize_t length = readlink(path, target, sizeof(target) - 1);
        if (length <= 0)
                return false;
        target[length] = '\0';
        char *end = strrchr(target, '/');
        if (!end)
                return false;
        *end = '\0';
        const char *disk = strrchr(target, '/');
        return disk && snprintf(ret_disk, size, "%s", disk + 1) < (int)size;
}

static void take_line(struct block *block, const char *line)
{
        if (strncmp(line, "PARTN=", 6) == 0)
                block->number = (unsigned)strtoul(line + 6, NULL, 10);
        else if (strncmp(line, "PARTNAME=", 9) == 0)
                snprintf(block->label, sizeof(block->label), "%.79s", line + 9);
        else if (strncmp(line, "PARTUUID=", 9) == 0)
                snprintf(block->uuid, sizeof(block->uuid), "%.39s", line + 9);
}

static bool read_block(const char *name, struct block *ret_block)
{
        char path[128], line[256];
        struct block block = {0};

        if (snprintf(block.name, sizeof(block.name), "%s", name) >= (int)sizeof(block.name))
                return false;
        snprintf(path, sizeof(path), "/sys/class/block/%s/uevent", name);
        FILE *file = fopen(path, "re");
        if (!file)
                return false;
        while (fgets(line, sizeof(line), file)) {
                line[strcspn(line, "\n")] = '\0';
                take_line(&block, line);
        }
        fclose(file);
        if (!block.number || !disk_of(name, block.disk, sizeof(block.disk)))
                return false;
        block.start = number_in(name, "start");
        block.sectors = number_in(name, "size");
        *ret_block = block;
        return true;
}

void blocks_read(struct blocks *ret_blocks)
{
        DIR *directory = opendir("/sys/class/block");

        ret_blocks->count = 0;
        if (!directory)
                return;
        for (struct dirent *entry; (entry = readdir(directory)) && ret_blocks->count < BLOCKS_MAX;)
                if (entry->d_name[0] != '.' && read_block(entry->d_name, &ret_blocks->all[ret_blocks->count]))
                        ret_blocks->count++;
        closedir(directory);
}

static const struct block *find(const struct blocks *blocks, const char *disk, const char *label, const char *uuid)
{
        for (size_t i = 0; i < blocks->count; i++) {
                const struct block *block = &blocks->all[i];

                if ((!disk || strcmp(block->disk, disk) == 0) && (!label || strcmp(block->label, label) == 0) &&
                    (!uuid || strcmp(block->uuid, uuid) == 0))
                        return block;
        }
        return NULL;
}

const struct block *blocks_labelled(const struct blocks *blocks, const char *disk, const char *label)
{
        return find(blocks, disk, label, NULL);
}

const struct block *blocks_with_uuid(const struct blocks *blocks, const char *disk, const char *uuid)
{
        return find(blocks, disk, NULL, uuid);
}

const struct block *blocks_slot(const struct blocks *blocks, const char *uuid, const char *esp, bool anywhere)
{
        for (size_t i = 0; i < blocks->count; i++) {
                const struct block *block = &blocks->all[i];

                if (strcmp(block->uuid, uuid) == 0 && (!*esp || blocks_with_uuid(blocks, block->disk, esp)))
                        return block;
        }
        return anywhere ? find(blocks, NULL, NULL, uuid) : NULL;
}

const struct block *blocks_just_made(const struct blocks *blocks, const char *disk)
{
        const struct block *last = NULL;

        for (size_t i = 0; i < blocks->count; i++)
                if (strcmp(blocks->all[i].disk, disk) == 0 && (!last || blocks->all[i].start > last->start))
                        last = &blocks->all[i];
        return last && !*last->label ? last : NULL;
}

uint64_t blocks_room_behind(const struct blocks *blocks, const struct block *last, uint64_t disk_sectors)
{
        uint64_t end = last->start + last->sectors;

        for (size_t i = 0; i < blocks->count; i++)
                if (strcmp(blocks->all[i].disk, last->disk) == 0 && blocks->all[i].start >= end)
                        return 0;
        return disk_sectors > end ? disk_sectors - end : 0;
}

uint64_t blocks_sectors_of(const char *name)
{
        return number_in(name, "size");
}
