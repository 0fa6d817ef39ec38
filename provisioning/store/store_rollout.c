/*
 * store_rollout: who gets a revision when.
 *
 * In:   revisions of the shared settings; what phones fetched and whose tunnels are up; the admin's word.
 * Out:  revisions of phones, ring by ring; the way back as a new revision when a ring does not come back.
 * Not:  no rules (store_rollout_plan), no NOTIFY (settings, which subscribes).
 *
 * The roll-out's clock counts milliseconds of the monotonic clock while the store runs. It is written with every change of
 * the roll-out, and every few seconds, so that a restart loses no more than that and no wall clock matters.
 */
#include "provisioning/store/store_rollout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/model/phone.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_document.h"
#include "provisioning/store/store_event.h"
#include "provisioning/store/store_layer.h"
#include "provisioning/store/store_list.h"
#include "provisioning/store/store_rollout_plan.h"

#define SAVE_MS 5000                    /* the clock is written at least so often */
#define HELD_CHECKS_MAX 32              /* phones of a ring whose settings are looked at before they fetch */
#define FAILED_TOLD_MAX 100
#define FAILED_EVENTS_MAX 32
#define REASON_MAX 360

struct store_rollout {
        bool is_loaded, is_running, is_touched;
        int64_t revision;               /* whose clock this is; 0 nobody's */
        int64_t elapsed_ms;             /* as written */
        uint64_t since_ms;              /* monotonic, when that was */
        int64_t due_ms;
};

/* The row of the one that runs, or ran last. */
struct run {
        int64_t revision, previous, elapsed_ms;
        char state[12], reason[REASON_MAX + 40];
        struct rollout_plan plan;
        struct rollout_phone *phones;
        size_t n_phones, room;
};

static void run_done(struct run *run)
{
        free(run->phones);
}

/* --- memory -------------------------------------------------------------- */

int store_rollout_new(struct store_rollout **ret_rollout)
{
        struct store_rollout *rollout = calloc(1, sizeof *rollout);

        if (!rollout)
                return PV_ENOMEM;
        *ret_rollout = rollout;
        return 0;
}

void store_rollout_free(struct store_rollout *rollout)
{
        free(rollout);
}

/* The clock goes on: what was undone took no time back. */
void store_rollout_undone(struct store_rollout *rollout)
{
        rollout->is_loaded = false;
}

static void forget(struct store_rollout *rollout)
{
        rollout->is_loaded = false;
        rollout->revision = 0;
}

void store_rollout_touch(struct store *store)
{
        store_rollout(store)->is_touched = true;
}

static int64_t clock_of(struct store *store)
{
        const struct store_rollout *rollout = store_rollout(store);

        return rollout->elapsed_ms + (int64_t)(store_monotonic_ms(store) - rollout->since_ms);
}

static void set_clock(struct store *store, int64_t elapsed_ms)
{
        store_rollout(store)->elapsed_ms = elapsed_ms;
        store_rollout(store)->since_ms = store_monotonic_ms(store);
}

bool store_rollout_runs(struct store *store)
{
        struct store_rollout *rollout = store_rollout(store);
        struct sqlite3_stmt *row;
        int64_t elapsed;
        int r;

        if (rollout->is_loaded)
                return rollout->is_running;
        row = store_db_query(store_db(store), "SELECT revision, elapsed_ms FROM rollout WHERE state = 'running'", "");
        r = store_db_next(store_db(store), row);
        if (r < 0)
                return false;
        rollout->is_running = r > 0;
        rollout->is_loaded = rollout->is_touched = true;
        if (r > 0) {
                elapsed = store_db_int(row, 1);
                if (rollout->revision == store_db_int(row, 0) && clock_of(store) > elapsed)
                        elapsed = clock_of(store);
                rollout->revision = store_db_int(row, 0);
                store_db_end(row);
                set_clock(store, elapsed);
        }
        return rollout->is_running;
}

bool store_rollout_is_due(struct store *store)
{
        const struct store_rollout *rollout = store_rollout(store);

        if (!store_rollout_runs(store))
                return false;
        return rollout->is_touched || clock_of(store) >= rollout->due_ms || clock_of(store) - rollout->elapsed_ms >= SAVE_MS;
}

/* Of a roll-out that ended it stays told who failed. */
int store_rollout_leave(struct store *store, const char *mac)
{
        int r = store_db_run(store_db(store), "UPDATE phone SET shared_revision = NULL WHERE mac = ?", "s", mac);

        if (r < 0 || !store_rollout_runs(store))
                return r;
        store_rollout_touch(store);
        store_change(store, "rollout", "");
        return store_db_run(store_db(store), "DELETE FROM rollout_phone WHERE mac = ?", "s", mac);
}

int store_rollout_restarted(struct store *store)
{
        forget(store_rollout(store));
        return store_db_run(store_db(store), "UPDATE rollout SET ring_started_ms = elapsed_ms WHERE state = 'running'", "");
}

/* --- reading ------------------------------------------------------------- */

static int read_row(struct store *store, struct run *run)
{
        struct sqlite3_stmt *row = store_db_query(store_db(store), "SELECT revision, previous, state, ring, rings, elapsed_ms, ring_started_ms, reason "
                                                  "FROM rollout", "");
        int r = store_db_next(store_db(store), row);

        if (r <= 0)
                return r < 0 ? r : PV_EUNSET;
        run->revision = store_db_int(row, 0);
        run->previous = store_db_int(row, 1);
        run->elapsed_ms = store_db_int(row, 5);
        run->plan = (struct rollout_plan){.ring = (unsigned)store_db_int(row, 3), .rings = (unsigned)store_db_int(row, 4),
                                          .ring_started_ms = store_db_int(row, 6)};
        (void)text_copy(run->state, sizeof run->state, store_db_text(row, 2));
        (void)text_copy(run->reason, sizeof run->reason, store_db_text(row, 7));
        store_db_end(row);
        return 0;
}

/*
 * How the site wants it; read when needed, so that a change of it counts at once. Phones poll as they were told before, so a
 * change of poll_minutes itself is waited for that long.
 */
static int read_policy(struct store *store, struct run *run)
{
        const struct site *site, *before;
        uint32_t wait_s;
        int r = store_layer_site(store, STORE_LAYER_NOW, &site);

        if (r == 0)
                r = store_layer_site(store, run->previous, &before);
        if (r < 0)
                return r;
        wait_s = site_wait_needed_s(before) > site->rollout_wait_s ? site_wait_needed_s(before) : site->rollout_wait_s;
        run->plan.policy = (struct rollout_policy){.wait_ms = (int64_t)wait_s * 1000, .settle_ms = (int64_t)site->rollout_settle_s * 1000,
                                                   .share = site->rollout_share};
        return 0;
}

static struct rollout_phone *room_for_one(struct run *run)
{
        if (run->n_phones == run->room) {
                size_t room = run->room ? 2 * run->room : 64;
                struct rollout_phone *larger = reallocarray(run->phones, room, sizeof *larger);

                if (!larger)
                        return NULL;
                run->phones = larger;
                run->room = room;
        }
        return &run->phones[run->n_phones++];
}

static int read_phones(struct store *store, struct run *run)
{
        struct sqlite3_stmt *rows = store_db_query(store_db(store),
                "SELECT phone.mac, model, trust, tunnel_up AND certificate_sha256 IS NOT NULL, given > 0 AND revision_served >= given, "
                "revision_served = revision, state, ring, settled_ms FROM rollout_phone JOIN phone USING (mac) ORDER BY phone.mac", "");
        int r;

        while ((r = store_db_next(store_db(store), rows)) > 0) {
                struct rollout_phone *phone = room_for_one(run);

                if (!phone) {
                        r = PV_ENOMEM;
                        break;
                }
                *phone = (struct rollout_phone){
                        .is_approved = store_db_int(rows, 2) == PHONE_TRUST_APPROVED, .is_up = store_db_int(rows, 3) != 0,
                        .has_fetched = store_db_int(rows, 4) != 0, .is_current = store_db_int(rows, 5) != 0,
                        .state = (enum rollout_state)store_db_int(rows, 6), .ring = (unsigned)store_db_int(rows, 7),
                        .settled_ms = store_db_is_null(rows, 8) ? ROLLOUT_NOT_SETTLED : store_db_int(rows, 8),
                };
                (void)text_copy(phone->mac, sizeof phone->mac, store_db_text(rows, 0));
                (void)text_copy(phone->model, sizeof phone->model, store_db_text(rows, 1));
        }
        store_db_end(rows);
        return r;
}

/* --- giving -------------------------------------------------------------- */

/* Those that should fetch now; of the others nobody needs to hear before they connect. */
static int tell_phones(struct store *store, struct sqlite3_stmt *rows)
{
        int r;

        while ((r = store_db_next(store_db(store), rows)) > 0) {
                store_tell_fetch(store, store_db_text(rows, 0));
                store_change(store, "phone", store_db_text(rows, 0));
        }
        return r;
}

/* A phone's number only grows; one with newer settings of its own needs yet another. */
#define NEW_REVISION "revision = CASE WHEN revision < ?1 THEN ?1 ELSE ?2 END"

static int give_ring(struct store *store, const struct run *run)
{
        int64_t fresh, ring = run->plan.ring;
        int r = store_next(store, "revision", &fresh);

        if (r == 0)
                r = store_db_run(store_db(store), "UPDATE phone SET shared_revision = ?1, " NEW_REVISION " WHERE mac IN "
                                 "(SELECT mac FROM rollout_phone WHERE ring = ?3 AND state = 1)", "iii", run->revision, fresh, ring);
        if (r == 0)
                r = store_db_run(store_db(store), "UPDATE rollout_phone SET given = (SELECT revision FROM phone WHERE phone.mac = rollout_phone.mac) "
                                 "WHERE ring = ? AND state = 1", "i", ring);
        if (r == 0)
                r = tell_phones(store, store_db_query(store_db(store), "SELECT mac FROM rollout_phone WHERE ring = ? AND state = 1", "i", ring));
        return r;
}

/* All follow the revision from now on: those that do not have it yet get it. */
static int give_all(struct store *store, int64_t number)
{
        int64_t fresh;
        int r = store_next(store, "revision", &fresh);

        if (r == 0)
                r = store_db_run(store_db(store), "UPDATE meta SET value = ? WHERE name = 'base'", "i", number);
        if (r == 0)
                r = store_db_run(store_db(store), "UPDATE phone SET " NEW_REVISION " WHERE shared_revision IS NULL AND " STORE_REVISION_CONCERNS, "ii",
                                 number, fresh);
        if (r == 0)
                r = tell_phones(store, store_db_query(store_db(store), "SELECT mac FROM phone WHERE tunnel_up = 1 AND shared_revision IS NULL AND "
                                                      STORE_REVISION_CONCERNS, "i", number));
        if (r == 0)
                r = store_db_run(store_db(store), "UPDATE phone SET shared_revision = NULL WHERE shared_revision IS NOT NULL", "");
        return r;
}

/* --- its end ------------------------------------------------------------- */

static int end(struct store *store, struct run *run, const char *state, const char *reason)
{
        int r = store_db_run(store_db(store), "UPDATE rollout SET state = ?, reason = ?", "ss", state, reason);

        store_rollout(store)->is_loaded = false;
        (void)text_copy(run->state, sizeof run->state, state);
        store_change(store, "rollout", "");
        return r;
}

static int finish(struct store *store, struct run *run)
{
        int r = give_all(store, run->revision);

        if (r == 0)
                r = store_db_run(store_db(store), "UPDATE revision SET state = 'active' WHERE number = ?", "i", run->revision);
        if (r == 0)
                r = store_event_now(store, "", "rollout-done", "revision=%lld", (long long)run->revision);
        return r < 0 ? r : end(store, run, "done", "");
}

/* Those that have it go to the revision that restores what was; the others have that already. */
static int take_back(struct store *store, const struct run *run, int64_t number)
{
        int r = store_db_run(store_db(store), "UPDATE phone SET revision = ?1 WHERE shared_revision = ?2", "ii", number, run->revision);

        if (r == 0)
                r = store_db_run(store_db(store), "UPDATE revision SET phones = (SELECT count(*) FROM phone WHERE shared_revision = ?2) WHERE number = ?1",
                                 "ii", number, run->revision);
        if (r == 0)
                r = store_db_run(store_db(store), "UPDATE meta SET value = ? WHERE name = 'base'", "i", number);
        if (r == 0)
                r = tell_phones(store, store_db_query(store_db(store), "SELECT mac FROM phone WHERE tunnel_up = 1 AND shared_revision = ?", "i",
                                                      run->revision));
        return r < 0 ? r : store_db_run(store_db(store), "UPDATE phone SET shared_revision = NULL WHERE shared_revision IS NOT NULL", "");
}

static int stop(struct store *store, struct store_request *request, struct run *run, const char *why)
{
        struct store_draft draft;
        int64_t ignored = 0;
        int r = store_revision_begin(store, request, NULL, &draft);

        draft.is_way_back = true;
        draft.reason = why;
        if (r == 0)
                r = store_revision_number(store, &draft);       /* phones need one to go to, whether or not anything differs */
        if (r == 0)
                r = store_revision_back_to(store, &draft, run->previous);
        (void)snprintf(draft.summary, sizeof draft.summary, "as before revision %lld", (long long)run->revision);
        if (r == 0)
                r = store_revision_end(store, &draft, &ignored);
        if (r == 0)
                r = take_back(store, run, draft.number);
        if (r == 0)
                r = store_db_run(store_db(store), "UPDATE revision SET state = 'stopped' WHERE number = ?", "i", run->revision);
        if (r == 0)
                r = store_event_now(store, "", "rollout-stopped", "%s Revision %lld restores what was before.", why, (long long)draft.number);
        return r < 0 ? r : end(store, run, "stopped", why);
}

/* --- failures in words --------------------------------------------------- */

static void failure_text(struct store *store, const struct run *run, const struct rollout_phone *phone, char *ret, size_t size)
{
        long long wait_s = (long long)(run->plan.policy.wait_ms / 1000), settle_s = (long long)(run->plan.policy.settle_ms / 1000);
        char held[320] = "";

        if (store_document_held(store, phone->mac, held, sizeof held) > 0)
                (void)snprintf(ret, size, "Its settings are held back: %s", held);
        else if (phone->why == ROLLOUT_NOT_FETCHED && phone->is_up)
                (void)snprintf(ret, size, "It did not fetch its settings within %lld s, though its tunnel is up.", wait_s);
        else if (phone->why == ROLLOUT_NOT_FETCHED)
                (void)snprintf(ret, size, "It lost its tunnel before it fetched its settings, and was not back within %lld s.", wait_s);
        else if (phone->why == ROLLOUT_TUNNEL_LOST)
                (void)snprintf(ret, size, "It fetched its settings, then lost its tunnel and was not back within %lld s.", wait_s);
        else
                (void)snprintf(ret, size, "It fetched its settings, but its tunnel did not stay up for %lld s.", settle_s);
}

static int write_failure(struct store *store, const struct run *run, const struct rollout_phone *phone)
{
        char text[REASON_MAX];
        int r;

        failure_text(store, run, phone, text, sizeof text);
        r = store_db_run(store_db(store), "UPDATE rollout_phone SET reason = ? WHERE mac = ?", "ss", text, phone->mac);
        return r < 0 ? r : store_event_now(store, phone->mac, "rollout-failed", "revision=%lld %s", (long long)run->revision, text);
}

/* "2 of 5 phones of ring 2 did not come back, 000413aabbcc (Desk) among them: It ..." */
static int stop_reason(struct store *store, const struct run *run, char *ret, size_t size)
{
        size_t n = 0, n_failed = 0;
        struct sqlite3_stmt *row;
        int r;

        for (size_t i = 0; i < run->n_phones; i++)
                if (run->phones[i].ring == run->plan.ring && run->phones[i].is_approved) {
                        n++;
                        n_failed += run->phones[i].state == ROLLOUT_FAILED;
                }
        row = store_db_query(store_db(store), "SELECT mac, name, reason FROM rollout_phone JOIN phone USING (mac) WHERE state = 3 AND ring = ? "
                             "ORDER BY mac LIMIT 1", "i", (int64_t)run->plan.ring);
        r = store_db_next(store_db(store), row);
        if (r <= 0)
                return r;
        (void)snprintf(ret, size, "Revision %lld was stopped in ring %u of %u: %zu of %zu phones did not come back. %s%s%s%s: %s",
                       (long long)run->revision, run->plan.ring, run->plan.rings, n_failed, n, store_db_text(row, 0),
                       *store_db_text(row, 1) ? " (" : "", store_db_text(row, 1), *store_db_text(row, 1) ? ")" : "", store_db_text(row, 2));
        store_db_end(row);
        return 0;
}

/* --- steps --------------------------------------------------------------- */

static int save_phones(struct store *store, struct run *run)
{
        int r = 0, n_told = 0;

        for (size_t i = 0; r == 0 && i < run->n_phones; i++) {
                struct rollout_phone *phone = &run->phones[i];

                if (!phone->is_changed)
                        continue;
                phone->is_changed = false;
                if (phone->settled_ms == ROLLOUT_NOT_SETTLED)
                        r = store_db_run(store_db(store), "UPDATE rollout_phone SET state = ?, ring = ?, settled_ms = NULL WHERE mac = ?", "iis",
                                         (int64_t)phone->state, (int64_t)phone->ring, phone->mac);
                else
                        r = store_db_run(store_db(store), "UPDATE rollout_phone SET state = ?, ring = ?, settled_ms = ? WHERE mac = ?", "iiis",
                                         (int64_t)phone->state, (int64_t)phone->ring, phone->settled_ms, phone->mac);
                if (r == 0 && phone->state == ROLLOUT_FAILED && n_told++ < FAILED_EVENTS_MAX)
                        r = write_failure(store, run, phone);
                store_change(store, "rollout", "");
        }
        return r;
}

static int save_clock(struct store *store, const struct run *run)
{
        set_clock(store, run->plan.now_ms);
        return store_db_run(store_db(store), "UPDATE rollout SET ring = ?, elapsed_ms = ?, ring_started_ms = ?", "iii", (int64_t)run->plan.ring,
                            run->plan.now_ms, run->plan.ring_started_ms);
}

/* Settings with an error never reach a phone, so it would not come back: known before it is even asked to fetch. */
static bool mark_held(struct store *store, struct run *run)
{
        size_t n_checked = 0;
        bool is_any = false;
        char reason[320];

        for (size_t i = 0; i < run->n_phones && n_checked < HELD_CHECKS_MAX; i++) {
                struct rollout_phone *phone = &run->phones[i];

                if (phone->ring != run->plan.ring || phone->state != ROLLOUT_GIVEN)
                        continue;
                n_checked++;
                phone->is_held = store_document_held(store, phone->mac, reason, sizeof reason) > 0;
                is_any |= phone->is_held;
        }
        return is_any;
}

static int begin_ring(struct store *store, struct run *run, enum rollout_step *ret_step)
{
        int r = give_ring(store, run);

        *ret_step = ROLLOUT_WAIT;
        if (r == 0)
                r = store_event_now(store, "", "rollout-ring", "revision=%lld ring=%u of %u", (long long)run->revision, run->plan.ring, run->plan.rings);
        if (r < 0 || !mark_held(store, run))
                return r;
        *ret_step = rollout_step(&run->plan, run->phones, run->n_phones);
        return save_phones(store, run);
}

/* Until there is something to wait for. */
static int go(struct store *store, struct store_request *request, struct run *run, enum rollout_step step)
{
        char why[REASON_MAX + 200] = "";
        int r = save_phones(store, run);

        while (r == 0 && step == ROLLOUT_RING)
                r = begin_ring(store, run, &step);
        if (r == 0)
                r = save_clock(store, run);
        store_rollout(store)->due_ms = rollout_due(&run->plan, run->phones, run->n_phones);
        store_rollout(store)->is_touched = false;
        if (r == 0 && step == ROLLOUT_DONE)
                return finish(store, run);
        if (r < 0 || step != ROLLOUT_STOP)
                return r;
        r = stop_reason(store, run, why, sizeof why);
        why[REASON_MAX] = 0;
        return r < 0 ? r : stop(store, request, run, why);
}

static int load(struct store *store, struct run *run)
{
        int r = read_row(store, run);

        if (r == 0)
                r = read_policy(store, run);
        if (r == 0)
                r = read_phones(store, run);
        run->plan.now_ms = clock_of(store);
        return r;
}

int store_op_tick_rollout(struct store *store, struct store_request *request)
{
        struct run run = {0};
        int r;

        if (!store_rollout_runs(store))
                return 0;
        r = load(store, &run);
        if (r == 0)
                r = go(store, request, &run, rollout_step(&run.plan, run.phones, run.n_phones));
        run_done(&run);
        return r;
}

/* --- its begin ----------------------------------------------------------- */

int store_rollout_refuse_change(struct store *store, struct store_request *request)
{
        struct run run = {0};
        int r;

        if (!store_rollout_runs(store))
                return 0;
        r = read_row(store, &run);
        return r < 0 ? r : store_refuse(request, "NotAllowed",
                                        "Revision %lld is being rolled out (ring %u of %u), and one change goes out at a time: wait until it is done, or "
                                        "end it with `provostctl rollout finish` or `provostctl rollout back`.", (long long)run.revision, run.plan.ring,
                                        run.plan.rings);
}

static int begin_rings(struct store *store, const struct store_draft *draft, int64_t base, int64_t n)
{
        struct run run = {0};
        int r = store_db_run(store_db(store), "DELETE FROM rollout_phone", "");

        if (r == 0)
                r = store_db_run(store_db(store), "INSERT INTO rollout_phone (mac, ring, state, given, reason) SELECT mac, 0, 0, 0, '' FROM phone "
                                 "WHERE " STORE_REVISION_CONCERNS, "i", draft->number);
        if (r == 0)
                r = store_db_run(store_db(store), "INSERT INTO rollout (id, revision, previous, state, ring, rings, started_at, elapsed_ms, "
                                 "ring_started_ms, reason) VALUES (1, ?, ?, 'running', 0, ?, ?, 0, 0, '') ON CONFLICT (id) DO UPDATE SET "
                                 "revision = excluded.revision, previous = excluded.previous, state = excluded.state, ring = 0, rings = excluded.rings, "
                                 "started_at = excluded.started_at, elapsed_ms = 0, ring_started_ms = 0, reason = ''", "iiii", draft->number, base,
                                 (int64_t)rollout_rings((size_t)n), store_now_s(store));
        if (r == 0)
                r = store_db_run(store_db(store), "UPDATE revision SET state = 'rolling' WHERE number = ?", "i", draft->number);
        forget(store_rollout(store));
        store_change(store, "rollout", "");
        if (r == 0 && !store_rollout_runs(store))
                return PV_ESYSTEM;
        if (r == 0)
                r = load(store, &run);
        if (r == 0)
                r = go(store, draft->request, &run, rollout_step(&run.plan, run.phones, run.n_phones));
        run_done(&run);
        return r;
}

int store_rollout_start(struct store *store, const struct store_draft *draft)
{
        const struct site *site;
        int64_t n = 0, base = 0;
        int r;

        if (!draft->number)
                return 0;
        r = store_layer_site(store, STORE_LAYER_NOW, &site);
        if (r == 0)
                r = store_revision_base(store, &base);
        if (r == 0)
                r = store_db_number(store_db(store), "SELECT count(*) FROM phone WHERE " STORE_REVISION_CONCERNS, &n, "i", draft->number);
        if (r < 0)
                return r;
        if (n == 0 || site->rollout_mode == SITE_ROLLOUT_AT_ONCE)
                return give_all(store, draft->number);
        return begin_rings(store, draft, base, n);
}

int store_rollout_reply(struct store *store, struct store_request *request, int64_t number, int64_t phones)
{
        int r = number ? 0 : store_revision_base(store, &number);

        return r < 0 ? r : pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR_INTEGER("revision", number),
                                                              SD_JSON_BUILD_PAIR_INTEGER("phones", phones)));
}

/* --- telling ------------------------------------------------------------- */

static int failed_json(struct sqlite3_stmt *row, void *userdata, sd_json_variant **ret)
{
        (void)userdata;
        return sd_json_buildo(ret, SD_JSON_BUILD_PAIR_STRING("mac", store_db_text(row, 0)), SD_JSON_BUILD_PAIR_STRING("name", store_db_text(row, 1)),
                              SD_JSON_BUILD_PAIR_STRING("state", "failed"), SD_JSON_BUILD_PAIR_STRING("reason", store_db_text(row, 2)));
}

static int list_failed(struct store *store, sd_json_variant **ret)
{
        return store_list_array(store, store_db_query(store_db(store), "SELECT mac, name, reason FROM rollout_phone JOIN phone USING (mac) WHERE state = 3 "
                                                      "ORDER BY ring DESC, mac LIMIT ?", "i", (int64_t)FAILED_TOLD_MAX), failed_json, NULL, ret);
}

struct counts {
        int64_t ring, ring_back, total, done, waiting;
};

static int count(struct store *store, const struct run *run, struct counts *ret)
{
        struct sqlite3_stmt *row = store_db_query(store_db(store),
                "SELECT total(ring = ?1), total(ring = ?1 AND state = 2), count(*), total(state = 2), total(state = 0 AND NOT tunnel_up) "
                "FROM rollout_phone JOIN phone USING (mac) WHERE trust = 2", "i", (int64_t)(run->plan.ring ? run->plan.ring : 1));
        int r = store_db_next(store_db(store), row);

        if (r <= 0)
                return r;
        *ret = (struct counts){store_db_int(row, 0), store_db_int(row, 1), store_db_int(row, 2), store_db_int(row, 3), store_db_int(row, 4)};
        store_db_end(row);
        return 0;
}

static int number_or_null(bool is_there, int64_t number, sd_json_variant **ret)
{
        return is_there ? pv_error_from_errno(sd_json_variant_new_integer(ret, number)) : 0;
}

static int rollout_json(struct store *store, struct run *run, sd_json_variant **ret)
{
        bool is_there = *run->state, runs = text_equal(run->state, "running");
        sd_json_variant *failed = NULL, *started = NULL, *ends = NULL;
        struct counts c = {0};
        int64_t started_at = 0;
        int r = list_failed(store, &failed);

        if (r == 0 && is_there)
                r = count(store, run, &c);
        if (r == 0 && is_there)
                r = store_db_number(store_db(store), "SELECT started_at FROM rollout", &started_at, "");
        if (r == 0)
                r = number_or_null(is_there, started_at, &started);
        if (r == 0)
                r = number_or_null(runs, store_now_s(store) + (run->plan.ring_started_ms + run->plan.policy.wait_ms - clock_of(store)) / 1000, &ends);
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(ret, SD_JSON_BUILD_PAIR_INTEGER("revision", run->revision),
                        SD_JSON_BUILD_PAIR_INTEGER("previous", run->previous), SD_JSON_BUILD_PAIR_STRING("state", is_there ? run->state : "none"),
                        SD_JSON_BUILD_PAIR_INTEGER("ring", run->plan.ring), SD_JSON_BUILD_PAIR_INTEGER("rings", run->plan.rings),
                        SD_JSON_BUILD_PAIR_INTEGER("ring_phones", c.ring), SD_JSON_BUILD_PAIR_INTEGER("ring_back", c.ring_back),
                        SD_JSON_BUILD_PAIR_INTEGER("total", c.total), SD_JSON_BUILD_PAIR_INTEGER("done", c.done),
                        SD_JSON_BUILD_PAIR_INTEGER("waiting", runs ? c.waiting : 0), SD_JSON_BUILD_PAIR("failed", SD_JSON_BUILD_VARIANT(failed)),
                        SD_JSON_BUILD_PAIR("started_at", SD_JSON_BUILD_VARIANT(started)), SD_JSON_BUILD_PAIR("ring_ends_at", SD_JSON_BUILD_VARIANT(ends)),
                        SD_JSON_BUILD_PAIR_STRING("reason", run->reason)));
        sd_json_variant_unref(failed);
        sd_json_variant_unref(started);
        sd_json_variant_unref(ends);
        return r;
}

int store_op_get_rollout(struct store *store, struct store_request *request)
{
        sd_json_variant *rollout = NULL;
        struct run run = {0};
        int r;

        (void)store_rollout_runs(store);
        r = read_row(store, &run);
        if (r == 0)
                r = read_policy(store, &run);
        if (r == 0 || r == PV_EUNSET)
                r = rollout_json(store, &run, &rollout);
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR("rollout", SD_JSON_BUILD_VARIANT(rollout))));
        sd_json_variant_unref(rollout);
        return r;
}

/* --- the admin's word ---------------------------------------------------- */

static int control(struct store *store, struct store_request *request, const char *action, struct run *run)
{
        const char *reason = store_in_text(request, "reason");
        char why[REASON_MAX];

        if (text_equal(action, "next"))
                return go(store, request, run, rollout_next_ring(&run->plan, run->phones, run->n_phones));
        if (text_equal(action, "finish"))
                return finish(store, run);
        (void)snprintf(why, sizeof why, "Revision %lld was stopped in ring %u of %u by %s%s%s%s", (long long)run->revision, run->plan.ring,
                       run->plan.rings, request->actor, reason && *reason ? ": " : ".", reason ? reason : "", reason && *reason ? "." : "");
        return stop(store, request, run, why);
}

int store_op_control_rollout(struct store *store, struct store_request *request)
{
        const char *action = store_in_text(request, "action"), *reason = store_in_text(request, "reason");
        struct run run = {0};
        char subject[24];
        int r;

        if (!text_equal(action, "next") && !text_equal(action, "finish") && !text_equal(action, "back"))
                return store_invalid(request, "action", "The action must be next, finish or back.");
        if (reason && (strlen(reason) > 200 || !text_is_printable(reason)))
                return store_invalid(request, "reason", "A reason is one line of at most 200 bytes.");
        if (!store_rollout_runs(store))
                return store_refuse(request, "NotAllowed", "No roll-out runs; `provostctl revision restore` goes back to an earlier revision.");
        r = load(store, &run);
        if (r == 0)
                r = control(store, request, action, &run);
        (void)snprintf(subject, sizeof subject, "revision %lld", (long long)run.revision);
        if (r == 0)
                r = store_audit(store, request, text_equal(action, "back") ? "rollout-back" : text_equal(action, "next") ? "rollout-next" : "rollout-finish",
                                subject, reason ? reason : "");
        run_done(&run);
        return r < 0 ? r : store_op_get_rollout(store, request);
}
