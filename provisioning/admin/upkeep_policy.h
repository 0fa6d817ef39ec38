#ifndef PROVOST_ADMIN_UPKEEP_POLICY_H
#define PROVOST_ADMIN_UPKEEP_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-json.h>

/* What update and backup say of themselves, and what of it somebody has to look at. Plain data: copied between threads. */

#define UPKEEP_VERSION_SIZE 40
#define UPKEEP_TEXT_SIZE 320
#define UPKEEP_BACKUP_DAYS 7            /* without a backup for so long there is an alarm */
#define UPKEEP_FREE_PERCENT 10          /* less room than this on the data partition, too */

struct upkeep_state {
        bool has_update, has_data, has_backup;  /* the station said it */
        bool supported, verified, is_trying;
        char waits[UPKEEP_VERSION_SIZE];        /* the version that waits to be written or started; "" none */
        int64_t last_at;                        /* the newest outcome; 0 none */
        char last_result[16], last_to[UPKEEP_VERSION_SIZE], last_text[UPKEEP_TEXT_SIZE];
        bool on_disk, is_encrypted, recovery_key_waits;
        int64_t size, free;
        bool is_scheduled;
        int64_t backup_at;                      /* the newest that was made; 0 none */
        int64_t since;                          /* when the site began; 0: nobody knows, so long ago */
};

/* The state's part out of io.provost.Update.State, .Data and io.provost.Backup.State. */
void upkeep_take_update(struct upkeep_state *state, sd_json_variant *json);
void upkeep_take_data(struct upkeep_state *state, sd_json_variant *json);
void upkeep_take_backup(struct upkeep_state *state, sd_json_variant *json);

/* kind and subject of an alarm of the store. since: one that a person closed after this moment stays closed. */
#define UPKEEP_ALARMS_MAX 5
struct upkeep_alarm {
        const char *kind;
        char subject[UPKEEP_VERSION_SIZE];
        char detail[UPKEEP_TEXT_SIZE];
        int64_t since;
};

/* What is to be looked at now; how many. */
size_t upkeep_alarms(const struct upkeep_state *state, int64_t now_s, struct upkeep_alarm ret[static UPKEEP_ALARMS_MAX]);
/* Whether an alarm has to be raised, seeing those that the store has (io.provost.Store.ListAlarms, open ones and others). */
bool upkeep_is_new(const struct upkeep_alarm *alarm, sd_json_variant *listed);
/* Whether this open alarm of the store (one of its list) is over: it is of our kinds and is not among these. What was not looked at is not over. */
bool upkeep_is_over(sd_json_variant *one, const struct upkeep_state *state, const struct upkeep_alarm alarms[], size_t n);

#endif
