/*
 * store_firmware: which firmware files there are.
 *
 * In:   what settings says of files it has taken completely.
 * Out:  one row per file; the file of a model and version.
 * Not:  no files and no URLs (settings), no choice of a version (the setting "firmware", like any other).
 */
#include "provisioning/store/store_firmware.h"

#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_layer.h"
#include "provisioning/store/store_list.h"

#define FILE_MAX 128
#define VERSION_MAX 40
#define MODEL_MAX 40
#define SIZE_MAX_BYTES (INT64_C(512) << 20)
#define FILES_MAX 500

#define KIND_FIRMWARE "firmware"
#define KIND_VPN_FEATURE "vpn-feature"
#define COLUMNS "SELECT file, model, version, kind, size, sha256, added_at FROM firmware "
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static int row_json(struct sqlite3_stmt *row, void *userdata, sd_json_variant **ret)
{
        (void)userdata;
        return sd_json_buildo(ret, SD_JSON_BUILD_PAIR_STRING("file", store_db_text(row, 0)),
                              SD_JSON_BUILD_PAIR_STRING("model", store_db_text(row, 1)),
                              SD_JSON_BUILD_PAIR_STRING("version", store_db_text(row, 2)),
                              SD_JSON_BUILD_PAIR_STRING("kind", store_db_text(row, 3)),
                              SD_JSON_BUILD_PAIR_INTEGER("size", store_db_int(row, 4)),
                              SD_JSON_BUILD_PAIR_STRING("sha256", store_db_text(row, 5)),
                              SD_JSON_BUILD_PAIR_INTEGER("added_at", store_db_int(row, 6)));
}

int store_firmware_json(struct store *store, const char *model, const char *version, sd_json_variant **ret_firmware)
{
        struct sqlite3_stmt *row = store_db_query(store_db(store), COLUMNS "WHERE " STORE_LAYER_MODEL_SQL("model") " = "
                                                  STORE_LAYER_MODEL_SQL("?1") " AND version = ?2 AND kind = ?3", "sss", model, version,
                                                  KIND_FIRMWARE);
        int r = store_db_next(store_db(store), row);

        if (r <= 0)
                return r < 0 ? r : PV_EUNSET;
        r = row_json(row, NULL, ret_firmware);
        store_db_end(row);
        return pv_error_from_errno(r);
}

int store_op_list_firmware(struct store *store, struct store_request *request)
{
        struct sqlite3_stmt *rows = store_db_query(store_db(store), COLUMNS "ORDER BY model, version, kind", "");

        return store_list_answer(store, request, "firmware", rows, row_json, NULL);
}

/* --- adding -------------------------------------------------------------- */

static bool is_word(const char *text, size_t max, const char *letters)
{
        size_t size = text ? strlen(text) : 0;

        return size && size <= max && *text != '.' && *text != '-' && strspn(text, letters) == size;
}

static int check(struct store_request *request)
{
        const char *kind = store_in_text(request, "kind"), *sha256 = store_in_text(request, "sha256");
        int64_t size = store_in_int(request, "size", 0);

        if (!is_word(store_in_text(request, "file"), FILE_MAX, LETTERS "._-"))
                return store_invalid(request, "file", "The file's name must be made of letters, digits, '.', '_' and '-', %d at most: it stands in a URL.",
                                     FILE_MAX);
        if (!is_word(store_in_text(request, "model"), MODEL_MAX, LETTERS))
                return store_invalid(request, "model", "The model must be as phones name it, such as snomD785.");
        if (!is_word(store_in_text(request, "version"), VERSION_MAX, LETTERS ".-"))
                return store_invalid(request, "version", "The version must be as phones name it, such as 10.1.175.16.");
        if (!text_equal(kind, KIND_FIRMWARE) && !text_equal(kind, KIND_VPN_FEATURE))
                return store_invalid(request, "kind", "The kind must be " KIND_FIRMWARE " or " KIND_VPN_FEATURE ".");
        if (size < 1 || size > SIZE_MAX_BYTES)
                return store_invalid(request, "size", "The file is empty or larger than %lld MiB.", (long long)(SIZE_MAX_BYTES >> 20));
        if (!sha256 || strlen(sha256) != 64 || strspn(sha256, "0123456789abcdef") != 64)
                return store_invalid(request, "sha256", "The digest must be 64 lower-case hex digits.");
        return 0;
}

/* The same file told again changes nothing (0); another one in its place must be removed first. */
static int check_free(struct store *store, struct store_request *request, bool *ret_is_there)
{
        struct sqlite3_stmt *row = store_db_query(store_db(store),
                                                  "SELECT file, file = ?1 AND model = ?2 AND version = ?3 AND kind = ?4 AND sha256 = ?5 FROM firmware "
                                                  "WHERE file = ?1 OR (model = ?2 AND version = ?3 AND kind = ?4)", "sssss",
                                                  store_in_text(request, "file"), store_in_text(request, "model"),
                                                  store_in_text(request, "version"), store_in_text(request, "kind"),
                                                  store_in_text(request, "sha256"));
        int r = store_db_next(store_db(store), row);

        if (r <= 0)
                return r;
        *ret_is_there = store_db_int(row, 1) != 0;
        r = *ret_is_there ? 0 : store_refuse(request, "AlreadyThere", "There is the file %s already, of this name or for this model and version; "
                                             "remove it first.", store_db_text(row, 0));
        store_db_end(row);
        return r;
}

int store_op_add_firmware(struct store *store, struct store_request *request)
{
        bool is_there = false;
        int64_t n = 0;
        int r = check(request);

        if (r == 0)
                r = check_free(store, request, &is_there);
        if (r < 0 || is_there)
                return r;
        r = store_db_number(store_db(store), "SELECT count(*) FROM firmware", &n, "");
        if (r == 0 && n >= FILES_MAX)
                r = store_refuse(request, "NotAllowed", "There are %d firmware files already; remove one first.", FILES_MAX);
        if (r == 0)
                r = store_db_run(store_db(store), "INSERT INTO firmware (file, model, version, kind, size, sha256, added_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                                 "ssssisi", store_in_text(request, "file"), store_in_text(request, "model"), store_in_text(request, "version"),
                                 store_in_text(request, "kind"), store_in_int(request, "size", 0), store_in_text(request, "sha256"),
                                 store_now_s(store));
        return r < 0 ? r : store_audit(store, request, "add-firmware", store_in_text(request, "file"), store_in_text(request, "sha256"));
}

/* --- removing ------------------------------------------------------------ */

static bool names_version(const struct store_layer *layer, const char *version)
{
        for (size_t i = 0; i < layer->n_settings; i++)
                if (text_equal(layer->settings[i].name, "firmware") && text_equal(layer->settings[i].value, version))
                        return true;
        return false;
}

/* A setting for all models names the file of each. */
static int check_shared(struct store *store, struct store_request *request, const char *model, const char *version)
{
        struct sqlite3_stmt *rows = store_db_query(store_db(store),
                                                   "SELECT scope, owner FROM shared_setting WHERE name = 'firmware' AND until_revision IS NULL AND "
                                                   "(scope <> 'model' OR owner = " STORE_LAYER_MODEL_SQL("?1") ")", "s", model);
        int r;

        while ((r = store_db_next(store_db(store), rows)) > 0) {
                const char *scope = store_db_text(rows, 0), *owner = store_db_text(rows, 1);
                struct store_layer layer = {0};         /* read past the kept ones: there may be more than are kept */

                r = store_layer_read(store, STORE_LAYER_NOW, (enum merge_scope)store_layer_scope(scope), owner, &layer);
                if (r == 0 && names_version(&layer, version))
                        r = store_refuse(request, "NotAllowed", "The setting firmware of the %s%s%s names this version; change it first.", scope,
                                         *owner ? " " : "", owner);
                store_layer_done(&layer);
                if (r < 0)
                        break;
        }
        store_db_end(rows);
        return r;
}

static int check_phones(struct store *store, struct store_request *request, const char *model, const char *version)
{
        struct sqlite3_stmt *rows = store_db_query(store_db(store),
                                                   "SELECT mac FROM phone_setting JOIN phone USING (mac) WHERE phone_setting.name = 'firmware' AND "
                                                   STORE_LAYER_MODEL_SQL("model") " = " STORE_LAYER_MODEL_SQL("?1"), "s", model);
        int r;

        while ((r = store_db_next(store_db(store), rows)) > 0) {
                struct store_layer layer = {0};

                r = store_layer_phone(store, store_db_text(rows, 0), &layer);
                if (r == 0 && names_version(&layer, version))
                        r = store_refuse(request, "NotAllowed", "The setting firmware of the phone %s names this version; change it first.",
                                         store_db_text(rows, 0));
                store_layer_done(&layer);
                if (r < 0)
                        break;
        }
        store_db_end(rows);
        return r;
}

int store_op_remove_firmware(struct store *store, struct store_request *request)
{
        const char *file = store_in_text(request, "file");
        char model[MODEL_MAX + 1], version[VERSION_MAX + 1];
        struct sqlite3_stmt *row = store_db_query(store_db(store), COLUMNS "WHERE file = ?", "s", file);
        bool is_chosen;
        int r = store_db_next(store_db(store), row);

        if (r == 0)
                return store_refuse(request, "NoSuchName", "There is no firmware file of that name; `provostctl firmware list` shows them.");
        if (r < 0)
                return r;
        (void)text_copy(model, sizeof model, store_db_text(row, 1));
        (void)text_copy(version, sizeof version, store_db_text(row, 2));
        is_chosen = text_equal(store_db_text(row, 3), KIND_FIRMWARE);
        store_db_end(row);
        r = is_chosen ? check_shared(store, request, model, version) : 0;
        if (r == 0 && is_chosen)
                r = check_phones(store, request, model, version);
        if (r == 0)
                r = store_db_run(store_db(store), "DELETE FROM firmware WHERE file = ?", "s", file);
        return r < 0 ? r : store_audit(store, request, "remove-firmware", file, "");
}
