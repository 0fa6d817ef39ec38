/*
 * box_part: files and the unit that reads them, brought to agree.
 *
 * In:   the wanted texts of a part.
 * Out:  its files, a job for its unit, a stamp while both agree; when what failed is tried again.
 * Not:  no text is made here.
 */
#include "appliance/box/box_internal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/box/apply_file.h"

bool retry_may(const struct retry *retry)
{
        return clock_monotonic_ms() >= retry->at_ms;
}

void retry_later(struct retry *retry)
{
        retry->wait_ms = retry->wait_ms ? retry->wait_ms * 2 : 100;
        if (retry->wait_ms > 10000)
                retry->wait_ms = 10000;
        retry->at_ms = clock_monotonic_ms() + retry->wait_ms;
}

static bool part_holds(const struct part *part)
{
        for (size_t i = 0; i < part->n_files; i++) {
                const struct file *f = &part->files[i];

                if (f->text ? !apply_file_holds(f->path, f->text) : access(f->path, F_OK) == 0)
                        return false;
        }
        return true;
}

/* Brings the files to their texts, and notes when one changed that the unit does not take by a reload. */
static int part_write(struct part *part)
{
        for (size_t i = 0; i < part->n_files; i++) {
                const struct file *f = &part->files[i];
                int r = 0;

                if (f->text && !apply_file_holds(f->path, f->text)) {
                        r = apply_file_write(f->path, f->text);
                        part->must_restart = part->must_restart || !f->by_reload;
                } else if (!f->text && access(f->path, F_OK) == 0) {
                        r = apply_file_remove(f->path);
                        part->must_restart = part->must_restart || !f->by_reload;
                }
                if (r < 0) {
                        log_event(LOG_LEVEL_ERROR, "write-failed", "path", f->path, "reason", strerror(errno), NULL);
                        return r;
                }
        }
        return 0;
}

static void part_done(bool is_done, const char *result, void *userdata)
{
        struct part *part = userdata;

        part->is_busy = false;
        if (!is_done) {
                log_event(LOG_LEVEL_ERROR, "apply-failed", "part", part->word, "unit", part->unit, "result", result,
                          "reason", "The unit did not take its new configuration; its journal says why. Tried again.",
                          NULL);
                retry_later(&part->retry);
                part->n_failures++;
                box_want_edge(part->box);
        } else {
                log_event(LOG_LEVEL_INFO, "applied", "part", part->word, NULL);
                part->retry = (struct retry){0};
                part->must_restart = false;
                part->is_applied = !part->is_changed_meanwhile;
                if (part->is_applied && apply_file_write(part->stamp, "") < 0)
                        log_event(LOG_LEVEL_WARNING, "stamp-failed", "path", part->stamp, NULL);
        }
        part->is_changed_meanwhile = false;
        box_step(part->box);
}

void part_apply(struct part *part)
{
        enum units_state state = units_state(part->box->units, part->unit);
        bool is_stamped = access(part->stamp, F_OK) == 0;

        if (part->is_busy || !retry_may(&part->retry) || state == UNITS_STATE_UNKNOWN)
                return;
        if (is_stamped && !part->must_reload && state == UNITS_STATE_ACTIVE && part_holds(part)) {
                part->is_applied = true;
                return;
        }
        if (apply_file_remove(part->stamp) < 0 || part_write(part) < 0) {
                retry_later(&part->retry);
                return;
        }
        part->is_busy = true;
        part->must_reload = false;
        units_job(part->box->units,
                  part->must_restart || state != UNITS_STATE_ACTIVE ? "RestartUnit" : "ReloadOrRestartUnit", part->unit,
                  "replace", part_done, part);
}

/* New wanted texts: taken over by `part`; NULL for a file that should not be there. */
void part_want(struct part *part, size_t i, char *text)
{
        struct file *f = &part->files[i];

        if (!text_equal(f->text, text)) {
                part->is_applied = false;
                part->is_changed_meanwhile = part->is_busy;
                part->retry = (struct retry){0};
        }
        free(f->text);
        f->text = text;
}

static struct part *part_init(struct box *box, enum part_id id, const char *word, const char *unit, const char *stamp)
{
        struct part *part = &box->parts[id];

        /* Without a stamp nobody knows what the unit runs with. */
        *part = (struct part){.box = box, .word = word, .unit = unit, .stamp = stamp,
                              .must_restart = access(stamp, F_OK) < 0};
        return part;
}

static void part_file(struct part *part, const char *path, bool by_reload)
{
        part->files[part->n_files++] = (struct file){.path = path, .by_reload = by_reload};
}

void part_init_all(struct box *box)
{
        struct part *network = part_init(box, PART_NETWORK, "network", UNIT_NETWORK, "/run/provost/applied/network");
        struct part *clock = part_init(box, PART_CLOCK, "clock", UNIT_CLOCK, "/run/provost/applied/clock");
        struct part *edge = part_init(box, PART_EDGE, "edge", UNIT_EDGE, "/run/provost/applied/edge");

        part_file(network, "/run/systemd/network/20-provost-lan.network", false);
        part_file(network, "/run/systemd/network/20-provost-uplink.network", false);
        part_file(network, "/run/systemd/network/10-provost-tunnel.netdev", false);
        part_file(network, "/run/systemd/network/20-provost-tunnel.network", false);
        part_file(network, "/run/systemd/network/10-provost-legacy.netdev", false);
        part_file(network, "/run/systemd/network/20-provost-legacy.network", false);
        part_file(network, "/run/systemd/network/20-provost-setup.network", false);
        part_file(network, "/run/systemd/network/90-provost-others.network", false);
        part_file(network, "/run/systemd/network/10-provost-setup-first.network", false);
        part_file(clock, "/run/provost/clock/chrony.conf", false);
        part_file(clock, "/run/provost/clock/environment", false);
        part_file(edge, "/run/provost/edge/nginx.conf", false);
        part_file(edge, "/run/provost/edge/phone_ca.pem", true);
}

void part_done_all(struct box *box)
{
        for (size_t i = 0; i < N_PARTS; i++)
                for (size_t j = 0; j < box->parts[i].n_files; j++)
                        free(box->parts[i].files[j].text);
}
