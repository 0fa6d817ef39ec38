/*
 * test_settings_tar: archives as different programs write them, and broken ones.
 */
#include "provisioning/import/settings_tar.h"

#include "tests/support/test.h"
#include "tests/unit/provisioning/import/tar_made.h"

static uint8_t bytes[1 << 20];
static struct tar_made made;
static struct settings_tar tar;
static struct settings_tar_entry entry;
static const char *reason;

static void begin(void)
{
        made = (struct tar_made){bytes, sizeof bytes, 0};
}

static int first(void)
{
        tar = settings_tar_of(bytes, made.size);
        return settings_tar_next(&tar, &entry, &reason);
}

static bool content_is(const char *text)
{
        return cursor_equals(&entry.content, text);
}

TEST(files_come_with_name_and_content_and_folders_are_passed_over)
{
        begin();
        tar_made_add(&made, "a/", NULL, 0, '5');
        tar_made_text(&made, "a/b.xml", "hello");
        tar_made_text(&made, "a/empty.xml", "");
        tar_made_end(&made);
        CHECK(settings_tar_is(bytes, made.size));
        CHECK_EQ_INT(first(), 1);
        CHECK_STR(entry.name, "a/b.xml");
        CHECK(content_is("hello") && !entry.refused);
        CHECK_EQ_INT(settings_tar_next(&tar, &entry, &reason), 1);
        CHECK_STR(entry.name, "a/empty.xml");
        CHECK(content_is(""));
        CHECK_EQ_INT(settings_tar_next(&tar, &entry, &reason), 0);
        CHECK_EQ_INT(settings_tar_next(&tar, &entry, &reason), 0);
}

TEST(an_archive_without_its_empty_blocks_at_the_end_is_read)
{
        begin();
        tar_made_text(&made, "b.xml", "x");
        CHECK_EQ_INT(first(), 1);
        CHECK_EQ_INT(settings_tar_next(&tar, &entry, &reason), 0);
        made.size -= 511;               /* and without the filling of the last file */
        CHECK_EQ_INT(first(), 1);
        CHECK_EQ_INT(settings_tar_next(&tar, &entry, &reason), 0);
}

TEST(long_names_of_gnu_and_of_pax_are_whole)
{
        static char name[SETTINGS_TAR_NAME_MAX + 1], record[SETTINGS_TAR_NAME_MAX + 64];

        memset(name, 'n', 300);
        begin();
        tar_made_add(&made, "././@LongLink", name, 301, 'L');
        tar_made_text(&made, "cut.xml", "gnu");
        snprintf(record, sizeof record, "30 mtime=1700000000.123456789\n%d path=%s\n", 4 + 5 + 300 + 1, name);
        tar_made_add(&made, "PaxHeaders/x", record, strlen(record), 'x');
        tar_made_text(&made, "cut.xml", "pax");
        tar_made_text(&made, "short.xml", "own");
        tar_made_end(&made);
        CHECK_EQ_INT(first(), 1);
        CHECK_STR(entry.name, name);
        CHECK(content_is("gnu"));
        CHECK_EQ_INT(settings_tar_next(&tar, &entry, &reason), 1);
        CHECK_STR(entry.name, name);
        CHECK(content_is("pax"));
        CHECK_EQ_INT(settings_tar_next(&tar, &entry, &reason), 1);
        CHECK_STR(entry.name, "short.xml");
}

TEST(names_that_are_too_long_or_records_that_are_broken_end_the_reading)
{
        static char name[SETTINGS_TAR_NAME_MAX + 2];
        static const char *const records[] = {"", "x path=a\n", "9 path=a", "99 path=a\n", "3 \n", "0 path=a\n", "99999999999 path=a\n"};

        memset(name, 'n', sizeof name);
        begin();
        tar_made_add(&made, "././@LongLink", name, sizeof name, 'L');
        CHECK_EQ_INT(first(), PV_EMALFORMED);
        CHECK(strstr(reason, "too long or broken"));
        for (size_t i = 1; i < sizeof records / sizeof records[0]; i++) {
                begin();
                tar_made_add(&made, "x", records[i], strlen(records[i]), 'x');
                CHECK_EQ_INT(first(), PV_EMALFORMED);
        }
}

TEST(links_devices_and_names_that_lead_out_are_refused_in_words)
{
        static const struct {
                const char *name;
                char type;
                const char *said;
        } rows[] = {
                {"a.xml", '2', "it is a link"}, {"a.xml", '1', "it is a link"}, {"a.xml", '3', "no ordinary file"}, {"a.xml", '6', "no ordinary file"},
                {"/etc/a.xml", '0', "leads out"}, {"../a.xml", '0', "leads out"}, {"a/../../b.xml", '0', "leads out"}, {"a/..", '0', "leads out"},
        };

        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                begin();
                tar_made_add(&made, rows[i].name, "x", 0, rows[i].type);
                tar_made_end(&made);
                CHECK_EQ_INT(first(), 1);
                CHECK(entry.refused && strstr(entry.refused, rows[i].said));
        }
        begin();
        tar_made_text(&made, "..a/b..xml", "x");
        CHECK_EQ_INT(first(), 1);
        CHECK(!entry.refused);
}

TEST(a_header_that_does_not_fit_its_sum_or_a_size_beyond_the_end_is_an_error)
{
        begin();
        tar_made_text(&made, "a.xml", "hello");
        bytes[0] ^= 1;
        CHECK_EQ_INT(first(), PV_EMALFORMED);
        CHECK(strstr(reason, "damaged"));
        bytes[0] ^= 1;
        made.size = 514;
        CHECK_EQ_INT(first(), PV_EMALFORMED);
        CHECK(strstr(reason, "breaks off"));
        made.size = 511;
        CHECK_EQ_INT(first(), PV_EMALFORMED);
        CHECK(!settings_tar_is(bytes, made.size));
}
