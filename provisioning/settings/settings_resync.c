/*
 * settings_resync: tells phones to fetch their settings.
 *
 * In:   the store's stream; calls of people; answers of phones on the UDP descriptor.
 * Out:  NOTIFY check-sync; events for the timeline; answers to the callers.
 * Not:  no SIP (settings_notify, provisioning/sip), no order of phones (settings_resync_queue). Polling inside the
 *       tunnel is the sure way; this only makes it quick.
 *
 * One phone is one job: site → phone (its tunnel address) → document (its account) → NOTIFY until it ends.
 */
#include "provisioning/settings/settings_resync.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/service/service_errand.h"
#include "appliance/service/service_field.h"
#include "provisioning/settings/settings_notify.h"
#include "provisioning/settings/settings_resync_account.h"
#include "provisioning/settings/settings_resync_queue.h"
#include "provisioning/store/store_client.h"

#define STORE "io.provost.Store."
#define SETTINGS "io.provost.Settings."
#define ASK_MS 5000
#define WAITERS_MAX 256
#define READ_BURST 64
#define DEVICE_SIZE IFNAMSIZ
#define TEXT_SIZE 129

struct waiter {
        struct waiter *next;
        sd_varlink *link;
        char mac[MAC_TEXT_SIZE];
        unsigned run;                   /* of its phone: the end of which answers it */
};

struct settings_resync {
        struct service *service;
        struct service_peer *store;
        int fd;
        char device[DEVICE_SIZE];       /* "" any */
        bool is_ending;
        sd_event_source *io, *timer;
        struct settings_resync_queue *queue;
        struct job *jobs;
        struct waiter *waiters;
        unsigned n_waiters;
        bool has_site, is_off;
        uint32_t gateway;
        settings_resync_other other;
        void *other_userdata;
};

struct job {
        struct job *next, **link;
        struct settings_resync *resync;
        struct settings_resync_entry *entry;
        void (*step)(struct job *job, sd_json_variant *answer);
        bool is_sent;                   /* the transaction is under way */
        struct settings_notify notify;
        struct settings_notify_phone phone;
        struct settings_notify_marks marks;
        char user[TEXT_SIZE], login[TEXT_SIZE], password[TEXT_SIZE];
        char bytes[SETTINGS_NOTIFY_MAX];
        size_t size;
};

static void arm(struct settings_resync *r);

/* --- how it ended ----------------------------------------------------------------- */

/* outcome NULL: error, one of the interface's. */
static void answer_waiters(struct settings_resync *r, const struct settings_resync_entry *entry, const char *outcome,
                           const char *error, const char *detail)
{
        for (struct waiter **at = &r->waiters, *w; (w = *at);) {
                if (w->run > entry->run || !text_equal(w->mac, entry->mac)) {
                        at = &w->next;
                        continue;
                }
                *at = w->next;
                r->n_waiters--;
                if (outcome)
                        (void)sd_varlink_replybo(w->link, SD_JSON_BUILD_PAIR_STRING("outcome", outcome),
                                                 SD_JSON_BUILD_PAIR_STRING("detail", detail));
                else
                        (void)service_refuse(w->link, error, "%s", detail);
                sd_varlink_unref(w->link);
                free(w);
        }
}

static void job_end(struct job *job, const char *outcome, const char *error, const char *detail)
{
        struct settings_resync *r = job->resync;

        log_event(outcome ? LOG_LEVEL_INFO : LOG_LEVEL_NOTICE, "resync", "mac", job->entry->mac, "outcome", outcome, "error", error,
                  "reason", detail, NULL);
        answer_waiters(r, job->entry, outcome, error, detail);
        settings_resync_queue_end(r->queue, job->entry, clock_monotonic_ms());
        *job->link = job->next;
        if (job->next)
                job->next->link = job->link;
        explicit_bzero(job, sizeof *job);
        free(job);
        arm(r);
}

static void add_event(struct job *job, const char *word, const char *detail)
{
        store_client_event(job->resync->service, job->resync->store, "settings", job->entry->mac, word, detail);
}

static void job_told(struct job *job)
{
        static const char *const words[][2] = {
                [SETTINGS_NOTIFY_TAKEN] = {"taken", "notify-taken"},
                [SETTINGS_NOTIFY_REFUSED] = {"refused", "notify-refused"},
                [SETTINGS_NOTIFY_SILENT] = {"silent", "notify-silent"},
        };
        char detail[SETTINGS_NOTIFY_REASON_SIZE];

        (void)text_copy(detail, sizeof detail, job->notify.reason);
        add_event(job, words[job->notify.outcome][1], detail);
        job_end(job, words[job->notify.outcome][0], NULL, detail);
}

/* --- the wire --------------------------------------------------------------------- */

/*
 * The number of the tunnels' device now; 0 while there is none. OpenVPN makes the device anew at each start, so each datagram names
 * it: a descriptor bound to it would be bound to one that is gone. Asked through the descriptor, which is of the network that has it.
 */
static int device_index(const struct settings_resync *r)
{
        struct ifreq request = {0};

        if (text_copy(request.ifr_name, sizeof request.ifr_name, r->device) < 0)
                return 0;
        return ioctl(r->fd, SIOCGIFINDEX, &request) == 0 ? request.ifr_ifindex : 0;
}

static bool has_device(const struct settings_resync *r)
{
        return !*r->device || device_index(r) > 0;
}

union packet_control {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
};

/* Through the tunnels' device or not at all. */
static int send_datagram(const struct settings_resync *r, uint32_t address, uint16_t port, const void *bytes, size_t size)
{
        struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)};
        struct in_pktinfo through = {.ipi_ifindex = *r->device ? device_index(r) : 0};
        struct iovec data = {.iov_base = (void *)bytes, .iov_len = size};
        union packet_control control = {.header = {.cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO, .cmsg_len = CMSG_LEN(sizeof through)}};
        const struct msghdr message = {.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &data, .msg_iovlen = 1,
                                       .msg_control = &control, .msg_controllen = sizeof control};

        if (*r->device && through.ipi_ifindex == 0) {
                errno = ENODEV;
                return -1;
        }
        memcpy(CMSG_DATA(&control.header), &through, sizeof through);
        return sendmsg(r->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -1 : 0;
}

/* The size of a datagram that came through the tunnels' device; 0 for one that came another way; negative when there is none. */
static ssize_t receive_datagram(const struct settings_resync *r, char *buffer, size_t size, struct sockaddr_in *ret_from)
{
        struct iovec data = {.iov_base = buffer, .iov_len = size};
        union packet_control control;
        struct msghdr message = {.msg_name = ret_from, .msg_namelen = sizeof *ret_from, .msg_iov = &data, .msg_iovlen = 1,
                                 .msg_control = &control, .msg_controllen = sizeof control};
        ssize_t n = recvmsg(r->fd, &message, MSG_DONTWAIT);
        struct in_pktinfo came = {0};

        if (n < 0)
                return n;
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
                if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
                        memcpy(&came, CMSG_DATA(c), sizeof came);
        return ret_from->sin_family == AF_INET && (!*r->device || (came.ipi_ifindex && came.ipi_ifindex == device_index(r))) ? n : 0;
}

/* A datagram that could not leave is one that was lost: it is sent again. */
static void transmit(struct job *job)
{
        if (send_datagram(job->resync, job->phone.address, job->phone.port, job->bytes, job->size) < 0)
                log_event(LOG_LEVEL_NOTICE, "notify-not-sent", "mac", job->entry->mac, "reason", strerror(errno), NULL);
}

static int fill_token(char ret[static SETTINGS_NOTIFY_TOKEN_SIZE])
{
        unsigned char bytes[(SETTINGS_NOTIFY_TOKEN_SIZE - 1) / 2];

        if (RAND_bytes(bytes, sizeof bytes) != 1)
                return PV_ESYSTEM;
        text_hex(ret, bytes, sizeof bytes);
        return 0;
}

/* A new request: the first, or the answer to a challenge. */
static int send_request(struct job *job, const struct sip_challenge *challenge)
{
        int e = fill_token(job->marks.branch);

        if (e == 0)
                e = fill_token(job->marks.cnonce);
        job->marks.cseq++;
        if (e == 0)
                e = settings_notify_write(&job->phone, &job->marks, challenge, job->bytes, &job->size);
        if (e < 0)
                return e;
        settings_notify_begin(&job->notify, *job->password, job->phone.reboot, clock_monotonic_ms());
        transmit(job);
        return 0;
}

static void follow(struct job *job, enum settings_notify_action action, const struct sip_challenge *challenge)
{
        switch (action) {
        case SETTINGS_NOTIFY_WAIT:
                break;
        case SETTINGS_NOTIFY_SEND:
                transmit(job);
                break;
        case SETTINGS_NOTIFY_ANSWER:
                if (send_request(job, challenge) < 0)
                        job_end(job, "refused", NULL, "the phone's challenge cannot be answered: its SIP user or realm has a quote in it");
                break;
        case SETTINGS_NOTIFY_END:
                job_told(job);
                break;
        }
}

static void take_datagram(struct settings_resync *r, const void *data, size_t size, uint32_t from)
{
        static const char MAGIC[] = "z9hG4bK";
        const struct sip_challenge *challenge = NULL;
        struct sip_answer answer;

        if (sip_answer_parse(data, size, &answer) < 0 || !text_starts(answer.branch, MAGIC))
                return;
        if (!text_equal(answer.method, "NOTIFY")) {
                if (r->other)
                        r->other(&answer, from, r->other_userdata);
                return;
        }
        for (struct job *job = r->jobs; job; job = job->next)
                if (job->is_sent && job->phone.address == from && answer.cseq == job->marks.cseq &&
                    text_equal(answer.branch + strlen(MAGIC), job->marks.branch)) {
                        enum settings_notify_action action =
                                settings_notify_take(&job->notify, &answer, clock_monotonic_ms(), &challenge);

                        follow(job, action, challenge);
                        arm(r);
                        return;
                }
}

static int on_datagram(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        struct settings_resync *r = userdata;
        char buffer[SIP_ANSWER_MAX + 1];

        (void)source, (void)fd, (void)events;
        for (unsigned i = 0; i < READ_BURST; i++) {
                struct sockaddr_in from = {0};
                ssize_t n = receive_datagram(r, buffer, sizeof buffer, &from);

                if (n < 0)
                        break;
                if (n > 0)
                        take_datagram(r, buffer, (size_t)n, ntohl(from.sin_addr.s_addr));
        }
        return 0;
}

/* --- asking the store ------------------------------------------------------------- */

static void on_answer(sd_json_variant *answer, const char *error, void *userdata)
{
        struct job *job = userdata;

        if (!error && !job->resync->is_ending)
                job->step(job, answer);
        else if (text_equal(error, STORE "NoSuchPhone"))
                job_end(job, NULL, SETTINGS "NoSuchPhone", "There is no phone with this MAC.");
        else if (text_equal(error, STORE "NoTunnel"))
                job_end(job, "no-tunnel", NULL, "The phone is not connected; it gets its settings when its tunnel is up.");
        else if (text_equal(error, STORE "NotAllowed"))
                job_end(job, NULL, SETTINGS "NotAllowed", "The phone is not approved, or it is revoked.");
        else
                job_end(job, NULL, SETTINGS "StorageTrouble", "The store did not answer; try again.");
}

static void ask(struct job *job, const char *method, const char *name, const char *value, void (*step)(struct job *, sd_json_variant *))
{
        struct settings_resync *r = job->resync;
        sd_json_variant *parameters = NULL;

        job->step = step;
        if (name && sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING(name, value)) < 0)
                job_end(job, NULL, SETTINGS "StorageTrouble", "There is no memory left.");
        else
                service_errand(r->service, r->store, method, parameters, ASK_MS, on_answer, job);
        sd_json_variant_unref(parameters);
}

static void with_document(struct job *job, sd_json_variant *answer)
{
        struct settings_resync *r = job->resync;
        struct settings_resync_account account = settings_resync_account(answer);
        char detail[96], address[TEXT_IPV4_SIZE];

        if (text_copy(job->user, sizeof job->user, account.user) < 0 || text_copy(job->login, sizeof job->login, account.login) < 0 ||
            text_copy(job->password, sizeof job->password, account.password) < 0)
                *job->password = '\0';          /* longer than any account: told without one */
        job->notify.hint = account.hint;
        job->phone.port = account.port;
        job->phone.gateway = r->gateway;
        job->phone.reboot = job->entry->reboot;
        job->phone.user = job->user;
        job->phone.login = job->login;
        job->phone.password = job->password;
        if (!has_device(r)) {
                job_end(job, "no-tunnel", NULL, "There is no tunnel device (tun-phones) yet; see provostctl status.");
                return;
        }
        if (fill_token(job->marks.call_id) < 0 || fill_token(job->marks.tag) < 0 || send_request(job, NULL) < 0) {
                job_end(job, "refused", NULL, "No NOTIFY can be written for its SIP user (user_name).");
                return;
        }
        job->is_sent = true;
        (void)snprintf(detail, sizeof detail, "check-sync;reboot=%s to %s:%u", job->phone.reboot ? "true" : "false",
                       text_from_ipv4(job->phone.address, address), job->phone.port);
        add_event(job, "notify-sent", detail);
        arm(r);
}

static void with_phone(struct job *job, sd_json_variant *answer)
{
        sd_json_variant *phone = sd_json_variant_by_key(answer, "phone");
        const char *address = service_field_text(phone, "tunnel_address");

        /* The descriptor is bound to the tunnels of the others for good. */
        if (text_equal(service_field_text(phone, "vpn_class"), "legacy"))
                job_end(job, "silent", NULL, "It is one of the old phones; they are not told, they ask by themselves every few minutes (site value poll_minutes).");
        else if (!address || text_to_ipv4(address, &job->phone.address) < 0)
                job_end(job, NULL, SETTINGS "NotAllowed", "The phone has no tunnel address; approve it first.");
        else
                ask(job, STORE "GetDocument", "tunnel_address", address, with_document);
}

static int keep_site(struct settings_resync *r, sd_json_variant *answer)
{
        struct site_problem problem;
        struct site site;
        int e = store_client_site(answer, &site, &problem);

        if (e == 0 && !site.complete)
                e = PV_EUNSET;
        if (e < 0)
                return e;
        r->gateway = site.tunnel_address;
        r->is_off = site.notify == SITE_NOTIFY_OFF;
        r->has_site = true;
        return 0;
}

static bool has_waiter(const struct settings_resync *r, const struct settings_resync_entry *entry)
{
        for (const struct waiter *w = r->waiters; w; w = w->next)
                if (w->run <= entry->run && text_equal(w->mac, entry->mac))
                        return true;
        return false;
}

/* A wish may have come before the site's word that there shall be none. */
static void ask_for_phone(struct job *job)
{
        if (job->resync->is_off && !has_waiter(job->resync, job->entry))
                job_end(job, NULL, SETTINGS "NotAllowed", "The site says that phones are not told (notify=off).");
        else
                ask(job, STORE "GetPhone", "mac", job->entry->mac, with_phone);
}

static void with_site(struct job *job, sd_json_variant *answer)
{
        if (keep_site(job->resync, answer) < 0)
                job_end(job, NULL, SETTINGS "NotAllowed", "The site is not complete; see provostctl site show.");
        else
                ask_for_phone(job);
}

static void job_start(struct settings_resync *r, struct settings_resync_entry *entry)
{
        struct job *job = calloc(1, sizeof *job);

        if (!job) {
                answer_waiters(r, entry, NULL, SETTINGS "StorageTrouble", "There is no memory left.");
                settings_resync_queue_end(r->queue, entry, clock_monotonic_ms());
                return;
        }
        *job = (struct job){.resync = r, .entry = entry, .next = r->jobs, .link = &r->jobs};
        if (job->next)
                job->next->link = &job->next;
        r->jobs = job;
        entry->job = job;
        if (r->has_site)
                ask_for_phone(job);
        else
                ask(job, STORE "GetSite", NULL, NULL, with_site);
}

/* --- time ------------------------------------------------------------------------- */

static int on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct settings_resync *r = userdata;
        uint64_t now_ms = clock_monotonic_ms();
        struct settings_resync_entry *entry;

        (void)source, (void)usec;
        for (struct job *job = r->jobs, *next; job; job = next) {
                next = job->next;
                if (job->is_sent && settings_notify_next_ms(&job->notify) <= now_ms)
                        follow(job, settings_notify_tick(&job->notify, now_ms), NULL);
        }
        entry = settings_resync_queue_start(r->queue, now_ms);
        if (entry)
                job_start(r, entry);
        arm(r);
        return 0;
}

static void arm(struct settings_resync *r)
{
        uint64_t at_ms = settings_resync_queue_next_ms(r->queue);

        for (const struct job *job = r->jobs; job; job = job->next)
                if (job->is_sent && settings_notify_next_ms(&job->notify) < at_ms)
                        at_ms = settings_notify_next_ms(&job->notify);
        (void)sd_event_source_set_time(r->timer, at_ms == UINT64_MAX ? UINT64_MAX : at_ms * 1000);
        (void)sd_event_source_set_enabled(r->timer, at_ms == UINT64_MAX ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

/* --- who asks for it -------------------------------------------------------------- */

static void on_site(sd_json_variant *answer, const char *error, void *userdata)
{
        if (!error)
                (void)keep_site(userdata, answer);
}

/* The first message is NULL: the connection is new. Wishes of the time without one come with the phones' next poll. */
static void on_update(sd_json_variant *message, void *userdata)
{
        struct settings_resync *r = userdata;
        const char *kind = message ? service_field_text(message, "kind") : "site", *key = service_field_text(message, "key");
        struct mac mac;
        char name[MAC_TEXT_SIZE];
        unsigned run;

        if (text_equal(kind, "site")) {
                r->has_site = false;
                service_errand(r->service, r->store, STORE "GetSite", NULL, ASK_MS, on_site, r);
        }
        if (!text_equal(kind, "settings") || r->is_off || r->fd < 0 || !key || mac_parse_text(key, &mac) < 0)
                return;
        if (settings_resync_queue_wish(r->queue, mac_format(&mac, name), false, false, clock_monotonic_ms(), &run) < 0)
                log_event(LOG_LEVEL_WARNING, "resync-dropped", "mac", name, "reason", "too many phones wait already", NULL);
        arm(r);
}

static int add_waiter(struct settings_resync *r, sd_varlink *link, const char *mac, unsigned run)
{
        struct waiter *w = r->n_waiters < WAITERS_MAX ? calloc(1, sizeof *w) : NULL;

        if (!w)
                return PV_ETOOLARGE;
        *w = (struct waiter){.next = r->waiters, .link = sd_varlink_ref(link), .run = run};
        (void)text_copy(w->mac, sizeof w->mac, mac);
        r->waiters = w;
        r->n_waiters++;
        return 0;
}

void settings_resync_call(struct settings_resync *r, sd_varlink *link, const char *text, bool reboot)
{
        char mac[MAC_TEXT_SIZE];
        struct mac parsed;
        unsigned run;

        if (r->fd < 0)
                (void)service_refuse(link, SETTINGS "NotAllowed", "There is no SIP socket; see systemctl status provost-settings-notify.socket.");
        else if (mac_parse_text(text, &parsed) < 0)
                (void)service_refuse(link, SETTINGS "NoSuchPhone", "A MAC is 12 hex digits, as in 000413aabbcc.");
        else if (r->n_waiters >= WAITERS_MAX ||
                 settings_resync_queue_wish(r->queue, mac_format(&parsed, mac), reboot, true, clock_monotonic_ms(), &run) < 0 ||
                 add_waiter(r, link, mac, run) < 0)
                (void)service_refuse(link, SETTINGS "NotAllowed", "Too many phones are being told already; try again in a minute.");
        arm(r);
}

/* --- others of the station -------------------------------------------------------- */

int settings_resync_send(struct settings_resync *r, uint32_t address, uint16_t port, const void *bytes, size_t size)
{
        if (r->fd < 0 || !has_device(r))
                return PV_ESYSTEM;
        (void)send_datagram(r, address, port, bytes, size);
        return 0;
}

void settings_resync_set_other(struct settings_resync *r, settings_resync_other other, void *userdata)
{
        r->other = other;
        r->other_userdata = userdata;
}

uint32_t settings_resync_gateway(const struct settings_resync *r)
{
        return r->has_site ? r->gateway : 0;
}

/* --- life ------------------------------------------------------------------------- */

static int open_events(struct settings_resync *r)
{
        sd_event *event = service_event(r->service);
        int e = sd_event_add_time(event, &r->timer, CLOCK_MONOTONIC, UINT64_MAX, 1000, on_time, r);

        if (e >= 0)
                e = sd_event_source_set_enabled(r->timer, SD_EVENT_OFF);
        if (e >= 0 && r->fd >= 0 && *r->device && setsockopt(r->fd, IPPROTO_IP, IP_PKTINFO, &(int){1}, sizeof(int)) < 0)
                e = -errno;
        if (e >= 0 && r->fd >= 0)
                e = sd_event_add_io(event, &r->io, r->fd, EPOLLIN, on_datagram, r);
        return pv_error_from_errno(e);
}

int settings_resync_new(struct service *service, const struct settings_resync_options *options, struct settings_resync **ret_resync)
{
        struct settings_resync *r = calloc(1, sizeof *r);
        int e;

        if (!r)
                return PV_ENOMEM;
        r->service = service;
        r->fd = -1;
        e = text_copy(r->device, sizeof r->device, options->device ? options->device : "");
        if (e == 0)
                e = settings_resync_queue_new(&r->queue);
        if (e == 0)
                e = service_peer_new(service, options->store_path, &r->store);
        if (e == 0) {
                r->fd = options->fd;
                e = open_events(r);
        }
        if (e == 0)
                e = service_peer_subscribe(r->store, STORE "Subscribe", NULL, on_update, r);
        if (e < 0) {
                if (r->fd < 0 && options->fd >= 0)
                        close(options->fd);
                settings_resync_free(r);
                return e;
        }
        *ret_resync = r;
        return 0;
}

void settings_resync_free(struct settings_resync *r)
{
        if (!r)
                return;
        r->is_ending = true;
        service_errand_end_all(r->service);
        service_peer_free(r->store);            /* the jobs that wait for it end now */
        while (r->jobs)
                job_end(r->jobs, NULL, SETTINGS "StorageTrouble", "The station is restarting; try again.");
        while (r->waiters) {
                struct waiter *w = r->waiters;

                r->waiters = w->next;
                sd_varlink_unref(w->link);
                free(w);
        }
        sd_event_source_disable_unref(r->timer);
        sd_event_source_disable_unref(r->io);
        settings_resync_queue_free(r->queue);
        if (r->fd >= 0)
                close(r->fd);
        free(r);
}
