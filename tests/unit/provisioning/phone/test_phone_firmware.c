/*
 * test_phone_firmware: which names a firmware file may have, and the document that leads to it.
 */
#include "provisioning/phone/phone_firmware.h"

#include "tests/support/golden.h"
#include "tests/support/test.h"

TEST(names_of_the_makers_files_are_taken)
{
        static const char *const names[] = {
                "snomD785-10.1.42.14.bin", "snomD862-10.1.175.10-SIP-r.swu", "snom760-vpnfeature-r.bin", "a", "7", "M900_v0720b0003.fwu",
        };

        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                if (!phone_firmware_is_file(names[i]))
                        TEST_FAIL("%s", names[i]);
}

TEST(names_that_mean_more_than_a_file_are_refused)
{
        static const char *const names[] = {
                "", ".", "..", ".hidden", "-rf", "_x", "a/b", "../store/provost.db", "a..b", "a b", "a%2e", "a?b", "a&b", "a<b", "a\"b",
                "a\\b", "a\nb", "a\x01", "\xc3\xa4.bin", "000413AABBCC.xml", "x.XML", "x.htm", "a;b", "a:b", "a~",
                "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456",
        };

        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                if (phone_firmware_is_file(names[i]))
                        TEST_FAIL("%s", names[i]);
        CHECK(phone_firmware_is_file("012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345"));
}

TEST(the_document_names_the_file_of_this_phone)
{
        char document[PHONE_FIRMWARE_DOCUMENT_SIZE];
        struct mac mac;
        size_t size = 0;

        CHECK_EQ_INT(mac_parse_text("000413aabbcc", &mac), 0);
        CHECK_EQ_INT(phone_firmware_document(0x0a400001, 443, &mac, "snomD785-10.1.42.14.bin", document, &size), 0);
        CHECK_GOLDEN("firmware/firmware.xml", document, size);
        CHECK_EQ_INT(phone_firmware_document(0x0a400001, 443, &mac, "<evil>", document, &size), PV_EREFUSED);
        CHECK_EQ_INT(phone_firmware_document(0xffffffff, 65535, &mac,
                "012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345", document, &size), 0);
        CHECK_EQ_INT(phone_firmware_document(0xc0a80701, 8443, &mac, "a.bin", document, &size), 0);
        CHECK(memmem(document, size, "https://192.168.7.1:8443/firmware/000413AABBCC/a.bin", 52));
}
