/*
 * test_qr: texts as QR codes.
 *
 * In:   short texts and some that are none.
 * Out:  squares whose fixed parts are where ISO/IEC 18004 has them.
 * Not:  no camera.
 */
#include "appliance/qr/qr.h"

#include "tests/support/test.h"

static struct qr code, again;

/* 7 by 7: a dark frame, a light ring, a dark heart of 3 by 3. */
static bool is_finder(const struct qr *c, unsigned top, unsigned left)
{
        for (unsigned row = 0; row < 7; row++)
                for (unsigned column = 0; column < 7; column++) {
                        bool frame = row == 0 || row == 6 || column == 0 || column == 6;
                        bool heart = row >= 2 && row <= 4 && column >= 2 && column <= 4;

                        if (c->dark[top + row][left + column] != (frame || heart))
                                return false;
                }
        return true;
}

TEST(three_corners_carry_the_finder_and_the_fourth_does_not)
{
        CHECK_EQ_INT(qr_encode("https://192.168.8.1:9443/", &code), 0);
        CHECK_EQ_INT(code.side, 25);    /* version 2 holds 32 bytes at level L */
        CHECK(is_finder(&code, 0, 0));
        CHECK(is_finder(&code, 0, code.side - 7));
        CHECK(is_finder(&code, code.side - 7, 0));
        CHECK(!is_finder(&code, code.side - 7, code.side - 7));
}

TEST(the_smallest_version_that_holds_the_text_is_taken)
{
        CHECK_EQ_INT(qr_encode("seventeen bytes..", &code), 0);
        CHECK_EQ_INT(code.side, 21);
        CHECK_EQ_INT(qr_encode("eighteen bytes ...", &code), 0);
        CHECK_EQ_INT(code.side, 25);
}

TEST(the_same_text_gives_the_same_code_and_another_text_another)
{
        CHECK_EQ_INT(qr_encode("otpauth://totp/a", &code), 0);
        CHECK_EQ_INT(qr_encode("otpauth://totp/a", &again), 0);
        CHECK_MEM(&again, &code, sizeof code);
        CHECK_EQ_INT(qr_encode("otpauth://totp/b", &again), 0);
        CHECK(memcmp(&again, &code, sizeof code) != 0);
}

TEST(a_text_that_is_empty_or_too_long_is_refused)
{
        char text[QR_TEXT_MAX + 2];

        memset(text, 'x', sizeof text);
        text[QR_TEXT_MAX + 1] = 0;
        CHECK_EQ_INT(qr_encode("", &code), PV_EMALFORMED);
        CHECK_EQ_INT(qr_encode(text, &code), PV_ETOOLARGE);
        text[QR_TEXT_MAX] = 0;
        CHECK_EQ_INT(qr_encode(text, &code), 0);
}
