/*
 * apply_file: whole files, replaced in one step.
 */
#include "appliance/box/apply_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/test.h"

static char folder[] = "/tmp/provost-apply-XXXXXX";

static const char *path(void)
{
        static char text[64];

        if (!*text) {
                CHECK(mkdtemp(folder));
                snprintf(text, sizeof text, "%s/file", folder);
        }
        return text;
}

TEST(a_written_file_holds_its_text_and_no_other)
{
        CHECK(!apply_file_holds(path(), ""));
        CHECK_EQ_INT(apply_file_write(path(), "one\n"), 0);
        CHECK(apply_file_holds(path(), "one\n"));
        CHECK(!apply_file_holds(path(), "one\ntwo"));
        CHECK(!apply_file_holds(path(), "one"));
        CHECK(!apply_file_holds(path(), ""));
}

TEST(everyone_may_read_it_whatever_the_umask)
{
        struct stat st;

        umask(0077);
        CHECK_EQ_INT(apply_file_write(path(), "two\n"), 0);
        CHECK_EQ_INT(stat(path(), &st), 0);
        CHECK_EQ_INT(st.st_mode & 07777, 0644);
}

TEST(a_long_file_is_compared_to_its_end)
{
        static char text[20001];

        memset(text, 'x', sizeof text - 1);
        CHECK_EQ_INT(apply_file_write(path(), text), 0);
        CHECK(apply_file_holds(path(), text));
        text[19999] = 'y';
        CHECK(!apply_file_holds(path(), text));
}

TEST(a_failure_leaves_the_old_file)
{
        CHECK_EQ_INT(apply_file_write("/nowhere/at/all", "x"), PV_ESYSTEM);
        CHECK_EQ_INT(apply_file_write(path(), "kept"), 0);
        CHECK(apply_file_holds(path(), "kept"));
}

TEST(removing_what_is_not_there_is_done)
{
        CHECK_EQ_INT(apply_file_remove(path()), 0);
        CHECK_EQ_INT(apply_file_remove(path()), 0);
        rmdir(folder);
}
