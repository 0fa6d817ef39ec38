/*
 * plan: the order of work, and the sentences.
 */
#include "appliance/box/plan.h"

#include "tests/support/test.h"

static const struct plan_facts all_done = {
        .has_site = true, .site_problem = "", .is_firewall_applied = true, .is_network_applied = true,
        .is_clock_applied = true, .has_certificates = true, .is_edge_applied = true, .has_lan_address = true,
        .has_tunnel_address = true, .is_clock_active = true, .is_edge_active = true, .is_openvpn_active = true,
        .has_legacy_address = true, .is_openvpn_legacy_active = true, .is_forwarding_right = true,
        .is_tunnel_watched = true, .is_later_on = true,
        .lan_interface = "eth0",
};

TEST(nothing_is_done_without_a_site)
{
        struct plan_facts f = {.site_problem = "", .lan_interface = "eth0"};
        char text[256];

        CHECK_EQ_INT(plan_next(&f), 0);
        CHECK_STR(plan_waiting_for(&f, text, sizeof text), "The store has not answered yet.");
        f.site_problem = "The site is not set up yet.";
        CHECK_STR(plan_waiting_for(&f, text, sizeof text), "The site is not set up yet.");
}

TEST(openvpn_is_not_started_before_the_network_is_set_up)
{
        struct plan_facts f = all_done;

        f.is_tunnel_watched = false;
        CHECK_EQ_INT(plan_next(&f), PLAN_ACTION_TUNNEL);
        f.is_network_applied = false;
        CHECK_EQ_INT(plan_next(&f), PLAN_ACTION_NETWORK);
        f = (struct plan_facts){.is_setup = true, .site_problem = "", .is_firewall_applied = true, .is_network_applied = true,
                                .has_page_address = true, .has_certificates = true, .is_edge_applied = true, .is_later_on = true,
                                .lan_interface = ""};
        CHECK_EQ_INT(plan_next(&f), 0);
}

TEST(what_people_use_starts_when_phones_are_served_or_there_is_no_site_yet)
{
        struct plan_facts f = all_done;

        f.is_later_on = false;
        CHECK_EQ_INT(plan_next(&f), PLAN_ACTION_LATER);
        f.is_openvpn_active = false;
        CHECK_EQ_INT(plan_next(&f), 0);
        f.is_setup = true;
        f.has_site = false;
        CHECK_EQ_INT(plan_next(&f), PLAN_ACTION_LATER);
        f.is_setup = false;
        CHECK_EQ_INT(plan_next(&f), 0);
}

TEST(the_firewall_comes_before_the_network)
{
        struct plan_facts f = {.has_site = true, .site_problem = "", .lan_interface = "eth0"};

        CHECK_EQ_INT(plan_next(&f), PLAN_ACTION_FIREWALL | PLAN_ACTION_CERTIFICATES);
        f.is_firewall_applied = true;
        CHECK_EQ_INT(plan_next(&f), PLAN_ACTION_NETWORK | PLAN_ACTION_CLOCK | PLAN_ACTION_CERTIFICATES);
}

TEST(the_edge_waits_for_the_lans_address_and_certificates_not_for_openvpn)
{
        struct plan_facts f = all_done;

        f.is_edge_applied = false;
        CHECK_EQ_INT(plan_next(&f), PLAN_ACTION_EDGE);
        f.has_tunnel_address = false;
        CHECK_EQ_INT(plan_next(&f), PLAN_ACTION_EDGE);
        f.has_tunnel_address = true;
        f.has_lan_address = false;
        CHECK_EQ_INT(plan_next(&f), 0);
        f.has_lan_address = true;
        f.has_certificates = false;
        CHECK_EQ_INT(plan_next(&f), PLAN_ACTION_CERTIFICATES);
}

TEST(a_served_site_has_nothing_to_do_and_nothing_to_wait_for)
{
        char text[256];

        CHECK_EQ_INT(plan_next(&all_done), 0);
        CHECK_STR(plan_waiting_for(&all_done, text, sizeof text), "");
}

TEST(each_missing_part_has_its_sentence)
{
        bool *flags[13];
        struct plan_facts f;
        char text[256];

        flags[0] = &f.is_firewall_applied;
        flags[1] = &f.is_network_applied;
        flags[2] = &f.is_clock_applied;
        flags[3] = &f.has_certificates;
        flags[4] = &f.is_edge_applied;
        flags[5] = &f.has_lan_address;
        flags[6] = &f.has_tunnel_address;
        flags[7] = &f.is_clock_active;
        flags[8] = &f.is_edge_active;
        flags[9] = &f.is_openvpn_active;
        flags[10] = &f.has_legacy_address;
        flags[11] = &f.is_openvpn_legacy_active;
        flags[12] = &f.is_forwarding_right;
        for (size_t i = 0; i < 13; i++) {
                f = all_done;
                f.is_legacy = true;
                *flags[i] = false;
                CHECK(*plan_waiting_for(&f, text, sizeof text));
                CHECK(text[strlen(text) - 1] == '.');
        }
}

TEST(what_old_phones_need_is_waited_for_only_when_the_site_has_them)
{
        struct plan_facts f = all_done;
        char text[256];

        f.has_legacy_address = f.is_openvpn_legacy_active = false;
        CHECK_STR(plan_waiting_for(&f, text, sizeof text), "");
        f.is_edge_applied = false;
        CHECK_EQ_INT(plan_next(&f), PLAN_ACTION_EDGE);
        f.is_legacy = true;
        CHECK_EQ_INT(plan_next(&f), 0);
}

TEST(forwarding_is_switched_and_devices_go_after_the_rules_are_loaded_and_the_network_is_set_up)
{
        struct plan_facts f = all_done;

        f.is_forwarding_right = false;
        f.has_stale_device = true;
        CHECK_EQ_INT(plan_next(&f), PLAN_ACTION_FORWARDING | PLAN_ACTION_REMOVE);
        f.is_network_applied = false;
        CHECK_EQ_INT(plan_next(&f), PLAN_ACTION_NETWORK);
        f.is_firewall_applied = false;
        CHECK_EQ_INT(plan_next(&f), PLAN_ACTION_FIREWALL);
}

TEST(without_a_site_the_page_comes_up_step_by_step_and_nothing_else_does)
{
        struct plan_facts f = {.is_setup = true, .is_later_on = true, .site_problem = "The site is not set up yet.", .lan_interface = ""};
        char text[256];

        CHECK_EQ_INT(plan_next(&f), PLAN_ACTION_FIREWALL);
        f.is_firewall_applied = true;
        CHECK_EQ_INT(plan_next(&f), PLAN_ACTION_NETWORK);
        f.is_network_applied = true;
        CHECK_EQ_INT(plan_next(&f), 0);
        f.has_page_address = true;
        CHECK_EQ_INT(plan_next(&f), PLAN_ACTION_CERTIFICATES);
        f.has_certificates = true;
        CHECK_EQ_INT(plan_next(&f), PLAN_ACTION_EDGE);
        f.is_edge_applied = true;
        CHECK_EQ_INT(plan_next(&f), 0);
        CHECK_STR(plan_waiting_for(&f, text, sizeof text), "The site is not set up yet.");
}
