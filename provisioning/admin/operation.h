#ifndef PROVOST_ADMIN_OPERATION_H
#define PROVOST_ADMIN_OPERATION_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-json.h>

#include "appliance/base/error.h"

/*
 * One operation of the API: a row of a table says who may call it and what it takes; a plain function, on a worker thread of its
 * own, does it by calling other stations one after the other. By the time the function runs, the request is checked against its
 * row: signed in, role, same origin, own header, Content-Type, every field known, of its type and within its bounds.
 *
 * Answers are JSON (problem details of RFC 9457 on failure), sent after the last call was answered, so after the commit.
 */

enum role { ROLE_NOBODY, ROLE_READER, ROLE_HELPDESK, ROLE_ADMIN, ROLE_OWNER };

enum field_type {
        FIELD_TEXT,             /* max: bytes; UTF-8 without control characters */
        FIELD_PROSE,            /* the same, with line ends and tabs (PEM, files, notes) */
        FIELD_WORD,             /* one of `words`, blank apart */
        FIELD_INTEGER,          /* min..max */
        FIELD_FLAG,             /* true or false */
        FIELD_MAC,              /* any spelling; read as 12 lower-case hex digits */
        FIELD_TEXTS,            /* a list of texts; max: of each */
        FIELD_OBJECT, FIELD_LIST,       /* checked further by the function: read strictly (no unknown names) with call_object() */
};

enum field_place { FIELD_IN_PATH, FIELD_IN_QUERY, FIELD_IN_BODY };

struct field {
        const char *name;
        enum field_place place;
        enum field_type type;
        bool required;
        int64_t min, max;
        const char *words;
        enum role role;         /* who may send this very field; ROLE_NOBODY: as the operation */
        bool nullable;          /* null in a body is the same as not sent */
};

enum {
        OPERATION_FRESH  = 1 << 0,      /* signed in, or confirmed anew, within the last five minutes */
        OPERATION_MATCH  = 1 << 1,      /* If-Match is needed (428 without); call_match() reads it */
        OPERATION_LARGE  = 1 << 2,      /* body up to 12 MiB instead of 256 KiB */
        OPERATION_OPEN   = 1 << 3,      /* nobody needs to be signed in */
        OPERATION_SESSION = 1 << 4,     /* a person's session, never a token; so is OPERATION_FRESH */
        OPERATION_SLOW   = 1 << 5,      /* computes a password's hash: at most two of them run at once */
        OPERATION_STREAM = 1 << 6,      /* answered by the loop: Server-Sent Events, or a file piece by piece; has no run() */
};

struct call;

struct operation {
        const char *method, *path;      /* "POST", "/phones/{mac}/approve"; beneath /api/v1 */
        const char *id;                 /* operationId of openapi.yaml: "approvePhone" */
        enum role role;
        unsigned flags;
        const struct field *fields;     /* ends with .name == NULL; may be NULL */
        void (*run)(struct call *call); /* answers exactly once, by call_reply_*() or call_refuse() */
};

/* Ends with NULL; each table ends with .method == NULL. In operations.c. */
extern const struct operation *const operation_tables[];

/* --- what came in. NULL, `otherwise` and false when the field was not sent. Valid until the function returns. --- */
const char *call_text(struct call *call, const char *field);
int64_t call_integer(struct call *call, const char *field, int64_t otherwise);
bool call_flag(struct call *call, const char *field);
sd_json_variant *call_json(struct call *call, const char *field);
/* Reads an object or list strictly with this table; refuses the request (and returns < 0) when it does not fit. */
int call_object(struct call *call, const char *field, sd_json_variant *object, const sd_json_dispatch_field table[], void *into) PV_MUST_CHECK;
/* The number in If-Match; -1 when "*". */
int64_t call_match(struct call *call);
/* Who asks: "anna", "token:backup", and from where. */
const char *call_actor(struct call *call);
enum role call_role(struct call *call);
const char *call_from(struct call *call);
/* The session's number; 0 for a token. */
uint64_t call_session(struct call *call);
/* What OPERATION_FRESH asks for, where one of several actions alone needs it. */
bool call_is_fresh(struct call *call);

/* --- other stations: blocking, on this worker's own connections --- */
enum station { STATION_STORE, STATION_BOX, STATION_PKI, STATION_SESSION, STATION_SETTINGS, STATION_RESPONDER, STATION_IMPORT, STATION_UPDATE, STATION_BACKUP };
/*
 * Calls "io.provost.<Station>.<method>". parameters is taken over (may be NULL). With CALL_AS_ACTOR the field `actor` is added.
 * On failure the request is answered with the fitting problem (InvalidValue → 422 with the field, NoSuch… → 404, NotAllowed → 409, Conflict → 412,
 * AlreadyThere → 409, Refused → 422, NotNow → 409, StorageTrouble → 507, unreachable → 503) and < 0 is returned: the function just returns.
 */
enum { CALL_AS_ACTOR = 1 << 0 };
int call_station(struct call *call, enum station station, const char *method, sd_json_variant *parameters, unsigned flags,
                 sd_json_variant **ret_reply) PV_MUST_CHECK;
/*
 * The same without an answer on failure: the caller looks at *ret_error (owned, free()); *ret_reply then has the error's own fields (reason), or is NULL.
 * call_refuse_error() answers it as call_station() would have.
 */
int call_station_try(struct call *call, enum station station, const char *method, sd_json_variant *parameters, unsigned flags,
                     sd_json_variant **ret_reply, char **ret_error) PV_MUST_CHECK;
void call_refuse_error(struct call *call, const char *error, sd_json_variant *reply);

/* --- answers --- */
/* object is borrowed. */
void call_reply(struct call *call, unsigned status, sd_json_variant *object);
/* The same with ETag: "<version>". */
void call_reply_version(struct call *call, unsigned status, sd_json_variant *object, int64_t version);
/* 204. */
void call_reply_empty(struct call *call);
/* A file for the person's disk (Content-Disposition: attachment). bytes are copied. */
void call_reply_file(struct call *call, const char *content_type, const char *name, const void *bytes, size_t size);
/* 412: somebody was quicker. current (borrowed): what is there now, as the GET beside it answers; the ETag is its version. */
void call_refuse_stale(struct call *call, sd_json_variant *current, int64_t version);
/* A problem: code is short and fixed ("window-closed"), field may be NULL, detail is a sentence that says what to do. */
void call_refuse(struct call *call, unsigned status, const char *code, const char *field, const char *detail_format, ...)
        __attribute__((format(printf, 5, 6)));

#endif
