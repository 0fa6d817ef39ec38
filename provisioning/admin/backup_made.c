/*
 * backup_made: which session made which backup.
 *
 * In:   a backup that station backup holds for download, and whose it is.
 * Out:  its name and size, to that session alone.
 * Not:  no byte of it.
 */
#include "provisioning/admin/backup_made.h"

#include <pthread.h>
#include <string.h>

#include "appliance/base/text.h"

#define MADE_MAX 4

static struct backup_made rows[MADE_MAX];
static unsigned next;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* It goes into a header between quotation marks. */
static bool is_file_name(const char *name)
{
        static const char fine[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

        return *name && strlen(name) < BACKUP_MADE_NAME_SIZE && strspn(name, fine) == strlen(name);
}

int backup_made_keep(const char *id, const char *name, uint64_t session, uint64_t size)
{
        struct backup_made made = {.session = session, .size = size};

        if (!*id || text_copy(made.id, sizeof made.id, id) < 0)
                return PV_ETOOLARGE;
        if (text_copy(made.name, sizeof made.name, is_file_name(name) ? name : "provost.backup") < 0)
                return PV_ETOOLARGE;
        (void)pthread_mutex_lock(&lock);
        rows[next++ % MADE_MAX] = made;
        (void)pthread_mutex_unlock(&lock);
        return 0;
}

int backup_made_find(const char *id, uint64_t session, struct backup_made *ret_made)
{
        int r = PV_EUNSET;

        (void)pthread_mutex_lock(&lock);
        for (size_t i = 0; i < MADE_MAX; i++)
                if (session && *rows[i].id && rows[i].session == session && text_equal(rows[i].id, id)) {
                        *ret_made = rows[i];
                        r = 0;
                }
        (void)pthread_mutex_unlock(&lock);
        return r;
}
