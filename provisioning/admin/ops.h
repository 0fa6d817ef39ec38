#ifndef PROVOST_ADMIN_OPS_H
#define PROVOST_ADMIN_OPS_H

#include <stddef.h>

#include "appliance/people/reply.h"
#include "provisioning/admin/operation.h"

/* What the tables of operations share: rows of fields, and operations that are one call of one station. */

#define FIELD(place_, type_, name_, ...) {.name = (name_), .place = FIELD_IN_##place_, .type = FIELD_##type_, __VA_ARGS__}
#define FIELDS_END {.name = NULL}
#define FIELD_PATH_MAC FIELD(PATH, MAC, "mac", .required = true)
#define FIELD_LIMIT(most) FIELD(QUERY, INTEGER, "limit", .min = 1, .max = (most))
#define FIELD_REASON FIELD(BODY, TEXT, "reason", .max = 256)
#define OPERATIONS_END {.method = NULL}

#define OPS_LIMIT_DEFAULT 100

/* Answers that there is no memory, and returns PV_ENOMEM. */
int ops_no_memory(struct call *call);
/*
 * What was sent of these fields as parameters under the same names; flags always, `limit` 100 when it was not sent. The caller's.
 * < 0: the request is answered.
 */
int ops_parameters(struct call *call, const struct field *fields, sd_json_variant **ret_parameters) PV_MUST_CHECK;
/* Takes a field away again. < 0: the request is answered, and *parameters is gone. */
int ops_without(struct call *call, sd_json_variant **parameters, const char *name) PV_MUST_CHECK;
/* Adds a text under another name; NULL leaves it out. < 0: the request is answered, and *parameters is gone. */
int ops_add_text(struct call *call, sd_json_variant **parameters, const char *name, const char *value) PV_MUST_CHECK;
int ops_add_integer(struct call *call, sd_json_variant **parameters, const char *name, int64_t value) PV_MUST_CHECK;

/* Answers with an object; one that has a version has it as its ETag. */
void ops_reply(struct call *call, unsigned status, sd_json_variant *object);

/*
 * A whole operation: the fields sent go to this method, and `member` of what it answers comes back (NULL: all of it) with 200, or
 * 201, or nothing with 204. Methods that write are told for whom (CALL_AS_ACTOR).
 */
void ops_read(struct call *call, const struct field *fields, enum station station, const char *method, const char *member);
void ops_write(struct call *call, const struct field *fields, enum station station, const char *method, const char *member);
void ops_make(struct call *call, const struct field *fields, enum station station, const char *method, const char *member);
void ops_do(struct call *call, const struct field *fields, enum station station, const char *method);

/* Reads what is there now, for 412, and for the answer of a change: 0 and an object of the caller's, or < 0: the request is answered. */
typedef int (*ops_current)(struct call *call, sd_json_variant **ret_object, int64_t *ret_version);
/*
 * A write of the store's with if_version by If-Match. When somebody was quicker the request is answered with what `current`
 * reads. < 0: the request is answered.
 */
int ops_change(struct call *call, const char *method, sd_json_variant *parameters, ops_current current, sd_json_variant **ret_reply) PV_MUST_CHECK;

/* A line in the audit, of what is no write of the store. < 0: the request is answered. */
int ops_note(struct call *call, const char *action, const char *subject, const char *detail) PV_MUST_CHECK;

/* One phone of the store, by the field "mac". < 0: the request is answered. */
int ops_phone(struct call *call, sd_json_variant **ret_phone, int64_t *ret_version) PV_MUST_CHECK;

#endif
