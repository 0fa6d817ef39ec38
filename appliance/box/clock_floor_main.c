/*
 * provost-clock-floor: the clock is not believed when it cannot be right.
 *
 * In:   at boot: the machine's clock, the image's build time, /data/clock/last. With the word "set": the moment
 *       that box wrote into /run/provost/clock/wanted.
 * Out:  a clock that is not before the floor, and /run/provost-clock-floor/boot for box; or a clock, and the
 *       machine's own, set as wanted.
 * Not:  no network; in a container the clock is the host's, which is said and nothing more.
 *
 * systemd, which runs before, moves a clock of 1970 to the build time and one more than 15 years ahead back to
 * it. So what the machine said is asked of its hardware clock, where there is one.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/rtc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/box/apply_file.h"
#include "appliance/box/clock_floor.h"

#define RTC "/dev/rtc0"
#define RTC_SAYS "/sys/class/rtc/rtc0/since_epoch"

static bool is_container(void)
{
        return access("/run/systemd/container", F_OK) == 0;
}

static void time_text(int64_t seconds, char ret[static 32])
{
        time_t t = (time_t)seconds;
        struct tm tm;

        if (!gmtime_r(&t, &tm) || strftime(ret, 32, "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
                (void)snprintf(ret, 32, "%lld", (long long)seconds);
}

static int64_t machine_says(void)
{
        char text[32], line[48];
        int64_t said;

        if (is_container())
                return clock_wall_s();
        clock_floor_file(RTC_SAYS, text, sizeof text);
        text[strcspn(text, "\n")] = 0;
        (void)snprintf(line, sizeof line, "rtc=%s\n", text);
        said = clock_floor_number(line, "rtc", -1);
        return said >= 0 ? said : clock_wall_s();
}

static int set_clock(int64_t seconds)
{
        struct timespec moment = {.tv_sec = (time_t)seconds};
        char text[32];

        time_text(seconds, text);
        if (clock_settime(CLOCK_REALTIME, &moment) < 0) {
                log_event(LOG_LEVEL_ERROR, "clock-refused", "to", text, "detail", strerror(errno), NULL);
                return PV_ESYSTEM;
        }
        log_event(LOG_LEVEL_NOTICE, "clock-set", "to", text, NULL);
        return 0;
}

/* The hardware clock too, so that the next boot begins with it. Many machines have none; that is no failure. */
static void set_hardware(int64_t seconds)
{
        time_t t = (time_t)seconds;
        struct rtc_time rtc;
        struct tm tm;
        int fd = open(RTC, O_RDONLY | O_CLOEXEC);

        if (fd < 0 || !gmtime_r(&t, &tm)) {
                if (fd >= 0)
                        close(fd);
                return;
        }
        rtc = (struct rtc_time){.tm_sec = tm.tm_sec, .tm_min = tm.tm_min, .tm_hour = tm.tm_hour, .tm_mday = tm.tm_mday,
                                .tm_mon = tm.tm_mon, .tm_year = tm.tm_year};
        if (ioctl(fd, RTC_SET_TIME, &rtc) < 0)
                log_event(LOG_LEVEL_WARNING, "hardware-clock-refused", "detail", strerror(errno), NULL);
        close(fd);
}

/* --- at boot ----------------------------------------------------------------- */

static void say(const struct clock_floor_boot *boot)
{
        char said[32], floor[32];

        time_text(boot->said, said);
        time_text(boot->floor, floor);
        if (boot->verdict == CLOCK_FLOOR_GOOD)
                log_event(LOG_LEVEL_INFO, "clock-believed", "said", said, NULL);
        else
                log_event(LOG_LEVEL_WARNING, "clock-not-believed", "said", said, "floor", floor, "reason",
                          boot->verdict == CLOCK_FLOOR_BEFORE ? "That moment has passed already." :
                                                                "That is too far after the last known moment.", NULL);
        if (boot->verdict != CLOCK_FLOOR_GOOD && is_container())
                log_event(LOG_LEVEL_WARNING, "clock-not-ours", "reason",
                          "In a container the clock is the host's: it stays as it is until somebody sets it there.", NULL);
}

static int decide(void)
{
        char last[CLOCK_FLOOR_TEXT_SIZE], text[CLOCK_FLOOR_TEXT_SIZE];
        struct clock_floor_facts facts = {.build = clock_floor_build()};
        struct clock_floor_boot boot = {.said = machine_says(), .build = facts.build};
        int r = 0;

        clock_floor_file(CLOCK_FLOOR_LAST, last, sizeof last);
        facts.last = clock_floor_number(last, "last", 0);
        boot.floor = clock_floor_of(&facts);
        boot.verdict = clock_floor_judge(&facts, boot.said);
        say(&boot);
        if (!is_container() && boot.verdict != CLOCK_FLOOR_GOOD) {
                boot.is_floor = set_clock(boot.floor) == 0;
                r = boot.is_floor ? 0 : PV_ESYSTEM;
        } else if (!is_container() && clock_floor_judge(&facts, clock_wall_s()) != CLOCK_FLOOR_GOOD) {
                r = set_clock(boot.said);       /* the hardware clock is right, and the kernel has not asked it */
        }
        if (clock_floor_boot_text(&boot, text) < 0 || apply_file_write(CLOCK_FLOOR_BOOT, text) < 0)
                log_event(LOG_LEVEL_ERROR, "write-failed", "path", CLOCK_FLOOR_BOOT, NULL);
        return r;
}

/* --- by hand ------------------------------------------------------------------ */

static int set_wanted(void)
{
        char text[CLOCK_FLOOR_TEXT_SIZE];
        int64_t now, at_ms, passed_ms;
        int r;

        clock_floor_file(CLOCK_FLOOR_WANTED, text, sizeof text);
        now = clock_floor_number(text, "now", -1);
        at_ms = clock_floor_number(text, "monotonic_ms", -1);
        passed_ms = (int64_t)clock_monotonic_ms() - at_ms;
        if (now < 0 || at_ms < 0 || passed_ms < 0 || passed_ms > 60000) {
                log_event(LOG_LEVEL_ERROR, "nothing-wanted", "path", CLOCK_FLOOR_WANTED, NULL);
                return PV_EUNSET;
        }
        now += passed_ms / 1000;
        r = set_clock(now);
        if (r == 0)
                set_hardware(now);
        return r;
}

int main(int argc, char *argv[])
{
        log_open("clock-floor");
        return (argc == 2 && text_equal(argv[1], "set") ? set_wanted() : decide()) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
