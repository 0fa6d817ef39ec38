/*
 * What people are shown: lines of the journal, facts of the machine, the file of an unattended site on its way.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/box/facts.h"
#include "appliance/box/log_entry.h"
#include "appliance/box/seed_place.h"
#include "tests/support/test.h"

/* --- the journal -------------------------------------------------------------- */

TEST(a_unit_is_named_with_or_without_its_end)
{
        char name[128];

        CHECK(log_entry_unit_name("provost-box", name));
        CHECK_STR(name, "provost-box.service");
        CHECK(log_entry_unit_name("provost-console@tty1.service", name));
        CHECK_STR(name, "provost-console@tty1.service");
        CHECK(!log_entry_unit_name("", name));
        CHECK(!log_entry_unit_name("a b", name));
        CHECK(!log_entry_unit_name("a\nb", name));
        CHECK(!log_entry_unit_name("../../etc/passwd", name));
}

TEST(a_line_is_of_the_unit_it_is_about_then_of_the_one_that_wrote_it)
{
        char whose[LOG_ENTRY_UNIT_SIZE];

        CHECK_STR(log_entry_whose("init.scope", "provost-edge.service", "journal", "systemd", whose), "provost-edge");
        CHECK_STR(log_entry_whose("provost-box.service", NULL, "journal", "provost-box", whose), "provost-box");
        CHECK_STR(log_entry_whose(NULL, NULL, "kernel", "kernel", whose), "kernel");
        CHECK_STR(log_entry_whose(NULL, NULL, "syslog", "a\x1b[2J", whose), "a\\x1b[2J");
        CHECK_STR(log_entry_whose(NULL, NULL, NULL, NULL, whose), "");
}

TEST(words_are_looked_for_in_the_whole_line_in_any_case)
{
        CHECK(log_entry_holds("applied part=EDGE", 17, "edge"));
        CHECK(log_entry_holds("applied", 7, "applied"));
        CHECK(log_entry_holds("applied", 7, ""));
        CHECK(!log_entry_holds("applied", 7, "applied "));
        CHECK(!log_entry_holds("appliedge", 7, "edge"));
        CHECK(!log_entry_holds("", 0, "x"));
}

TEST(a_line_is_shown_as_it_is_or_escaped_and_never_longer_than_its_bound)
{
        char text[LOG_ENTRY_TEXT_SIZE], *wide = malloc(5000);

        CHECK_STR(log_entry_text("reason=\"one\"", 12, text), "reason=\"one\"");
        CHECK_STR(log_entry_text("a\x1b[31mb", 7, text), "a\\x1b[31mb");
        CHECK_STR(log_entry_text("a\0b", 3, text), "a\\x00b");
        memset(wide, 'w', 5000);
        log_entry_text(wide, 5000, text);
        CHECK(strlen(text) < LOG_ENTRY_TEXT_SIZE && strstr(text, "..."));
        free(wide);
}

/* --- facts ----------------------------------------------------------------------- */

TEST(facts_are_read_from_the_files_of_kernel_and_image)
{
        char version[64];

        CHECK_STR(facts_version("NAME=\"Provost\"\nVERSION_ID=\"0.1+abc\"\nX=1\n", version), "0.1+abc");
        CHECK_STR(facts_version("IMAGE_VERSION_ID=1\n", version), "");
        CHECK_STR(facts_version("VERSION_ID=1.2", version), "1.2");
        CHECK_EQ_INT(facts_memory("MemTotal:        1024 kB\nMemAvailable:      512 kB\n", "MemAvailable"), 512 * 1024);
        CHECK_EQ_INT(facts_memory("MemTotal:        1024 kB\n", "Mem"), 0);
        CHECK_STR(facts_way(0, "model\t: x\nflags\t\t: fpu vme hypervisor lahf\n"), "vm");
        CHECK_STR(facts_way(0, "flags\t\t: fpu vme\nbugs\t: x hypervisor\n"), "metal");
        CHECK_STR(facts_way(1, ""), "container");
        CHECK_STR(facts_way(0, ""), "metal");
}

TEST(facts_of_this_machine_are_there)
{
        struct facts f;

        facts_read(1800000000, &f);
        CHECK(f.memory_total > f.memory_available && f.memory_available > 0);
        CHECK(*f.kernel && *f.architecture && f.booted_at < 1800000000);
}

/* --- the file of an unattended site --------------------------------------------------- */

static char place[] = "/tmp/provost-seed-XXXXXX";

static void clean(void)
{
        int directory = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        (void)unlinkat(directory, "provost-setup.json", 0);
        (void)unlinkat(directory, "origin", 0);
        (void)unlinkat(directory, "link", 0);
        (void)unlinkat(directory, "pipe", 0);
        (void)unlinkat(directory, "folder", AT_REMOVEDIR);
        close(directory);
        CHECK_EQ_INT(rmdir(place), 0);
        memcpy(place + strlen(place) - 6, "XXXXXX", 6);
}

TEST(what_was_put_is_found_with_where_it_came_from_and_a_later_one_takes_its_place)
{
        char origin[SEED_PLACE_ORIGIN_MAX], *content = NULL;

        CHECK(mkdtemp(place));
        CHECK_EQ_INT(seed_place_read(place, origin, &content), PV_EUNSET);
        CHECK_EQ_INT(seed_place_write(place, "a stick", "{}", 2), 0);
        CHECK_EQ_INT(seed_place_read(place, origin, &content), 0);
        CHECK_STR(origin, "a stick");
        CHECK_STR(content, "{}");
        free(content);
        CHECK_EQ_INT(seed_place_write(place, "another", "{\"a\":1}", 7), 0);
        CHECK_EQ_INT(seed_place_read(place, origin, &content), 0);
        CHECK_STR(origin, "another");
        CHECK_STR(content, "{\"a\":1}");
        free(content);
        clean();
        CHECK_EQ_INT(seed_place_read("/nowhere", origin, &content), PV_EUNSET);
}

TEST(what_is_no_text_or_too_large_is_refused)
{
        char *large = calloc(1, SEED_PLACE_CONTENT_MAX + 1);

        CHECK(mkdtemp(place));
        memset(large, 'x', SEED_PLACE_CONTENT_MAX + 1);
        CHECK_EQ_INT(seed_place_write(place, "a", "a\0b", 3), PV_EMALFORMED);
        CHECK_EQ_INT(seed_place_write(place, "a", large, SEED_PLACE_CONTENT_MAX + 1), PV_ETOOLARGE);
        CHECK_EQ_INT(seed_place_write(place, "a", large, SEED_PLACE_CONTENT_MAX), 0);
        free(large);
        clean();
}

TEST(only_a_plain_file_of_the_stick_is_read)
{
        int directory;
        char *text = NULL;
        size_t size = 0;

        CHECK(mkdtemp(place));
        directory = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CHECK(symlinkat("/etc/shadow", directory, "link") == 0 && mkfifoat(directory, "pipe", 0600) == 0 &&
              mkdirat(directory, "folder", 0700) == 0);
        CHECK_EQ_INT(seed_place_file(directory, "link", 100, &text, &size), PV_EUNSET);
        CHECK_EQ_INT(seed_place_file(directory, "pipe", 100, &text, &size), PV_EUNSET);
        CHECK_EQ_INT(seed_place_file(directory, "folder", 100, &text, &size), PV_EUNSET);
        CHECK_EQ_INT(seed_place_file(directory, "nothing", 100, &text, &size), PV_EUNSET);
        CHECK_EQ_INT(seed_place_write(place, "a", "12345", 5), 0);
        CHECK_EQ_INT(seed_place_file(directory, "provost-setup.json", 4, &text, &size), PV_ETOOLARGE);
        CHECK_EQ_INT(seed_place_file(directory, "provost-setup.json", 5, &text, &size), 0);
        CHECK(size == 5 && strcmp(text, "12345") == 0);
        free(text);
        close(directory);
        clean();
}
