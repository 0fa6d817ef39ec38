/*
 * provost-restore: a restore that waits, taken into use at the start, and judged.
 *
 * In:   "swap": before any station runs. "judge": when they run.
 * Out:  the state of the appliance changes places with another one, or back; an outcome.
 * Not:  what is in a backup was looked at before (station backup).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "appliance/backup/backup_files.h"
#include "appliance/backup/backup_history.h"
#include "appliance/backup/backup_restore.h"
#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/service/service.h"
#include "appliance/service/service_field.h"

#define HOME "/data"
#define JUDGE_S 300                     /* from the start of this program on; an emulated machine needs half of it */
#define GOOD_TIMES 5                    /* in a row, two seconds apart */
#define CALL_MS 5000

static void outcome(bool is_done, const char *text)
{
        const struct backup_outcome o = {.at = clock_wall_s(), .kind = "restore", .place = "", .is_done = is_done, .name = "", .text = text};

        log_reason(is_done ? LOG_LEVEL_NOTICE : LOG_LEVEL_ERROR, is_done ? "restored" : "restore-undone", "%s", text);
        if (backup_history_add(BACKUP_FILES_LAST, &o) < 0)
                log_reason(LOG_LEVEL_WARNING, "outcome-untold", "The list of outcomes cannot be written (%s).", strerror(errno));
}

/* --- at the start ------------------------------------------------------------------------- */

static int swap(void)
{
        struct backup_restore restore = {0};
        bool went_back = false;
        char text[320];
        int r = backup_restore_start(HOME, &restore, &went_back);

        if (r < 0) {
                log_reason(LOG_LEVEL_ERROR, "restore-failed", "The restore cannot go on (%s: %s); it is tried again at the next start.", pv_error_text(r),
                           strerror(errno));
                return EXIT_FAILURE;
        }
        if (went_back) {
                (void)snprintf(text, sizeof text, "The restored state did not work: %s. The state before it is back.", restore.why);
                outcome(false, text);
        } else {
                log_event(LOG_LEVEL_NOTICE, "trying", "site", restore.content.site, NULL);
        }
        return EXIT_SUCCESS;
}

/* --- when the stations run ------------------------------------------------------------------ */

static const struct question {
        const char *station, *path, *method;
} questions[] = {
        {"store", "/run/provost/store", "io.provost.Store.GetSite"},
        {"pki", "/run/provost/pki", "io.provost.Pki.GetTimes"},
        {"box", "/run/provost/box", "io.provost.Box.Status"},
};

/* "" when all of them answer as they should. */
static void ask_all(char *ret, size_t size)
{
        *ret = 0;
        for (size_t i = 0; i < sizeof questions / sizeof questions[0] && !*ret; i++) {
                sd_json_variant *reply = NULL;
                char *error = NULL;
                const char *reason;
                int r = service_call_once(questions[i].path, questions[i].method, NULL, CALL_MS, &reply, &error);

                reason = service_field_text(reply, "reason");
                if (r < 0)
                        (void)snprintf(ret, size, "station %s does not answer", questions[i].station);
                else if (error)
                        (void)snprintf(ret, size, "station %s says: %s", questions[i].station, reason ? reason : error);
                free(error);
                sd_json_variant_unref(reply);
        }
}

static bool wait_until_good(char *ret_why, size_t size)
{
        uint64_t end_ms = clock_monotonic_ms() + JUDGE_S * 1000;
        int n_good = 0;

        while (clock_monotonic_ms() < end_ms && n_good < GOOD_TIMES) {
                ask_all(ret_why, size);
                n_good = *ret_why ? 0 : n_good + 1;
                (void)sleep(2);
        }
        return n_good == GOOD_TIMES;
}

static int judge(void)
{
        struct backup_restore restore = {0};
        char why[200] = "";
        int r = backup_restore_load(HOME, &restore);

        if (r < 0 || restore.phase != BACKUP_RESTORE_TRYING)
                return EXIT_SUCCESS;
        if (wait_until_good(why, sizeof why)) {
                r = backup_restore_keep(HOME);
                if (r == 0)
                        outcome(true, "The state of the backup is in use; its phones come back by themselves.");
                return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
        }
        log_reason(LOG_LEVEL_ERROR, "restore-bad", "The restored state does not work: %s. The state before it comes back.", why);
        r = backup_restore_give_up(HOME, why);
        /* The unit's failure starts the appliance anew. */
        return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
        log_open("restore");
        if (argc == 2 && text_equal(argv[1], "swap"))
                return swap();
        if (argc == 2 && text_equal(argv[1], "judge"))
                return judge();
        log_reason(LOG_LEVEL_ERROR, "start-failed", "It is started by systemd, with swap or judge.");
        return EXIT_FAILURE;
}
