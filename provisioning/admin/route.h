#ifndef PROVOST_ADMIN_ROUTE_H
#define PROVOST_ADMIN_ROUTE_H

#include <stddef.h>

#include "provisioning/admin/operation.h"

/* Which operation a method and a path ask for, and what stands in the path's places. */

#define ROUTE_PREFIX "/api/v1"
#define ROUTE_VALUES_MAX 4
#define ROUTE_NAME_SIZE 24
#define ROUTE_VALUE_SIZE 257
#define ROUTE_ALLOW_SIZE 64

struct route_value {
        char name[ROUTE_NAME_SIZE];
        char value[ROUTE_VALUE_SIZE];   /* decoded, never empty, without NUL; anything else may be in it */
};

struct route {
        const struct operation *operation;
        size_t n_values;
        struct route_value values[ROUTE_VALUES_MAX];
        char allow[ROUTE_ALLOW_SIZE];   /* with PV_EREFUSED: the methods this path has */
};

/*
 * tables end with NULL, each with .method == NULL. HEAD is GET. Literal parts go before places. PV_EUNSET: there is no such path; PV_EREFUSED:
 * there is, but not with this method (ret_route->allow); PV_EMALFORMED: an escape that is none, or a part that is too long.
 */
int route_find(const struct operation *const tables[], const char *method, const char *path, struct route *ret_route) PV_MUST_CHECK;
/* The text that stood for this place, or NULL. */
const char *route_text(const struct route *route, const char *name);

#endif
