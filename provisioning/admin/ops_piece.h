#ifndef PROVOST_ADMIN_OPS_PIECE_H
#define PROVOST_ADMIN_OPS_PIECE_H

#include "provisioning/admin/operation.h"

/* What updates, data and backups share: a call of a station that knows no people, the next part of a file, and "it begins". */

/* 4 MiB in base64. */
#define OPS_PIECE_BASE64 5592408

/* Calls with the fields sent. ret_reply may be NULL. < 0: the request is answered. */
int ops_tell(struct call *call, const struct field *fields, enum station station, const char *method, sd_json_variant **ret_reply) PV_MUST_CHECK;
/* AppendUpload of {upload}, with offset and content; answers how far it is. */
void ops_piece_append(struct call *call, const struct field *fields, enum station station);
/* 202 and {}: it goes on without us. */
void ops_accept(struct call *call);
/* The same, with a line in the audit. */
void ops_begins(struct call *call, const char *action, const char *subject, const char *detail);

#endif
