/*
 * tar: texts as one archive; read back by the rules of ustar.
 */
#include "tests/support/test.h"

#include "provisioning/admin/tar.h"

static char *bytes;
static size_t size;
static FILE *file;

static void begin(void)
{
        bytes = NULL;
        file = open_memstream(&bytes, &size);
}

static void end(void)
{
        tar_end(file);
        fclose(file);
}

/* The sum of a header with blanks in the place of the sum. */
static unsigned sum_of(const char *header)
{
        unsigned sum = 0;

        for (size_t i = 0; i < 512; i++)
                sum += i >= 148 && i < 156 ? ' ' : (unsigned char)header[i];
        return sum;
}

TEST(a_file_has_its_header_its_bytes_and_zeros_up_to_the_block)
{
        begin();
        CHECK(tar_add(file, "facts.json", 1700000000, "{}", 2) == 0);
        end();
        CHECK_EQ_INT(size, 512 + 512 + 1024);
        CHECK_STR(bytes, "facts.json");
        CHECK_MEM(bytes + 257, "ustar\0" "00", 8);
        CHECK_EQ_INT(strtoul(bytes + 124, NULL, 8), 2);
        CHECK_EQ_INT(strtoul(bytes + 136, NULL, 8), 1700000000);
        CHECK_EQ_INT(strtoul(bytes + 100, NULL, 8), 0600);
        CHECK_EQ_INT(strtoul(bytes + 148, NULL, 8), sum_of(bytes));
        CHECK_EQ_INT(bytes[156], '0');
        CHECK_MEM(bytes + 512, "{}\0\0", 4);
        free(bytes);
}

TEST(an_empty_file_is_a_header_alone_and_a_whole_block_needs_no_zeros)
{
        char block[512];

        memset(block, 'x', sizeof block);
        begin();
        CHECK(tar_add(file, "empty", 0, "", 0) == 0);
        CHECK(tar_add(file, "full", 0, block, sizeof block) == 0);
        end();
        CHECK_EQ_INT(size, 512 + 1024 + 1024);
        CHECK_STR(bytes + 512, "full");
        free(bytes);
}

TEST(a_name_that_does_not_fit_is_refused)
{
        char name[120];

        memset(name, 'n', sizeof name - 1);
        name[sizeof name - 1] = 0;
        begin();
        CHECK_EQ_INT(tar_add(file, name, 0, "", 0), PV_ETOOLARGE);
        end();
        CHECK_EQ_INT(size, 1024);
        free(bytes);
}
