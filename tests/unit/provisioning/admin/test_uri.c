/*
 * test_uri: escapes in paths and queries.
 *
 * In:   raw queries.
 * Out:  pairs, or that there is none.
 * Not:  no fields.
 */
#include "provisioning/admin/uri.h"

#include "tests/support/test.h"

static struct uri_pair pair;

TEST(pairs_are_read_one_after_the_other)
{
        const char *at = "a=1&b=x+y%26z&c&=d";

        CHECK_EQ_INT(uri_next(&at, &pair), 1);
        CHECK_STR(pair.name, "a");
        CHECK_STR(pair.value, "1");
        CHECK_EQ_INT(uri_next(&at, &pair), 1);
        CHECK_STR(pair.value, "x y&z");
        CHECK_EQ_INT(uri_next(&at, &pair), 1);
        CHECK_STR(pair.name, "c");
        CHECK_STR(pair.value, "");
        CHECK_EQ_INT(uri_next(&at, &pair), 1);
        CHECK_STR(pair.name, "");
        CHECK_EQ_INT(uri_next(&at, &pair), 0);
}

TEST(a_broken_escape_or_a_nul_is_refused)
{
        const char *broken = "a=%4", *nul = "a=%00", *name = "%g=1";

        CHECK_EQ_INT(uri_next(&broken, &pair), PV_EMALFORMED);
        CHECK_EQ_INT(uri_next(&nul, &pair), PV_EMALFORMED);
        CHECK_EQ_INT(uri_next(&name, &pair), PV_EMALFORMED);
}

TEST(names_and_values_beyond_their_bounds_are_refused)
{
        char query[2000];
        const char *at = query;

        memset(query, 'a', sizeof query);
        query[URI_NAME_SIZE] = 0;
        CHECK_EQ_INT(uri_next(&at, &pair), PV_ETOOLARGE);
        memset(query, 'a', sizeof query);
        query[1] = '=';
        query[2 + URI_VALUE_SIZE] = 0;
        at = query;
        CHECK_EQ_INT(uri_next(&at, &pair), PV_ETOOLARGE);
}
