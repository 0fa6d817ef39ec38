/*
 * clock_floor: is this clock to be believed?
 *
 * In:   what a clock says; moments that are known to have passed.
 * Out:  a verdict; lines of numbers for small files.
 * Not:  no clock is read or set here (clock_floor_main, box_clock).
 *
 * A battery that is flat says 1970 or the year the board was made; a wrong one
 * may say anything. Certificates and leases hang on the time, so a clock before
 * a known moment is wrong for sure, and one that leaps by more than a year is
 * more likely wrong than an appliance that lay in a cupboard for so long.
 */
#include "appliance/box/clock_floor.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/base/cursor.h"
#include "appliance/base/writer.h"

#define LINE_MAX_SIZE 64
#define NUMBER_MAX INT64_C(99999999999)         /* the year 5138: a number beyond is a damaged file */

int64_t clock_floor_of(const struct clock_floor_facts *facts)
{
        return facts->last > facts->build ? facts->last : facts->build;
}

enum clock_floor_verdict clock_floor_judge(const struct clock_floor_facts *facts, int64_t said)
{
        int64_t ahead = facts->last > facts->build ? facts->last + CLOCK_FLOOR_AHEAD : facts->build + CLOCK_FLOOR_AHEAD_NEW;

        if (said < clock_floor_of(facts) - CLOCK_FLOOR_SLACK)
                return CLOCK_FLOOR_BEFORE;
        return clock_floor_of(facts) && said > ahead ? CLOCK_FLOOR_AFTER : CLOCK_FLOOR_GOOD;
}

bool clock_floor_is_leap(int64_t known, int64_t now)
{
        return known > 0 && now > known + CLOCK_FLOOR_AHEAD;
}

int64_t clock_floor_known(const struct clock_floor_boot *boot, int64_t kept)
{
        int64_t known = kept > boot->floor ? kept : boot->floor;

        return boot->verdict == CLOCK_FLOOR_GOOD && boot->said > known ? boot->said : known;
}

int clock_floor_boot_text(const struct clock_floor_boot *boot, char ret[static CLOCK_FLOOR_TEXT_SIZE])
{
        struct writer w = writer_of(ret, CLOCK_FLOOR_TEXT_SIZE);

        writer_format(&w, "is_floor=%d\nsaid=%lld\nfloor=%lld\nbuild=%lld\nverdict=%d\n", boot->is_floor,
                      (long long)boot->said, (long long)boot->floor, (long long)boot->build, (int)boot->verdict);
        return writer_finish_text(&w);
}

void clock_floor_boot_read(const char *text, struct clock_floor_boot *ret_boot)
{
        int64_t verdict = clock_floor_number(text, "verdict", 0);

        *ret_boot = (struct clock_floor_boot){
                .is_floor = clock_floor_number(text, "is_floor", 0) == 1,
                .said = clock_floor_number(text, "said", 0),
                .floor = clock_floor_number(text, "floor", 0),
                .build = clock_floor_number(text, "build", 0),
                .verdict = verdict == CLOCK_FLOOR_BEFORE || verdict == CLOCK_FLOOR_AFTER ? (enum clock_floor_verdict)verdict :
                                                                                           CLOCK_FLOOR_GOOD,
        };
}

static bool number_of(struct cursor *line, const char *name, int64_t *ret_number)
{
        struct cursor word = cursor_until(line, '=', LINE_MAX_SIZE);
        int64_t number = 0;
        bool is_negative;

        if (line->error || !cursor_equals(&word, name))
                return false;
        is_negative = cursor_left(line) && *line->at == '-';
        if (is_negative)
                cursor_skip(line, 1);
        if (!cursor_left(line))
                return false;
        while (cursor_left(line)) {
                uint8_t digit = cursor_u8(line);

                if (digit < '0' || digit > '9')
                        return false;
                number = number * 10 + (digit - '0');
                if (number > NUMBER_MAX)
                        return false;
        }
        *ret_number = is_negative ? -number : number;
        return true;
}

int64_t clock_floor_number(const char *text, const char *name, int64_t otherwise)
{
        struct cursor c = cursor_of_text(text);
        int64_t number;

        while (cursor_left(&c)) {
                struct cursor line = cursor_until(&c, '\n', LINE_MAX_SIZE);

                if (!c.error && number_of(&line, name, &number))
                        return number;
        }
        return otherwise;
}

void clock_floor_file(const char *path, char *ret, size_t size)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? 0 : read(fd, ret, size - 1);

        ret[n > 0 ? n : 0] = 0;
        if (fd >= 0)
                close(fd);
}

int64_t clock_floor_build(void)
{
        struct stat st;

        return stat(CLOCK_FLOOR_EPOCH, &st) == 0 ? st.st_mtim.tv_sec : 0;
}
