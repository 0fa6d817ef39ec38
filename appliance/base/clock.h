#ifndef PROVOST_BASE_CLOCK_H
#define PROVOST_BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds of the monotonic clock: for intervals and deadlines. */
uint64_t clock_monotonic_ms(void);
/* Seconds since 1970 of the wall clock: only for the store and for certificates. */
int64_t clock_wall_s(void);
/* The same in milliseconds: for events, whose order a person reads. */
int64_t clock_wall_ms(void);

#endif
