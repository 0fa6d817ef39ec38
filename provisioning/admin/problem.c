/*
 * problem: refusals, as the page and programs read them.
 *
 * In:   a status, a code, a sentence; or the error of another station.
 * Out:  problem details of RFC 9457.
 * Not:  no decision.
 */
#include "provisioning/admin/problem.h"

#include <stdio.h>
#include <string.h>

#include "appliance/base/text.h"
#include "appliance/service/service_field.h"

static const struct { unsigned status; const char *title; } titles[] = {
        {400, "The request cannot be read"}, {401, "Nobody is signed in"}, {403, "Not allowed"}, {404, "There is no such thing"},
        {405, "Not with this method"}, {409, "Not as things are now"}, {412, "Somebody was quicker"}, {413, "Too large"},
        {414, "The address is too long"}, {415, "Not JSON"}, {422, "A value is refused"}, {428, "If-Match is missing"}, {429, "Too often"},
        {431, "The headers are too large"}, {500, "The appliance has a fault"}, {503, "Not now"}, {507, "The disk does not take it"},
};

static const char *title_of(unsigned status)
{
        for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
                if (titles[i].status == status)
                        return titles[i].title;
        return "Refused";
}

char *problem_text(const struct problem *problem)
{
        sd_json_variant *object = NULL;
        char type[80], *text = NULL;
        int r;

        (void)snprintf(type, sizeof type, "/problems/%.60s", problem->code);
        r = sd_json_buildo(&object, SD_JSON_BUILD_PAIR_STRING("type", type), SD_JSON_BUILD_PAIR_STRING("title", title_of(problem->status)),
                           SD_JSON_BUILD_PAIR_UNSIGNED("status", problem->status), SD_JSON_BUILD_PAIR_STRING("detail", problem->detail),
                           SD_JSON_BUILD_PAIR_STRING("code", problem->code),
                           SD_JSON_BUILD_PAIR_CONDITION(problem->field != NULL, "field", SD_JSON_BUILD_STRING(problem->field)),
                           SD_JSON_BUILD_PAIR_CONDITION(problem->current != NULL, "current", SD_JSON_BUILD_VARIANT(problem->current)));
        if (r >= 0)
                r = sd_json_variant_format(object, 0, &text);
        sd_json_variant_unref(object);
        return r < 0 ? NULL : text;
}


static struct problem unreachable(enum station station)
{
        static const char *const sentences[] = {
                "The store does not answer; try again in a moment. What was asked may have been done.",
                "The box does not answer; try again in a moment. What was asked may have been done.",
                "The certificate authority does not answer; try again in a moment. What was asked may have been done.",
                "The tunnels' station does not answer; try again in a moment. What was asked may have been done.",
                "The settings' station does not answer; try again in a moment. What was asked may have been done.",
                "The responder does not answer; try again in a moment. What was asked may have been done.",
                "The import does not answer; try again in a moment.",
                "The updates' station does not answer; try again in a moment. What was asked may have been done.",
                "The backups' station does not answer; try again in a moment. What was asked may have been done.",
        };

        return (struct problem){.status = 503, .code = "unreachable", .detail = sentences[station]};
}

/* The last part of an error's name, and what it is here. */
static const struct { const char *error; unsigned status; const char *code, *detail; } errors[] = {
        {"InvalidValue", 422, "invalid-value", "This value is refused."},
        {"InvalidRequest", 422, "invalid-value", "What was sent is refused."},
        {"Unreadable", 422, "unreadable", "The file cannot be read."},
        {"TooLarge", 413, "too-large", "The file is too large."},
        {"NoSuchPhone", 404, "no-such-phone", "There is no phone with this MAC address."},
        {"NoSuchName", 404, "no-such-name", "There is nothing of this name."},
        {"NoSuchUpload", 404, "no-such-upload", "There is no such upload any more; begin it again."},
        {"NotAllowed", 409, "not-allowed", "This is not possible as things are now."},
        {"NoTunnel", 409, "no-tunnel", "The phone has no tunnel now."},
        {"AlreadyThere", 409, "already-there", "It is there already."},
        {"Conflict", 412, "conflict", "Somebody else changed it meanwhile; look at it again."},
        {"StorageTrouble", 507, "storage", "The disk does not take it."},
        {"Trouble", 503, "trouble", "The station could not do it; its log says why."},
        {"Refused", 422, "refused", "This is refused."},
        {"NotNow", 409, "not-now", "This is not possible now; try again later."},
        {"Absent", 409, "absent", "This system has no station that does this: it was built without it."},
        {"InvalidParameter", 422, "invalid-value", "This value is refused."},
};

/* update and backup say which input is wrong, if one is, and backup in one word why. */
static void refused_more(sd_json_variant *reply, struct problem *problem)
{
        const char *field = service_field_text(reply, "field"), *code = service_field_text(reply, "code");

        if (field && *field)
                problem->field = field;
        if (code && *code)
                problem->code = code;
        if (text_equal(problem->code, "full"))
                problem->status = 507;
}

struct problem problem_of_station(enum station station, const char *error, sd_json_variant *reply)
{
        const char *last = error ? strrchr(error, '.') : NULL, *reason = service_field_text(reply, "reason");

        for (size_t i = 0; last && i < sizeof errors / sizeof errors[0]; i++) {
                struct problem problem = {.status = errors[i].status, .code = errors[i].code, .detail = errors[i].detail};

                if (!text_equal(last + 1, errors[i].error))
                        continue;
                if (reason && *reason)
                        problem.detail = reason;
                if (text_equal(last + 1, "InvalidValue"))
                        problem.field = service_field_text(reply, "name");
                if (text_equal(last + 1, "Refused"))
                        refused_more(reply, &problem);
                if (text_equal(last + 1, "InvalidParameter"))
                        problem.field = service_field_text(reply, "parameter");
                return problem;
        }
        if (!error || text_starts(error, "io.systemd.") || text_starts(error, "io.provost.Unreachable") || text_starts(error, "io.provost.Timeout"))
                return unreachable(station);
        return (struct problem){.status = 500, .code = "fault", .detail = "A station refused what this page should be able to ask; the log says which."};
}
