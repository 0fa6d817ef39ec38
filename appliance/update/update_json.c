/*
 * update_json: the station's state as its callers see it.
 *
 * In:   struct update.
 * Out:  JSON of type State.
 * Not:  nothing is asked or changed.
 */
#include "appliance/update/update_json.h"

#include "appliance/base/text.h"
#include "appliance/update/update_health.h"

static const char *const steps[] = {"idle", "receiving", "checking", "writing", "waiting", "trying", "restarting"};

static int slots_json(const struct update *u, sd_json_variant **ret)
{
        int r = sd_json_variant_new_array(ret, NULL, 0);

        for (size_t i = 0; r >= 0 && i < u->slots.n; i++) {
                const struct slot *slot = &u->slots.slot[i];

                r = sd_json_variant_append_arraybo(
                        ret, SD_JSON_BUILD_PAIR("name", SD_JSON_BUILD_STRING(slots_name(i))),
                        SD_JSON_BUILD_PAIR("state", SD_JSON_BUILD_STRING(slots_state(slot, u->machine.version))),
                        SD_JSON_BUILD_PAIR("version", SD_JSON_BUILD_STRING(slot->version)),
                        SD_JSON_BUILD_PAIR_CONDITION(slot->tries_left >= 0, "tries_left", SD_JSON_BUILD_INTEGER(slot->tries_left)));
        }
        return r;
}

static int bundle_json(const struct update *u, sd_json_variant **ret)
{
        const struct bundle_manifest *m = &u->bundle;

        if (!u->has_bundle)
                return sd_json_variant_new_null(ret);
        return sd_json_buildo(ret, SD_JSON_BUILD_PAIR("version", SD_JSON_BUILD_STRING(m->version)),
                              SD_JSON_BUILD_PAIR("architecture", SD_JSON_BUILD_STRING(m->architecture)),
                              SD_JSON_BUILD_PAIR("made_at", SD_JSON_BUILD_INTEGER(m->made_at)),
                              SD_JSON_BUILD_PAIR("ends_at", SD_JSON_BUILD_INTEGER(m->ends_at)),
                              SD_JSON_BUILD_PAIR("size", SD_JSON_BUILD_INTEGER(m->files[0].size + m->files[1].size + m->files[2].size)),
                              SD_JSON_BUILD_PAIR("notes", SD_JSON_BUILD_STRING(m->notes)));
}

static int trial_json(const struct update *u, sd_json_variant **ret)
{
        struct health_trial t;

        if (u->step != UPDATE_STEP_TRYING)
                return sd_json_variant_new_null(ret);
        t = health_trial(u);
        return sd_json_buildo(ret, SD_JSON_BUILD_PAIR("version", SD_JSON_BUILD_STRING(u->machine.version)),
                              SD_JSON_BUILD_PAIR("since", SD_JSON_BUILD_INTEGER(t.since)), SD_JSON_BUILD_PAIR("until", SD_JSON_BUILD_INTEGER(t.until)),
                              SD_JSON_BUILD_PAIR("before", SD_JSON_BUILD_UNSIGNED(u->state.n_before)),
                              SD_JSON_BUILD_PAIR("back", SD_JSON_BUILD_UNSIGNED(t.back)), SD_JSON_BUILD_PAIR("needed", SD_JSON_BUILD_UNSIGNED(t.needed)));
}

static int last_json(const struct update *u, sd_json_variant **ret)
{
        int r = sd_json_variant_new_array(ret, NULL, 0);

        for (size_t i = 0; r >= 0 && i < u->state.n_last; i++) {
                const struct update_outcome *o = &u->state.last[i];

                r = sd_json_variant_append_arraybo(ret, SD_JSON_BUILD_PAIR("at", SD_JSON_BUILD_INTEGER(o->at)),
                                                   SD_JSON_BUILD_PAIR("from", SD_JSON_BUILD_STRING(o->from)),
                                                   SD_JSON_BUILD_PAIR("to", SD_JSON_BUILD_STRING(o->to)),
                                                   SD_JSON_BUILD_PAIR("result", SD_JSON_BUILD_STRING(update_result_text(o->result))),
                                                   SD_JSON_BUILD_PAIR("text", SD_JSON_BUILD_STRING(o->text)));
        }
        return r;
}

int update_json_state(const struct update *u, sd_json_variant **ret)
{
        sd_json_variant *slots = NULL, *bundle = NULL, *trial = NULL, *last = NULL, *state = NULL;
        const char *reason = update_unsupported(u);
        int r = slots_json(u, &slots);

        if (r >= 0)
                r = bundle_json(u, &bundle);
        if (r >= 0)
                r = trial_json(u, &trial);
        if (r >= 0)
                r = last_json(u, &last);
        if (r >= 0)
                r = sd_json_buildo(&state, SD_JSON_BUILD_PAIR("supported", SD_JSON_BUILD_BOOLEAN(!reason)),
                                   SD_JSON_BUILD_PAIR("reason", SD_JSON_BUILD_STRING(reason ? reason : "")),
                                   SD_JSON_BUILD_PAIR("version", SD_JSON_BUILD_STRING(u->machine.version)),
                                   SD_JSON_BUILD_PAIR("slots", SD_JSON_BUILD_VARIANT(slots)),
                                   SD_JSON_BUILD_PAIR("step", SD_JSON_BUILD_STRING(steps[u->step])),
                                   SD_JSON_BUILD_PAIR("percent", SD_JSON_BUILD_INTEGER(u->percent)),
                                   SD_JSON_BUILD_PAIR("text", SD_JSON_BUILD_STRING(u->text)),
                                   SD_JSON_BUILD_PAIR("bundle", SD_JSON_BUILD_VARIANT(bundle)),
                                   SD_JSON_BUILD_PAIR("trial", SD_JSON_BUILD_VARIANT(trial)), SD_JSON_BUILD_PAIR("last", SD_JSON_BUILD_VARIANT(last)),
                                   SD_JSON_BUILD_PAIR("floor", SD_JSON_BUILD_STRING(u->state.floor)),
                                   SD_JSON_BUILD_PAIR("verified", SD_JSON_BUILD_BOOLEAN(u->machine.is_verified)),
                                   SD_JSON_BUILD_PAIR("secure_boot", SD_JSON_BUILD_STRING(u->machine.secure_boot)));
        if (r >= 0)
                r = sd_json_buildo(ret, SD_JSON_BUILD_PAIR("state", SD_JSON_BUILD_VARIANT(state)));
        sd_json_variant_unref(slots);
        sd_json_variant_unref(bundle);
        sd_json_variant_unref(trial);
        sd_json_variant_unref(last);
        sd_json_variant_unref(state);
        return r < 0 ? PV_ENOMEM : 0;
}
