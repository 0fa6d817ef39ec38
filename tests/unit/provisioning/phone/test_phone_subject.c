/*
 * test_phone_subject: names in certificates, honest and crafted.
 */
#include "provisioning/phone/phone_subject.h"

#include "tests/support/test.h"

static struct mac mac;

static int parse(const char *subject)
{
        return phone_subject_mac(subject, strlen(subject), &mac);
}

TEST(a_phones_subject_gives_its_mac)
{
        static const char *const subjects[] = {
                "CN=000413AABBCC", "CN=000413aabbcc", "CN=000413AABBCC,O=Snom Technology AG,C=DE",
                "C=DE,ST=Berlin,O=snom technology AG,CN=000413AABBCC", "emailAddress=security@snom.com,CN=000413AABBCC,OU=x",
                "CN=000413AABBCC,O=A\\, B\\+C\\\\\\\"", "CN=000413AABBCC,O=M\\C3\\BCller", "O=\\#1\\ ,CN=000413AABBCC",
                "1.2.3.4=#0C0131,CN=000413AABBCC", "CN=\\3000413AABBCC", "O=a=b,CN=000413AABBCC",
        };
        char text[MAC_TEXT_SIZE];

        for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
                memset(&mac, 0, sizeof mac);
                if (parse(subjects[i]) || strcmp(mac_format(&mac, text), "000413aabbcc") != 0)
                        TEST_FAIL("%s", subjects[i]);
        }
}

TEST(common_names_that_are_no_mac_are_refused)
{
        static const char *const subjects[] = {
                "CN=", "CN=000413AABBC", "CN=000413AABBCCD", "CN=00:04:13:AA:BB:CC", "CN=000413AABBCG", "CN=\\ 000413AABBC",
                "CN=000413AABBCC\\,CN=x", "CN=000413AABBCC\\00", "CN=phone.example", "CN=010413AABBCC", "CN=000413AABBCC ",
                "CN= 000413AABBCC", "CN=#0C0C303030343133414142424343", "2.5.4.3=000413AABBCC", "cn=000413AABBCC",
                "commonName=000413AABBCC", "OID.2.5.4.3=000413AABBCC",
        };

        for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
                if (parse(subjects[i]) != PV_EREFUSED)
                        TEST_FAIL("%s", subjects[i]);
}

TEST(two_common_names_are_refused_even_when_equal)
{
        CHECK_EQ_INT(parse("CN=000413AABBCC,CN=000413AABBCC"), PV_EREFUSED);
        CHECK_EQ_INT(parse("CN=000413AABBCC,O=x,2.5.4.3=000413AABBDD"), PV_EREFUSED);
        CHECK_EQ_INT(parse("cn=000413AABBDD,CN=000413AABBCC"), PV_EREFUSED);
}

TEST(a_name_without_common_name_is_unset)
{
        CHECK_EQ_INT(parse("O=000413AABBCC"), PV_EUNSET);
        CHECK_EQ_INT(parse("O=CN\\=000413AABBCC"), PV_EUNSET);
        CHECK_EQ_INT(parse("DCN=000413AABBCC"), PV_EUNSET);
}

TEST(what_is_not_rfc_2253_is_malformed)
{
        static const char *const subjects[] = {
                "", ",", "CN", "=000413AABBCC", "CN=000413AABBCC,", ",CN=000413AABBCC", "CN=000413AABBCC+O=x",
                "O=x+CN=000413AABBCC", "CN=\"000413AABBCC\"", "CN=000413AABBCC;O=x", "CN=000413AABBCC\\", "CN=000413AABBCC\\0",
                "CN=000413AABBCC\\g", "O=\x01,CN=000413AABBCC", "O=\xc3\xbc,CN=000413AABBCC", "CN=000413AABBCC, O=x",
                "/C=DE/O=snom/CN=000413AABBCC", "CN =000413AABBCC", "O=<x>,CN=000413AABBCC", "O=\n,CN=000413AABBCC",
        };

        for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
                int r = parse(subjects[i]);
                if (r != PV_EMALFORMED)
                        TEST_FAIL("%s: %d", subjects[i], r);
        }
        CHECK_EQ_INT(phone_subject_mac("CN=000413AABBCC\0,O=x", 20, &mac), PV_EMALFORMED);
}

TEST(a_name_beyond_512_bytes_is_too_large)
{
        char subject[600];

        memset(subject, 'a', sizeof subject);
        memcpy(subject, "CN=000413AABBCC,O=", 18);
        CHECK_EQ_INT(phone_subject_mac(subject, 512, &mac), 0);
        CHECK_EQ_INT(phone_subject_mac(subject, 513, &mac), PV_ETOOLARGE);
}
