/*
 * cards: what they are for, and where the page is.
 */
#include "appliance/box/cards.h"

#include "tests/support/test.h"

static const struct card cards[] = {
        {.name = "eth0", .addresses = {{0xc0a80a01, 24}, {0xa9fe0102, 16}}, .n_addresses = 2},
        {.name = "eth1", .addresses = {{0xc6336402, 24}}, .n_addresses = 1},
        {.name = "eth2", .addresses = {{0x0a000005, 8}}, .n_addresses = 1},
};

static const struct box_model site = {.lan_interface = "eth0", .uplink_interface = "eth1", .uplink = BOX_MODEL_UPLINK_DHCP,
                                      .is_page_on_lan = true, .is_page_on_uplink = true};

TEST(cards_have_the_role_the_site_gives_them)
{
        struct box_model m = site;

        CHECK_STR(cards_role(&m, "eth0"), "lan");
        CHECK_STR(cards_role(&m, "eth1"), "uplink");
        CHECK_STR(cards_role(&m, "eth2"), "");
        m.uplink = BOX_MODEL_UPLINK_NONE;
        CHECK_STR(cards_role(&m, "eth1"), "");
        m.is_setup = true;
        CHECK_STR(cards_role(&m, "eth0"), "");
}

TEST(the_page_is_on_the_addresses_of_its_cards_and_on_no_others)
{
        struct box_model m = site;
        uint32_t found[CARDS_PAGE_MAX];

        CHECK_EQ_INT(cards_page_addresses(&m, cards, 3, found), 3);
        CHECK(found[0] == 0xc0a80a01 && found[1] == 0xa9fe0102 && found[2] == 0xc6336402);
        m.is_page_on_lan = false;
        CHECK_EQ_INT(cards_page_addresses(&m, cards, 3, found), 1);
        CHECK_EQ_INT(found[0], 0xc6336402);
        m.is_setup = true;
        CHECK_EQ_INT(cards_page_addresses(&m, cards, 3, found), 4);
}

TEST(more_addresses_than_a_list_holds_are_left_out)
{
        struct card many[CARDS_MAX] = {0};
        struct box_model m = {.is_setup = true};
        uint32_t found[CARDS_PAGE_MAX];

        for (size_t i = 0; i < CARDS_MAX; i++)
                many[i].n_addresses = CARDS_ADDRESSES_MAX;
        CHECK_EQ_INT(cards_page_addresses(&m, many, CARDS_MAX, found), CARDS_PAGE_MAX);
}
