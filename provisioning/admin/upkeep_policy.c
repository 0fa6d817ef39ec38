/*
 * upkeep_policy: what of updates, data and backups somebody has to look at.
 *
 * In:   what update and backup say of themselves; the alarms that the store has.
 * Out:  alarms to raise and to clear.
 * Not:  no calls, no clock of its own.
 */
#include "provisioning/admin/upkeep_policy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "appliance/base/text.h"
#include "appliance/people/reply.h"

#define DAY_S INT64_C(86400)

static void keep(char *ret, size_t size, const char *text)
{
        (void)snprintf(ret, size, "%s", text);
}

/* --- what they say ------------------------------------------------------------ */

static bool is_waiting(const char *step)
{
        return text_equal(step, "waiting") || text_equal(step, "idle");
}

static void take_last(struct upkeep_state *state, sd_json_variant *json)
{
        sd_json_variant *one;

        state->last_at = 0;
        for (size_t i = 0; (one = reply_item(json, "last", i)); i++)
                if (reply_number(one, "at") > state->last_at) {
                        state->last_at = reply_number(one, "at");
                        keep(state->last_result, sizeof state->last_result, reply_text(one, "result"));
                        keep(state->last_to, sizeof state->last_to, reply_text(one, "to"));
                        keep(state->last_text, sizeof state->last_text, reply_text(one, "text"));
                }
}

void upkeep_take_update(struct upkeep_state *state, sd_json_variant *json)
{
        sd_json_variant *bundle = sd_json_variant_by_key(json, "bundle"), *trial = sd_json_variant_by_key(json, "trial");

        state->has_update = true;
        state->supported = reply_flag(json, "supported");
        state->verified = reply_flag(json, "verified");
        state->is_trying = trial && !sd_json_variant_is_null(trial);
        keep(state->waits, sizeof state->waits, is_waiting(reply_text(json, "step")) ? reply_text(bundle, "version") : "");
        take_last(state, json);
}

void upkeep_take_data(struct upkeep_state *state, sd_json_variant *json)
{
        state->has_data = true;
        state->on_disk = text_equal(reply_text(json, "place"), "disk");
        state->is_encrypted = !text_equal(reply_text(json, "encryption"), "none");
        state->recovery_key_waits = reply_flag(json, "recovery_key_waits");
        state->size = reply_number(json, "size");
        state->free = reply_number(json, "free");
}

void upkeep_take_backup(struct upkeep_state *state, sd_json_variant *json)
{
        sd_json_variant *one;

        state->has_backup = true;
        state->is_scheduled = !text_equal(reply_text(sd_json_variant_by_key(json, "schedule"), "to"), "off");
        state->backup_at = 0;
        for (size_t i = 0; (one = reply_item(json, "last", i)); i++)
                if (text_equal(reply_text(one, "kind"), "backup") && text_equal(reply_text(one, "result"), "done") &&
                    reply_number(one, "at") > state->backup_at)
                        state->backup_at = reply_number(one, "at");
}

/* --- what somebody has to look at ------------------------------------------------- */

/* detail is a whole sentence. */
static struct upkeep_alarm *add(struct upkeep_alarm *all, size_t *n, const char *kind, const char *subject, int64_t since)
{
        struct upkeep_alarm *alarm = &all[(*n)++];

        *alarm = (struct upkeep_alarm){.kind = kind, .since = since};
        keep(alarm->subject, sizeof alarm->subject, subject);
        return alarm;
}

static bool is_backup_late(const struct upkeep_state *state, int64_t now_s)
{
        int64_t from = state->backup_at ? state->backup_at : state->since;

        return state->has_backup && now_s - from > UPKEEP_BACKUP_DAYS * DAY_S;
}

static bool has_little_room(const struct upkeep_state *state)
{
        return state->has_data && state->on_disk && state->size > 0 && state->free < state->size / 100 * UPKEEP_FREE_PERCENT;
}

static void say_late(const struct upkeep_state *state, int64_t now_s, char detail[static UPKEEP_TEXT_SIZE])
{
        if (state->backup_at)
                (void)snprintf(detail, UPKEEP_TEXT_SIZE, "The newest backup is %" PRId64 " days old: make one, or see why the scheduled ones fail.",
                               (now_s - state->backup_at) / DAY_S);
        else
                (void)snprintf(detail, UPKEEP_TEXT_SIZE, "There is no backup: make one, or set a schedule.");
}

size_t upkeep_alarms(const struct upkeep_state *state, int64_t now_s, struct upkeep_alarm ret[static UPKEEP_ALARMS_MAX])
{
        struct upkeep_alarm *alarm;
        size_t n = 0;

        if (state->has_update && text_equal(state->last_result, "fell-back")) {
                alarm = add(ret, &n, "update-fell-back", state->last_to, state->last_at);
                keep(alarm->detail, sizeof alarm->detail, state->last_text);
        }
        if (state->has_update && *state->waits) {
                alarm = add(ret, &n, "update-waits", state->waits, 0);
                (void)snprintf(alarm->detail, sizeof alarm->detail, "Version %s waits to be installed or started.", state->waits);
        }
        if (has_little_room(state)) {
                alarm = add(ret, &n, "data-low", "data", now_s - DAY_S);
                (void)snprintf(alarm->detail, sizeof alarm->detail, "The data partition is nearly full: %" PRId64 " of %" PRId64 " MiB are left.",
                               state->free >> 20, state->size >> 20);
        }
        if (state->has_data && state->is_encrypted && state->recovery_key_waits) {
                alarm = add(ret, &n, "recovery-key", "data", now_s - 7 * DAY_S);
                keep(alarm->detail, sizeof alarm->detail, "Nobody has read the recovery key of the data partition: read it, and keep it elsewhere.");
        }
        if (is_backup_late(state, now_s)) {
                alarm = add(ret, &n, "backup-late", "data", now_s - 7 * DAY_S);
                say_late(state, now_s, alarm->detail);
        }
        return n;
}

static bool is_it(sd_json_variant *one, const struct upkeep_alarm *alarm)
{
        return text_equal(reply_text(one, "kind"), alarm->kind) && text_equal(reply_text(one, "subject"), alarm->subject);
}

bool upkeep_is_new(const struct upkeep_alarm *alarm, sd_json_variant *listed)
{
        sd_json_variant *one;

        for (size_t i = 0; (one = reply_item(listed, "alarms", i)); i++)
                if (is_it(one, alarm) && (!reply_number(one, "closed_at") ||
                                          (!text_equal(reply_text(one, "closed_by"), "admin") && reply_number(one, "closed_at") >= alarm->since)))
                        return false;
        return true;
}

/* Which station's word an alarm of this kind rests on. */
static bool was_looked_at(const char *kind, const struct upkeep_state *state)
{
        if (text_starts(kind, "update-"))
                return state->has_update;
        if (text_equal(kind, "data-low") || text_equal(kind, "recovery-key"))
                return state->has_data;
        return text_equal(kind, "backup-late") && state->has_backup;
}

bool upkeep_is_over(sd_json_variant *one, const struct upkeep_state *state, const struct upkeep_alarm alarms[], size_t n)
{
        if (reply_number(one, "closed_at") || !was_looked_at(reply_text(one, "kind"), state))
                return false;
        for (size_t i = 0; i < n; i++)
                if (is_it(one, &alarms[i]))
                        return false;
        return true;
}
