/*
 * trial: whether a version that runs for the first time stays.
 *
 * In:   the system's health, the phones that came back, the time.
 * Out:  stay, wait or go back, as a sentence.
 * Not:  nothing is asked or done here.
 */
#include "appliance/update/trial.h"

#include <stdio.h>

size_t trial_needed(size_t before, unsigned share)
{
        return (before * share + 99) / 100;
}

static void waiting(const struct trial_facts *f, size_t needed, char ret[static TRIAL_TEXT_SIZE])
{
        if (f->sick)
                (void)snprintf(ret, TRIAL_TEXT_SIZE, "Version %s runs for the first time. %s", f->version, f->sick);
        else
                (void)snprintf(ret, TRIAL_TEXT_SIZE, "Version %s runs for the first time; %zu of the %zu phones that were connected are back, %zu are needed.",
                               f->version, f->back, f->before, needed);
}

static void given_up(const struct trial_facts *f, size_t needed, char ret[static TRIAL_TEXT_SIZE])
{
        if (f->sick)
                (void)snprintf(ret, TRIAL_TEXT_SIZE, "Version %s did not become ready in time: %.200s The version before runs again.", f->version, f->sick);
        else
                (void)snprintf(ret, TRIAL_TEXT_SIZE, "With version %s only %zu of the %zu phones that were connected before came back in time, %zu were needed. "
                               "The version before runs again.", f->version, f->back, f->before, needed);
}

enum trial_verdict trial_decide(const struct trial_facts *f, char ret_text[static TRIAL_TEXT_SIZE])
{
        size_t needed = trial_needed(f->before, f->share);

        if (!f->sick && f->back >= needed) {
                if (f->before)
                        (void)snprintf(ret_text, TRIAL_TEXT_SIZE, "Version %s stays: every station runs, and %zu of %zu phones are back.", f->version, f->back,
                                       f->before);
                else
                        (void)snprintf(ret_text, TRIAL_TEXT_SIZE, "Version %s stays: every station runs. No phone was connected before.", f->version);
                return TRIAL_COMMIT;
        }
        if (f->now_ms < f->until_ms) {
                waiting(f, needed, ret_text);
                return TRIAL_WAIT;
        }
        given_up(f, needed, ret_text);
        return TRIAL_GIVE_UP;
}
