/*
 * store_version: who changed what since it was read.
 *
 * In:   the version a caller read, and the one that is there now.
 * Out:  Conflict with the present one; versions that only grow.
 * Not:  no revisions: those are of what phones get.
 */
#include "provisioning/store/store_version.h"

#include <stdio.h>

#include "provisioning/store/store_db.h"
#include "provisioning/store/store_phone.h"

#define COUNTER "version"

int store_version_check(struct store_request *request, int64_t present, const char *what)
{
        if (store_in_int(request, "if_version", present) == present)
                return 0;
        request->version = present;
        return store_refuse(request, "Conflict", "%s was changed by somebody else meanwhile; look at what is there now and try again.", what);
}

int store_version_check_phone(struct store *store, struct store_request *request, const char *mac)
{
        int64_t version = 0;
        char what[32];
        int r = store_db_number(store_db(store), "SELECT version FROM phone WHERE mac = ?", &version, "s", mac);

        if (r < 0)
                return r == PV_EUNSET ? store_phone_unknown(request, mac) : r;
        (void)snprintf(what, sizeof what, "The phone %s", mac);
        return store_version_check(request, version, what);
}

int store_version_of_phone_grows(struct store *store, const char *mac)
{
        int64_t version = 0;
        int r = store_next(store, COUNTER, &version);

        return r < 0 ? r : store_db_run(store_db(store), "UPDATE phone SET version = ? WHERE mac = ?", "is", version, mac);
}

int store_version_of_scope(struct store *store, const char *scope, const char *owner, int64_t *ret_version)
{
        return store_db_number(store_db(store), "SELECT coalesce((SELECT version FROM scope_version WHERE scope = ? AND owner = ?), 1)", ret_version,
                               "ss", scope, owner);
}

int store_version_of_scope_grows(struct store *store, const char *scope, const char *owner)
{
        int64_t version = 0;
        int r = store_next(store, COUNTER, &version);

        return r < 0 ? r : store_db_run(store_db(store), "INSERT INTO scope_version (scope, owner, version) VALUES (?, ?, ?) ON CONFLICT (scope, owner) "
                                        "DO UPDATE SET version = excluded.version", "ssi", scope, owner, version);
}
