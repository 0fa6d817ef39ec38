#ifndef PROVOST_ADMIN_OPS_FRAME_H
#define PROVOST_ADMIN_OPS_FRAME_H

#include "provisioning/admin/operation.h"

/* The frame's own operations; each table ends with .method == NULL. */
extern const struct operation ops_service_operations[];
extern const struct operation ops_door_operations[];
extern const struct operation ops_invitation_operations[];
extern const struct operation ops_users_operations[];

#endif
