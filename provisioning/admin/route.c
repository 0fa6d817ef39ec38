/*
 * route: which operation is asked for.
 *
 * In:   a method and a raw path of the edge, any bytes; the tables of operations.
 * Out:  the operation and the decoded values of its places, or why there is none.
 * Not:  no meaning of the values (see field), no query.
 */
#include "provisioning/admin/route.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/admin/uri.h"

#define SEGMENTS_MAX 8
#define WORSE_THAN_ANY (SEGMENTS_MAX + 1)

struct segments {
        size_t n;
        struct { const char *at; size_t size; } list[SEGMENTS_MAX];
};

/* "/a/b" gives a and b; an empty part (// or a last /) is none that an operation has. */
static int split(const char *path, struct segments *ret)
{
        ret->n = 0;
        while (*path == '/') {
                size_t size = strcspn(++path, "/");

                if (size == 0 || ret->n == SEGMENTS_MAX)
                        return PV_EUNSET;
                ret->list[ret->n].at = path;
                ret->list[ret->n++].size = size;
                path += size;
        }
        return *path || ret->n == 0 ? PV_EUNSET : 0;
}

static bool is_place(const char *part, size_t size)
{
        return size > 2 && part[0] == '{' && part[size - 1] == '}';
}

/* How many places the pattern has, or WORSE_THAN_ANY when the path is not one of its. */
static unsigned places_of(const struct operation *operation, const struct segments *path)
{
        struct segments pattern;
        unsigned places = 0;

        if (split(operation->path, &pattern) || pattern.n != path->n)
                return WORSE_THAN_ANY;
        for (size_t i = 0; i < path->n; i++) {
                if (is_place(pattern.list[i].at, pattern.list[i].size))
                        places++;
                else if (pattern.list[i].size != path->list[i].size || memcmp(pattern.list[i].at, path->list[i].at, path->list[i].size))
                        return WORSE_THAN_ANY;
        }
        return places;
}

static void allow(struct route *route, const char *method)
{
        const char *both = text_equal(method, "GET") ? "GET, HEAD" : method;
        size_t used = strlen(route->allow);

        if (!strstr(route->allow, method) && used + strlen(both) + 3 < sizeof route->allow)
                (void)snprintf(route->allow + used, sizeof route->allow - used, "%s%s", used ? ", " : "", both);
}

static int take_values(struct route *route, const struct segments *path)
{
        struct segments pattern;

        if (split(route->operation->path, &pattern))
                return PV_EUNSET;
        for (size_t i = 0; i < path->n; i++) {
                struct route_value *value = &route->values[route->n_values];
                int r;

                if (!is_place(pattern.list[i].at, pattern.list[i].size))
                        continue;
                if (route->n_values == ROUTE_VALUES_MAX || pattern.list[i].size - 2 >= sizeof value->name)
                        return PV_ETOOLARGE;
                memcpy(value->name, pattern.list[i].at + 1, pattern.list[i].size - 2);
                r = uri_decode(path->list[i].at, path->list[i].size, false, value->value, sizeof value->value);
                if (r)
                        return PV_EMALFORMED;
                route->n_values++;
        }
        return 0;
}

int route_find(const struct operation *const tables[], const char *method, const char *path, struct route *ret_route)
{
        const char *asked = text_equal(method, "HEAD") ? "GET" : method;
        struct route route = {0};
        struct segments segments;
        unsigned best = WORSE_THAN_ANY;

        if (!text_starts(path, ROUTE_PREFIX "/") || split(path + strlen(ROUTE_PREFIX), &segments))
                return PV_EUNSET;
        for (; *tables; tables++)
                for (const struct operation *operation = *tables; operation->method; operation++) {
                        unsigned places = places_of(operation, &segments);

                        if (places == WORSE_THAN_ANY)
                                continue;
                        allow(&route, operation->method);
                        if (places < best && text_equal(operation->method, asked)) {
                                best = places;
                                route.operation = operation;
                        }
                }
        if (!route.operation && *route.allow)
                memcpy(ret_route, &route, sizeof route);
        if (!route.operation)
                return *route.allow ? PV_EREFUSED : PV_EUNSET;
        if (take_values(&route, &segments))
                return PV_EMALFORMED;
        memcpy(ret_route, &route, sizeof route);
        return 0;
}

const char *route_text(const struct route *route, const char *name)
{
        for (size_t i = 0; i < route->n_values; i++)
                if (text_equal(route->values[i].name, name))
                        return route->values[i].value;
        return NULL;
}
