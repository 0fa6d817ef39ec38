/*
 * test_base: the readers, writers and texts everything else is built of.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "appliance/base/clock.h"
#include "appliance/base/cursor.h"
#include "appliance/base/error.h"
#include "appliance/base/file.h"
#include "appliance/base/log.h"
#include "appliance/base/mac.h"
#include "appliance/base/rows.h"
#include "appliance/base/text.h"
#include "appliance/base/writer.h"
#include "tests/support/test.h"

/* --- cursor -------------------------------------------------------------- */

TEST(a_cursor_reads_numbers_in_network_order)
{
        const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7};
        struct cursor c = cursor_of(bytes, sizeof bytes);

        CHECK_EQ_INT(cursor_u8(&c), 1);
        CHECK_EQ_INT(cursor_u16(&c), 0x0203);
        CHECK_EQ_INT(cursor_u32(&c), 0x04050607);
        CHECK_EQ_INT(cursor_finish(&c), 0);
        CHECK(cursor_at_end(&c));
}

TEST(a_read_past_the_end_is_sticky_and_gives_zeros)
{
        const uint8_t bytes[] = {9, 9, 9};
        struct cursor c = cursor_of(bytes, sizeof bytes);
        uint8_t copy[4] = {1, 1, 1, 1};

        CHECK_EQ_INT(cursor_u32(&c), 0);
        CHECK_EQ_INT(c.error, PV_EMALFORMED);
        CHECK_EQ_INT(cursor_u8(&c), 0);
        CHECK_EQ_INT(cursor_left(&c), 0);
        cursor_bytes(&c, copy, sizeof copy);
        CHECK_MEM(copy, "\0\0\0\0", 4);
        CHECK_EQ_INT(cursor_finish(&c), PV_EMALFORMED);
        CHECK(!cursor_equals(&c, ""));
}

TEST(a_sub_cursor_cannot_see_past_its_own_length)
{
        const uint8_t bytes[] = {1, 2, 3, 4};
        struct cursor c = cursor_of(bytes, sizeof bytes);
        struct cursor sub = cursor_sub(&c, 2);

        CHECK_EQ_INT(cursor_u16(&sub), 0x0102);
        CHECK_EQ_INT(cursor_u8(&sub), 0);
        CHECK_EQ_INT(sub.error, PV_EMALFORMED);
        CHECK_EQ_INT(c.error, 0);
        CHECK_EQ_INT(cursor_left(&c), 2);
        sub = cursor_sub(&c, 3);
        CHECK_EQ_INT(sub.error, PV_EMALFORMED);
        CHECK_EQ_INT(c.error, PV_EMALFORMED);
}

TEST(a_token_ends_at_its_stop_within_its_bound)
{
        struct cursor c = cursor_of_text("abc:def:");
        struct cursor token = cursor_until(&c, ':', 3);
        char text[4];

        CHECK_EQ_INT(cursor_to_text(&token, text, sizeof text), 0);
        CHECK_STR(text, "abc");
        token = cursor_until(&c, ':', 2);
        CHECK_EQ_INT(c.error, PV_EMALFORMED);
        CHECK_EQ_INT(token.error, PV_EMALFORMED);
        c = cursor_of_text("no stop");
        (void)cursor_until(&c, ':', SIZE_MAX);
        CHECK_EQ_INT(c.error, PV_EMALFORMED);
        c = cursor_of_text("");
        (void)cursor_until(&c, ':', 0);
        CHECK_EQ_INT(c.error, PV_EMALFORMED);
        c = cursor_of_text(":x");
        token = cursor_until(&c, ':', 0);
        CHECK_EQ_INT(token.error, 0);
        CHECK_EQ_INT(cursor_left(&token), 0);
        CHECK_EQ_INT(cursor_left(&c), 1);
}

TEST(left_over_bytes_and_nuls_are_refused)
{
        struct cursor c = cursor_of("a\0b", 3);
        char text[8];

        CHECK_EQ_INT(cursor_finish(&c), PV_EMALFORMED);
        CHECK_EQ_INT(cursor_to_text(&c, text, sizeof text), PV_EMALFORMED);
        c = cursor_of_text("12345678");
        CHECK_EQ_INT(cursor_to_text(&c, text, sizeof text), PV_ETOOLARGE);
        CHECK(cursor_equals(&c, "12345678"));
        CHECK(!cursor_equals(&c, "1234567"));
        c = cursor_of(NULL, 5);
        CHECK_EQ_INT(cursor_left(&c), 0);
}

/* --- writer -------------------------------------------------------------- */

TEST(a_writer_refuses_instead_of_truncating)
{
        uint8_t buffer[6] = {0};
        struct writer w = writer_of(buffer, 5);

        writer_u8(&w, 1);
        writer_u16(&w, 0x0203);
        writer_u32(&w, 4);
        CHECK_EQ_INT(w.error, PV_ETOOLARGE);
        CHECK_EQ_INT(writer_used(&w), 3);
        writer_u8(&w, 9);
        CHECK_EQ_INT(writer_used(&w), 3);
        CHECK_EQ_INT(writer_left(&w), 0);
        CHECK_MEM(buffer, "\1\2\3\0\0\0", 6);
}

TEST(a_format_may_fill_the_buffer_to_its_last_byte)
{
        char buffer[6] = "xxxxx";
        struct writer w = writer_of(buffer, 5);

        writer_format(&w, "%s", "hello");
        CHECK_EQ_INT(w.error, 0);
        CHECK_MEM(buffer, "hello", 6);
        CHECK_EQ_INT(writer_finish_text(&w), PV_ETOOLARGE);
        w = writer_of(buffer, 5);
        writer_format(&w, "%d", 123456);
        CHECK_EQ_INT(w.error, PV_ETOOLARGE);
        w = writer_of(buffer, 6);
        writer_text(&w, "abc");
        writer_zeros(&w, 1);
        writer_bytes(&w, "d", 1);
        CHECK_EQ_INT(writer_finish_text(&w), 0);
        CHECK_EQ_INT(writer_used(&w), 5);
        CHECK_MEM(buffer, "abc\0d", 6);
}

TEST(a_line_value_with_a_line_break_is_refused)
{
        char buffer[32];
        struct writer w = writer_of(buffer, sizeof buffer);

        writer_line_value(&w, "kill x\r\nexit");
        CHECK_EQ_INT(w.error, PV_EREFUSED);
        CHECK_EQ_INT(writer_used(&w), 0);
}

/* --- text ---------------------------------------------------------------- */

TEST(numbers_are_whole_and_bounded)
{
        uint32_t value = 7;

        CHECK_EQ_INT(text_to_u32("65535", 65535, &value), 0);
        CHECK_EQ_INT(value, 65535);
        CHECK_EQ_INT(text_to_u32("65536", 65535, &value), PV_ETOOLARGE);
        CHECK_EQ_INT(text_to_u32("99999999999999999999999", UINT32_MAX, &value), PV_ETOOLARGE);
        CHECK_EQ_INT(text_to_u32("", 5, &value), PV_EMALFORMED);
        CHECK_EQ_INT(text_to_u32("+1", 5, &value), PV_EMALFORMED);
        CHECK_EQ_INT(text_to_u32("1 ", 5, &value), PV_EMALFORMED);
        CHECK_EQ_INT(text_to_u32("0x1", 5, &value), PV_EMALFORMED);
        CHECK_EQ_INT(value, 65535);
}

TEST(addresses_have_four_plain_decimal_parts)
{
        static const char *const wrong[] = {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.04", "1.2.3.4 ", " 1.2.3.4", "1..3.4",
                                            "0x1.2.3.4", "1.2.3.-4", "1.2.3.4444", "1.2.3."};
        char text[TEXT_IPV4_SIZE];
        uint32_t address = 1;

        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
                CHECK_EQ_INT(text_to_ipv4(wrong[i], &address), PV_EMALFORMED);
        CHECK_EQ_INT(address, 1);
        CHECK_EQ_INT(text_to_ipv4("255.0.10.1", &address), 0);
        CHECK_EQ_INT(address, 0xff000a01);
        CHECK_STR(text_from_ipv4(address, text), "255.0.10.1");
        CHECK_STR(text_from_ipv4(UINT32_MAX, text), "255.255.255.255");
}

TEST(prefixes_go_from_zero_to_thirty_two)
{
        static const char *const wrong[] = {"1.2.3.4", "1.2.3.4/", "1.2.3.4/33", "1.2.3.4/024", "1.2.3.4/1x", "1.2.3.4/-1", "/8", "1.2.3.444/8",
                                            "1.2.3.4/00"};
        uint32_t address;
        unsigned prefix;

        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
                CHECK_EQ_INT(text_to_ipv4_prefix(wrong[i], &address, &prefix), PV_EMALFORMED);
        CHECK_EQ_INT(text_to_ipv4_prefix("10.0.0.0/0", &address, &prefix), 0);
        CHECK_EQ_INT(text_ipv4_mask(prefix), 0);
        CHECK_EQ_INT(text_to_ipv4_prefix("10.0.0.1/32", &address, &prefix), 0);
        CHECK_EQ_INT(text_ipv4_mask(prefix), UINT32_MAX);
        CHECK_EQ_INT(text_ipv4_mask(24), 0xffffff00);
}

TEST(printable_text_is_valid_utf8_without_controls)
{
        static const char *const wrong[] = {"a\n", "\x7f", "\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc2\x9b",
                                            "\xe2\x80\xae" "abc", "\xff"};

        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
                CHECK(!text_is_printable(wrong[i]));
        CHECK(text_is_printable(""));
        CHECK(text_is_printable("Zürich €  😀"));
}

TEST(foreign_text_is_escaped_and_cut)
{
        char text[16];

        CHECK_STR(text_escape(text, sizeof text, "a\x1b[2J\"\\", 7), "a\\x1b[2J\\x22...");
        CHECK_STR(text_escape(text, sizeof text, "a\x1b[2J", 5), "a\\x1b[2J");
        CHECK_STR(text_escape(text, sizeof text, "123456789012345", 15), "123456789012345");
        CHECK_STR(text_escape(text, sizeof text, "1234567890123456", 16), "123456789012...");
        CHECK_STR(text_escape(text, sizeof text, "", 0), "");
        CHECK_STR(text_escape(text, 2, "abc", 3), ".");
        CHECK_STR(text_escape(text, 1, "abc", 3), "");
        CHECK_STR(text_escape(text, sizeof text, "\xc3", 1), "\\xc3");
}

TEST(copies_fit_or_are_not_made)
{
        char text[4] = "old";
        char hex[9];

        CHECK_EQ_INT(text_copy(text, sizeof text, "four"), PV_ETOOLARGE);
        CHECK_STR(text, "old");
        CHECK_EQ_INT(text_copy(text, sizeof text, "new"), 0);
        CHECK_STR(text, "new");
        CHECK_STR(text_hex(hex, "\x00\xff\x1a\x20", 4), "00ff1a20");
        CHECK(text_equal(NULL, NULL) && !text_equal(NULL, "") && text_equal("a", "a"));
        CHECK(text_starts("abc", "ab") && !text_starts("ab", "abc"));
}

/* --- mac, error, clock, log ---------------------------------------------- */

TEST(a_mac_has_five_spellings_and_one_form)
{
        static const char *const good[] = {"000413aabbcc", "000413AABBCC", "00:04:13:aa:bb:cc", "00-04-13-AA-BB-CC", "0004.13aa.bbcc"};
        static const char *const wrong[] = {"", "000413aabbc", "000413aabbccd", "00:04:13:aa:bb-cc", "00.04.13.aa.bb.cc", "0004:13aa:bbcc", "000413aabbcg",
                                            "0004.13aa-bbcc", ":0004:13:aa:bb:c", " 00413aabbcc", "00:04:13:aa:bb:c", "00:04:13:aa:bbc:"};
        char text[MAC_TEXT_SIZE];
        struct mac mac;

        for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
                CHECK_EQ_INT(mac_parse_text(good[i], &mac), 0);
                CHECK_STR(mac_format(&mac, text), "000413aabbcc");
        }
        CHECK_STR(mac_format_upper(&mac, text), "000413AABBCC");
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
                CHECK_EQ_INT(mac_parse_text(wrong[i], &mac), PV_EMALFORMED);
        CHECK_EQ_INT(mac_parse_text("000000000000", &mac), PV_EREFUSED);
        CHECK_EQ_INT(mac_parse_text("ffffffffffff", &mac), PV_EREFUSED);
        CHECK_EQ_INT(mac_parse_text("010413aabbcc", &mac), PV_EREFUSED);
}

TEST(errors_have_names_and_come_from_errno)
{
        for (int code = PV_EMALFORMED; code >= PV_ETIMEOUT; code--)
                CHECK(strcmp(pv_error_text(code), "unknown failure") != 0);
        CHECK_STR(pv_error_text(0), "done");
        CHECK_EQ_INT(pv_error_from_errno(0), 0);
        CHECK_EQ_INT(pv_error_from_errno(3), 0);
        CHECK_EQ_INT(pv_error_from_errno(-ENOMEM), PV_ENOMEM);
        CHECK_EQ_INT(pv_error_from_errno(-EACCES), PV_EREFUSED);
        CHECK_EQ_INT(pv_error_from_errno(-EIO), PV_ESYSTEM);
        CHECK(clock_monotonic_ms() > 0 && clock_wall_s() > 1500000000);
}

TEST(a_log_line_stays_one_line)
{
        char line[4096] = "", long_value[3000];
        int fds[2], old = dup(STDERR_FILENO);
        ssize_t size;

        memset(long_value, 'x', sizeof long_value - 1);
        long_value[sizeof long_value - 1] = 0;
        CHECK(pipe(fds) == 0);
        dup2(fds[1], STDERR_FILENO);
        log_open("trial");
        log_event(LOG_LEVEL_INFO, "event", "mac", "000413aabbcc", "name", "two words", "none", NULL, "host", "evil\nline\"x", "empty", "",
                  "long", long_value, NULL);
        log_reason(LOG_LEVEL_WARNING, "odd", "because of %d", 5);
        dup2(old, STDERR_FILENO);
        size = read(fds[0], line, sizeof line - 1);
        CHECK(size > 0);
        line[size] = 0;
        CHECK(strncmp(line, "<6>trial event mac=000413aabbcc name=\"two words\" host=\"evil\\x0aline\\x22x\" empty=\"\" long=xxx", 88) == 0);
        CHECK(strstr(line, "...\n<4>trial odd reason=\"because of 5\"\n") != NULL);
        close(fds[0]);
        close(fds[1]);
        close(old);
}

/* --- file ---------------------------------------------------------------- */

TEST(bytes_are_written_whole_or_it_is_said)
{
        static const char text[] = "all of it";
        char seen[32];
        int ends[2], full = open("/dev/full", O_WRONLY | O_CLOEXEC);

        CHECK_EQ_INT(pipe2(ends, O_CLOEXEC), 0);
        CHECK_EQ_INT(file_write_all(ends[1], text, sizeof text), 0);
        CHECK_EQ_INT(read(ends[0], seen, sizeof seen), sizeof text);
        CHECK(memcmp(seen, text, sizeof text) == 0);
        CHECK_EQ_INT(file_write_all(ends[0], text, sizeof text), PV_ESYSTEM);
        CHECK_EQ_INT(errno, EBADF);
        CHECK_EQ_INT(file_write_all(full, text, sizeof text), PV_ESYSTEM);
        CHECK_EQ_INT(errno, ENOSPC);
        CHECK_EQ_INT(file_write_all(full, text, 0), 0);
        close(full);
        close(ends[0]);
        close(ends[1]);
}

TEST(rows_are_read_cell_by_cell)
{
        static const char text[] = "# a comment | with | cells\n\n  a |b c| - \n\t\n||\nlast|x|y";
        struct rows rows = rows_of(text, sizeof text - 1);
        struct cursor cells[3];

        CHECK_EQ_INT(rows_next(&rows, 3, cells), 1);
        CHECK_EQ_INT(rows.line, 3);
        CHECK(cursor_equals(&cells[0], "a") && cursor_equals(&cells[1], "b c") && cursor_equals(&cells[2], "-"));
        CHECK_EQ_INT(rows_next(&rows, 3, cells), 1);
        CHECK(cursor_at_end(&cells[0]) && cursor_at_end(&cells[2]));
        CHECK_EQ_INT(rows_next(&rows, 3, cells), 1);
        CHECK(cursor_equals(&cells[0], "last") && cursor_equals(&cells[2], "y"));
        CHECK_EQ_INT(rows_next(&rows, 3, cells), 0);
}

TEST(a_row_of_too_many_too_few_or_too_long_cells_is_refused)
{
        char text[ROWS_LINE_MAX + 10];
        struct cursor cells[3];
        struct rows rows = rows_of("a|b", 3);

        CHECK_EQ_INT(rows_next(&rows, 3, cells), PV_EMALFORMED);
        rows = rows_of("a|b|c|d\n", 8);
        CHECK_EQ_INT(rows_next(&rows, 3, cells), PV_EMALFORMED);
        memset(text, '|', sizeof text);
        rows = rows_of(text, sizeof text);
        CHECK_EQ_INT(rows_next(&rows, 3, cells), PV_EMALFORMED);
}
