/*
 * test_pki_vault: sealed files.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/test.h"
#include "tests/unit/vpn/pki/pki_scratch.h"
#include "vpn/pki/pki_files.h"
#include "vpn/pki/pki_vault.h"

#define SECRET "a canary that must not be on the disk"

static void open_vault(struct pki_scratch *scratch, struct pki_vault *vault)
{
        pki_scratch_make(scratch);
        CHECK_EQ_INT(pki_vault_open(scratch->state, scratch->credentials, "pki.key", vault), 0);
}

static void close_vault(struct pki_scratch *scratch, struct pki_vault *vault)
{
        pki_vault_close(vault);
        pki_scratch_remove(scratch);
}

TEST(what_was_put_comes_back)
{
        struct pki_scratch scratch;
        struct pki_vault vault;
        uint8_t *data;
        size_t size;

        open_vault(&scratch, &vault);
        CHECK_EQ_INT(pki_vault_put(&vault, "thing", SECRET, strlen(SECRET)), 0);
        CHECK_EQ_INT(pki_vault_get(&vault, "thing", &data, &size), 0);
        CHECK_EQ_INT(size, strlen(SECRET));
        CHECK_STR((char *)data, SECRET);
        pki_vault_forget(data, size);
        close_vault(&scratch, &vault);
}

TEST(the_disk_holds_no_plain_text_and_only_the_owner_may_read)
{
        struct pki_scratch scratch;
        struct pki_vault vault;
        struct stat status;
        char path[128], *output;

        open_vault(&scratch, &vault);
        CHECK_EQ_INT(pki_vault_put(&vault, "thing", SECRET, strlen(SECRET)), 0);
        CHECK(pki_scratch_run(&output, "grep -rla canary '%s'", scratch.state) != 0);
        free(output);
        snprintf(path, sizeof path, "%s/thing.sealed", scratch.state);
        CHECK_EQ_INT(stat(path, &status), 0);
        CHECK_EQ_INT(status.st_mode & 0777, 0600);
        close_vault(&scratch, &vault);
}

TEST(what_was_never_put_is_unset)
{
        struct pki_scratch scratch;
        struct pki_vault vault;
        uint8_t *data;
        size_t size;

        open_vault(&scratch, &vault);
        CHECK_EQ_INT(pki_vault_get(&vault, "thing", &data, &size), PV_EUNSET);
        close_vault(&scratch, &vault);
}

TEST(a_file_with_any_byte_changed_is_refused)
{
        struct pki_scratch scratch;
        struct pki_vault vault;
        uint8_t *file, *data;
        size_t file_size, size;

        open_vault(&scratch, &vault);
        CHECK_EQ_INT(pki_vault_put(&vault, "thing", SECRET, strlen(SECRET)), 0);
        CHECK_EQ_INT(pki_files_read(vault.directory, "thing.sealed", &file, &file_size), 0);
        for (size_t i = 0; i < file_size; i++) {
                file[i] ^= 1;
                pki_scratch_write(scratch.state, "thing.sealed", file, file_size);
                CHECK_EQ_INT(pki_vault_get(&vault, "thing", &data, &size), PV_EREFUSED);
                file[i] ^= 1;
        }
        free(file);
        close_vault(&scratch, &vault);
}

TEST(a_file_cut_short_anywhere_is_refused)
{
        struct pki_scratch scratch;
        struct pki_vault vault;
        uint8_t *file, *data;
        size_t file_size, size;

        open_vault(&scratch, &vault);
        CHECK_EQ_INT(pki_vault_put(&vault, "thing", SECRET, strlen(SECRET)), 0);
        CHECK_EQ_INT(pki_files_read(vault.directory, "thing.sealed", &file, &file_size), 0);
        for (size_t cut = 0; cut < file_size; cut++) {
                pki_scratch_write(scratch.state, "thing.sealed", file, cut);
                CHECK_EQ_INT(pki_vault_get(&vault, "thing", &data, &size), PV_EREFUSED);
        }
        free(file);
        close_vault(&scratch, &vault);
}

TEST(one_file_cannot_stand_in_for_another)
{
        struct pki_scratch scratch;
        struct pki_vault vault;
        uint8_t *data;
        size_t size;

        open_vault(&scratch, &vault);
        CHECK_EQ_INT(pki_vault_put(&vault, "thing", SECRET, strlen(SECRET)), 0);
        CHECK_EQ_INT(renameat(vault.directory, "thing.sealed", vault.directory, "other.sealed"), 0);
        CHECK_EQ_INT(pki_vault_get(&vault, "other", &data, &size), PV_EREFUSED);
        close_vault(&scratch, &vault);
}

TEST(a_key_of_another_appliance_is_refused)
{
        struct pki_scratch scratch;
        struct pki_vault vault, other;
        uint8_t *data;
        size_t size;

        open_vault(&scratch, &vault);
        CHECK_EQ_INT(pki_vault_put(&vault, "thing", SECRET, strlen(SECRET)), 0);
        pki_scratch_write(scratch.credentials, "pki.key", "fedcba9876543210fedcba9876543210", 32);
        CHECK_EQ_INT(pki_vault_open(scratch.state, scratch.credentials, "pki.key", &other), 0);
        CHECK_EQ_INT(pki_vault_get(&other, "thing", &data, &size), PV_EREFUSED);
        pki_vault_close(&other);
        close_vault(&scratch, &vault);
}

TEST(a_key_of_another_size_is_malformed_and_none_is_unset)
{
        struct pki_scratch scratch;
        struct pki_vault vault;

        pki_scratch_make(&scratch);
        pki_scratch_write(scratch.credentials, "pki.key", "short", 5);
        CHECK_EQ_INT(pki_vault_open(scratch.state, scratch.credentials, "pki.key", &vault), PV_EMALFORMED);
        CHECK_EQ_INT(pki_vault_open(scratch.state, scratch.credentials, "none", &vault), PV_EUNSET);
        pki_scratch_remove(&scratch);
}

TEST(a_half_written_new_file_does_not_disturb_the_old_one)
{
        struct pki_scratch scratch;
        struct pki_vault vault;
        uint8_t *data;
        size_t size;

        open_vault(&scratch, &vault);
        CHECK_EQ_INT(pki_vault_put(&vault, "thing", SECRET, strlen(SECRET)), 0);
        pki_scratch_write(scratch.state, ".thing.sealed.new", "half", 4);
        CHECK_EQ_INT(pki_vault_get(&vault, "thing", &data, &size), 0);
        pki_vault_forget(data, size);
        CHECK_EQ_INT(pki_vault_put(&vault, "thing", "b", 1), 0);
        CHECK_EQ_INT(pki_vault_get(&vault, "thing", &data, &size), 0);
        CHECK_STR((char *)data, "b");
        pki_vault_forget(data, size);
        close_vault(&scratch, &vault);
}
