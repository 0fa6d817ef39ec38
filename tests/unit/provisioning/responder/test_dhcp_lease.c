/*
 * test_dhcp_lease: who gets which address, and who does not.
 */
#include "provisioning/responder/dhcp_lease.h"

#include "tests/support/test.h"

enum { FIRST = 0x0a000032, LAST = 0x0a000059, SIZE = LAST - FIRST + 1, RESERVED = 0x0a000020 };

static struct dhcp_lease_table *table;
static struct mac reserved_for;

static bool is_reserved(uint32_t address, const struct mac *mac, void *userdata)
{
        (void)userdata;
        return address == RESERVED && !mac_equal(mac, &reserved_for);
}

static void open_table(size_t n_trusted)
{
        struct dhcp_lease_pool pool = {
                .first = FIRST,
                .last = LAST,
                .network = 0x0a000000,
                .mask = 0xffffff00,
                .excluded = {FIRST + 1},
                .n_excluded = 1,
                .n_trusted = n_trusted,
                .is_reserved = is_reserved,
        };

        dhcp_lease_table_free(table);
        CHECK_EQ_INT(dhcp_lease_table_new(256, &table), 0);
        dhcp_lease_table_set_pool(table, &pool);
}

static struct dhcp_client client(uint8_t n, bool is_trusted)
{
        struct dhcp_client c = {.mac = {{0, 4, 0x13, 0, 0, n}}, .id = {1, 0, 4, 0x13, 0, 0, n}, .id_size = 7,
                                .is_trusted = is_trusted};

        return c;
}

static uint32_t bind_one(const struct dhcp_client *c, uint64_t now_ms, uint64_t ends_ms)
{
        uint32_t address = dhcp_lease_choose(table, c, 0, now_ms);

        if (address)
                CHECK_EQ_INT(dhcp_lease_set(table, address, DHCP_LEASE_STATE_BOUND, c, "host", ends_ms, now_ms), 0);
        return address;
}

TEST(what_was_probed_before_a_lease_says_nothing_after_it)
{
        struct dhcp_client a = client(1, false);

        open_table(0);
        uint32_t address = dhcp_lease_choose(table, &a, 0, 1);
        CHECK_EQ_INT(dhcp_lease_set(table, address, DHCP_LEASE_STATE_OFFERED, &a, NULL, 1000, 1), 0);
        dhcp_lease_mark_probed(table, address, 2);
        CHECK_EQ_INT(dhcp_lease_at(table, address)->probed_ms, 2);
        CHECK_EQ_INT(dhcp_lease_set(table, address, DHCP_LEASE_STATE_BOUND, &a, NULL, 1000, 3), 0);
        CHECK_EQ_INT(dhcp_lease_set(table, address, DHCP_LEASE_STATE_RELEASED, &a, NULL, 4, 4), 0);
        CHECK_EQ_INT(dhcp_lease_at(table, address)->probed_ms, 0);
}

TEST(a_client_keeps_its_address_also_after_the_lease_ended)
{
        struct dhcp_client a = client(1, false);

        open_table(0);
        uint32_t address = bind_one(&a, 1, 1000);
        CHECK(address >= FIRST && address <= LAST);
        CHECK_EQ_INT(dhcp_lease_choose(table, &a, 0, 500), address);
        CHECK_EQ_INT(dhcp_lease_choose(table, &a, 0, 5000), address);
        CHECK_EQ_INT(dhcp_lease_view(table, address, &a, 5000), DHCP_LEASE_VIEW_MINE);
}

TEST(two_clients_never_have_one_address)
{
        bool used[SIZE] = {false};

        open_table(0);
        for (uint8_t n = 1; n < 60; n++) {
                struct dhcp_client c = client(n, true);
                uint32_t address = bind_one(&c, 1, 100000);
                if (!address) {
                        CHECK_EQ_INT(n, SIZE);          /* one address is excluded */
                        return;
                }
                CHECK(!used[address - FIRST]);
                used[address - FIRST] = true;
        }
        CHECK(false);
}

TEST(what_is_excluded_is_never_given)
{
        struct dhcp_client a = client(1, true);

        open_table(0);
        CHECK_EQ_INT(dhcp_lease_view(table, FIRST + 1, &a, 1), DHCP_LEASE_VIEW_OUTSIDE);
        CHECK(dhcp_lease_choose(table, &a, FIRST + 1, 1) != FIRST + 1);
        CHECK_EQ_INT(dhcp_lease_view(table, 0x0a0000ff, &a, 1), DHCP_LEASE_VIEW_OUTSIDE);
        CHECK_EQ_INT(dhcp_lease_view(table, 0x0a000000, &a, 1), DHCP_LEASE_VIEW_OUTSIDE);
}

TEST(a_wish_is_heard_when_it_is_free)
{
        struct dhcp_client a = client(1, false), b = client(2, false);

        open_table(0);
        CHECK_EQ_INT(dhcp_lease_choose(table, &a, FIRST + 5, 1), FIRST + 5);
        CHECK_EQ_INT(dhcp_lease_set(table, FIRST + 5, DHCP_LEASE_STATE_OFFERED, &a, NULL, 100, 1), 0);
        CHECK(dhcp_lease_choose(table, &b, FIRST + 5, 1) != FIRST + 5);
        CHECK_EQ_INT(dhcp_lease_choose(table, &b, FIRST + 5, 200), FIRST + 5);      /* the offer lapsed */
}

TEST(a_reservation_is_for_its_phone_only_and_may_lie_outside_the_pool)
{
        struct dhcp_client a = client(1, true), b = client(2, true);

        open_table(0);
        reserved_for = a.mac;
        a.reserved = RESERVED;
        CHECK_EQ_INT(dhcp_lease_choose(table, &a, 0, 1), RESERVED);
        CHECK_EQ_INT(dhcp_lease_view(table, RESERVED, &a, 1), DHCP_LEASE_VIEW_MINE);
        CHECK_EQ_INT(dhcp_lease_view(table, RESERVED, &b, 1), DHCP_LEASE_VIEW_TAKEN);
}

TEST(a_reservation_that_another_holds_waits)
{
        struct dhcp_client a = client(1, true), b = client(2, true);

        open_table(0);
        reserved_for = b.mac;
        b.reserved = RESERVED;
        CHECK_EQ_INT(dhcp_lease_set(table, RESERVED, DHCP_LEASE_STATE_BOUND, &b, NULL, 1000, 1), 0);
        reserved_for = a.mac;
        b.reserved = 0;
        a.reserved = RESERVED;
        CHECK_EQ_INT(dhcp_lease_view(table, RESERVED, &a, 1), DHCP_LEASE_VIEW_TAKEN);
        CHECK(dhcp_lease_choose(table, &a, 0, 1) != RESERVED);
        CHECK_EQ_INT(dhcp_lease_choose(table, &a, 0, 2000), RESERVED);
}

TEST(strangers_cannot_take_the_share_of_the_phones)
{
        unsigned n_given = 0;

        open_table(0);
        for (unsigned n = 0; n < 200; n++) {
                struct dhcp_client c = client((uint8_t)n, false);
                n_given += bind_one(&c, 1, 100000) != 0;
        }
        CHECK_EQ_INT(n_given, SIZE - SIZE / 4);
        for (unsigned n = 0; n < SIZE / 4 - 1; n++) {
                struct dhcp_client c = client((uint8_t)(210 + n), true);
                CHECK(bind_one(&c, 1, 100000) != 0);
        }
}

TEST(with_many_phones_their_share_is_half)
{
        unsigned n_given = 0;

        open_table(1000);
        for (unsigned n = 0; n < 200; n++) {
                struct dhcp_client c = client((uint8_t)n, false);
                n_given += bind_one(&c, 1, 100000) != 0;
        }
        CHECK_EQ_INT(n_given, SIZE / 2);
}

TEST(offers_that_nobody_took_are_free_again)
{
        open_table(0);
        for (unsigned n = 0; n < 200; n++) {
                struct dhcp_client c = client((uint8_t)n, false);
                uint32_t address = dhcp_lease_choose(table, &c, 0, n * 1000);
                CHECK(address != 0);
                CHECK_EQ_INT(dhcp_lease_set(table, address, DHCP_LEASE_STATE_OFFERED, &c, NULL, n * 1000 + 5000, n * 1000), 0);
        }
}

TEST(the_old_address_of_a_phone_is_given_away_last)
{
        struct dhcp_client phone = client(1, true);

        open_table(0);
        uint32_t address = bind_one(&phone, 1, 10);
        for (unsigned n = 0; n < SIZE - 3; n++) {
                struct dhcp_client c = client((uint8_t)(10 + n), true);
                CHECK(bind_one(&c, 100, 100000) != address);
        }
        CHECK_EQ_INT(dhcp_lease_choose(table, &phone, 0, 100), address);
}

TEST(a_stranger_is_known_by_mac_and_client_identifier)
{
        struct dhcp_client a = client(1, false), thief = a;

        open_table(0);
        uint32_t address = bind_one(&a, 1, 1000);
        thief.id[1] = 0xee;
        CHECK_EQ_INT(dhcp_lease_view(table, address, &thief, 1), DHCP_LEASE_VIEW_TAKEN);
        CHECK(dhcp_lease_find(table, &thief) == NULL);
        thief = client(2, false);
        memcpy(thief.id, a.id, sizeof a.id);
        CHECK_EQ_INT(dhcp_lease_view(table, address, &thief, 1), DHCP_LEASE_VIEW_TAKEN);
}

TEST(a_phone_is_known_by_its_mac_whatever_identifier_its_firmware_sends)
{
        struct dhcp_client a = client(1, true), later = a;

        open_table(0);
        uint32_t address = bind_one(&a, 1, 1000);
        later.id[0] = 0xff;
        later.id_size = 20;
        CHECK_EQ_INT(dhcp_lease_choose(table, &later, 0, 500), address);
}

TEST(an_offer_does_not_shorten_the_lease_it_repeats)
{
        struct dhcp_client a = client(1, false);

        open_table(0);
        uint32_t address = bind_one(&a, 1, 100000);
        CHECK_EQ_INT(dhcp_lease_set(table, address, DHCP_LEASE_STATE_OFFERED, &a, NULL, 500, 100), 0);
        CHECK_EQ_INT(dhcp_lease_at(table, address)->ends_ms, 100000);
        CHECK_EQ_INT(dhcp_lease_at(table, address)->state, DHCP_LEASE_STATE_BOUND);
}

TEST(an_address_in_conflict_is_left_alone_for_its_time)
{
        struct dhcp_client a = client(1, false);

        open_table(0);
        uint32_t address = dhcp_lease_choose(table, &a, 0, 1);
        CHECK_EQ_INT(dhcp_lease_set(table, address, DHCP_LEASE_STATE_CONFLICT, &a, NULL, 1000, 1), 0);
        CHECK_EQ_INT(dhcp_lease_view(table, address, &a, 500), DHCP_LEASE_VIEW_QUARANTINED);
        CHECK(dhcp_lease_choose(table, &a, address, 500) != address);
        CHECK_EQ_INT(dhcp_lease_view(table, address, &a, 1500), DHCP_LEASE_VIEW_FREE);
}

TEST(a_declined_address_may_be_had_back_by_the_one_who_declined_it)
{
        struct dhcp_client a = client(1, true), b = client(2, true);

        open_table(0);
        uint32_t address = bind_one(&a, 1, 1000);
        CHECK_EQ_INT(dhcp_lease_set(table, address, DHCP_LEASE_STATE_DECLINED, &a, NULL, 1000, 1), 0);
        CHECK_EQ_INT(dhcp_lease_view(table, address, &b, 10), DHCP_LEASE_VIEW_QUARANTINED);
        CHECK(dhcp_lease_choose(table, &a, 0, 10) != address);
        CHECK_EQ_INT(dhcp_lease_view(table, address, &a, 10), DHCP_LEASE_VIEW_MINE);
}

TEST(what_could_not_be_stored_is_taken_back)
{
        struct dhcp_client a = client(1, true);

        open_table(0);
        uint32_t address = bind_one(&a, 1, 1000);
        dhcp_lease_mark_durable(table, address, 1000);
        CHECK_EQ_INT(dhcp_lease_set(table, address, DHCP_LEASE_STATE_BOUND, &a, NULL, 5000, 500), 0);
        dhcp_lease_undo(table, address, 500);
        CHECK_EQ_INT(dhcp_lease_at(table, address)->ends_ms, 1000);
        CHECK_EQ_INT(dhcp_lease_at(table, address)->state, DHCP_LEASE_STATE_BOUND);

        struct dhcp_client b = client(2, true);
        address = bind_one(&b, 1, 1000);
        dhcp_lease_undo(table, address, 500);
        CHECK_EQ_INT(dhcp_lease_at(table, address)->state, DHCP_LEASE_STATE_OFFERED);
}

TEST(a_full_table_refuses_and_goes_on)
{
        open_table(0);
        dhcp_lease_table_free(table);
        table = NULL;
        CHECK_EQ_INT(dhcp_lease_table_new(4, &table), 0);
        struct dhcp_lease_pool pool = {.first = FIRST, .last = LAST, .network = 0x0a000000, .mask = 0xffffff00};
        dhcp_lease_table_set_pool(table, &pool);
        for (uint8_t n = 1; n <= 4; n++) {
                struct dhcp_client c = client(n, true);
                CHECK(bind_one(&c, 1, 100) != 0);
        }
        struct dhcp_client late = client(9, true);
        CHECK_EQ_INT(dhcp_lease_choose(table, &late, 0, 50), 0);
        CHECK(dhcp_lease_choose(table, &late, 0, 200) != 0);
        dhcp_lease_table_free(table);
        table = NULL;
}
