#ifndef PROVOST_ADMIN_CALL_H
#define PROVOST_ADMIN_CALL_H

#include "provisioning/admin/access.h"
#include "provisioning/admin/door.h"
#include "provisioning/admin/field.h"
#include "provisioning/admin/route.h"
#include "provisioning/admin/station.h"

/* One request on its way through an operation. The loop makes it and sends its answer; between the two a worker has it alone. */

#define CALL_HEADERS_MAX 6
#define CALL_HEADER_SIZE 384
#define CALL_HOST_SIZE 136

struct call_header {
        char name[24];
        char value[CALL_HEADER_SIZE];
};

struct call_answer {
        unsigned status;                /* 0: none was given */
        const char *content_type;       /* static; NULL: no body */
        void *bytes;                    /* owned; wiped */
        size_t size;
        size_t n_headers;
        struct call_header headers[CALL_HEADERS_MAX];
};

struct call {
        const struct operation *operation;
        struct route route;
        struct identity who;
        struct door *door;
        struct station_links *links;    /* the worker's */
        char *query;                    /* owned */
        void *body;                     /* owned; wiped */
        size_t body_size;
        int64_t match;
        char none_match[40];            /* If-None-Match */
        char host[CALL_HOST_SIZE];
        sd_json_variant *object;        /* the body, parsed; owned */
        struct field_value *values;     /* one for each row of operation->fields */
        size_t n_values;
        struct call_answer answer;
};

/* Reads the fields and runs the operation; afterwards there is an answer. */
void call_run(struct call *call);
void call_free(struct call *call);
/* For answers of the frame's own operations. */
void call_add_header(struct call *call, const char *name, const char *value);
/* Takes over bytes; NULL: there was no memory for them. content_type is static. */
void call_reply_bytes(struct call *call, unsigned status, const char *content_type, void *bytes, size_t size);

#endif
