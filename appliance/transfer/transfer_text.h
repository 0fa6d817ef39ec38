#ifndef PROVOST_TRANSFER_TRANSFER_TEXT_H
#define PROVOST_TRANSFER_TRANSFER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a transfer ended. */
struct transfer_end {
        int code;               /* of libcurl */
        long status;            /* of the server; 0: none came */
        const char *detail;     /* the library's own words, "" none */
        const char *url;
        bool is_too_large, is_unwritable;
        int64_t size_max;
};

/* Why it failed and what to do, as a sentence; of the URL the server alone is in it. */
void transfer_text(const struct transfer_end *end, char *ret, size_t size);

#endif
