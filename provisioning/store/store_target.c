/*
 * store_target: the place that settings belong to.
 *
 * In:   scope and owner as a caller gives them.
 * Out:  a checked target; its version, its profile made.
 * Not:  no settings (store_setting).
 */
#include "provisioning/store/store_target.h"

#include <stdio.h>

#include "appliance/base/text.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_version.h"

#define OWNER_MAX 64

bool store_target_is_shared(const struct store_target *target)
{
        return target->scope != MERGE_PHONE;
}

const char *store_target_subject(const struct store_target *target, char *ret, size_t size)
{
        (void)snprintf(ret, size, "%s%s%s", store_layer_scope_text(target->scope), *target->owner ? " " : "", target->owner);
        return ret;
}

static int phone_target(struct store *store, struct store_request *request, const char *owner, struct store_target *ret)
{
        struct mac mac;

        if (mac_parse_text(owner, &mac) < 0)
                return store_invalid(request, "owner", "The owner of phone settings is a MAC such as 000413aabbcc.");
        mac_format(&mac, ret->owner);
        return store_phone_known(store, request, ret->owner, ret->model, ret->extension);
}

int store_target_make(struct store *store, struct store_request *request, const char *scope, const char *owner, struct store_target *ret)
{
        int word = store_layer_scope(scope), r = 0;

        *ret = (struct store_target){.scope = MERGE_SITE};
        if (word < 0)
                return store_invalid(request, "scope", "The scope must be site, model, profile or phone.");
        ret->scope = (enum merge_scope)word;
        owner = owner ? owner : "";
        if (ret->scope == MERGE_PHONE)
                return phone_target(store, request, owner, ret);
        if (ret->scope == MERGE_SITE)
                return *owner ? store_invalid(request, "owner", "The site's own settings have no owner; leave it empty.") : 0;
        r = store_check_name(request, ret->scope == MERGE_MODEL ? "owner" : "name", owner, OWNER_MAX - 4);
        if (r == 0 && ret->scope == MERGE_MODEL)
                store_layer_model(owner, ret->owner);
        else if (r == 0)
                r = text_copy(ret->owner, sizeof ret->owner, owner);
        return r;
}

int store_target_of(struct store *store, struct store_request *request, struct store_target *ret)
{
        return store_target_make(store, request, store_in_text(request, "scope"), store_in_text(request, "owner"), ret);
}

int store_target_make_profile(struct store *store, struct store_request *request, const struct store_target *target)
{
        int64_t n = 0;
        int r = 0;

        if (target->scope != MERGE_PROFILE)
                return 0;
        r = store_db_number(store_db(store), "SELECT count(*) FROM profile WHERE name <> ?", &n, "s", target->owner);
        if (r == 0 && n >= STORE_NAMES_MAX)
                return store_refuse(request, "NotAllowed", "There are %d profiles already; remove one first.", STORE_NAMES_MAX);
        if (r == 0)
                r = store_db_run(store_db(store), "INSERT INTO profile (name) VALUES (?) ON CONFLICT DO NOTHING", "s", target->owner);
        return r;
}

int store_target_version(struct store *store, const struct store_target *target, int64_t *ret_version)
{
        if (store_target_is_shared(target))
                return store_version_of_scope(store, store_layer_scope_text(target->scope), target->owner, ret_version);
        return store_db_number(store_db(store), "SELECT version FROM phone WHERE mac = ?", ret_version, "s", target->owner);
}
