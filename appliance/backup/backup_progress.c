/*
 * backup_progress: how far the work is.
 *
 * In:   words of the thread that works.
 * Out:  the same for the loop.
 * Not:  no decision.
 */
#include "appliance/backup/backup_progress.h"

#include <stdio.h>
#include <string.h>

void backup_progress_set(struct backup_progress *progress, const char *step, int percent, const char *text)
{
        (void)pthread_mutex_lock(&progress->lock);
        if (percent != progress->percent || strcmp(step, progress->step) != 0 || strcmp(text, progress->text) != 0) {
                (void)snprintf(progress->step, sizeof progress->step, "%s", step);
                (void)snprintf(progress->text, sizeof progress->text, "%s", text);
                progress->percent = percent;
                progress->is_changed = true;
        }
        (void)pthread_mutex_unlock(&progress->lock);
}

bool backup_progress_get(struct backup_progress *progress, char ret_step[static 16], int *ret_percent, char ret_text[static 160])
{
        bool is_changed;

        (void)pthread_mutex_lock(&progress->lock);
        memcpy(ret_step, progress->step, sizeof progress->step);
        memcpy(ret_text, progress->text, sizeof progress->text);
        *ret_percent = progress->percent;
        is_changed = progress->is_changed;
        progress->is_changed = false;
        (void)pthread_mutex_unlock(&progress->lock);
        return is_changed;
}
