/*
 * events: changes, told to pages that are open.
 *
 * In:   kinds and keys of what changed; requests that want to hear of it.
 * Out:  text/event-stream, with a comment each 15 seconds.
 * Not:  no store: admin hears it and tells it on.
 */
#include "provisioning/admin/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-json.h>

#include "appliance/base/text.h"

#define BEAT_US (UINT64_C(15) * 1000000)

struct listener {
        struct http_request *request;   /* NULL: this row is free */
        void *owner;
        char name[80];
        bool lost;                      /* something did not fit */
};

struct events {
        events_check check;
        void *userdata;
        sd_event_source *beat;
        struct listener rows[EVENTS_MAX];
};

/* One event as text; NULL without memory. */
static char *line_of(const char *kind, const char *key)
{
        sd_json_variant *object = NULL;
        char *text = NULL, *line = NULL;

        if (sd_json_buildo(&object, SD_JSON_BUILD_PAIR_STRING("kind", kind), SD_JSON_BUILD_PAIR_STRING("key", key)) >= 0 &&
            sd_json_variant_format(object, 0, &text) >= 0 && asprintf(&line, "event: change\ndata: %s\n\n", text) < 0)
                line = NULL;
        sd_json_variant_unref(object);
        free(text);
        return line;
}

static void send_to(struct listener *row, const char *line)
{
        static const char all[] = "event: change\ndata: {\"kind\":\"\",\"key\":\"\"}\n\n";

        if (row->lost)
                row->lost = !http_stream_write(row->request, all, sizeof all - 1);
        else
                row->lost = !http_stream_write(row->request, line, strlen(line));
}

void events_tell(struct events *events, const char *kind, const char *key)
{
        char *line = line_of(kind, key);

        for (size_t i = 0; i < EVENTS_MAX; i++) {
                struct listener *row = &events->rows[i];

                if (!row->request)
                        continue;
                if (!events->check(row->owner, events->userdata))
                        http_stream_end(row->request);
                else if (line)
                        send_to(row, line);
                else
                        row->lost = true;
        }
        free(line);
}

static int on_beat(sd_event_source *source, uint64_t now, void *userdata)
{
        struct events *events = userdata;

        (void)now;
        for (size_t i = 0; i < EVENTS_MAX; i++) {
                struct listener *row = &events->rows[i];

                if (!row->request)
                        continue;
                if (!events->check(row->owner, events->userdata))
                        http_stream_end(row->request);
                else
                        send_to(row, ": still here\n\n");
        }
        (void)sd_event_source_set_time_relative(source, BEAT_US);
        (void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
        return 0;
}

int events_new(sd_event *event, events_check check, void *userdata, struct events **ret_events)
{
        struct events *events = calloc(1, sizeof *events);

        if (!events)
                return PV_ENOMEM;
        events->check = check;
        events->userdata = userdata;
        if (sd_event_add_time_relative(event, &events->beat, CLOCK_MONOTONIC, BEAT_US, 1000000, on_beat, events) < 0) {
                free(events);
                return PV_ESYSTEM;
        }
        *ret_events = events;
        return 0;
}

void events_free(struct events *events)
{
        if (!events)
                return;
        sd_event_source_disable_unref(events->beat);
        free(events);
}

/* Who has gone without a word is noticed when something is said to him: there is room again for one who comes back in a second. */
static void find_gone(struct events *events, const char *name)
{
        for (size_t i = 0; i < EVENTS_MAX; i++)
                if (events->rows[i].request && text_equal(events->rows[i].name, name))
                        send_to(&events->rows[i], ": still here\n\n");
}

int events_join(struct events *events, struct http_request *request, const char *name, void *listener)
{
        static const char hello[] = "retry: 2000\n\n";
        const struct http_header headers[] = {{"X-Accel-Buffering", "no"}, {NULL, NULL}};
        struct listener *room = NULL;
        unsigned of_one = 0;
        int r;

        for (size_t i = 0; i < EVENTS_MAX; i++) {
                if (!events->rows[i].request)
                        room = &events->rows[i];
                else
                        of_one += text_equal(events->rows[i].name, name);
        }
        if (!room || of_one >= EVENTS_OF_ONE_MAX) {
                find_gone(events, name);
                return PV_EBUSY;
        }
        r = http_reply_stream(request, 200, "text/event-stream", headers);
        if (r)
                return r;
        *room = (struct listener){.request = request, .owner = listener};
        (void)text_copy(room->name, sizeof room->name, name);
        (void)http_stream_write(request, hello, sizeof hello - 1);
        return 0;
}

void events_leave(struct events *events, const void *listener)
{
        for (size_t i = 0; i < EVENTS_MAX; i++)
                if (events->rows[i].request && events->rows[i].owner == listener)
                        memset(&events->rows[i], 0, sizeof events->rows[i]);
}

unsigned events_count(const struct events *events)
{
        unsigned n = 0;

        for (size_t i = 0; i < EVENTS_MAX; i++)
                n += events->rows[i].request != NULL;
        return n;
}
