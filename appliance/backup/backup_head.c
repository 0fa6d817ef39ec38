/*
 * backup_head: the first 144 bytes of a backup.
 *
 * In:   any bytes at all.
 * Out:  their meaning, or what is wrong with them.
 * Not:  whether somebody changed them on purpose shows when the rest is opened: the file's key depends on every one of them.
 */
#include "appliance/backup/backup_head.h"

#include <openssl/sha.h>
#include <string.h>

#include "appliance/base/cursor.h"
#include "appliance/base/writer.h"

#define MAGIC "PVBACKUP"
#define MAGIC_SIZE 8
#define FIXED_SIZE (MAGIC_SIZE + 4)
/* What a file may make us do: a foreign one must not take all memory. */
#define MEMORY_MIN_KIB 8192
#define MEMORY_MAX_KIB (256 * 1024)
#define PASSES_MAX 16
#define LANES_MAX 4

static void put_u64(struct writer *w, uint64_t value)
{
        writer_u32(w, (uint32_t)(value >> 32));
        writer_u32(w, (uint32_t)value);
}

int backup_head_write(const struct backup_head *head, uint8_t ret[static BACKUP_HEAD_SIZE])
{
        struct writer w = writer_of(ret, BACKUP_HEAD_SIZE);

        writer_text(&w, MAGIC);
        writer_u16(&w, BACKUP_HEAD_VERSION);
        writer_u16(&w, BACKUP_HEAD_SIZE);
        put_u64(&w, (uint64_t)head->made_at);
        writer_u32(&w, head->memory_kib);
        writer_u32(&w, head->passes);
        writer_u32(&w, head->lanes);
        writer_bytes(&w, head->salt, sizeof head->salt);
        writer_bytes(&w, head->recipient, sizeof head->recipient);
        writer_bytes(&w, head->ephemeral, sizeof head->ephemeral);
        if (w.error || writer_left(&w) != SHA256_DIGEST_LENGTH)
                return PV_ETOOLARGE;
        return SHA256(ret, writer_used(&w), w.at) ? 0 : PV_ESYSTEM;
}

/* What every version has in the same places. */
static int check_frame(const void *data, size_t size, struct cursor *c, uint16_t *ret_version)
{
        uint8_t magic[MAGIC_SIZE], sum[SHA256_DIGEST_LENGTH];
        uint16_t head_size;

        cursor_bytes(c, magic, sizeof magic);
        if (c->error || memcmp(magic, MAGIC, sizeof magic) != 0)
                return PV_EUNSET;
        *ret_version = cursor_u16(c);
        head_size = cursor_u16(c);
        if (c->error || head_size > size || head_size < FIXED_SIZE + sizeof sum)
                return PV_EMALFORMED;
        SHA256(data, head_size - sizeof sum, sum);
        return memcmp(sum, (const uint8_t *)data + head_size - sizeof sum, sizeof sum) == 0 ? 0 : PV_EMALFORMED;
}

static bool is_bearable(const struct backup_head *head)
{
        return head->memory_kib >= MEMORY_MIN_KIB && head->memory_kib <= MEMORY_MAX_KIB && head->passes >= 1 && head->passes <= PASSES_MAX &&
               head->lanes >= 1 && head->lanes <= LANES_MAX;
}

int backup_head_read(const void *data, size_t size, struct backup_head *ret_head)
{
        struct cursor c = cursor_of(data, size);
        struct backup_head head = {0};
        uint16_t version = 0;
        int r = check_frame(data, size, &c, &version);

        if (r < 0)
                return r;
        if (version > BACKUP_HEAD_VERSION)
                return PV_EREFUSED;
        head.made_at = (int64_t)((uint64_t)cursor_u32(&c) << 32);
        head.made_at |= cursor_u32(&c);
        head.memory_kib = cursor_u32(&c);
        head.passes = cursor_u32(&c);
        head.lanes = cursor_u32(&c);
        cursor_bytes(&c, head.salt, sizeof head.salt);
        cursor_bytes(&c, head.recipient, sizeof head.recipient);
        cursor_bytes(&c, head.ephemeral, sizeof head.ephemeral);
        if (c.error || version == 0 || !is_bearable(&head))
                return PV_EMALFORMED;
        *ret_head = head;
        return 0;
}
