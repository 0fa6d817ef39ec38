/*
 * first_screen: what a person sees on the screen or the serial line.
 *
 * In:   the streams of box, store and admin.
 * Out:  name, version and address of the appliance, what it waits for, and
 *       "provost: ready N.N s after start" once everything serves; where the page is and,
 *       while nobody can sign in, the code that opens it; alarms that are open, phones that
 *       wait for somebody, what ends soon; that what runs from a stick can be installed.
 * Not:  no login; of the input only Enter, which opens provostctl's prompt (prompt_key). What would be said meanwhile is said after it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/option.h"
#include "appliance/base/text.h"
#include "appliance/console/prompt_key.h"
#include "appliance/console/screen.h"
#include "appliance/console/table.h"
#include "appliance/service/service.h"

#define CALL_MS 5000
#define DISKS_MS 20000

#define ENDS_MAX 20
#define LOOK_SOON_MS 1000
#define LOOK_ALARM_MS 3000              /* no more often than this, however many alarms are raised */
#define LOOK_AGAIN_MS 10000             /* nor than this for phones, many of which change at once */
#define PAGE_SETTLE_MS 1000             /* cards get their addresses one after the other */
#define LOOK_ANYWAY_MS 3600000          /* ends come near without a change */

/* What is read anew together, and said when it is another line than before. */
enum matter { MATTER_ALARMS, MATTER_WAITING, MATTER_ENDS, MATTERS };

struct screen {
        struct service *service;
        struct service_peer *box, *store, *admin;
        struct service_peer *update;    /* while it is asked, once */
        bool has_asked_update;
        struct prompt_key *prompt;
        char held[4096];        /* lines that wait until the prompt is left */
        sd_event_source *look;
        uint64_t looked_at_ms, look_at_ms;
        char said[320];         /* the last line, so that none comes twice */
        char matters[MATTERS][SCREEN_LINE_SIZE];
        sd_event_source *page_timer;
        sd_json_variant *page;  /* what admin said last; NULL: nothing new */
        char page_said[SCREEN_PAGE_SIZE];
};

static void say(struct screen *screen, const char *text)
{
        char escaped[300];

        if (!text_is_printable(text) || text_copy(escaped, sizeof escaped, text) < 0)
                text_escape(escaped, sizeof escaped, text, strlen(text));
        if (text_equal(escaped, screen->said))
                return;
        (void)text_copy(screen->said, sizeof screen->said, escaped);
        if (prompt_key_is_open(screen->prompt)) {
                size_t used = strlen(screen->held);

                (void)snprintf(screen->held + used, sizeof screen->held - used, "provost: %s\n", escaped);
                return;
        }
        printf("provost: %s\n", escaped);
        (void)fflush(stdout);
}

/* --- the page -------------------------------------------------------------------- */

/* Once more only when it is another one. The code is in it: nothing of this goes to a log. */
static void say_page(struct screen *screen)
{
        char text[SCREEN_PAGE_SIZE];

        if (!screen->page || prompt_key_is_open(screen->prompt))
                return;
        screen_page(screen->page, clock_wall_s(), text);
        if (*text && !text_equal(text, screen->page_said)) {
                fputs(text, stdout);
                (void)fflush(stdout);
                (void)text_copy(screen->page_said, sizeof screen->page_said, text);
                *screen->said = 0;
        }
        explicit_bzero(text, sizeof text);
        screen->page = sd_json_variant_unref(screen->page);
}

static int on_page_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        (void)source;
        (void)usec;
        say_page(userdata);
        return 0;
}

static void on_admin(sd_json_variant *message, void *userdata)
{
        struct screen *screen = userdata;

        if (!message)
                return;
        sd_json_variant_unref(screen->page);
        screen->page = sd_json_variant_ref(message);
        (void)sd_event_source_set_time_relative(screen->page_timer, PAGE_SETTLE_MS * 1000);
        (void)sd_event_source_set_enabled(screen->page_timer, SD_EVENT_ONESHOT);
}

static void on_prompt_closed(void *userdata)
{
        struct screen *screen = userdata;

        fputs(screen->held, stdout);
        (void)fflush(stdout);
        screen->held[0] = 0;
        say_page(screen);
}

/* Without a terminal (a container's console) there is no prompt. */
static void open_prompt_on_enter(struct screen *screen)
{
        static const char *const argv[] = {"/usr/bin/provostctl", "prompt", NULL};
        int r = prompt_key_new(service_event(screen->service), STDIN_FILENO, argv, on_prompt_closed, screen, &screen->prompt);

        if (r == 0)
                say(screen, "Enter opens a prompt for commands");
        else if (r != PV_EREFUSED)
                log_event(LOG_LEVEL_WARNING, "prompt-failed", "reason", pv_error_text(r), NULL);
}

static double clock_s(clockid_t id)
{
        struct timespec t = {0};

        (void)clock_gettime(id, &t);
        return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Seconds since the kernel started; in a container, whose kernel is the host's, since its first process did. */
static double since_start_s(void)
{
        unsigned long long ticks = 0;
        char stat[1024] = "";
        const char *at;
        FILE *file;

        if (access("/run/systemd/container", F_OK) < 0)
                return clock_s(CLOCK_BOOTTIME);
        file = fopen("/proc/1/stat", "re");
        if (file) {
                (void)!fread(stat, 1, sizeof stat - 1, file);
                fclose(file);
        }
        at = strrchr(stat, ')');
        /* field 22, counted from the state behind the name, which is field 3 (proc(5)) */
        for (int field = 2; at && field < 22; field++)
                at = strchr(at + 1, ' ');
        if (!at || sscanf(at, " %llu", &ticks) != 1)
                return clock_s(CLOCK_BOOTTIME);
        return clock_s(CLOCK_BOOTTIME) - (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

/* --- installing ------------------------------------------------------------------ */

static void on_disks(sd_json_variant *reply, const char *error, void *userdata)
{
        struct screen *screen = userdata;
        struct service_peer *done = screen->update;
        char line[SCREEN_LINE_SIZE];

        screen_install(error ? NULL : reply, line);
        if (*line)
                say(screen, line);
        screen->update = NULL;
        service_peer_free(done);        /* its station rests when nobody is connected */
}

/* Once, when everything serves: what runs from a stick can be installed. In a container nobody started a machine. */
static void look_at_disks(struct screen *screen)
{
        if (screen->has_asked_update || access("/run/provost/boot.json", F_OK) < 0 || access("/run/provost/update", F_OK) < 0)
                return;
        screen->has_asked_update = true;
        if (service_peer_new(screen->service, "/run/provost/update", &screen->update) == 0)
                service_peer_call(screen->update, "io.provost.Update.ListDisks", NULL, DISKS_MS, on_disks, screen);
}

static void on_box(sd_json_variant *message, void *userdata)
{
        struct screen *screen = userdata;
        char text[64];

        if (!message)
                return;
        if (table_flag(message, "ready")) {
                (void)snprintf(text, sizeof text, "ready %.1f s after start", since_start_s());
                if (!text_starts(screen->said, "ready"))
                        say(screen, text);
                look_at_disks(screen);
        } else if (*table_text(message, "waiting_for")) {
                say(screen, table_text(message, "waiting_for"));
        }
}

static void on_site(sd_json_variant *reply, const char *error, void *userdata)
{
        struct screen *screen = userdata;
        const char *lan = "", *name = "";
        char text[256];
        sd_json_variant *v;

        if (error)
                return;         /* box says what is wrong with the store */
        for (size_t i = 0; (v = table_item(reply, "values", i)); i++) {
                if (text_equal(table_text(v, "name"), "lan_address"))
                        lan = table_text(v, "value");
                if (text_equal(table_text(v, "name"), "name"))
                        name = table_text(v, "value");
        }
        if (!*lan)
                return;
        (void)snprintf(text, sizeof text, "site %s, address on the phone LAN %.*s", name, (int)strcspn(lan, "/"), lan);
        say(screen, text);
}

/* --- what asks for somebody ------------------------------------------------------ */

static void say_matter(struct screen *screen, enum matter matter, const char *line)
{
        static const char *const over[] = {"no alarm is open any more", "no phone waits any more", "nothing ends soon any more"};
        char *before = screen->matters[matter];

        if (text_equal(before, line))
                return;
        say(screen, *line ? line : over[matter]);
        (void)snprintf(before, SCREEN_LINE_SIZE, "%s", line);
}

static void on_alarms(sd_json_variant *reply, const char *error, void *userdata)
{
        char line[SCREEN_LINE_SIZE];

        if (error)
                return;
        screen_alarms(reply, line);
        say_matter(userdata, MATTER_ALARMS, line);
}

static void on_phones(sd_json_variant *reply, const char *error, void *userdata)
{
        char line[SCREEN_LINE_SIZE];

        if (error)
                return;
        screen_waiting(reply, line);
        say_matter(userdata, MATTER_WAITING, line);
}

static void on_ends(sd_json_variant *reply, const char *error, void *userdata)
{
        char line[SCREEN_LINE_SIZE];

        if (error)
                return;
        screen_ends(reply, line);
        say_matter(userdata, MATTER_ENDS, line);
}

static void look_at(struct screen *screen, uint64_t at_ms)
{
        screen->look_at_ms = at_ms;
        (void)sd_event_source_set_time(screen->look, at_ms * 1000);
        (void)sd_event_source_set_enabled(screen->look, SD_EVENT_ONESHOT);
}

static int on_look(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct screen *screen = userdata;
        sd_json_variant *open = NULL, *limit = NULL;

        (void)source;
        (void)usec;
        screen->looked_at_ms = clock_monotonic_ms();
        look_at(screen, screen->looked_at_ms + LOOK_ANYWAY_MS);
        if (sd_json_buildo(&open, SD_JSON_BUILD_PAIR_BOOLEAN("open", true)) >= 0)
                service_peer_call(screen->store, "io.provost.Store.ListAlarms", open, CALL_MS, on_alarms, screen);
        service_peer_call(screen->store, "io.provost.Store.ListPhones", NULL, CALL_MS, on_phones, screen);
        if (sd_json_buildo(&limit, SD_JSON_BUILD_PAIR_UNSIGNED("limit", ENDS_MAX)) >= 0)
                service_peer_call(screen->store, "io.provost.Store.ListEnds", limit, CALL_MS, on_ends, screen);
        sd_json_variant_unref(open);
        sd_json_variant_unref(limit);
        return 0;
}

/* Soon, but not too soon after the last look; a look that comes earlier anyway stays. */
static void look_again(struct screen *screen, uint64_t pause_ms)
{
        uint64_t at_ms = clock_monotonic_ms() + LOOK_SOON_MS;

        if (at_ms < screen->looked_at_ms + pause_ms)
                at_ms = screen->looked_at_ms + pause_ms;
        if (at_ms < screen->look_at_ms)
                look_at(screen, at_ms);
}

static void on_store(sd_json_variant *message, void *userdata)
{
        struct screen *screen = userdata;
        const char *kind = message ? table_text(message, "kind") : "";

        if (!message || text_equal(kind, "site"))
                service_peer_call(screen->store, "io.provost.Store.GetSite", NULL, CALL_MS, on_site, screen);
        if (!message || text_equal(kind, "alarm") || text_equal(kind, "phone"))
                look_again(screen, text_equal(kind, "alarm") ? LOOK_ALARM_MS : LOOK_AGAIN_MS);
}

/* PRETTY_NAME of os-release: "Provost 1.2". */
static void say_product(struct screen *screen)
{
        char line[200], text[200] = "Provost";
        FILE *file = fopen("/etc/os-release", "re");

        while (file && fgets(line, sizeof line, file))
                if (sscanf(line, "PRETTY_NAME=\"%190[^\"]", text) == 1)
                        break;
        if (file)
                fclose(file);
        say(screen, text);
}

int main(void)
{
        struct screen screen = {0};
        struct service_peer *asked;
        struct service_spec spec = {.station = "console", .userdata = &screen};
        int r = service_new(&spec, &screen.service);

        if (r == 0)
                r = service_peer_new(screen.service, "/run/provost/box", &screen.box);
        if (r == 0)
                r = service_peer_new(screen.service, "/run/provost/store", &screen.store);
        if (r == 0)
                r = service_peer_new(screen.service, "/run/provost/admin", &screen.admin);
        if (r == 0 && (sd_event_add_time_relative(service_event(screen.service), &screen.look, CLOCK_MONOTONIC, 0, 0, on_look, &screen) < 0 ||
                       sd_event_add_time_relative(service_event(screen.service), &screen.page_timer, CLOCK_MONOTONIC, 0, 0, on_page_timer, &screen) < 0))
                r = PV_ESYSTEM;
        if (r == 0) {
                look_at(&screen, clock_monotonic_ms() + LOOK_ANYWAY_MS);
                say_product(&screen);
                open_prompt_on_enter(&screen);
                r = service_peer_subscribe(screen.box, "io.provost.Box.Watch", NULL, on_box, &screen);
        }
        if (r == 0)
                r = service_peer_subscribe(screen.store, "io.provost.Store.Subscribe", NULL, on_store, &screen);
        if (r == 0 && IS_ENABLED(PROVOST_ADMIN))
                r = service_peer_subscribe(screen.admin, "io.provost.Admin.WatchSetup", NULL, on_admin, &screen);
        if (r < 0)
                log_event(LOG_LEVEL_ERROR, "start-failed", "reason", pv_error_text(r), NULL);
        else
                r = service_run(screen.service);
        prompt_key_free(screen.prompt);
        sd_event_source_disable_unref(screen.look);
        sd_event_source_disable_unref(screen.page_timer);
        sd_json_variant_unref(screen.page);
        service_peer_free(screen.box);
        service_peer_free(screen.store);
        service_peer_free(screen.admin);
        asked = screen.update;
        screen.update = NULL;
        service_peer_free(asked);       /* which ends its call */
        service_free(screen.service);
        return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
