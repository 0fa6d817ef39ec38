#ifndef PROVOST_SESSION_MANAGEMENT_LINE_H
#define PROVOST_SESSION_MANAGEMENT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/cursor.h"
#include "appliance/base/error.h"

/* One line of OpenVPN's management interface, versions 2.6 and 2.7. The cursors borrow the line. */

enum management_line_kind {
        MANAGEMENT_LINE_OTHER,          /* well-formed, of no interest here */
        MANAGEMENT_LINE_HOLD,           /* >HOLD: a fresh server waits for us */
        MANAGEMENT_LINE_FATAL,          /* >FATAL: it is about to exit; text says why */
        MANAGEMENT_LINE_LOG,            /* >LOG:seconds,flags,text */
        MANAGEMENT_LINE_BYTES,          /* >BYTECOUNT_CLI: cid; row.bytes_in, row.bytes_out */
        MANAGEMENT_LINE_CLIENT,         /* >CLIENT: event, cid, kid; its ENV lines follow */
        MANAGEMENT_LINE_ENV,            /* >CLIENT:ENV,name=text */
        MANAGEMENT_LINE_ENV_END,        /* >CLIENT:ENV,END */
        MANAGEMENT_LINE_SUCCESS,        /* answer to a command; text */
        MANAGEMENT_LINE_ERROR,          /* likewise */
        MANAGEMENT_LINE_ROW,            /* one client of `status 3` */
        MANAGEMENT_LINE_CHANNEL,        /* in `status 3`: is_kernel */
        MANAGEMENT_LINE_END,            /* the last line of `status 3` */
};

enum management_line_event {
        MANAGEMENT_LINE_EVENT_CONNECT,
        MANAGEMENT_LINE_EVENT_REAUTH,
        MANAGEMENT_LINE_EVENT_ESTABLISHED,
        MANAGEMENT_LINE_EVENT_DISCONNECT,
        MANAGEMENT_LINE_EVENT_OTHER,    /* with ENV lines, which are to be skipped */
};

struct management_line_row {
        struct cursor common_name, peer, address, cipher;       /* address "": not yet admitted */
        uint64_t bytes_in, bytes_out, since_s, cid;
};

struct management_line {
        enum management_line_kind kind;
        enum management_line_event event;       /* CLIENT */
        uint64_t cid, kid;                      /* CLIENT, BYTES; kid of CONNECT and REAUTH */
        struct cursor name, text;
        struct management_line_row row;
        bool is_kernel;                         /* CHANNEL: the kernel encrypts the packets of all tunnels */
};

#define MANAGEMENT_LINE_MAX 8192

/* `size` bytes without the line's end. PV_EMALFORMED: it begins like one of the above and goes on otherwise. */
int management_line_parse(const void *data, size_t size, struct management_line *ret_line) PV_MUST_CHECK;

#endif
