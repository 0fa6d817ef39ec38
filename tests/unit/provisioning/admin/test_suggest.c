/*
 * suggest: a site that would work, from what the cards see; each suggestion is one that the store takes.
 */
#include "tests/support/test.h"

#include "appliance/base/text.h"
#include "provisioning/admin/suggest.h"
#include "provisioning/model/site.h"

static struct suggest_value values[SUGGEST_VALUES_MAX];
static size_t n_values;

static const char *value(const char *name)
{
        for (size_t i = 0; i < n_values; i++)
                if (text_equal(values[i].name, name))
                        return values[i].value;
        return "(none)";
}

/* Also: the suggestions together are a site that can be served. */
static void suggest(const struct suggest_card *cards, size_t n)
{
        struct site_value list[SUGGEST_VALUES_MAX];
        struct site_problem problem = {0};
        struct site site;

        n_values = suggest_site(cards, n, values);
        for (size_t i = 0; i < n_values; i++) {
                list[i] = (struct site_value){values[i].name, values[i].value};
                CHECK(values[i].because && *values[i].because);
        }
        if (site_from_values(list, n_values, &site, &problem) < 0)
                TEST_FAIL("%s: %s", problem.name, problem.reason);
        CHECK(n_values == 0 || site.complete);
}

static struct suggest_card card(const char *name, bool has_carrier, const char *address)
{
        struct suggest_card c = {.name = name, .has_carrier = has_carrier};

        if (address)
                CHECK(text_to_ipv4_prefix(address, &c.address, &c.prefix) == 0);
        return c;
}

TEST(without_a_card_nothing_is_suggested)
{
        CHECK_EQ_INT(suggest_site(NULL, 0, values), 0);
}

TEST(one_card_without_an_address_is_served)
{
        struct suggest_card cards[] = {card("eth0", true, NULL)};

        suggest(cards, 1);
        CHECK_STR(value("lan_interface"), "eth0");
        CHECK_STR(value("uplink_interface"), "");
        CHECK_STR(value("dhcp_mode"), "server");
        CHECK_STR(value("lan_address"), "10.20.0.1/24");
        CHECK_STR(value("pool_first"), "10.20.0.50");
        CHECK_STR(value("pool_last"), "10.20.0.250");
}

TEST(one_card_with_an_address_stays_beside_the_server_that_gave_it)
{
        struct suggest_card cards[] = {card("eth0", true, "192.168.1.17/24")};

        suggest(cards, 1);
        CHECK_STR(value("dhcp_mode"), "off");
        CHECK_STR(value("lan_address"), "192.168.1.17/24");
        CHECK_STR(value("pool_first"), "(none)");
}

TEST(the_card_with_an_address_is_the_uplink_whichever_it_is)
{
        struct suggest_card cards[] = {card("eth0", true, "192.168.1.17/24"), card("eth1", true, NULL)};

        suggest(cards, 2);
        CHECK_STR(value("uplink_interface"), "eth0");
        CHECK_STR(value("uplink_address"), "dhcp");
        CHECK_STR(value("lan_interface"), "eth1");
        CHECK_STR(value("dhcp_mode"), "server");
}

TEST(phones_get_the_card_that_has_a_cable_in_it)
{
        struct suggest_card cards[] = {card("eth0", false, NULL), card("eth1", true, NULL), card("eth2", true, "192.0.2.9/24")};

        suggest(cards, 3);
        CHECK_STR(value("lan_interface"), "eth1");
        CHECK_STR(value("uplink_interface"), "eth2");
}

TEST(a_network_that_another_card_is_in_is_not_suggested)
{
        struct suggest_card cards[] = {card("eth0", true, "10.20.0.9/16"), card("eth1", true, NULL)};

        suggest(cards, 2);
        CHECK_STR(value("lan_address"), "192.168.20.1/24");
        cards[0] = card("eth0", true, "10.0.0.9/8");
        suggest(cards, 2);
        CHECK_STR(value("lan_address"), "192.168.20.1/24");
}

TEST(two_cards_with_addresses_are_uplink_and_a_served_network_of_somebody_else)
{
        struct suggest_card cards[] = {card("eth0", true, "192.168.1.17/24"), card("eth1", true, "172.16.0.5/16")};

        suggest(cards, 2);
        CHECK_STR(value("uplink_interface"), "eth0");
        CHECK_STR(value("lan_interface"), "eth1");
        CHECK_STR(value("dhcp_mode"), "off");
        CHECK_STR(value("lan_address"), "172.16.0.5/16");
}
