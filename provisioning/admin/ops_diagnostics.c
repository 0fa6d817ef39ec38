/*
 * ops_diagnostics: what somebody needs who looks for a fault from afar.
 *
 * In:   what the stations say of themselves; the journal.
 * Out:  one tar of texts.
 * Not:  no secret: no value of a setting, no key, no password, no bundle; and no station's file is opened.
 */
#include "provisioning/admin/operations.h"
#include "provisioning/admin/ops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "appliance/base/clock.h"
#include "appliance/base/text.h"
#include "provisioning/admin/tar.h"

#define LOG_PAGE 500
#define LOG_PAGES 10

/* One part: the answer of a method as a file of its own. parameters: JSON text, NULL none. is_long: it may have thousands of items. */
static const struct part {
        const char *name;
        enum station station;
        const char *method, *parameters;
        bool is_long;
} parts[] = {
        {"facts.json", STATION_BOX, "GetFacts", NULL, false},
        {"clock.json", STATION_BOX, "GetClock", NULL, false},
        {"cards.json", STATION_BOX, "ListCards", NULL, false},
        {"page.json", STATION_BOX, "GetPage", NULL, false},
        {"box.json", STATION_BOX, "Status", NULL, false},
        {"site.json", STATION_STORE, "GetSite", NULL, false},
        {"sources.json", STATION_STORE, "ListSources", NULL, false},
        {"phones.json", STATION_STORE, "ListPhones", NULL, true},
        {"counts.json", STATION_STORE, "CountPhones", NULL, false},
        {"scopes.json", STATION_STORE, "ListScopes", NULL, false},
        {"rows.json", STATION_STORE, "ListRows", NULL, false},
        {"rollout.json", STATION_STORE, "GetRollout", NULL, false},
        {"revisions.json", STATION_STORE, "ListRevisions", "{\"limit\":100}", false},
        {"replacements.json", STATION_STORE, "ListReplacements", NULL, false},
        {"alarms.json", STATION_STORE, "ListAlarms", "{\"open\":false}", false},
        {"ends.json", STATION_STORE, "ListEnds", "{\"limit\":500}", false},
        {"reach.json", STATION_STORE, "ListReach", NULL, false},
        {"leases.json", STATION_STORE, "ListLeases", NULL, true},
        {"firmware.json", STATION_STORE, "ListFirmware", NULL, false},
        {"timeline.json", STATION_STORE, "Timeline", "{\"mac\":\"\",\"limit\":500}", false},
        {"tunnels.json", STATION_SESSION, "Status", NULL, true},
        {"responder.json", STATION_RESPONDER, "Status", NULL, false},
        {"rogues.json", STATION_RESPONDER, "ListRogues", NULL, false},
        {"own-ends.json", STATION_PKI, "GetEnds", NULL, false},
        {"rollover.json", STATION_PKI, "GetRollover", NULL, false},
        {"update.json", STATION_UPDATE, "Status", NULL, false},
        {"data.json", STATION_UPDATE, "GetData", NULL, false},
        {"disks.json", STATION_UPDATE, "ListDisks", NULL, false},
        {"backup.json", STATION_BACKUP, "Status", NULL, false},
};

static int add_json(FILE *tar, const char *name, int64_t at_s, sd_json_variant *json, bool is_long)
{
        char *text = NULL;
        int r = sd_json_variant_format(json, SD_JSON_FORMAT_NEWLINE | (is_long ? 0 : SD_JSON_FORMAT_PRETTY), &text);

        if (r >= 0)
                r = tar_add(tar, name, at_s, text, strlen(text));
        free(text);
        return r < 0 ? PV_ENOMEM : 0;
}

/* A station that does not answer is a fault too: that stands in its file. */
static int add_part(struct call *call, FILE *tar, int64_t at_s, const struct part *part)
{
        sd_json_variant *parameters = NULL, *reply = NULL, *failure = NULL;
        char *error = NULL;
        int r = part->parameters ? sd_json_parse(part->parameters, 0, &parameters, NULL, NULL) : 0;

        if (r < 0)
                return PV_ENOMEM;
        if (call_station_try(call, part->station, part->method, parameters, 0, &reply, &error) >= 0)
                r = add_json(tar, part->name, at_s, reply, part->is_long);
        else if (sd_json_buildo(&failure, SD_JSON_BUILD_PAIR_STRING("error", error ? error : "no memory"),
                                SD_JSON_BUILD_PAIR_STRING("reason", reply_text(reply, "reason"))) < 0)
                r = PV_ENOMEM;
        else
                r = add_json(tar, part->name, at_s, failure, false);
        sd_json_variant_unref(failure);
        sd_json_variant_unref(reply);
        free(error);
        return r;
}

/* --- the journal -------------------------------------------------------------------------- */

static void write_entry(FILE *out, sd_json_variant *entry)
{
        int64_t at_ms = reply_number(entry, "at_ms");
        time_t seconds = (time_t)(at_ms / 1000);
        char at[24] = "";
        struct tm tm;

        if (gmtime_r(&seconds, &tm))
                (void)strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%S", &tm);
        fprintf(out, "%s.%03dZ %lld %s: %s\n", at, (int)(at_ms % 1000), (long long)reply_number(entry, "priority"), reply_text(entry, "unit"),
                reply_text(entry, "text"));
}

/* One page, newest first; *before is the next one's, NULL at the end. */
static int write_page(struct call *call, FILE *out, char **before)
{
        sd_json_variant *parameters = NULL, *reply = NULL, *entry;
        char *error = NULL;
        const char *next;
        int r = sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_INTEGER("limit", LOG_PAGE),
                               SD_JSON_BUILD_PAIR_CONDITION(!!*before, "before", SD_JSON_BUILD_STRING(*before)));

        free(*before);
        *before = NULL;
        if (r < 0)
                return PV_ENOMEM;
        if (call_station_try(call, STATION_BOX, "ReadLog", parameters, 0, &reply, &error) < 0)
                fprintf(out, "The journal was not read: %s %s\n", error ? error : "no memory", reply_text(reply, "reason"));
        for (size_t i = 0; (entry = reply_item(reply, "entries", i)); i++)
                write_entry(out, entry);
        next = reply_text(reply, "next");
        *before = !error && *next ? strdup(next) : NULL;
        sd_json_variant_unref(reply);
        free(error);
        return 0;
}

static int add_log(struct call *call, FILE *tar, int64_t at_s)
{
        char *text = NULL, *before = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        int r = out ? 0 : PV_ENOMEM;

        for (size_t i = 0; r == 0 && i < LOG_PAGES && (i == 0 || before); i++)
                r = write_page(call, out, &before);
        if (out && fclose(out) != 0)
                r = PV_ENOMEM;
        if (r == 0)
                r = tar_add(tar, "log.txt", at_s, text, size);
        free(before);
        free(text);
        return r;
}

/* --- all of it ------------------------------------------------------------------------------ */

static int write_all(struct call *call, FILE *tar, int64_t at_s)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < sizeof parts / sizeof *parts; i++)
                r = add_part(call, tar, at_s, &parts[i]);
        if (r == 0)
                r = add_log(call, tar, at_s);
        tar_end(tar);
        return r;
}

static void get_diagnostics(struct call *call)
{
        char *bytes = NULL, name[64], at[24] = "";
        time_t seconds = (time_t)clock_wall_s();
        size_t size = 0;
        FILE *tar = open_memstream(&bytes, &size);
        struct tm tm;
        int r = tar ? write_all(call, tar, (int64_t)seconds) : PV_ENOMEM;

        if (tar && fclose(tar) != 0)
                r = PV_ENOMEM;
        if (gmtime_r(&seconds, &tm))
                (void)strftime(at, sizeof at, "%Y%m%d-%H%M%S", &tm);
        (void)snprintf(name, sizeof name, "provost-diagnostics-%s.tar", at);
        if (r < 0)
                (void)ops_no_memory(call);
        else if (ops_note(call, "diagnostics", "", name) >= 0)
                call_reply_file(call, "application/x-tar", name, bytes, size);
        free(bytes);
}

const struct operation ops_diagnostics_operations[] = {
        {"GET", "/diagnostics", "getDiagnostics", ROLE_ADMIN, OPERATION_FRESH, NULL, get_diagnostics},
        OPERATIONS_END,
};
