/*
 * job: a program of ours that does one thing while the station goes on.
 *
 * In:   what is asked of it.
 * Out:  how far it is, and how it ended.
 * Not:  no knowledge of what it does.
 */
#include "appliance/update/job.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "appliance/base/text.h"
#include "appliance/chore/chore.h"
#include "appliance/service/service_field.h"

struct job {
        int connection;
        sd_event_source *source;
        job_told told;
        void *userdata;
};

void job_end(struct job *job)
{
        if (!job)
                return;
        sd_event_source_disable_unref(job->source);
        close(job->connection);
        free(job);
}

static void finish(struct job *job, sd_json_variant *packet)
{
        struct job_news news = {
                .percent = -1,
                .done = sd_json_variant_by_key(packet, "done"),
                .error = service_field_text(packet, "error"),
        };
        job_told told = job->told;
        void *userdata = job->userdata;

        if (!news.done && !news.error)
                news.error = "The program that was to do this ended unexpectedly; its journal has more.";
        job_end(job);
        told(&news, userdata);
}

static int on_packet(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        struct job *job = userdata;
        sd_json_variant *packet = NULL;
        int r = chore_next(fd, 0, &packet);

        (void)source;
        (void)events;
        if (r == PV_ETIMEOUT)
                return 0;
        if (r == 0 && sd_json_variant_by_key(packet, "percent"))
                job->told(&(struct job_news){.percent = (int)service_field_integer(packet, "percent", 0)}, job->userdata);
        else
                finish(job, packet);
        sd_json_variant_unref(packet);
        return 0;
}

int job_start(sd_event *event, const char *path, sd_json_variant *request, const int *fds, size_t n_fds, job_told told, void *userdata,
              struct job **ret_job)
{
        struct job *job = calloc(1, sizeof *job);
        int r = job ? chore_ask(path, request, fds, n_fds, &job->connection) : PV_ENOMEM;

        if (r < 0) {
                free(job);
                return r;
        }
        job->told = told;
        job->userdata = userdata;
        if (sd_event_add_io(event, &job->source, job->connection, EPOLLIN, on_packet, job) < 0) {
                job_end(job);
                return PV_ENOMEM;
        }
        if (ret_job)
                *ret_job = job;
        return 0;
}

int job_once(const char *path, sd_json_variant *request, int timeout_ms, sd_json_variant **ret_done)
{
        sd_json_variant *packet = NULL, *done;
        int connection = -1, r = chore_ask(path, request, NULL, 0, &connection);

        if (r < 0)
                return r;
        r = chore_next(connection, timeout_ms, &packet);
        done = r == 0 ? sd_json_variant_by_key(packet, "done") : NULL;
        if (done)
                *ret_done = sd_json_variant_ref(done);
        sd_json_variant_unref(packet);
        close(connection);
        return done ? 0 : PV_ESYSTEM;
}
