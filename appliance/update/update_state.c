/*
 * update_state: what outlives a process and a power cut.
 *
 * In:   the file of an earlier process; the version that runs.
 * Out:  the same as a struct and back; what the restart in between means.
 * Not:  no files (durable), nothing is done about it (see update).
 */
#include "appliance/update/update_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-json.h>

#include "appliance/base/text.h"
#include "appliance/service/service_field.h"

static const char *const phases[UPDATE_PHASES] = {"idle", "writing", "written", "trying", "back"};
static const char *const results[UPDATE_RESULTS] = {"committed", "fell-back", "went-back", "refused", "interrupted"};

const char *update_result_text(enum update_result result)
{
        return results[result];
}

void update_state_note(struct update_state *state, int64_t at, const char *from, const char *to, enum update_result result, const char *text)
{
        struct update_outcome outcome = {.at = at, .result = result};

        (void)text_copy(outcome.from, sizeof outcome.from, from);
        (void)text_copy(outcome.to, sizeof outcome.to, to);
        (void)snprintf(outcome.text, sizeof outcome.text, "%s", text);
        if (state->n_last < UPDATE_OUTCOMES_MAX)
                state->n_last++;
        memmove(&state->last[1], &state->last[0], (state->n_last - 1) * sizeof state->last[0]);
        state->last[0] = outcome;
}

/* --- as text -------------------------------------------------------------- */

static int outcomes_json(const struct update_state *s, sd_json_variant **ret)
{
        int r = sd_json_variant_new_array(ret, NULL, 0);

        for (size_t i = 0; r >= 0 && i < s->n_last; i++)
                r = sd_json_variant_append_arraybo(ret, SD_JSON_BUILD_PAIR("at", SD_JSON_BUILD_INTEGER(s->last[i].at)),
                                                   SD_JSON_BUILD_PAIR("from", SD_JSON_BUILD_STRING(s->last[i].from)),
                                                   SD_JSON_BUILD_PAIR("to", SD_JSON_BUILD_STRING(s->last[i].to)),
                                                   SD_JSON_BUILD_PAIR("result", SD_JSON_BUILD_STRING(results[s->last[i].result])),
                                                   SD_JSON_BUILD_PAIR("text", SD_JSON_BUILD_STRING(s->last[i].text)));
        return r;
}

static int phones_json(const struct update_state *s, sd_json_variant **ret)
{
        int r = sd_json_variant_new_array(ret, NULL, 0);

        for (size_t i = 0; r >= 0 && i < s->n_before; i++)
                r = sd_json_variant_append_arrayb(ret, SD_JSON_BUILD_STRING(s->before[i]));
        return r;
}

int update_state_text(const struct update_state *s, char **ret_text)
{
        sd_json_variant *all = NULL, *last = NULL, *before = NULL;
        int r = outcomes_json(s, &last);

        if (r >= 0)
                r = phones_json(s, &before);
        if (r >= 0)
                r = sd_json_buildo(&all, SD_JSON_BUILD_PAIR("phase", SD_JSON_BUILD_STRING(phases[s->phase])),
                                   SD_JSON_BUILD_PAIR("from", SD_JSON_BUILD_STRING(s->from)), SD_JSON_BUILD_PAIR("to", SD_JSON_BUILD_STRING(s->to)),
                                   SD_JSON_BUILD_PAIR("floor", SD_JSON_BUILD_STRING(s->floor)),
                                   SD_JSON_BUILD_PAIR("next_floor", SD_JSON_BUILD_STRING(s->next_floor)),
                                   SD_JSON_BUILD_PAIR("usual", SD_JSON_BUILD_STRING(s->usual)),
                                   SD_JSON_BUILD_PAIR("verdict", SD_JSON_BUILD_STRING(s->verdict)),
                                   SD_JSON_BUILD_PAIR("before", SD_JSON_BUILD_VARIANT(before)),
                                   SD_JSON_BUILD_PAIR("last", SD_JSON_BUILD_VARIANT(last)));
        if (r >= 0)
                r = sd_json_variant_format(all, SD_JSON_FORMAT_NEWLINE, ret_text);
        sd_json_variant_unref(all);
        sd_json_variant_unref(last);
        sd_json_variant_unref(before);
        return r < 0 ? PV_ENOMEM : 0;
}

/* --- and back -------------------------------------------------------------- */

static size_t index_of(const char *text, const char *const *words, size_t n)
{
        size_t i = 0;

        while (i < n && !text_equal(text, words[i]))
                i++;
        return i;
}

static void field(sd_json_variant *object, const char *name, char *ret, size_t size)
{
        const char *text = service_field_text(object, name);

        if (text)
                (void)text_copy(ret, size, text);
}

static void read_outcomes(sd_json_variant *list, struct update_state *s)
{
        for (size_t i = 0; list && i < sd_json_variant_elements(list) && s->n_last < UPDATE_OUTCOMES_MAX; i++) {
                sd_json_variant *v = sd_json_variant_by_index(list, i);
                size_t result = index_of(service_field_text(v, "result"), results, UPDATE_RESULTS);
                struct update_outcome *outcome = &s->last[s->n_last];

                if (result == UPDATE_RESULTS)
                        continue;
                outcome->result = (enum update_result)result;
                outcome->at = service_field_integer(v, "at", 0);
                field(v, "from", outcome->from, sizeof outcome->from);
                field(v, "to", outcome->to, sizeof outcome->to);
                field(v, "text", outcome->text, sizeof outcome->text);
                s->n_last++;
        }
}

static void read_phones(sd_json_variant *list, struct update_state *s)
{
        for (size_t i = 0; list && i < sd_json_variant_elements(list) && s->n_before < UPDATE_PHONES_MAX; i++) {
                sd_json_variant *v = sd_json_variant_by_index(list, i);

                if (sd_json_variant_is_string(v) && text_copy(s->before[s->n_before], MAC_TEXT_SIZE, sd_json_variant_string(v)) == 0)
                        s->n_before++;
        }
}

int update_state_parse(const char *text, struct update_state *ret)
{
        sd_json_variant *all = NULL;
        size_t phase;

        memset(ret, 0, sizeof *ret);
        if (sd_json_parse(text, 0, &all, NULL, NULL) < 0 || !sd_json_variant_is_object(all)) {
                sd_json_variant_unref(all);
                return PV_EMALFORMED;
        }
        phase = index_of(service_field_text(all, "phase"), phases, UPDATE_PHASES);
        ret->phase = phase == UPDATE_PHASES ? UPDATE_PHASE_IDLE : (enum update_phase)phase;
        field(all, "from", ret->from, sizeof ret->from);
        field(all, "to", ret->to, sizeof ret->to);
        field(all, "floor", ret->floor, sizeof ret->floor);
        field(all, "next_floor", ret->next_floor, sizeof ret->next_floor);
        field(all, "usual", ret->usual, sizeof ret->usual);
        field(all, "verdict", ret->verdict, sizeof ret->verdict);
        read_phones(service_field_list(all, "before"), ret);
        read_outcomes(service_field_list(all, "last"), ret);
        sd_json_variant_unref(all);
        return 0;
}

/* --- after a restart --------------------------------------------------------- */

static enum update_begin settle(struct update_state *s, int64_t now, enum update_result result, const char *text, enum update_begin begin)
{
        update_state_note(s, now, s->from, s->to, result, text);
        s->phase = UPDATE_PHASE_IDLE;
        s->n_before = 0;
        *s->verdict = 0;
        return begin;
}

static enum update_begin after_trial(struct update_state *s, int64_t now)
{
        char text[UPDATE_TEXT_SIZE];

        if (*s->verdict)
                (void)snprintf(text, sizeof text, "%s", s->verdict);
        else
                (void)snprintf(text, sizeof text, "Version %s did not start: it was tried, and the machine came back without it. Version %s runs again.",
                               s->to, s->from);
        return settle(s, now, UPDATE_RESULT_FELL_BACK, text, UPDATE_BEGIN_NOTHING);
}

/* Nobody asked for another version, and yet it is not the usual one that runs. What waited in the other slot waits no longer when it is that. */
static void after_a_loss(struct update_state *s, const char *running, int64_t now)
{
        char text[UPDATE_TEXT_SIZE];

        if (!*s->usual || text_equal(s->usual, running))
                return;
        (void)snprintf(text, sizeof text, "Version %s does not start any more: its part of the disk or its kernel image is damaged. Version %s in the other slot runs.",
                       s->usual, running);
        update_state_note(s, now, running, s->usual, UPDATE_RESULT_FELL_BACK, text);
        if (s->phase == UPDATE_PHASE_WRITTEN && text_equal(s->to, running))
                s->phase = UPDATE_PHASE_IDLE;
}

static enum update_begin begin(struct update_state *s, const char *running, int64_t now)
{
        char text[UPDATE_TEXT_SIZE];

        switch (s->phase) {
        case UPDATE_PHASE_WRITING:
                (void)snprintf(text, sizeof text, "Version %s was being written when the power or the station went away. Nothing was changed; install it again.",
                               s->to);
                return settle(s, now, UPDATE_RESULT_INTERRUPTED, text, UPDATE_BEGIN_CLEAR);
        case UPDATE_PHASE_TRYING:
                return text_equal(s->to, running) ? UPDATE_BEGIN_TRIAL : after_trial(s, now);
        case UPDATE_PHASE_BACK:
                if (text_equal(s->to, running))
                        (void)snprintf(text, sizeof text, "Version %s runs, as was asked for; version %s was left.", s->to, s->from);
                else
                        (void)snprintf(text, sizeof text, "Version %s did not start; version %s runs again.", s->to, s->from);
                return settle(s, now, text_equal(s->to, running) ? UPDATE_RESULT_WENT_BACK : UPDATE_RESULT_FELL_BACK, text, UPDATE_BEGIN_NOTHING);
        default:
                after_a_loss(s, running, now);
                return UPDATE_BEGIN_NOTHING;
        }
}

enum update_begin update_state_begin(struct update_state *s, const char *running, int64_t now)
{
        enum update_begin result = begin(s, running, now);

        if (result != UPDATE_BEGIN_TRIAL)
                (void)text_copy(s->usual, sizeof s->usual, running);
        return result;
}
