/*
 * test_phone_route: the paths phones ask for, and those others try.
 */
#include "provisioning/phone/phone_route.h"

#include "tests/support/test.h"

static struct phone_route route;

static int parse(const char *path)
{
        memset(&route, 0, sizeof route);
        return phone_route_parse(path, strlen(path), &route);
}

static const char *mac_text(void)
{
        static char text[MAC_TEXT_SIZE];

        return mac_format(&route.mac, text);
}

TEST(every_spelling_of_the_mac_leads_to_the_same_document)
{
        static const char *const paths[] = {
                "/000413AABBCC.xml",       "/000413aabbcc.xml",       "/000413AABBCC.htm",
                "/00:04:13:AA:BB:CC.xml",  "/00-04-13-aa-bb-cc.xml",  "/00%3A04%3A13%3Aaa%3abb%3acc.xml",
                "/snomD345-000413AABBCC.htm", "/snom720-000413aabbcc.htm", "/snomD785-00:04:13:aa:bb:cc.xml",
                "/snomD785-00-04-13-aa-bb-cc.htm", "/snomMP-000413AABBCC.htm",
        };

        for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
                if (parse(paths[i]) || route.kind != PHONE_ROUTE_DOCUMENT || strcmp(mac_text(), "000413aabbcc") != 0)
                        TEST_FAIL("%s", paths[i]);
        }
        CHECK_EQ_INT(parse("/snomD345-000413A11FA7.htm"), 0);
        CHECK_STR(route.type, "snomD345");
        CHECK_STR(mac_text(), "000413a11fa7");
}

TEST(a_type_alone_is_the_general_document)
{
        CHECK_EQ_INT(parse("/snomD345.htm"), 0);
        CHECK_EQ_INT(route.kind, PHONE_ROUTE_GENERAL);
        CHECK_STR(route.type, "snomD345");
        CHECK_EQ_INT(parse("/snom820.xml"), 0);
        CHECK_EQ_INT(route.kind, PHONE_ROUTE_GENERAL);
}

TEST(the_bundle_is_named_by_mac_and_serial)
{
        CHECK_EQ_INT(parse("/vpn/000413AABBCC-00ff12.tar"), 0);
        CHECK_EQ_INT(route.kind, PHONE_ROUTE_BUNDLE);
        CHECK_STR(route.serial, "00ff12");
        CHECK_STR(mac_text(), "000413aabbcc");
        CHECK_EQ_INT(parse("/vpn/00-04-13-aa-bb-cc-1.tar"), 0);
        CHECK_EQ_INT(parse("/vpn/000413AABBCC-0123456789012345678901234567890123456789.tar"), 0);
        CHECK_EQ_INT(parse("/vpn/000413AABBCC-01234567890123456789012345678901234567890.tar"), PV_EUNSET);
        CHECK_EQ_INT(parse("/vpn/000413AABBCC-FF.tar"), PV_EUNSET);
        CHECK_EQ_INT(parse("/vpn/000413AABBCC-.tar"), PV_EUNSET);
        CHECK_EQ_INT(parse("/vpn/000413AABBCC.tar"), PV_EUNSET);
        CHECK_EQ_INT(parse("/vpn/000413AABBCC-0a.tgz"), PV_EUNSET);
        CHECK_EQ_INT(parse("/vpn/"), PV_EUNSET);
}

TEST(sound_paths_that_name_nothing_are_unset)
{
        static const char *const paths[] = {
                "/", "/favicon.ico", "/index.html", "/000413AABBCC", "/000413AABBCC.xml.bak", "/000413AABBCC.XML",
                "/x000413AABBCC.xml", "/000413AABBC.xml", "/000413AABBCCD.xml", "/0004.13aa.bbcc.xml",
                "/00:04-13:AA:BB:CC.xml", "/010413AABBCC.xml", "/000000000000.xml", "/a/000413AABBCC.xml",
                "/snom.htm", "/snom-000413AABBCC.htm", "/snomD345-.htm", "/snomD345-000413AABBCC-1.htm", "/SNOMD345.htm",
                "/snomABCDEFGHIJKLMNOPQRSTUVWXYZ.htm", "/{mac}.xml", "/.xml", "/.htaccess", "/vpn", "/000413AABBCC.xml/",
                "/000413AABBCC.xml;x", "/~root",
        };

        for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
                if (parse(paths[i]) != PV_EUNSET)
                        TEST_FAIL("%s", paths[i]);
}

TEST(paths_no_phone_sends_are_malformed)
{
        static const char *const paths[] = {
                "", "000413AABBCC.xml", "//000413AABBCC.xml", "/vpn//000413AABBCC-1.tar", "/./000413AABBCC.xml",
                "/../000413AABBCC.xml", "/vpn/../000413AABBCC.xml", "/..", "/.", "/%2e%2e/000413AABBCC.xml",
                "/000413AABBCC%2exml", "/000413AABBCC.xml%00", "/%2f000413AABBCC.xml", "/%", "/%3", "/%3G", "/%33A",
                "/000413AABBCC.xml\\", "/\\..\\x.xml", "/000413AABBCC.xml\n", "/000413AABBCC .xml", "/\x7f", "/\xc3\xa4.xml",
                "/%253A",
        };

        for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
                if (parse(paths[i]) != PV_EMALFORMED)
                        TEST_FAIL("%s", paths[i]);
}

TEST(a_nul_inside_is_malformed)
{
        CHECK_EQ_INT(phone_route_parse("/000413AABBCC.xml\0.htm", 22, &route), PV_EMALFORMED);
}

TEST(a_path_beyond_128_bytes_is_too_large)
{
        char path[200];

        memset(path, 'a', sizeof path);
        path[0] = '/';
        CHECK_EQ_INT(phone_route_parse(path, 128, &route), PV_EUNSET);
        CHECK_EQ_INT(phone_route_parse(path, 129, &route), PV_ETOOLARGE);
}

TEST(a_refused_path_leaves_the_output_alone)
{
        CHECK_EQ_INT(parse("/000413AABBCC.xml"), 0);
        CHECK_EQ_INT(phone_route_parse("/snomD345-x.htm", 15, &route), PV_EUNSET);
        CHECK_STR(mac_text(), "000413aabbcc");
}

TEST(firmware_is_named_by_mac_and_file)
{
        static const char *const none[] = {
                "/firmware/", "/firmware/snomD785-1.bin", "/firmware/000413AABBCC.htm", "/firmware/000413AABBCC.xml.bin",
                "/firmware/000413AABBCC/", "/firmware/000413AABBCC/.hidden", "/firmware/000413AABBCC/a.xml",
                "/firmware/000413AABBCC/a/b.bin", "/firmware/000413AABBC/a.bin", "/firmware/zz0413AABBCC/a.bin",
                "/firmware/010413AABBCC/a.bin", "/firmware/000413AABBCC/a:b", "/Firmware/000413AABBCC.xml",
        };

        CHECK_EQ_INT(parse("/firmware/000413AABBCC.xml"), 0);
        CHECK_EQ_INT(route.kind, PHONE_ROUTE_FIRMWARE);
        CHECK_STR(mac_text(), "000413aabbcc");
        CHECK_EQ_INT(parse("/firmware/00-04-13-aa-bb-cc/snomD862-10.1.175.10-SIP-r.swu"), 0);
        CHECK_EQ_INT(route.kind, PHONE_ROUTE_IMAGE);
        CHECK_STR(mac_text(), "000413aabbcc");
        CHECK_STR(route.file, "snomD862-10.1.175.10-SIP-r.swu");
        for (size_t i = 0; i < sizeof none / sizeof *none; i++)
                if (parse(none[i]) == 0)
                        TEST_FAIL("%s", none[i]);
        CHECK_EQ_INT(parse("/firmware/000413AABBCC/../../vpn/a"), PV_EMALFORMED);
        CHECK_EQ_INT(parse("/firmware//000413AABBCC.xml"), PV_EMALFORMED);
}
