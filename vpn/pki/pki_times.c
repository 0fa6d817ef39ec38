/*
 * pki_times: begin and end of certificates under clocks that may be wrong.
 *
 * In:   the clock, the floor, a life in seconds.
 * Out:  a span; whether one is due for renewal.
 * Not:  no OpenSSL; the clock is read by the caller.
 */
#include "vpn/pki/pki_times.h"

#include <stddef.h>
#include <sys/stat.h>

static int64_t later(int64_t a, int64_t b)
{
        return a > b ? a : b;
}

struct pki_span pki_times_span(const struct pki_times *times, int64_t life)
{
        return (struct pki_span){
                .not_before = times->floor - PKI_TIMES_BACK,
                .not_after = later(times->now, times->floor) + life,
        };
}

bool pki_times_is_due(const struct pki_times *times, const struct pki_span *span, int64_t life)
{
        int64_t now = later(times->now, times->floor);

        return now < span->not_before || span->not_after - now < life / 3;
}

int64_t pki_times_of_build(void)
{
        static const char *const files[] = {"/usr/lib/clock-epoch", "/proc/self/exe"};
        int64_t newest = PKI_TIMES_OLDEST;
        struct stat status;

        for (size_t i = 0; i < sizeof files / sizeof *files; i++)
                if (stat(files[i], &status) == 0)
                        newest = later(newest, status.st_mtim.tv_sec);
        return newest;
}
