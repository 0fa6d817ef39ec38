/*
 * store_copy: a copy of the database for a backup.
 *
 * In:   the database at hand, part by part between other calls.
 * Out:  a file that is one moment of it, and what is in it.
 * Not:  what becomes of it is for who asked (station backup).
 */
#include "provisioning/store/store_copy.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "provisioning/store/store_db.h"

#define PAGES 64                        /* of 4 KiB in one part: well below 10 ms */
#define PATH_SIZE 512

struct copy {
        char path[PATH_SIZE];
        struct store_db *db;            /* NULL: the file is whole, or not begun */
        sqlite3_backup *backup;
};

static void copy_done(void *state)
{
        struct copy *copy = state;

        if (!copy)
                return;
        if (copy->backup)
                (void)sqlite3_backup_finish(copy->backup);
        if (copy->db) {
                store_db_close(copy->db);
                (void)unlink(copy->path);
        }
        free(copy);
}

static void path_of(struct store *store, char ret[static PATH_SIZE])
{
        (void)snprintf(ret, PATH_SIZE, "%s.copy", store_db_path(store_db(store)));
}

void store_copy_forget(struct store *store)
{
        char path[PATH_SIZE];

        path_of(store, path);
        (void)unlink(path);
}

static int trouble(struct store *store, struct store_db *db)
{
        char text[200];

        (void)snprintf(text, sizeof text, "the copy of the database cannot be written: %s", db ? sqlite3_errmsg(store_db_handle(db)) : strerror(errno));
        store_db_set_trouble(store_db(store), text);
        return PV_ESYSTEM;
}

static int begin(struct store *store, struct store_request *request)
{
        struct copy *copy = calloc(1, sizeof *copy);

        if (!copy)
                return PV_ENOMEM;
        request->state = copy;
        request->state_free = copy_done;
        path_of(store, copy->path);
        (void)unlink(copy->path);
        if (store_db_open_aside(copy->path, true, &copy->db) < 0)
                return trouble(store, NULL);
        /* On the connection that writes: what is written meanwhile goes into the copy as well. */
        copy->backup = sqlite3_backup_init(store_db_handle(copy->db), "main", store_db_handle(store_db(store)), "main");
        return copy->backup ? 0 : trouble(store, copy->db);
}

static const char *name_of(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

/* In the same part as the last pages, so that the counts are those of the copy. */
static int answer(struct store *store, struct store_request *request, const char *path)
{
        struct sqlite3_stmt *rows = store_db_query(store_db(store), "SELECT value FROM site WHERE name = 'name'", "");
        int64_t version = 0, oldest = 0, phones = 0;
        char site[256] = "";
        struct stat status;
        int r = store_db_next(store_db(store), rows);

        if (r > 0) {
                (void)snprintf(site, sizeof site, "%s", store_db_text(rows, 0));
                store_db_end(rows);
                r = 0;
        }
        if (r == 0)
                r = store_db_number(store_db(store), "SELECT count(*) FROM phone WHERE trust = 2", &phones, "");
        if (r == 0)
                r = store_db_schema(store_db(store), &version, &oldest);
        if (r == 0 && stat(path, &status) < 0)
                r = PV_ESYSTEM;
        return r < 0 ? r : pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR_STRING("file", name_of(path)),
                SD_JSON_BUILD_PAIR_INTEGER("size", status.st_size), SD_JSON_BUILD_PAIR_INTEGER("schema", version),
                SD_JSON_BUILD_PAIR_INTEGER("oldest", oldest), SD_JSON_BUILD_PAIR_STRING("site", site), SD_JSON_BUILD_PAIR_INTEGER("phones", phones)));
}

static int finish(struct store *store, struct store_request *request, struct copy *copy)
{
        int code = sqlite3_backup_finish(copy->backup);

        copy->backup = NULL;
        if (code != SQLITE_OK)
                return trouble(store, copy->db);
        store_db_close(copy->db);
        copy->db = NULL;
        return answer(store, request, copy->path);
}

int store_op_snapshot(struct store *store, struct store_request *request)
{
        struct copy *copy;
        int code, r = request->state ? 0 : begin(store, request);

        if (r < 0)
                return r;
        copy = request->state;
        code = sqlite3_backup_step(copy->backup, PAGES);
        if (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED) {
                request->again = true;
                return 0;
        }
        return code == SQLITE_DONE ? finish(store, request, copy) : trouble(store, copy->db);
}

int store_op_drop_snapshot(struct store *store, struct store_request *request)
{
        (void)request;
        store_copy_forget(store);
        return 0;
}
