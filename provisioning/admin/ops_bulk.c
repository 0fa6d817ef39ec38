/*
 * ops_bulk: one action on many phones, each with its own result.
 *
 * In:   MACs, an action.
 * Out:  for each what came of it, as a status and a sentence; what one refuses stops none of the others.
 * Not:  nothing that a single phone's operation could not do, and nothing that this person could not do there.
 */
#include "provisioning/admin/operations.h"
#include "provisioning/admin/ops.h"
#include "provisioning/admin/ops_out.h"
#include "provisioning/admin/ops_resync.h"
#include "provisioning/admin/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/mac.h"
#include "appliance/base/text.h"

#define PHONES_MAX 500
#define WINDOW_S 600

static const struct field change_phones_fields[] = {
        FIELD(BODY, WORD, "action", .required = true, .words = "approve revoke delete resync reboot add-profile remove-profile window"),
        FIELD(BODY, TEXTS, "macs", .required = true, .max = 32),
        FIELD(BODY, TEXT, "profile", .max = 64),
        FIELD_REASON,
        FIELDS_END,
};

/* What came of one phone. */
struct result {
        unsigned status;
        char detail[320];
};

struct bulk {
        struct call *call;
        const char *mac;                /* of the phone at hand */
        struct result result;
};

__attribute__((format(printf, 3, 4))) static void say(struct bulk *bulk, unsigned status, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        (void)vsnprintf(bulk->result.detail, sizeof bulk->result.detail, format, args);
        va_end(args);
        bulk->result.status = status;
}

static void say_error(struct bulk *bulk, const char *error, sd_json_variant *reply)
{
        struct problem problem = problem_of_station(STATION_STORE, error, reply);

        say(bulk, problem.status, "%s", problem.detail);
}

/* One call of the store for this phone. True: it was done. */
static bool ask(struct bulk *bulk, const char *method, sd_json_variant *parameters, unsigned flags, sd_json_variant **ret_reply)
{
        sd_json_variant *reply = NULL;
        char *error = NULL;
        bool is_done = false;

        if (sd_json_variant_set_field_string(&parameters, "mac", bulk->mac) < 0) {
                sd_json_variant_unref(parameters);
                say(bulk, 503, "There is no memory for this now.");
                return false;
        }
        is_done = call_station_try(bulk->call, STATION_STORE, method, parameters, flags, &reply, &error) >= 0;
        if (!is_done)
                say_error(bulk, error, reply);
        else if (ret_reply)
                *ret_reply = sd_json_variant_ref(reply);
        sd_json_variant_unref(reply);
        free(error);
        return is_done;
}

/* --- the actions ------------------------------------------------------------------ */

static void approve(struct bulk *bulk)
{
        if (ask(bulk, "ApprovePhone", NULL, CALL_AS_ACTOR, NULL))
                say(bulk, 200, "Approved.");
}

static void open_window(struct bulk *bulk)
{
        sd_json_variant *parameters = NULL;

        if (sd_json_variant_set_field_integer(&parameters, "seconds", WINDOW_S) < 0)
                say(bulk, 503, "There is no memory for this now.");
        else if (ask(bulk, "OpenWindow", parameters, CALL_AS_ACTOR, NULL))
                say(bulk, 200, "It may enrol without its factory certificate for the next %d minutes.", WINDOW_S / 60);
}

static void put_out(struct bulk *bulk, enum ops_out_way way)
{
        sd_json_variant *receipt = NULL, *error_reply = NULL;
        char *error = NULL;
        size_t n_open = 0;

        if (ops_out(bulk->call, bulk->mac, way, call_text(bulk->call, "reason"), &receipt, &n_open, &error, &error_reply) < 0)
                say_error(bulk, error, error_reply);
        else if (n_open)
                say(bulk, 200, "It is out, but %zu lines of receipt %lld are not confirmed: each says what to do.", n_open,
                    (long long)reply_number(receipt, "id"));
        else
                say(bulk, 200, "It is out: receipt %lld.", (long long)reply_number(receipt, "id"));
        sd_json_variant_unref(receipt);
        sd_json_variant_unref(error_reply);
        free(error);
}

static void revoke(struct bulk *bulk)
{
        put_out(bulk, OPS_OUT_REVOKED);
}

static void delete(struct bulk *bulk)
{
        put_out(bulk, OPS_OUT_DELETED);
}

static void tell(struct bulk *bulk, bool is_reboot)
{
        sd_json_variant *reply = NULL;
        char *error = NULL;

        if (ops_resync(bulk->call, bulk->mac, is_reboot, &reply, &error) < 0)
                say_error(bulk, error, reply);
        else
                say(bulk, text_equal(reply_text(reply, "outcome"), "taken") ? 200 : 409, "%s", reply_text(reply, "detail"));
        sd_json_variant_unref(reply);
        free(error);
}

static void resync(struct bulk *bulk)
{
        tell(bulk, false);
}

static void restart(struct bulk *bulk)
{
        tell(bulk, true);
}

/* --- profiles ------------------------------------------------------------------------ */

/* The phone's profiles without this one, and with it at the end when it is to be added. */
static int other_profiles(sd_json_variant *phone, const char *profile, bool is_added, sd_json_variant **ret_list)
{
        sd_json_variant *list = NULL, *v;
        int r = sd_json_variant_new_array(&list, NULL, 0);

        for (size_t i = 0; r >= 0 && (v = reply_item(phone, "profiles", i)); i++)
                if (!text_equal(sd_json_variant_string(v), profile))
                        r = sd_json_variant_append_array(&list, v);
        if (r >= 0 && is_added)
                r = sd_json_variant_append_arrayb(&list, SD_JSON_BUILD_STRING(profile));
        if (r < 0) {
                sd_json_variant_unref(list);
                return PV_ENOMEM;
        }
        *ret_list = list;
        return 0;
}

static bool has_profile(sd_json_variant *phone, const char *profile)
{
        sd_json_variant *v;

        for (size_t i = 0; (v = reply_item(phone, "profiles", i)); i++)
                if (text_equal(sd_json_variant_string(v), profile))
                        return true;
        return false;
}

static void change_profiles(struct bulk *bulk, bool is_added)
{
        const char *profile = call_text(bulk->call, "profile");
        sd_json_variant *reply = NULL, *phone, *list = NULL, *parameters = NULL;

        if (!ask(bulk, "GetPhone", NULL, 0, &reply))
                return;
        phone = sd_json_variant_by_key(reply, "phone");
        if (has_profile(phone, profile) == is_added)
                say(bulk, 200, is_added ? "It had this profile." : "It did not have this profile.");
        else if (other_profiles(phone, profile, is_added, &list) < 0 || sd_json_variant_set_field(&parameters, "profiles", list) < 0 ||
                 sd_json_variant_set_field_integer(&parameters, "if_version", reply_number(phone, "version")) < 0)
                say(bulk, 503, "There is no memory for this now.");
        else if (ask(bulk, "ChangePhone", sd_json_variant_ref(parameters), CALL_AS_ACTOR, NULL))
                say(bulk, 200, is_added ? "It has this profile now." : "It no longer has this profile.");
        sd_json_variant_unref(parameters);
        sd_json_variant_unref(list);
        sd_json_variant_unref(reply);
}

static void add_profile(struct bulk *bulk)
{
        change_profiles(bulk, true);
}

static void remove_profile(struct bulk *bulk)
{
        change_profiles(bulk, false);
}

/* --- all of them ------------------------------------------------------------------------ */

static const struct action {
        const char *word;
        enum role role;
        bool is_fresh, needs_profile;
        void (*run)(struct bulk *bulk);
} actions[] = {
        {"approve", ROLE_HELPDESK, false, false, approve}, {"resync", ROLE_HELPDESK, false, false, resync},
        {"reboot", ROLE_ADMIN, false, false, restart},     {"window", ROLE_ADMIN, false, false, open_window},
        {"revoke", ROLE_ADMIN, false, false, revoke},      {"delete", ROLE_ADMIN, true, false, delete},
        {"add-profile", ROLE_ADMIN, false, true, add_profile}, {"remove-profile", ROLE_ADMIN, false, true, remove_profile},
};

/* NULL: the request is answered. */
static const struct action *action_of(struct call *call)
{
        const struct action *action = NULL;

        for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
                if (text_equal(actions[i].word, call_text(call, "action")))
                        action = &actions[i];
        if (!action)
                call_refuse(call, 400, "malformed", "action", "There is no such action.");
        else if (call_role(call) < action->role)
                call_refuse(call, 403, "role", NULL, "This needs the role admin: ask somebody who has it.");
        else if (action->is_fresh && !call_is_fresh(call))
                call_refuse(call, 403, "confirm", NULL, "Give password and code once more; then it goes on for five minutes.");
        else if (action->needs_profile && (!call_text(call, "profile") || !*call_text(call, "profile")))
                call_refuse(call, 422, "invalid", "profile", "Which profile?");
        else if (sd_json_variant_elements(call_json(call, "macs")) > PHONES_MAX)
                call_refuse(call, 422, "too-many", "macs", "At most %d phones at once.", PHONES_MAX);
        else
                return action;
        return NULL;
}

static int run_one(struct call *call, const struct action *action, const char *word, sd_json_variant **list)
{
        char text[MAC_TEXT_SIZE];
        struct bulk bulk = {.call = call, .mac = text};
        struct mac mac;

        if (mac_parse_text(word, &mac) < 0) {
                say(&bulk, 422, "This is no MAC address.");
                bulk.mac = word;
        } else {
                mac_format(&mac, text);
                action->run(&bulk);
        }
        return sd_json_variant_append_arraybo(list, SD_JSON_BUILD_PAIR_STRING("mac", bulk.mac), SD_JSON_BUILD_PAIR_UNSIGNED("status", bulk.result.status),
                                              SD_JSON_BUILD_PAIR_STRING("detail", bulk.result.detail));
}

static void change_phones(struct call *call)
{
        const struct action *action = action_of(call);
        sd_json_variant *macs = call_json(call, "macs"), *list = NULL, *answer = NULL;
        int r;

        if (!action)
                return;
        r = sd_json_variant_new_array(&list, NULL, 0);
        for (size_t i = 0; r >= 0 && i < sd_json_variant_elements(macs); i++)
                r = run_one(call, action, sd_json_variant_string(sd_json_variant_by_index(macs, i)), &list);
        if (r >= 0)
                r = sd_json_buildo(&answer, SD_JSON_BUILD_PAIR_VARIANT("results", list));
        if (r < 0)
                (void)ops_no_memory(call);
        else
                call_reply(call, 200, answer);
        sd_json_variant_unref(answer);
        sd_json_variant_unref(list);
}

const struct operation ops_bulk_operations[] = {
        {"POST", "/phones/bulk", "changePhones", ROLE_HELPDESK, 0, change_phones_fields, change_phones},
        OPERATIONS_END,
};
