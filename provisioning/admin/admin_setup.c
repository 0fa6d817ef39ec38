/*
 * admin_setup: what the console needs of the page.
 *
 * In:   words of store, box and pki; time.
 * Out:  the setup code and where it is to be typed; one-time codes for people who lost theirs.
 * Not:  no sign-in (see ops_door): this is the other end of the same code.
 */
#include "provisioning/admin/admin_setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/service/service_field.h"
#include "provisioning/admin/seed_run.h"
#include "provisioning/admin/user_secrets.h"

#define STORE "io.provost.Store."
#define ADMIN "io.provost.Admin."
#define ASK_MS 5000
#define AGAIN_MS 2000
#define WATCHERS_MAX 8

struct admin_setup {
        struct service *service;
        struct service_peer *store, *box, *pki;
        struct door *door;
        sd_event_source *timer;
        bool known;                     /* the store has said whether an owner can sign in */
        bool owner;
        sd_json_variant *urls;          /* of box; NULL: unknown */
        char sha256[128];
        struct seed_run *seed;
        char seed_said[512];            /* what came of an unattended site's file; "" there was none */
        sd_varlink *watchers[WATCHERS_MAX];
        char told[SECRET_SETUP_SIZE];   /* the code that was told last */
};

static void tell(struct admin_setup *setup)
{
        sd_json_variant *answer = NULL;

        if (admin_setup_answer(setup, &answer))
                return;
        for (size_t i = 0; i < WATCHERS_MAX; i++)
                if (setup->watchers[i])
                        (void)sd_varlink_notify(setup->watchers[i], answer);
        sd_json_variant_unref(answer);
}

static void wake_at(struct admin_setup *setup, uint64_t in_ms)
{
        (void)sd_event_source_set_time_relative(setup->timer, in_ms * 1000);
        (void)sd_event_source_set_enabled(setup->timer, SD_EVENT_ONESHOT);
}

/* Brings the code to this moment; says so when it is another. */
static void turn(struct admin_setup *setup)
{
        uint64_t now_ms = clock_monotonic_ms(), until_ms = 0;
        bool changed;

        if (!setup->known)
                return;
        door_lock(setup->door);
        (void)setup_turn(&setup->door->setup, !setup->owner, now_ms);
        changed = !text_equal(setup->told, setup->door->setup.code);
        (void)text_copy(setup->told, sizeof setup->told, setup->door->setup.code);
        if (setup->door->setup.needed)
                until_ms = setup->door->setup.until_ms;
        door_unlock(setup->door);
        if (until_ms)
                wake_at(setup, until_ms > now_ms ? until_ms - now_ms : 1);
        if (changed)
                tell(setup);
}

static bool has_owner(sd_json_variant *users)
{
        for (size_t i = 0; i < sd_json_variant_elements(users); i++) {
                sd_json_variant *user = sd_json_variant_by_index(users, i);

                if (text_equal(service_field_text(user, "role"), "owner") && !service_field_is_true(user, "disabled") &&
                    service_field_is_true(user, "has_password"))
                        return true;
        }
        return false;
}

static void on_users(sd_json_variant *reply, const char *error, void *userdata)
{
        struct admin_setup *setup = userdata;
        sd_json_variant *users = service_field_list(reply, "users");
        bool first = !setup->known;

        if (error || !users) {
                if (error && !text_starts(error, "io.provost.Unreachable") && !text_starts(error, "io.provost.Timeout"))
                        log_event(LOG_LEVEL_ERROR, "no-users", "error", error, NULL);
                wake_at(setup, AGAIN_MS);
                return;
        }
        setup->known = true;
        setup->owner = has_owner(users);
        turn(setup);
        if (first)
                tell(setup);
}

static void on_page(sd_json_variant *reply, const char *error, void *userdata)
{
        struct admin_setup *setup = userdata;
        sd_json_variant *urls = error ? NULL : service_field_list(reply, "urls");

        if (!urls || sd_json_variant_equal(urls, setup->urls))
                return;
        sd_json_variant_unref(setup->urls);
        setup->urls = sd_json_variant_ref(urls);
        tell(setup);
}

static void on_certificate(sd_json_variant *reply, const char *error, void *userdata)
{
        struct admin_setup *setup = userdata;
        const char *sha256 = error ? NULL : service_field_text(sd_json_variant_by_key(reply, "certificate"), "sha256");

        if (!sha256 || text_equal(sha256, setup->sha256))
                return;
        (void)text_copy(setup->sha256, sizeof setup->sha256, sha256);
        tell(setup);
}

static void ask_place(struct admin_setup *setup)
{
        service_peer_call(setup->box, "io.provost.Box.GetPage", NULL, ASK_MS, on_page, setup);
        service_peer_call(setup->pki, "io.provost.Pki.GetPageCertificate", NULL, ASK_MS, on_certificate, setup);
}

static void on_seed(const char *sentence, void *userdata)
{
        struct admin_setup *setup = userdata;

        (void)snprintf(setup->seed_said, sizeof setup->seed_said, "%s", sentence);
        tell(setup);
}

void admin_setup_refresh(struct admin_setup *setup)
{
        seed_run_look(setup->seed);
        service_peer_call(setup->store, STORE "ListUsers", NULL, ASK_MS, on_users, setup);
        ask_place(setup);
}

void admin_setup_look(struct admin_setup *setup)
{
        bool changed;

        door_lock(setup->door);
        changed = setup->door->owners_changed;
        setup->door->owners_changed = false;
        door_unlock(setup->door);
        if (changed)
                admin_setup_refresh(setup);
        turn(setup);
}

static int on_timer(sd_event_source *source, uint64_t now, void *userdata)
{
        struct admin_setup *setup = userdata;

        (void)source, (void)now;
        if (setup->known)
                turn(setup);
        else
                admin_setup_refresh(setup);
        return 0;
}

/* box says when the page's addresses became others, pki when its certificate did. */
static void on_place(sd_json_variant *message, void *userdata)
{
        struct admin_setup *setup = userdata;

        (void)message;
        ask_place(setup);
        seed_run_look(setup->seed);
}

/* --- what the console calls --------------------------------------------------- */

/* As browsers show it. */
static void spell(const char *sha256, char ret[static 128])
{
        size_t n = 0;

        for (size_t i = 0; sha256[i] && n + 4 < 128; i++) {
                if (strchr(sha256, ':') == NULL && i > 0 && i % 2 == 0)
                        ret[n++] = ':';
                ret[n++] = sha256[i] >= 'a' && sha256[i] <= 'f' ? (char)(sha256[i] - 'a' + 'A') : sha256[i];
        }
        ret[n] = 0;
}

int admin_setup_answer(struct admin_setup *setup, sd_json_variant **ret_answer)
{
        char code[SECRET_SETUP_SIZE], sha256[128];
        uint64_t until_ms, now_ms = clock_monotonic_ms();
        sd_json_variant *empty = NULL;
        bool needed;
        int r;

        if (!setup->known)
                return PV_EBUSY;
        door_lock(setup->door);
        needed = setup->door->setup.needed;
        until_ms = setup->door->setup.until_ms;
        memcpy(code, setup->door->setup.code, sizeof code);
        door_unlock(setup->door);
        spell(setup->sha256, sha256);
        r = setup->urls ? 0 : sd_json_variant_new_array(&empty, NULL, 0);
        if (r >= 0)
                r = sd_json_buildo(ret_answer, SD_JSON_BUILD_PAIR_BOOLEAN("needed", needed), SD_JSON_BUILD_PAIR_STRING("code", needed ? code : ""),
                                   SD_JSON_BUILD_PAIR_INTEGER("until", needed ? clock_wall_s() + (int64_t)(until_ms > now_ms ? until_ms - now_ms : 0) / 1000 : 0),
                                   SD_JSON_BUILD_PAIR_VARIANT("urls", setup->urls ? setup->urls : empty),
                                   SD_JSON_BUILD_PAIR_STRING("sha256", sha256),
                                   SD_JSON_BUILD_PAIR_CONDITION(*setup->seed_said, "seed", SD_JSON_BUILD_STRING(setup->seed_said)));
        if (r >= 0)
                sd_json_variant_sensitive(*ret_answer);
        explicit_bzero(code, sizeof code);
        sd_json_variant_unref(empty);
        return r < 0 ? PV_ENOMEM : 0;
}

int admin_setup_watch(struct admin_setup *setup, sd_varlink *link)
{
        for (size_t i = 0; i < WATCHERS_MAX; i++)
                if (!setup->watchers[i]) {
                        setup->watchers[i] = sd_varlink_ref(link);
                        return 0;
                }
        return PV_EBUSY;
}

void admin_setup_forget(struct admin_setup *setup, sd_varlink *link)
{
        for (size_t i = 0; i < WATCHERS_MAX; i++)
                if (setup->watchers[i] == link)
                        setup->watchers[i] = sd_varlink_unref(link);
}

struct reset {
        struct admin_setup *setup;
        sd_varlink *link;
        char name[ACCESS_NAME_SIZE], code[SECRET_CODE_SIZE];
        int64_t until;
};

static void reset_free(struct reset *reset)
{
        sd_varlink_unref(reset->link);
        explicit_bzero(reset, sizeof *reset);
        free(reset);
}

static void on_reset(sd_json_variant *reply, const char *error, void *userdata)
{
        struct reset *reset = userdata;
        const char *reason = service_field_text(reply, "reason");

        if (!error) {
                door_end_person(reset->setup->door, reset->name, 0);
                log_event(LOG_LEVEL_NOTICE, "user-reset", "name", reset->name, NULL);
                (void)sd_varlink_replybo(reset->link, SD_JSON_BUILD_PAIR_STRING("code", reset->code), SD_JSON_BUILD_PAIR_INTEGER("until", reset->until));
                admin_setup_refresh(reset->setup);
        } else if (text_equal(error, STORE "NoSuchName")) {
                (void)service_refuse(reset->link, ADMIN "NoSuchName", "There is nobody of this name; provostctl user list shows who there is.");
        } else {
                (void)service_refuse(reset->link, ADMIN "NotAllowed", "%s", reason ? reason : "The store does not answer; try again in a moment.");
        }
        reset_free(reset);
}

int admin_setup_reset(struct admin_setup *setup, sd_varlink *link, const char *name)
{
        struct reset *reset = calloc(1, sizeof *reset);
        char hash[SECRET_HASH_TEXT_SIZE];
        sd_json_variant *parameters = NULL;

        if (!reset)
                return service_refuse(link, ADMIN "NotAllowed", "The appliance has no memory left.");
        *reset = (struct reset){.setup = setup, .link = sd_varlink_ref(link), .until = clock_wall_s() + USER_INVITATION_S};
        if (text_copy(reset->name, sizeof reset->name, name) || user_invitation(reset->code, hash) ||
            user_reset_fields(name, hash, reset->until, &parameters)) {
                reset_free(reset);
                return service_refuse(link, ADMIN "NotAllowed", "No code could be made; try again in a moment.");
        }
        service_peer_call(setup->store, STORE "SetUser", parameters, ASK_MS, on_reset, reset);
        sd_json_variant_unref(parameters);
        return 0;
}

/* --- life ---------------------------------------------------------------------- */

static int peer(struct service *service, const char *run_dir, const char *name, struct service_peer **ret_peer)
{
        char path[128];

        (void)snprintf(path, sizeof path, "%s/%s", run_dir, name);
        return service_peer_new(service, path, ret_peer);
}

int admin_setup_new(struct service *service, const char *run_dir, struct service_peer *store, struct door *door, struct admin_setup **ret_setup)
{
        struct admin_setup *setup = calloc(1, sizeof *setup);
        int r;

        if (!setup)
                return PV_ENOMEM;
        setup->service = service;
        setup->store = store;
        setup->door = door;
        r = peer(service, run_dir, "box", &setup->box);
        if (!r)
                r = peer(service, run_dir, "pki", &setup->pki);
        if (!r)
                r = seed_run_new(setup->store, setup->box, on_seed, setup, &setup->seed);
        if (!r && sd_event_add_time_relative(service_event(service), &setup->timer, CLOCK_MONOTONIC, 0, 10000, on_timer, setup) < 0)
                r = PV_ESYSTEM;
        if (!r)
                r = service_peer_subscribe(setup->box, "io.provost.Box.Watch", NULL, on_place, setup);
        if (!r)
                r = service_peer_subscribe(setup->pki, "io.provost.Pki.Watch", NULL, on_place, setup);
        if (r) {
                admin_setup_free(setup);
                return r;
        }
        *ret_setup = setup;
        return 0;
}

void admin_setup_free(struct admin_setup *setup)
{
        if (!setup)
                return;
        setup->timer = sd_event_source_disable_unref(setup->timer);
        service_peer_free(setup->box);
        service_peer_free(setup->pki);
        seed_run_free(setup->seed);
        for (size_t i = 0; i < WATCHERS_MAX; i++)
                sd_varlink_unref(setup->watchers[i]);
        sd_json_variant_unref(setup->urls);
        explicit_bzero(setup, sizeof *setup);
        free(setup);
}
