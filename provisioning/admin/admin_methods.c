/*
 * admin_methods: io.provost.Admin, for root alone.
 *
 * In:   calls of the console and of provostctl.
 * Out:  the setup code, one-time codes.
 * Not:  nothing that the page does.
 */
#include <stddef.h>

#include "provisioning/admin/admin.h"
#include "provisioning/admin/admin_setup.h"

static const char not_known[] = "The store has not answered yet; try again in a moment.";

static int on_get(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        struct admin_desk *desk = userdata;
        sd_json_variant *answer = NULL;
        int r;

        (void)parameters, (void)flags;
        if (!desk->admin || admin_setup_answer(admin_setup_of(desk->admin), &answer))
                return service_refuse(link, "io.provost.Admin.NotAllowed", "%s", not_known);
        r = sd_varlink_reply(link, answer);
        sd_json_variant_unref(answer);
        return r;
}

static int on_watch(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        struct admin_desk *desk = userdata;
        sd_json_variant *answer = NULL;
        int r = 0;

        (void)parameters;
        if (!(flags & SD_VARLINK_METHOD_MORE))
                return sd_varlink_error(link, SD_VARLINK_ERROR_EXPECTED_MORE, NULL);
        if (!desk->admin || admin_setup_watch(admin_setup_of(desk->admin), link))
                return service_refuse(link, "io.provost.Admin.NotAllowed", "Too many watch already.");
        if (admin_setup_answer(admin_setup_of(desk->admin), &answer) == 0)
                r = sd_varlink_notify(link, answer);
        sd_json_variant_unref(answer);
        return r;
}

struct reset_fields {
        const char *name;
};

static int on_reset_user(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        static const sd_json_dispatch_field table[] = {
                {"name", SD_JSON_VARIANT_STRING, sd_json_dispatch_const_string, offsetof(struct reset_fields, name), SD_JSON_MANDATORY},
                {0},
        };
        struct admin_desk *desk = userdata;
        struct reset_fields fields = {0};
        int r = sd_varlink_dispatch(link, parameters, table, &fields);

        (void)flags;
        if (r != 0)
                return r;
        if (!desk->admin)
                return service_refuse(link, "io.provost.Admin.NotAllowed", "%s", not_known);
        return admin_setup_reset(admin_setup_of(desk->admin), link, fields.name);
}

void admin_desk_disconnected(sd_varlink *link, void *userdata)
{
        struct admin_desk *desk = userdata;

        if (desk->admin)
                admin_setup_forget(admin_setup_of(desk->admin), link);
}

const struct service_method admin_methods[] = {
        {"io.provost.Admin.GetSetup", SERVICE_CALLER_ROOT, on_get},
        {"io.provost.Admin.WatchSetup", SERVICE_CALLER_ROOT, on_watch},
        {"io.provost.Admin.ResetUser", SERVICE_CALLER_ROOT, on_reset_user},
        {0},
};
