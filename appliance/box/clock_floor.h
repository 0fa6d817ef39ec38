#ifndef PROVOST_BOX_CLOCK_FLOOR_H
#define PROVOST_BOX_CLOCK_FLOOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"

/*
 * Whether a machine's clock can be believed. Seconds since 1970; 0 is unknown.
 * The floor is the newest moment that is known to have passed.
 */
#define CLOCK_FLOOR_DAY INT64_C(86400)
#define CLOCK_FLOOR_AHEAD (400 * CLOCK_FLOOR_DAY)       /* so far after the last known moment it is not believed */
#define CLOCK_FLOOR_AHEAD_NEW (3653 * CLOCK_FLOOR_DAY)  /* so far after the build, on a new data partition */
#define CLOCK_FLOOR_SLACK 60                            /* a clock may go back by this without being called wrong */

enum clock_floor_verdict { CLOCK_FLOOR_GOOD, CLOCK_FLOOR_BEFORE, CLOCK_FLOOR_AFTER };

struct clock_floor_facts {
        int64_t build;          /* of the image */
        int64_t last;           /* the last known moment, from the data partition */
};

int64_t clock_floor_of(const struct clock_floor_facts *facts);
enum clock_floor_verdict clock_floor_judge(const struct clock_floor_facts *facts, int64_t said);
/* Whether a clock that nobody doubted is so far after the last moment it was known at that one server's word is not enough. known: 0
 * is unknown. */
bool clock_floor_is_leap(int64_t known, int64_t now);

/* What was decided at boot, as it is kept in CLOCK_FLOOR_BOOT until the next one. */
struct clock_floor_boot {
        bool is_floor;          /* the clock was set to the floor */
        int64_t said;           /* what the machine's clock said */
        int64_t floor, build;
        enum clock_floor_verdict verdict;
};

#define CLOCK_FLOOR_BOOT "/run/provost-clock-floor/boot"
#define CLOCK_FLOOR_LAST "/data/clock/last"
#define CLOCK_FLOOR_WANTED "/run/provost/clock/wanted"
#define CLOCK_FLOOR_EPOCH "/usr/lib/clock-epoch"
#define CLOCK_FLOOR_TEXT_SIZE 256

/* The newest moment that was believed so far. kept: the one on the data partition. */
int64_t clock_floor_known(const struct clock_floor_boot *boot, int64_t kept);
/* Lines of "name=number". Texts are NUL-terminated; what is not there reads as 0. */
int clock_floor_boot_text(const struct clock_floor_boot *boot, char ret[static CLOCK_FLOOR_TEXT_SIZE]) PV_MUST_CHECK;
void clock_floor_boot_read(const char *text, struct clock_floor_boot *ret_boot);
/* The number of a name in such lines; `otherwise` when there is none, or none that is a number. */
int64_t clock_floor_number(const char *text, const char *name, int64_t otherwise);
/* A whole small file as text; "" when it cannot be read. */
void clock_floor_file(const char *path, char *ret, size_t size);
/* The image's build time: when the file CLOCK_FLOOR_EPOCH is from; 0 unknown. */
int64_t clock_floor_build(void);

#endif
