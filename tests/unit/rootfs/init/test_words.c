/*
 * test_words: which words of the kernel's command line reach systemd, and which of a name counts.
 */
#include "rootfs/image/init/words.h"

#include "tests/support/test.h"

#define SIGNED "provost.root=aa provost.salt=bb quiet console=tty0 console=ttyS0,115200 loglevel=4 lockdown=integrity"

static const char *filtered(const char *line, unsigned *ret_left_out)
{
        static char text[4096];

        words_filter(line, text, sizeof text, ret_left_out);
        return text;
}

TEST(the_signed_words_pass_as_they_are)
{
        unsigned left_out;

        CHECK_STR(filtered(SIGNED "\n", &left_out), SIGNED);
        CHECK_EQ_INT(left_out, 0);
}

TEST(no_word_that_opens_a_door_of_systemd_passes)
{
        static const char *const doors[] = {
                "init=/bin/sh", "rdinit=/bin/sh", "single", "s", "1", "rescue", "emergency", "-b", "systemd.unit=rescue.target",
                "systemd.debug_shell", "systemd.debug_shell=tty1", "systemd.debug-shell", "systemd.default_debug_tty=tty1",
                "systemd.wants=x.service", "systemd.mask=provost-firewall.service", "systemd.run=/bin/sh",
                "systemd.run_success_action=none", "systemd.setenv=LD_PRELOAD=/data/x.so", "systemd.set_credential=a:b",
                "systemd.set_credential_binary=a:Yg==", "systemd.import_credentials=yes", "systemd.confirm_spawn",
                "systemd.crash_shell", "systemd.crash_action=freeze", "systemd.default_standard_output=tty",
                "systemd.machine_id=0123456789abcdef0123456789abcdef", "systemd.hostname=x", "systemd.verity=0",
                "systemd.early_core_pattern=/x", "systemd.watchdog_sec=0", "systemd.service_watchdogs=0", "udev.event_timeout=1",
                "modules_load=x", "LD_PRELOAD=/data/x.so", "SYSTEMD_UNIT_PATH=/data/x", "PATH=/data", "quietly", "fsck.mode=skip",
                "provostx", "systemd.show_status", "ip=dhcp", "rd.systemd.debug_shell",
        };
        unsigned left_out;

        for (size_t i = 0; i < sizeof doors / sizeof *doors; i++) {
                char line[512];

                snprintf(line, sizeof line, SIGNED " %s", doors[i]);
                CHECK_STR(filtered(line, &left_out), SIGNED);
                CHECK_EQ_INT(left_out, 1);
        }
}

TEST(a_word_that_is_there_already_cannot_be_said_again)
{
        unsigned left_out;
        char value[16];

        CHECK_STR(filtered(SIGNED " provost.root=cc lockdown=none loglevel=7 quiet", &left_out), SIGNED);
        CHECK_EQ_INT(left_out, 4);
        CHECK(words_value(SIGNED " provost.root=cc", "provost.root", value, sizeof value));
        CHECK_STR(value, "aa");
}

TEST(quotation_marks_hide_no_word)
{
        unsigned left_out;

        CHECK_STR(filtered("quiet \"provost.a=b systemd.debug_shell\" panic=10", &left_out), "quiet panic=10");
        CHECK_STR(filtered("quiet provost.a=\"b systemd.debug_shell\" panic=10", &left_out), "quiet panic=10");
        CHECK_STR(filtered("quiet provost.a=\"b systemd.debug_shell", &left_out), "quiet");
        CHECK_EQ_INT(left_out, 1);
}

TEST(a_value_is_found_by_its_whole_name_and_only_when_it_fits)
{
        char value[4] = "";

        CHECK(!words_value("provost.roots=aa xprovost.root=aa", "provost.root", value, sizeof value));
        CHECK(!words_value("provost.root=aaaa", "provost.root", value, sizeof value));
        CHECK(words_value("  provost.root=aaa  ", "provost.root", value, sizeof value));
        CHECK_STR(value, "aaa");
        CHECK(words_value("provost.root=", "provost.root", value, sizeof value));
        CHECK_STR(value, "");
}

TEST(what_does_not_fit_is_left_out_and_nothing_is_written_behind_the_end)
{
        unsigned left_out;
        char small[8] = "1234567";

        words_filter("quiet panic=1", small, sizeof small, &left_out);
        CHECK_STR(small, "quiet");
        CHECK_EQ_INT(left_out, 1);
        words_filter("", small, sizeof small, &left_out);
        CHECK_STR(small, "");
}
