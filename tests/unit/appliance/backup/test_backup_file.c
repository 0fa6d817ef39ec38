/*
 * test_backup_file: the head, the keys, the chunks and the records of a backup; nothing but what was written comes out.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "appliance/backup/backup_head.h"
#include "appliance/backup/backup_key.h"
#include "appliance/backup/backup_record.h"
#include "appliance/backup/backup_seal.h"
#include "tests/support/test.h"

#define PASSPHRASE "correct horse battery"

static const uint8_t file_key[BACKUP_KEY_SIZE] = "an example of thirty two bytes..";

static int new_file(void)
{
        int fd = memfd_create("backup", MFD_CLOEXEC);

        CHECK(fd >= 0);
        return fd;
}

static int64_t size_of(int fd)
{
        return lseek(fd, 0, SEEK_END);
}

static struct backup_head a_head(void)
{
        struct backup_head head = {.made_at = 1800000000, .memory_kib = 65536, .passes = 3, .lanes = 1};

        memset(head.salt, 1, sizeof head.salt);
        memset(head.recipient, 2, sizeof head.recipient);
        memset(head.ephemeral, 3, sizeof head.ephemeral);
        return head;
}

/* --- the head ------------------------------------------------------------------------ */

TEST(a_head_is_read_as_it_was_written)
{
        struct backup_head head = a_head(), read = {0};
        uint8_t bytes[BACKUP_HEAD_SIZE];

        CHECK_EQ_INT(backup_head_write(&head, bytes), 0);
        CHECK_EQ_INT(backup_head_read(bytes, sizeof bytes, &read), 0);
        CHECK_EQ_INT(read.made_at, 1800000000);
        CHECK_EQ_INT(read.memory_kib, 65536);
        CHECK_EQ_INT(read.passes, 3);
        CHECK_EQ_INT(read.lanes, 1);
        CHECK(memcmp(read.salt, head.salt, sizeof head.salt) == 0);
        CHECK(memcmp(read.recipient, head.recipient, sizeof head.recipient) == 0);
        CHECK(memcmp(read.ephemeral, head.ephemeral, sizeof head.ephemeral) == 0);
}

TEST(every_changed_bit_of_a_head_is_noticed)
{
        struct backup_head head = a_head(), read;
        uint8_t bytes[BACKUP_HEAD_SIZE];

        CHECK_EQ_INT(backup_head_write(&head, bytes), 0);
        for (size_t i = 0; i < 8 * sizeof bytes; i++) {
                bytes[i / 8] ^= (uint8_t)(1 << i % 8);
                CHECK(backup_head_read(bytes, sizeof bytes, &read) < 0);
                bytes[i / 8] ^= (uint8_t)(1 << i % 8);
        }
}

TEST(a_head_that_was_cut_anywhere_is_refused)
{
        struct backup_head head = a_head(), read;
        uint8_t bytes[BACKUP_HEAD_SIZE];

        CHECK_EQ_INT(backup_head_write(&head, bytes), 0);
        for (size_t n = 0; n < sizeof bytes; n++)
                CHECK_EQ_INT(backup_head_read(bytes, n, &read), n < 8 ? PV_EUNSET : PV_EMALFORMED);
}

TEST(a_foreign_file_is_told_from_a_damaged_one)
{
        struct backup_head read;

        CHECK_EQ_INT(backup_head_read("PK\3\4 this is something else, long enough to be a head", 52, &read), PV_EUNSET);
        CHECK_EQ_INT(backup_head_read("PVBACKUP\0\1\0\220", 12, &read), PV_EMALFORMED);
}

TEST(a_head_that_wants_all_memory_is_refused)
{
        const uint32_t wanted[] = {0, 1024, 512 * 1024, UINT32_MAX};
        struct backup_head head = a_head(), read;
        uint8_t bytes[BACKUP_HEAD_SIZE];

        for (size_t i = 0; i < 4; i++) {
                head.memory_kib = wanted[i];
                CHECK_EQ_INT(backup_head_write(&head, bytes), 0);
                CHECK_EQ_INT(backup_head_read(bytes, sizeof bytes, &read), PV_EMALFORMED);
        }
        head = a_head();
        head.passes = 100;
        CHECK_EQ_INT(backup_head_write(&head, bytes), 0);
        CHECK_EQ_INT(backup_head_read(bytes, sizeof bytes, &read), PV_EMALFORMED);
}

/* --- keys ------------------------------------------------------------------------------ */

TEST(a_passphrase_opens_what_its_public_part_sealed)
{
        uint8_t sealed[BACKUP_KEY_SIZE], opened[BACKUP_KEY_SIZE], second[BACKUP_KEY_SIZE];
        struct backup_head head, other;
        struct backup_key key;

        CHECK_EQ_INT(backup_key_make(PASSPHRASE, &key), 0);
        CHECK_EQ_INT(key.memory_kib, 65536);
        CHECK_EQ_INT(key.passes, 3);
        CHECK_EQ_INT(backup_key_seal(&key, 1800000000, &head, sealed), 0);
        CHECK_EQ_INT(backup_key_open(&head, PASSPHRASE, opened), 0);
        CHECK(memcmp(sealed, opened, sizeof sealed) == 0);
        CHECK_EQ_INT(backup_key_seal(&key, 1800000000, &other, second), 0);
        CHECK(memcmp(sealed, second, sizeof sealed) != 0);
        CHECK_EQ_INT(backup_key_open(&head, "correct horse batterz", opened), PV_EREFUSED);
}

TEST(who_has_a_backup_alone_cannot_make_another_one_for_its_passphrase)
{
        uint8_t sealed[BACKUP_KEY_SIZE], opened[BACKUP_KEY_SIZE];
        struct backup_key key, forged;
        struct backup_head head;

        CHECK_EQ_INT(backup_key_make(PASSPHRASE, &key), 0);
        forged = key;
        memset(forged.writer, 0, sizeof forged.writer);         /* all else stands in each backup's head */
        CHECK_EQ_INT(backup_key_seal(&forged, 1800000000, &head, sealed), 0);
        CHECK_EQ_INT(backup_key_open(&head, PASSPHRASE, opened), 0);
        CHECK(memcmp(sealed, opened, sizeof sealed) != 0);
}

TEST(what_the_appliance_keeps_has_nothing_of_the_private_key)
{
        struct backup_key key;

        CHECK_EQ_INT(backup_key_make(PASSPHRASE, &key), 0);
        CHECK(!memmem(&key, sizeof key, "horse", 5));
        /* Salt, public key and writer's key are all that there is. */
        CHECK_EQ_INT(sizeof key, 3 * 4 + BACKUP_HEAD_SALT + BACKUP_HEAD_POINT + BACKUP_KEY_SIZE);
}

/* --- chunks ------------------------------------------------------------------------------ */

static void seal_bytes(int fd, const uint8_t *data, size_t size)
{
        struct backup_sealer *sealer = NULL;

        CHECK_EQ_INT(backup_sealer_new(fd, file_key, &sealer), 0);
        CHECK_EQ_INT(backup_sealer_write(sealer, data, size), 0);
        CHECK_EQ_INT(backup_sealer_finish(sealer), 0);
        backup_sealer_free(sealer);
}

/* 0 when all of it comes out, and nothing else. */
static int open_bytes(int fd, uint8_t *data, size_t size)
{
        struct backup_opener *opener = NULL;
        int64_t whole = size_of(fd);
        int r;

        CHECK(lseek(fd, 0, SEEK_SET) == 0);
        CHECK_EQ_INT(backup_opener_new(fd, 0, whole, file_key, &opener), 0);
        r = backup_opener_read(opener, data, size);
        if (r == 0)
                r = backup_opener_finish(opener);
        backup_opener_free(opener);
        return r;
}

static void goes_round(size_t size)
{
        uint8_t *data = malloc(size + 1), *back = malloc(size + 1);
        int fd = new_file();

        for (size_t i = 0; i < size; i++)
                data[i] = (uint8_t)(i * 31 + i / 251);
        seal_bytes(fd, data, size);
        CHECK_EQ_INT(open_bytes(fd, back, size), 0);
        CHECK(memcmp(data, back, size) == 0);
        if (size)
                CHECK_EQ_INT(open_bytes(fd, back, size - 1), PV_EMALFORMED);    /* something is left */
        CHECK_EQ_INT(open_bytes(fd, back, size + 1), PV_EMALFORMED);
        close(fd);
        free(data);
        free(back);
}

TEST(streams_of_every_kind_of_length_come_out_again)
{
        goes_round(0);
        goes_round(1);
        goes_round(BACKUP_SEAL_CHUNK - 1);
        goes_round(BACKUP_SEAL_CHUNK);
        goes_round(BACKUP_SEAL_CHUNK + 1);
        goes_round(2 * BACKUP_SEAL_CHUNK);
        goes_round(5 * BACKUP_SEAL_CHUNK + 77);
}

TEST(every_changed_byte_of_a_sealed_stream_is_noticed)
{
        uint8_t data[700], back[700];
        int fd = new_file();
        int64_t size;

        memset(data, 'x', sizeof data);
        seal_bytes(fd, data, sizeof data);
        size = size_of(fd);
        for (int64_t i = 0; i < size; i++) {
                uint8_t byte, changed;

                CHECK(pread(fd, &byte, 1, i) == 1);
                changed = byte ^ (uint8_t)(1 << i % 8);
                CHECK(pwrite(fd, &changed, 1, i) == 1);
                CHECK_EQ_INT(open_bytes(fd, back, sizeof back), PV_EMALFORMED);
                CHECK(pwrite(fd, &byte, 1, i) == 1);
        }
        CHECK_EQ_INT(open_bytes(fd, back, sizeof back), 0);
        close(fd);
}

TEST(a_stream_that_was_cut_anywhere_or_made_longer_is_refused)
{
        size_t n = 2 * BACKUP_SEAL_CHUNK + 100;
        uint8_t *data = calloc(1, n), *back = calloc(1, n);
        const int64_t chunk = BACKUP_SEAL_CHUNK + BACKUP_SEAL_TAG;
        int fd = new_file();
        int64_t size;

        seal_bytes(fd, data, n);
        size = size_of(fd);
        CHECK_EQ_INT(size, 2 * chunk + 100 + BACKUP_SEAL_TAG);
        CHECK(ftruncate(fd, size + 1) == 0);
        CHECK_EQ_INT(open_bytes(fd, back, n), PV_EMALFORMED);
        for (int64_t cut = size - 1; cut >= 0; cut = cut > 2 * chunk - 40 && cut <= 2 * chunk + 140 ? cut - 1 : cut - 1009) {
                CHECK(ftruncate(fd, cut) == 0);
                CHECK_EQ_INT(open_bytes(fd, back, n), PV_EMALFORMED);
        }
        /* At the end of a chunk, too. */
        CHECK(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0);
        seal_bytes(fd, data, n);
        CHECK(ftruncate(fd, chunk) == 0);
        CHECK_EQ_INT(open_bytes(fd, back, BACKUP_SEAL_CHUNK), PV_EMALFORMED);
        close(fd);
        free(data);
        free(back);
}

TEST(chunks_cannot_change_places)
{
        size_t n = 3 * BACKUP_SEAL_CHUNK;
        const size_t chunk = BACKUP_SEAL_CHUNK + BACKUP_SEAL_TAG;
        uint8_t *data = calloc(1, n), *back = calloc(1, n), *first = malloc(chunk), *second = malloc(chunk);
        int fd = new_file();

        seal_bytes(fd, data, n);
        CHECK(pread(fd, first, chunk, 0) == (ssize_t)chunk && pread(fd, second, chunk, (off_t)chunk) == (ssize_t)chunk);
        CHECK(pwrite(fd, second, chunk, 0) == (ssize_t)chunk && pwrite(fd, first, chunk, (off_t)chunk) == (ssize_t)chunk);
        CHECK_EQ_INT(open_bytes(fd, back, n), PV_EMALFORMED);
        close(fd);
        free(data);
        free(back);
        free(first);
        free(second);
}

TEST(a_disk_that_takes_no_more_is_told)
{
        struct backup_sealer *sealer = NULL;
        uint8_t *data = calloc(1, 4 * BACKUP_SEAL_CHUNK);
        int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

        CHECK(fd >= 0);
        CHECK_EQ_INT(backup_sealer_new(fd, file_key, &sealer), 0);
        CHECK_EQ_INT(backup_sealer_write(sealer, data, 4 * BACKUP_SEAL_CHUNK), PV_ESYSTEM);
        backup_sealer_free(sealer);
        close(fd);
        free(data);
}

/* --- records -------------------------------------------------------------------------------- */

TEST(names_of_records_are_files_in_their_folders_and_nothing_else)
{
        static const char *const good[] = {"manifest", "store/provost.db", "pki/authority.sealed", "firmware/snomD785-10.1.bin", "backup/schedule.json"};
        static const char *const unknown[] = {"", "store", "store/", "store/other.db", "pki/", "pki/authority", "pki/.sealed", "pki/../x.sealed", "pki/a/b.sealed",
                                              "firmware/..", "firmware/.hidden", "firmware/-rf", "firmware/a b", "/etc/passwd", "../store/provost.db",
                                              "credentials/other.key", "firmware//x", "manifest/", "MANIFEST", "pki/x.sealed/"};
        struct backup_record record;

        for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
                CHECK_EQ_INT(backup_record_parse(good[i], 100, &record), 0);
        for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
                CHECK_EQ_INT(backup_record_parse(unknown[i], 100, &record), PV_EREFUSED);
        CHECK_EQ_INT(backup_record_parse("pki/authority.sealed", 100, &record), 0);
        CHECK_STR(record.file, "authority.sealed");
        CHECK_EQ_INT(record.kind, BACKUP_RECORD_PKI);
}

TEST(records_of_a_size_that_cannot_be_are_refused)
{
        struct backup_record record;

        CHECK_EQ_INT(backup_record_parse("credentials/store.key", 32, &record), 0);
        CHECK_EQ_INT(backup_record_parse("credentials/store.key", 31, &record), PV_EMALFORMED);
        CHECK_EQ_INT(backup_record_parse("credentials/pki.key", 33, &record), PV_EMALFORMED);
        CHECK_EQ_INT(backup_record_parse("manifest", BACKUP_RECORD_SMALL_MAX + 1, &record), PV_EMALFORMED);
        CHECK_EQ_INT(backup_record_parse("store/provost.db", -1, &record), PV_EMALFORMED);
        CHECK_EQ_INT(backup_record_parse("store/provost.db", INT64_MAX, &record), PV_EMALFORMED);
        CHECK_EQ_INT(backup_record_parse("pki/\1.sealed", 5, &record), PV_EMALFORMED);
}

TEST(records_come_out_in_their_order_until_the_end)
{
        struct backup_sealer *sealer = NULL;
        struct backup_opener *opener = NULL;
        struct backup_record record;
        char text[6] = "";
        int fd = new_file();

        CHECK_EQ_INT(backup_sealer_new(fd, file_key, &sealer), 0);
        CHECK_EQ_INT(backup_record_put(sealer, "manifest", 5), 0);
        CHECK_EQ_INT(backup_sealer_write(sealer, "hello", 5), 0);
        CHECK_EQ_INT(backup_record_put(sealer, "store/provost.db", 0), 0);
        CHECK_EQ_INT(backup_record_put(sealer, NULL, 0), 0);
        CHECK_EQ_INT(backup_sealer_finish(sealer), 0);
        backup_sealer_free(sealer);
        CHECK_EQ_INT(backup_opener_new(fd, 0, size_of(fd), file_key, &opener), 0);
        CHECK(lseek(fd, 0, SEEK_SET) == 0);
        CHECK_EQ_INT(backup_record_next(opener, &record), 0);
        CHECK_EQ_INT(record.kind, BACKUP_RECORD_MANIFEST);
        CHECK_EQ_INT(record.size, 5);
        CHECK_EQ_INT(backup_opener_read(opener, text, 5), 0);
        CHECK_STR(text, "hello");
        CHECK_EQ_INT(backup_record_next(opener, &record), 0);
        CHECK_EQ_INT(record.kind, BACKUP_RECORD_DATABASE);
        CHECK_EQ_INT(record.size, 0);
        CHECK_EQ_INT(backup_record_next(opener, &record), 0);
        CHECK_EQ_INT(record.kind, BACKUP_RECORD_END);
        CHECK_EQ_INT(backup_opener_finish(opener), 0);
        backup_opener_free(opener);
        close(fd);
}
