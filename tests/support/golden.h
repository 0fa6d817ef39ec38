/*
 * golden: expected bytes that are files under tests/golden/.
 *
 *     CHECK_GOLDEN("bootstrap/stage1.xml", bytes, size);
 *
 * With GOLDEN=write in the environment the file is written anew instead: look at its
 * difference before committing it.
 */
#pragma once

#include "tests/support/test.h"

static inline const char *golden_read(const char *name, size_t *ret_size)
{
        static char bytes[1 << 17];
        char path[256];
        FILE *file;

        snprintf(path, sizeof path, "tests/golden/%s", name);
        file = fopen(path, "rb");
        if (!file)
                return NULL;
        *ret_size = fread(bytes, 1, sizeof bytes - 1, file);
        bytes[*ret_size] = 0;
        fclose(file);
        return bytes;
}

static inline bool golden_write(const char *name, const void *bytes, size_t size)
{
        char path[256];
        FILE *file;
        bool fine;

        snprintf(path, sizeof path, "tests/golden/%s", name);
        file = fopen(path, "wb");
        if (!file)
                return false;
        fine = fwrite(bytes, 1, size, file) == size;
        return !fclose(file) && fine;
}

#define CHECK_GOLDEN(golden_name, bytes, size)                                                                   \
        do {                                                                                                     \
                const char *golden_mode = getenv("GOLDEN"), *golden_bytes;                                       \
                size_t golden_size = 0, golden_actual = (size);                                                  \
                if (golden_mode && !strcmp(golden_mode, "write"))                                                \
                        CHECK(golden_write((golden_name), (bytes), golden_actual));                              \
                golden_bytes = golden_read((golden_name), &golden_size);                                         \
                if (!golden_bytes)                                                                               \
                        TEST_FAIL("tests/golden/%s is not there", (golden_name));                                \
                if (golden_size != golden_actual)                                                                \
                        TEST_FAIL("%zu bytes, but tests/golden/%s has %zu", golden_actual, (golden_name),        \
                                  golden_size);                                                                  \
                CHECK_MEM((bytes), golden_bytes, golden_size);                                                   \
        } while (0)
