#ifndef PROVOST_TRANSFER_TRANSFER_CLIENT_H
#define PROVOST_TRANSFER_TRANSFER_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "appliance/base/error.h"

/*
 * Files over HTTPS, by provost-transfer: a process with a user of its own that sees the network, one open descriptor and nothing else. Only
 * root may connect to its socket. Redirects are followed to https alone, five of them.
 */

#define TRANSFER_PATH "/run/provost/transfer"

struct transfer_job {
        const char *verb;               /* "get" "put" "delete" */
        const char *url;                /* https://..., without user and password in it */
        const char *user, *password;    /* NULL or "": none */
        const char *authorities;        /* PEM of those that are believed beside the public ones; NULL or "": none */
        int64_t size_max;               /* get: ends when more would come */
        int fd;                         /* get: written from its present place on; put: read from its start, all of it; delete: -1 */
};

struct transfer_news {
        bool is_over;                   /* the last one */
        bool is_done;                   /* of the last one: as it should be */
        int64_t done, total;            /* bytes; total 0: not known */
        char text[320];                 /* of the last one that is not done: why, as a sentence */
};

/* ret_connection may be watched for input; closing it ends the transfer. PV_ESYSTEM with errno: provost-transfer is not there. */
int transfer_start(const struct transfer_job *job, int *ret_connection) PV_MUST_CHECK;
/* The next news; about four a second. PV_ETIMEOUT: none in timeout_ms (0: looks only). A program that died is over, with a sentence. */
int transfer_next(int connection, int timeout_ms, struct transfer_news *ret_news) PV_MUST_CHECK;
/* What is wrong with such a URL, as a sentence; NULL: nothing. */
const char *transfer_url_problem(const char *url);

#endif
