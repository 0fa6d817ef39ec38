/*
 * names: name servers of the uplink, for the one who asks names: chrony.
 *
 * In:   /run/systemd/netif/state, which networkd writes; what DHCP said is in it.
 * Out:  resolv.conf with IPv4 addresses and nothing else.
 * Not:  no names are asked here. Nothing of the appliance needs one to work.
 */
#include "appliance/box/names.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "appliance/base/cursor.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/box/apply_file.h"

#define FOLDER "/run/systemd/netif"
#define STATE FOLDER "/state"
#define RESOLV "/run/provost/clock/resolv.conf"
#define STATE_MAX 8192
#define LINE_MAX_SIZE 1024

struct names {
        sd_event_source *watch;
};

static void servers(struct writer *w, struct cursor line, size_t *n_servers)
{
        while (cursor_left(&line) && *n_servers < NAMES_SERVERS_MAX) {
                struct cursor rest = line, word = cursor_until(&line, ' ', LINE_MAX_SIZE);
                char text[TEXT_IPV4_SIZE];
                uint32_t address;

                if (line.error) {
                        word = rest;
                        line = cursor_of("", 0);
                }
                if (cursor_to_text(&word, text, sizeof text) < 0 || text_to_ipv4(text, &address) < 0)
                        continue;       /* IPv6, or "address#name": not for us */
                writer_format(w, "nameserver %s\n", text);
                (*n_servers)++;
        }
}

void names_text(struct writer *w, const char *networkd_state)
{
        struct cursor c = cursor_of_text(networkd_state);
        size_t n_servers = 0;

        while (cursor_left(&c)) {
                struct cursor line = cursor_until(&c, '\n', LINE_MAX_SIZE);

                if (c.error)
                        return;
                if (cursor_left(&line) > 4 && memcmp(line.at, "DNS=", 4) == 0) {
                        cursor_skip(&line, 4);
                        servers(w, line, &n_servers);
                }
        }
}

static void read_state(char ret[static STATE_MAX])
{
        int fd = open(STATE, O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? 0 : read(fd, ret, STATE_MAX - 1);

        ret[n > 0 ? n : 0] = 0;
        if (fd >= 0)
                close(fd);
}

static void follow(void)
{
        char state[STATE_MAX], text[256];
        struct writer w = writer_of(text, sizeof text);

        read_state(state);
        names_text(&w, state);
        if (writer_finish_text(&w) < 0 || apply_file_holds(RESOLV, text))
                return;
        if (apply_file_write(RESOLV, text) < 0)
                log_event(LOG_LEVEL_WARNING, "write-failed", "path", RESOLV, NULL);
}

static int on_event(sd_event_source *source, const struct inotify_event *event, void *userdata)
{
        (void)source;
        (void)userdata;
        if (event->len && text_equal(event->name, "state"))
                follow();
        return 0;
}

int names_new(sd_event *event, struct names **ret_names)
{
        struct names *names = calloc(1, sizeof *names);

        if (!names)
                return PV_ENOMEM;
        if (sd_event_add_inotify(event, &names->watch, FOLDER, IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR, on_event,
                                 names) < 0) {
                names_free(names);
                return PV_ESYSTEM;
        }
        follow();
        *ret_names = names;
        return 0;
}

void names_free(struct names *names)
{
        if (!names)
                return;
        sd_event_source_disable_unref(names->watch);
        free(names);
}
