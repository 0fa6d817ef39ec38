#ifndef PROVOST_BACKUP_PROGRESS_H
#define PROVOST_BACKUP_PROGRESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* How far the one thing is that this station does; written by the thread that does it, read by the loop. */
struct backup_progress {
        pthread_mutex_t lock;
        char step[16], text[160];       /* "collecting" "writing" "checking" "restoring" */
        int percent;
        bool is_changed;
};

void backup_progress_set(struct backup_progress *progress, const char *step, int percent, const char *text);
/* Copies; true when it changed since the last look. */
bool backup_progress_get(struct backup_progress *progress, char ret_step[static 16], int *ret_percent, char ret_text[static 160]);

#endif
