/*
 * test_uki_name: names of kernel images, as systemd-boot and systemd-sysupdate write them.
 */
#include "appliance/update/uki_name.h"

#include "tests/support/test.h"

static struct uki_name name;
static char text[UKI_NAME_SIZE];

TEST(the_three_forms_are_read)
{
        CHECK_EQ_INT(uki_name_parse("provost_0.6.12.efi", &name), 0);
        CHECK_STR(name.version, "0.6.12");
        CHECK_EQ_INT(name.left, -1);
        CHECK_EQ_INT(uki_name_parse("provost_0.6.12+3.efi", &name), 0);
        CHECK_EQ_INT(name.left, 3);
        CHECK_EQ_INT(name.done, 0);
        CHECK_EQ_INT(uki_name_parse("provost_0.6.12+0-17.efi", &name), 0);
        CHECK_STR(name.version, "0.6.12");
        CHECK_EQ_INT(name.left, 0);
        CHECK_EQ_INT(name.done, 17);
}

TEST(what_is_none_of_ours_is_passed_over)
{
        static const char *const bad[] = {"", ".efi", "provost_.efi", "provost_1.2", "linux_1.2.efi", "provost_1.2+.efi", "provost_1.2+-1.efi", "provost_1.2+x.efi",
                                          "provost_1.2+3-.efi", "provost_1.2+3-1-1.efi", "provost_1.2+3+1.efi", "provost_+3.efi", "provost_a+3.efi",
                                          "provost_1.2+99999.efi", ".#sysupdateprovost_1.2+0-0.efi46cd", "provost_1.2.efi.new",
                                          "provost_1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20.efi"};

        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
                CHECK_EQ_INT(uki_name_parse(bad[i], &name), PV_EUNSET);
}

TEST(a_name_is_written_as_it_is_read)
{
        static const char *const good[] = {"provost_0.6.12.efi", "provost_0.6.12+3-0.efi", "provost_0.6.12+0-9.efi"};

        for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
                CHECK_EQ_INT(uki_name_parse(good[i], &name), 0);
                CHECK_STR(uki_name_text(&name, text), good[i]);
        }
}
