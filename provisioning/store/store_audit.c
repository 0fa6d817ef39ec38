/*
 * store_audit: who did what.
 *
 * In:   lines of all operations that change something, and of station admin.
 * Out:  rows in a chain of hashes, found by text or actor; whether the chain is whole.
 * Not:  no timeline (store_event).
 *
 * hash = SHA-256 (hash before, id, at_ms, actor, action, subject, detail); numbers have 8 bytes, highest first, each text has its length
 * in 4 bytes before it.
 */
#include "provisioning/store/store_audit.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/base/writer.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_list.h"
#include "provisioning/store/store_seal.h"

#define HASH_SIZE 32
#define LIMIT_MAX 1000
#define SLICE 4000                      /* entries looked at in one go: some milliseconds */
#define TRIM_AT_ONCE 1000
#define TEXT_MAX 128
#define ACTION_MAX 40
#define SUBJECT_MAX 128
#define DETAIL_MAX 400
#define ENTRY_COLUMNS "id, at_ms, actor, action, subject, detail, hash"

/* --- the chain ----------------------------------------------------------- */

struct head {
        int64_t before, last;
        uint8_t before_hash[HASH_SIZE], hash[HASH_SIZE];
        bool is_good;                   /* sealed by this store */
};

struct entry {
        int64_t id, at_ms;
        const char *texts[4];           /* actor, action, subject, detail */
};

static void put_number(struct writer *w, int64_t number)
{
        writer_u32(w, (uint32_t)((uint64_t)number >> 32));
        writer_u32(w, (uint32_t)number);
}

static bool add_text(EVP_MD_CTX *sha, const char *text)
{
        uint8_t length[4];
        struct writer w = writer_of(length, sizeof length);

        writer_u32(&w, (uint32_t)strlen(text));
        return EVP_DigestUpdate(sha, length, sizeof length) == 1 && EVP_DigestUpdate(sha, text, strlen(text)) == 1;
}

/* ret may be `before`. */
static int hash_entry(const uint8_t *before, const struct entry *e, uint8_t ret[static HASH_SIZE])
{
        EVP_MD_CTX *sha = EVP_MD_CTX_new();
        uint8_t numbers[16];
        struct writer w = writer_of(numbers, sizeof numbers);
        bool good = sha && EVP_DigestInit_ex(sha, EVP_sha256(), NULL) == 1 && EVP_DigestUpdate(sha, before, HASH_SIZE) == 1;

        put_number(&w, e->id);
        put_number(&w, e->at_ms);
        good = good && EVP_DigestUpdate(sha, numbers, sizeof numbers) == 1;
        for (size_t i = 0; i < sizeof e->texts / sizeof *e->texts; i++)
                good = good && add_text(sha, e->texts[i]);
        good = good && EVP_DigestFinal_ex(sha, ret, NULL) == 1;
        EVP_MD_CTX_free(sha);
        return good ? 0 : PV_ENOMEM;
}

/* Columns: ENTRY_COLUMNS. Borrows the row's texts. */
static struct entry entry_of(struct sqlite3_stmt *row)
{
        return (struct entry){.id = store_db_int(row, 0), .at_ms = store_db_int(row, 1),
                              .texts = {store_db_text(row, 2), store_db_text(row, 3), store_db_text(row, 4), store_db_text(row, 5)}};
}

static bool has_hash(struct sqlite3_stmt *row, int column, const uint8_t *hash)
{
        size_t size;
        const void *kept = store_db_blob(row, column, &size);

        return kept && size == HASH_SIZE && memcmp(kept, hash, HASH_SIZE) == 0;
}

static int seal_of(struct store *store, const struct head *head, uint8_t ret[static STORE_DIGEST_SIZE])
{
        char before[2 * HASH_SIZE + 1], hash[2 * HASH_SIZE + 1], text[256];

        (void)snprintf(text, sizeof text, "audit %lld %s %lld %s", (long long)head->before, text_hex(before, head->before_hash, HASH_SIZE),
                       (long long)head->last, text_hex(hash, head->hash, HASH_SIZE));
        return store_digest(store, text, ret);
}

static bool take_hash(struct sqlite3_stmt *row, int column, uint8_t ret[static HASH_SIZE])
{
        size_t size;
        const void *kept = store_db_blob(row, column, &size);

        if (!kept || size != HASH_SIZE)
                return false;
        memcpy(ret, kept, HASH_SIZE);
        return true;
}

/* PV_EUNSET: there is none. */
static int load_head(struct store *store, struct head *ret)
{
        struct sqlite3_stmt *row = store_db_query(store_db(store), "SELECT before, before_hash, last, hash, seal FROM audit_head WHERE id = 1", "");
        uint8_t seal[STORE_DIGEST_SIZE];
        size_t size;
        const void *kept;
        int r = store_db_next(store_db(store), row);

        *ret = (struct head){0};
        if (r <= 0)
                return r < 0 ? r : PV_EUNSET;
        ret->before = store_db_int(row, 0);
        ret->last = store_db_int(row, 2);
        ret->is_good = take_hash(row, 1, ret->before_hash) && take_hash(row, 3, ret->hash);
        r = seal_of(store, ret, seal);
        kept = store_db_blob(row, 4, &size);
        ret->is_good &= kept && size == sizeof seal && memcmp(kept, seal, sizeof seal) == 0;
        store_db_end(row);
        return r;
}

static int keep_head(struct store *store, const struct head *head)
{
        uint8_t seal[STORE_DIGEST_SIZE];
        int r = seal_of(store, head, seal);

        return r < 0 ? r : store_db_run(store_db(store), "INSERT INTO audit_head (id, before, before_hash, last, hash, seal) VALUES (1, ?1, ?2, ?3, ?4, ?5) "
                                        "ON CONFLICT (id) DO UPDATE SET before = ?1, before_hash = ?2, last = ?3, hash = ?4, seal = ?5", "ibibb",
                                        head->before, head->before_hash, (size_t)HASH_SIZE, head->last, head->hash, (size_t)HASH_SIZE, seal,
                                        sizeof seal);
}

/* The end to go on from. One that was changed from outside is not gone on from: the next entry's hash begins at zeros, which shows. */
static int load_end(struct store *store, struct head *ret)
{
        int64_t last = 0;
        int r = load_head(store, ret);

        if (r == PV_EUNSET || (r == 0 && !ret->is_good)) {
                memset(ret->hash, 0, HASH_SIZE);
                r = 0;
        }
        if (r == 0)
                r = store_db_number(store_db(store), "SELECT coalesce(max(id), 0) FROM audit", &last, "");
        if (last > ret->last)
                ret->last = last;
        return r;
}

static int forget_oldest(struct store *store, struct head *head, int64_t max)
{
        struct sqlite3_stmt *row;
        int r;

        if (head->last - head->before <= max)
                return 0;
        row = store_db_query(store_db(store), "SELECT id, hash FROM audit WHERE id <= ? ORDER BY id DESC LIMIT 1", "i", head->before + TRIM_AT_ONCE);
        r = store_db_next(store_db(store), row);
        if (r <= 0)
                return r;
        if (take_hash(row, 1, head->before_hash))
                head->before = store_db_int(row, 0);
        store_db_end(row);
        return store_db_run(store_db(store), "DELETE FROM audit WHERE id <= ?", "i", head->before);
}

int store_audit_trim(struct store *store, int64_t max)
{
        struct head head;
        int r = load_end(store, &head);

        if (r == 0)
                r = forget_oldest(store, &head, max);
        return r < 0 ? r : keep_head(store, &head);
}

int store_audit(struct store *store, const struct store_request *request, const char *action, const char *subject, const char *detail)
{
        struct entry e = {.at_ms = store_now_ms(store), .texts = {request->actor, action, subject, detail}};
        struct head head;
        int r = load_end(store, &head);

        log_event(LOG_LEVEL_NOTICE, "audit", "actor", request->actor, "action", action, "subject", subject, "detail", *detail ? detail : NULL, NULL);
        if (r < 0)
                return r;
        e.id = ++head.last;
        r = hash_entry(head.hash, &e, head.hash);
        if (r == 0)
                r = store_db_run(store_db(store), "INSERT INTO audit (id, at_ms, actor, action, subject, detail, hash) VALUES (?, ?, ?, ?, ?, ?, ?)", "iissssb",
                                 e.id, e.at_ms, request->actor, action, subject, detail, head.hash, (size_t)HASH_SIZE);
        if (r == 0)
                r = forget_oldest(store, &head, STORE_AUDIT_MAX);
        return r < 0 ? r : keep_head(store, &head);
}

/* --- from an older system ------------------------------------------------ */

static int chain_all(struct store *store)
{
        struct head head = {0};
        struct sqlite3_stmt *rows = store_db_query(store_db(store), "SELECT " ENTRY_COLUMNS " FROM audit ORDER BY id", "");
        int r;

        while ((r = store_db_next(store_db(store), rows)) > 0) {
                const struct entry e = entry_of(rows);

                r = hash_entry(head.hash, &e, head.hash);
                head.last = e.id;
                if (r == 0)
                        r = store_db_run(store_db(store), "UPDATE audit SET hash = ? WHERE id = ?", "bi", head.hash, (size_t)HASH_SIZE, e.id);
                if (r < 0)
                        break;
        }
        store_db_end(rows);
        return r < 0 ? r : keep_head(store, &head);
}

/* Only where nothing was chained yet: a chain that lost its end stays broken. */
int store_audit_complete(struct store *store)
{
        int64_t n = 0;
        int r = store_db_number(store_db(store), "SELECT (SELECT count(*) FROM audit_head) + EXISTS (SELECT 1 FROM audit WHERE hash IS NOT NULL)", &n, "");

        if (r < 0 || n)
                return r;
        r = store_db_begin(store_db(store));
        if (r == 0)
                r = chain_all(store);
        if (r == 0)
                r = store_db_commit(store_db(store));
        if (r < 0)
                store_db_rollback(store_db(store));
        return r;
}

/* --- CheckAudit ---------------------------------------------------------- */

struct check {
        bool has_begun;
        int64_t at, entries, broken;    /* broken 0: none */
        uint8_t hash[HASH_SIZE];
};

static int check_entry(struct check *check, struct sqlite3_stmt *row)
{
        const struct entry e = entry_of(row);
        int r = hash_entry(check->hash, &e, check->hash);

        if (!check->broken && !has_hash(row, 6, check->hash))
                check->broken = e.id;
        check->at = e.id;
        check->entries++;
        return r;
}

static int check_slice(struct store *store, struct check *check, bool *ret_is_end)
{
        struct sqlite3_stmt *rows = store_db_query(store_db(store), "SELECT " ENTRY_COLUMNS " FROM audit WHERE id > ? ORDER BY id LIMIT ?", "ii", check->at,
                                                   (int64_t)SLICE);
        size_t n = 0;
        int r;

        for (; (r = store_db_next(store_db(store), rows)) > 0; n++) {
                r = check_entry(check, rows);
                if (r < 0)
                        break;
        }
        store_db_end(rows);
        *ret_is_end = n < SLICE;
        return r;
}

static int begin_check(struct store *store, struct check *check)
{
        struct head head;
        int r = check->has_begun ? PV_EUNSET : load_head(store, &head);

        check->has_begun = true;
        if (r < 0)
                return r == PV_EUNSET ? 0 : r;
        /* What is kept should begin right after what was forgotten; where it began before, that shows in the first hash. */
        memcpy(check->hash, head.before_hash, HASH_SIZE);
        return 0;
}

static int end_check(struct store *store, struct store_request *request, struct check *check)
{
        char text[2 * HASH_SIZE + 1];
        struct head head;
        int r = load_head(store, &head);

        if (r < 0 && r != PV_EUNSET)
                return r;
        if (!check->broken && (!head.is_good || head.last != (check->entries ? check->at : head.before) || memcmp(head.hash, check->hash, HASH_SIZE) != 0))
                check->broken = head.last > check->at ? head.last : check->at ? check->at : 1;
        return pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR_INTEGER("entries", check->entries),
                SD_JSON_BUILD_PAIR_CONDITION(check->broken > 0, "broken", SD_JSON_BUILD_INTEGER(check->broken)),
                SD_JSON_BUILD_PAIR_STRING("head", text_hex(text, head.hash, HASH_SIZE))));
}

int store_op_check_audit(struct store *store, struct store_request *request)
{
        struct check *check = request->state;
        bool is_end = false;
        int r;

        if (!check)
                check = request->state = calloc(1, sizeof *check);
        if (!check)
                return PV_ENOMEM;
        r = begin_check(store, check);
        if (r == 0)
                r = check_slice(store, check, &is_end);
        request->again = r == 0 && !is_end;
        return r < 0 || !is_end ? r : end_check(store, request, check);
}

/* --- looking for --------------------------------------------------------- */

static int entry_json(struct sqlite3_stmt *row, void *userdata, sd_json_variant **ret_item)
{
        char text[2 * HASH_SIZE + 1] = "";
        uint8_t hash[HASH_SIZE];

        (void)userdata;
        if (take_hash(row, 6, hash))
                (void)text_hex(text, hash, HASH_SIZE);
        return sd_json_buildo(ret_item, SD_JSON_BUILD_PAIR_INTEGER("id", store_db_int(row, 0)), SD_JSON_BUILD_PAIR_INTEGER("at_ms", store_db_int(row, 1)),
                              SD_JSON_BUILD_PAIR_STRING("actor", store_db_text(row, 2)), SD_JSON_BUILD_PAIR_STRING("action", store_db_text(row, 3)),
                              SD_JSON_BUILD_PAIR_STRING("subject", store_db_text(row, 4)), SD_JSON_BUILD_PAIR_STRING("detail", store_db_text(row, 5)),
                              SD_JSON_BUILD_PAIR_STRING("hash", text));
}

static int64_t limit_of(const struct store_request *request)
{
        int64_t limit = store_in_int(request, "limit", LIMIT_MAX);

        return limit < 1 || limit > LIMIT_MAX ? LIMIT_MAX : limit;
}

struct search {
        struct store_list list;
        int64_t before;                 /* looked at from here on; 0: at the beginning of the log */
};

static void search_free(void *state)
{
        struct search *search = state;

        if (search)
                store_list_done(&search->list);
        free(search);
}

static int begin_search(struct store *store, struct store_request *request, struct search **ret)
{
        struct search *search = request->state = calloc(1, sizeof *search);
        int64_t last = 0, before = store_in_int(request, "before", INT64_MAX);
        int r;

        request->state_free = search_free;
        if (!search)
                return PV_ENOMEM;
        r = store_db_number(store_db(store), "SELECT coalesce(max(id), 0) FROM audit", &last, "");
        search->before = before <= last ? before : last + 1;
        *ret = search;
        return r;
}

static int search_slice(struct store *store, struct store_request *request, struct search *search)
{
        const char *text = store_in_text(request, "text"), *actor = store_in_text(request, "actor");
        int64_t wanted = limit_of(request) - (int64_t)search->list.n_items, from = search->before - SLICE;
        size_t n_before = search->list.n_items;
        int r = store_list_read(store, &search->list, store_db_query(store_db(store), "SELECT " ENTRY_COLUMNS " FROM audit WHERE id < ?1 AND id >= ?2 AND "
                                "(?3 IS NULL OR actor = ?3) AND (?4 IS NULL OR instr(lower(actor || char(10) || action || char(10) || subject || char(10) || "
                                "detail), lower(?4))) ORDER BY id DESC LIMIT ?5", "iissi", search->before, from, actor, text, wanted), entry_json, NULL);

        if (r < 0)
                return r;
        search->before = from > 1 ? from : 1;
        if ((int64_t)(search->list.n_items - n_before) == wanted)
                search->before = store_item_int(search->list.items[search->list.n_items - 1], "id", 1);
        return 0;
}

static int end_search(struct store *store, struct store_request *request, struct search *search)
{
        sd_json_variant *entries = NULL, *next = NULL;
        int64_t first = 1;
        int r = store_db_number(store_db(store), "SELECT coalesce(min(id), 1) FROM audit", &first, "");

        if (r == 0 && search->before > first)
                r = pv_error_from_errno(sd_json_variant_new_integer(&next, search->before));
        if (r == 0)
                r = store_list_take(&search->list, &entries);
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR("entries", SD_JSON_BUILD_VARIANT(entries)),
                                                       SD_JSON_BUILD_PAIR("next", SD_JSON_BUILD_VARIANT(next))));
        sd_json_variant_unref(entries);
        sd_json_variant_unref(next);
        return r;
}

int store_op_search_audit(struct store *store, struct store_request *request)
{
        const char *text = store_in_text(request, "text");
        struct search *search = request->state;
        int r = 0;

        if (text && strlen(text) > TEXT_MAX)
                return store_invalid(request, "text", "Look for at most %d bytes.", TEXT_MAX);
        if (!search)
                r = begin_search(store, request, &search);
        if (r == 0)
                r = search_slice(store, request, search);
        if (r < 0)
                return r;
        request->again = search->before > 1 && (int64_t)search->list.n_items < limit_of(request);
        return request->again ? 0 : end_search(store, request, search);
}

static int line_json(struct sqlite3_stmt *row, void *userdata, sd_json_variant **ret_item)
{
        (void)userdata;
        return sd_json_buildo(ret_item, SD_JSON_BUILD_PAIR_INTEGER("at_ms", store_db_int(row, 0)),
                              SD_JSON_BUILD_PAIR_STRING("actor", store_db_text(row, 1)), SD_JSON_BUILD_PAIR_STRING("action", store_db_text(row, 2)),
                              SD_JSON_BUILD_PAIR_STRING("subject", store_db_text(row, 3)), SD_JSON_BUILD_PAIR_STRING("detail", store_db_text(row, 4)));
}

int store_op_list_audit(struct store *store, struct store_request *request)
{
        return store_list_answer(store, request, "entries", store_db_query(store_db(store),
                                 "SELECT at_ms, actor, action, subject, detail FROM (SELECT * FROM audit ORDER BY id DESC LIMIT ?) ORDER BY id", "i",
                                 limit_of(request)), line_json, NULL);
}

/* --- NoteAudit ----------------------------------------------------------- */

int store_op_note_audit(struct store *store, struct store_request *request)
{
        const char *action = store_in_text(request, "action"), *subject = store_in_text(request, "subject"), *detail = store_in_text(request, "detail");
        char safe_subject[SUBJECT_MAX + 1], safe_detail[DETAIL_MAX + 1];

        if (!action || !*action || strlen(action) > ACTION_MAX || !text_is_printable(action) || strchr(action, ' '))
                return store_invalid(request, "action", "The action must be one word of at most %d printable bytes.", ACTION_MAX);
        (void)text_escape(safe_subject, sizeof safe_subject, subject ? subject : "", subject ? strlen(subject) : 0);
        (void)text_escape(safe_detail, sizeof safe_detail, detail ? detail : "", detail ? strlen(detail) : 0);
        return store_audit(store, request, action, safe_subject, safe_detail);
}
