/*
 * names: what networkd's state file gives for resolv.conf.
 */
#include "appliance/box/names.h"

#include "tests/support/test.h"

static char text[256];

static const char *resolv(const char *state)
{
        struct writer w = writer_of(text, sizeof text);

        names_text(&w, state);
        CHECK_EQ_INT(writer_finish_text(&w), 0);
        return text;
}

TEST(name_servers_of_the_uplink_are_taken)
{
        CHECK_STR(resolv("# This is private data. Do not parse.\nOPER_STATE=routable\nDNS=192.0.2.1 192.0.2.2\nNTP=x\n"),
                  "nameserver 192.0.2.1\nnameserver 192.0.2.2\n");
}

TEST(what_is_no_ipv4_address_is_left_out)
{
        CHECK_STR(resolv("DNS=2001:db8::1 192.0.2.1#dns.example 192.0.2.9 ; options x\n"), "nameserver 192.0.2.9\n");
        CHECK_STR(resolv("XDNS=192.0.2.1\nDOMAINS=DNS=192.0.2.1\n"), "");
}

TEST(more_than_the_c_library_reads_is_left_out)
{
        CHECK_STR(resolv("DNS=192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4\n"),
                  "nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\n");
}

TEST(an_empty_or_broken_file_gives_none)
{
        CHECK_STR(resolv(""), "");
        CHECK_STR(resolv("\n\n"), "");
        CHECK_STR(resolv("DNS="), "");
        CHECK_STR(resolv("DNS=\n"), "");
        CHECK_STR(resolv("DNS=192.0.2.1"), "");         /* half a line */
}
