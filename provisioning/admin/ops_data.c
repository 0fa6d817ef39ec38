/*
 * ops_data: where the data is, the disks, and how all of it is wiped.
 *
 * In:   a disk; the site's name, typed once more.
 * Out:  station update does it; the audit has it before it happens.
 * Not:  a recovery key is said to one person once, and kept nowhere.
 */
#include "provisioning/admin/operations.h"
#include "provisioning/admin/ops.h"
#include "provisioning/admin/ops_piece.h"

#include "appliance/base/text.h"

static const struct field install_disk_fields[] = {
        FIELD(BODY, TEXT, "device", .required = true, .min = 1, .max = 64),
        FIELD(BODY, FLAG, "erase"),
        FIELDS_END,
};

static const struct field factory_reset_fields[] = {
        FIELD(BODY, TEXT, "site", .required = true, .max = 64),
        FIELDS_END,
};

static void get_data(struct call *call)
{
        ops_read(call, NULL, STATION_UPDATE, "GetData", "data");
}

/* The former key opens nothing any more: who wanted that is known even when nobody gets to read the new one. */
static void new_recovery_key(struct call *call)
{
        sd_json_variant *reply = NULL;

        if (ops_note(call, "recovery-key", "", "") < 0 || ops_tell(call, NULL, STATION_UPDATE, "NewRecoveryKey", &reply) < 0)
                return;
        call_reply(call, 200, reply);
        sd_json_variant_unref(reply);
}

static void list_disks(struct call *call)
{
        ops_read(call, NULL, STATION_UPDATE, "ListDisks", NULL);
}

static void install_disk(struct call *call)
{
        if (ops_note(call, "disk-install", call_text(call, "device"), call_flag(call, "erase") ? "erase" : "") >= 0 &&
            ops_tell(call, install_disk_fields, STATION_UPDATE, "InstallOn", NULL) >= 0)
                ops_accept(call);
}

/* Whether this is what the site is called, as the page shows it. */
static bool is_site(sd_json_variant *site, const char *typed)
{
        const char *name = "";
        sd_json_variant *v;

        for (size_t i = 0; (v = reply_item(site, "values", i)); i++)
                if (text_equal(reply_text(v, "name"), "name"))
                        name = reply_text(v, "value");
        return text_equal(*name ? name : "Site", typed);
}

static void factory_reset(struct call *call)
{
        sd_json_variant *site = NULL;
        bool is_meant;

        if (call_station(call, STATION_STORE, "GetSite", NULL, 0, &site) < 0)
                return;
        is_meant = is_site(site, call_text(call, "site"));
        sd_json_variant_unref(site);
        if (!is_meant) {
                call_refuse(call, 422, "invalid-value", "site", "This is not the site's name: type it as it stands at the top of the page.");
                return;
        }
        if (ops_note(call, "factory-reset", "", "") >= 0 && ops_tell(call, NULL, STATION_UPDATE, "FactoryReset", NULL) >= 0)
                ops_accept(call);
}

const struct operation ops_data_operations[] = {
        {"GET", "/data", "getData", ROLE_READER, 0, NULL, get_data},
        {"POST", "/data/recovery-key", "newRecoveryKey", ROLE_OWNER, OPERATION_FRESH | OPERATION_SESSION, NULL, new_recovery_key},
        {"GET", "/disks", "listDisks", ROLE_ADMIN, 0, NULL, list_disks},
        {"POST", "/disks/install", "installDisk", ROLE_OWNER, OPERATION_FRESH | OPERATION_SESSION, install_disk_fields, install_disk},
        {"POST", "/data/factory-reset", "factoryReset", ROLE_OWNER, OPERATION_FRESH | OPERATION_SESSION, factory_reset_fields, factory_reset},
        OPERATIONS_END,
};
