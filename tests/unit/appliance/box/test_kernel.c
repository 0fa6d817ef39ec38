/*
 * The kernel takes what box gives it: rules and settings of cards, in a network namespace of the test's own.
 */
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "appliance/box/firewall.h"
#include "appliance/box/links.h"
#include "tests/support/test.h"

static void own_network(void)
{
        if (unshare(CLONE_NEWNET) < 0)
                TEST_FAIL("no network namespace: %s", strerror(errno));
}

static const char *file(const char *path)
{
        static char text[32768];
        FILE *stream = fopen(path, "re");

        CHECK(stream);
        text[fread(text, 1, sizeof text - 1, stream)] = 0;
        fclose(stream);
        return text;
}

static void load(const char *batch)
{
        char problem[256];

        if (firewall_load(batch, problem, sizeof problem) < 0)
                TEST_FAIL("refused: %s", problem);
}

TEST(the_rules_of_each_kind_of_site_load_one_after_another_and_keep_the_sets)
{
        static const char *const sites[] = {"setup", "dhcp", "old-phones", "setup", "one-card", "fixed", "old-phones"};
        char path[128];

        own_network();
        load(file("rootfs/overlay/usr/lib/provost/firewall-boot.nft"));
        load("add element inet provost blocked4 { 10.64.0.9 timeout 1h }\n"
             "add element inet provost phone_group4 { 10.64.0.2 : 1, 10.64.0.3 : 2 }\n"
             "add element inet provost reach4 { 1 . 192.168.10.0/24 . udp . 5060, 1 . 10.64.0.0/16 . tcp . 0-65535 }\n"
             "add element inet provost reach_icmp4 { 1 . 192.168.10.0/24 }\n");
        for (size_t i = 0; i < sizeof sites / sizeof *sites; i++) {
                snprintf(path, sizeof path, "tests/golden/box/%s/firewall.nft", sites[i]);
                load(file(path));
                /* Removing fails when an element is not there any more. */
                load("delete element inet provost blocked4 { 10.64.0.9 }\n"
                     "add element inet provost blocked4 { 10.64.0.9 timeout 1h }\n"
                     "delete element inet provost phone_group4 { 10.64.0.2 : 1 }\n"
                     "add element inet provost phone_group4 { 10.64.0.2 : 1 }\n"
                     "delete element inet provost reach4 { 1 . 192.168.10.0/24 . udp . 5060 }\n"
                     "add element inet provost reach4 { 1 . 192.168.10.0/24 . udp . 5060 }\n"
                     "delete element inet provost reach_icmp4 { 1 . 192.168.10.0/24 }\n"
                     "add element inet provost reach_icmp4 { 1 . 192.168.10.0/24 }\n");
        }
}

TEST(rules_that_are_wrong_change_nothing_and_say_why)
{
        char problem[256];

        own_network();
        load("add table inet provost\nadd set inet provost blocked4 { type ipv4_addr; }\n");
        CHECK_EQ_INT(firewall_load("delete set inet provost blocked4\nadd rule inet provost nothing accept\n", problem, sizeof problem),
                     PV_EREFUSED);
        CHECK(*problem);
        load("add element inet provost blocked4 { 10.64.0.9 }\n");
}

TEST(one_card_forwards_and_the_others_do_not)
{
        own_network();
        CHECK(!links_forward("lo"));
        CHECK_EQ_INT(links_set_forward("lo", true), 0);
        CHECK(links_forward("lo"));
        CHECK(!links_forward("all"));
        CHECK_EQ_INT(links_set_forward("lo", false), 0);
        CHECK(!links_forward("lo"));
        CHECK_EQ_INT(links_set_forward("no-such-card", true), PV_EUNSET);
        CHECK(!links_forward("no-such-card"));
}

TEST(a_device_that_is_gone_need_not_be_removed)
{
        own_network();
        CHECK(links_exist("lo"));
        CHECK(!links_exist("tun-legacy"));
        CHECK_EQ_INT(links_remove("tun-legacy"), 0);
        CHECK_EQ_INT(links_remove("lo"), PV_ESYSTEM);
}
