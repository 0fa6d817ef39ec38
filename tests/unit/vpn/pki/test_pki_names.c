/*
 * test_pki_names: what may stand in a certificate.
 */
#include "tests/support/test.h"
#include "vpn/pki/pki_names.h"

TEST(a_mac_is_a_common_name)
{
        CHECK(pki_names_is_common_name("000413aabbcc"));
        CHECK(pki_names_is_common_name("vpn.provost"));
}

TEST(a_common_name_with_anything_odd_is_refused)
{
        const char *const odd[] = {"", "UPPER", "a b", "a\nb", "a/b", "a=b", "-a", "a.", "\xc3\xa4", "a\"b", "a,b"};

        for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
                CHECK(!pki_names_is_common_name(odd[i]));
        CHECK(!pki_names_is_common_name(NULL));
}

TEST(a_common_name_of_65_letters_is_refused)
{
        char name[66];

        memset(name, 'a', sizeof name);
        name[65] = 0;
        CHECK(!pki_names_is_common_name(name));
        name[64] = 0;
        CHECK(pki_names_is_common_name(name));
}

TEST(host_names_are_labels_with_a_letter_somewhere)
{
        CHECK(pki_names_is_host("provost.example.org"));
        CHECK(pki_names_is_host("vpn-1"));
        CHECK(!pki_names_is_host("192.168.1.1"));
        CHECK(!pki_names_is_host("*.example.org"));
        CHECK(!pki_names_is_host("a..b"));
        CHECK(!pki_names_is_host("a."));
        CHECK(!pki_names_is_host("-a.b"));
        CHECK(!pki_names_is_host("a_b"));
        CHECK(!pki_names_is_host(""));
        CHECK(!pki_names_is_host("a\r\nb"));
}

TEST(host_name_longer_than_253_is_refused)
{
        char name[256];

        for (size_t i = 0; i < sizeof name; i++)
                name[i] = i % 2 ? '.' : 'a';
        name[253] = 0;
        CHECK(pki_names_is_host(name));
        name[253] = '.';
        name[255] = 0;
        CHECK(!pki_names_is_host(name));
}

TEST(label_longer_than_63_is_refused)
{
        char name[65];

        memset(name, 'a', sizeof name);
        name[64] = 0;
        CHECK(!pki_names_is_host(name));
        CHECK(pki_names_is_host(name + 1));
}

TEST(addresses_are_ipv4_or_ipv6_and_nothing_else)
{
        CHECK(pki_names_is_address("10.64.0.1"));
        CHECK(pki_names_is_address("fd00::1"));
        CHECK(!pki_names_is_address("10.64.0"));
        CHECK(!pki_names_is_address("10.64.0.1/16"));
        CHECK(!pki_names_is_address("10.64.0.1 "));
        CHECK(!pki_names_is_address("host"));
        CHECK(!pki_names_is_address(NULL));
}
