/*
 * test_totp: codes of an authenticator.
 *
 * In:   the vectors of RFC 6238 (appendix B, SHA-1); codes of other moments.
 * Out:  codes; which step one uses up.
 * Not:  no store.
 */
#include "provisioning/admin/totp.h"

#include "tests/support/test.h"

static const uint8_t key[] = "12345678901234567890";
#define KEY key, 20

TEST(codes_are_those_of_rfc_6238)
{
        /* The last six of the eight digits that the document gives. */
        static const struct { int64_t at; const char *code; } vectors[] = {{59, "287082"}, {1111111109, "081804"}, {1111111111, "050471"},
                                                                           {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}};
        char code[TOTP_CODE_SIZE];

        for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
                totp_code(KEY, totp_step(vectors[i].at), code);
                CHECK_STR(code, vectors[i].code);
        }
}

TEST(one_step_before_and_after_is_taken_and_two_are_not)
{
        char code[TOTP_CODE_SIZE];
        int64_t step = 0;

        totp_code(KEY, 1000, code);
        for (int64_t off = -2; off <= 2; off++) {
                int r = totp_check(KEY, code, (1000 + off) * 30 + 5, 0, &step);

                CHECK_EQ_INT(r, off < -1 || off > 1 ? PV_EREFUSED : 0);
                if (!r)
                        CHECK_EQ_INT(step, 1000);
        }
}

TEST(a_step_is_used_once_and_none_before_it_afterwards)
{
        char code[TOTP_CODE_SIZE];
        int64_t step;

        totp_code(KEY, 1000, code);
        CHECK_EQ_INT(totp_check(KEY, code, 30000, 1000, &step), PV_EREFUSED);
        CHECK_EQ_INT(totp_check(KEY, code, 30000, 999, &step), 0);
        totp_code(KEY, 999, code);
        CHECK_EQ_INT(totp_check(KEY, code, 30000, 1000, &step), PV_EREFUSED);
}

TEST(what_is_no_code_fits_nothing)
{
        static const char *const wrong[] = {"", "12345", "1234567", "12345a", "      ", "------", "\xd9\xa1\xd9\xa2\xd9\xa3"};
        int64_t step;

        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
                CHECK_EQ_INT(totp_check(KEY, wrong[i], 59, 0, &step), PV_EREFUSED);
}

TEST(a_clock_before_1970_is_no_harm)
{
        char code[TOTP_CODE_SIZE];
        int64_t step;

        totp_code(KEY, 0, code);
        CHECK_EQ_INT(totp_check(KEY, code, -5, 0, &step), PV_EREFUSED);
}

TEST(the_address_escapes_what_a_name_could_smuggle_in)
{
        char uri[TOTP_URI_SIZE];

        CHECK_EQ_INT(totp_uri("Provost", "a&secret=x@b", "MZXW6", uri), 0);
        CHECK_STR(uri, "otpauth://totp/Provost:a%26secret%3Dx%40b?secret=MZXW6&issuer=Provost");
}
