/*
 * update_intake: a bundle comes, from wherever.
 *
 * In:   pieces of an upload, a file of a stick, a URL.
 * Out:  /data/update/ready: a checked bundle's files; or a sentence why it was refused.
 * Not:  nothing of a bundle is looked at here: provost-update-check does, without rights. Nothing is installed.
 */
#include "appliance/update/update_intake.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/service/service_field.h"
#include "appliance/transfer/transfer_client.h"
#include "appliance/update/durable.h"
#include "appliance/update/manifest_json.h"

#define INCOMING "incoming"
#define CHECK "check"
#define READY "ready"
#define MANIFEST "manifest.json"
#define PIECE_MAX (4 << 20)
#define ROOM_MORE (16LL << 20)
#define STORE_PATH "/run/provost/store"
#define STORE_MS 10000
/* An upload of which nothing came for so long is given up. */
#define PATIENCE_US (15ULL * 60 * 1000000)
#define PATIENCE_SLACK_US 5000000

struct intake {
        struct update *update;
        char id[17];                    /* of the upload; "" none */
        int file;
        int64_t size, at;
        uint8_t sha256[BUNDLE_SHA256_SIZE];
        EVP_MD_CTX *hash;
        struct job *job;
        int transfer;
        sd_event_source *transfer_source, *patience;
        struct service_peer *store;
};

/* --- files ------------------------------------------------------------------ */

static void empty_folder(int place, const char *name)
{
        int fd = openat(place, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        DIR *folder = fd < 0 ? NULL : fdopendir(fd);
        struct dirent *entry;

        if (!folder && fd >= 0)
                close(fd);
        while (folder && (entry = readdir(folder)))
                if (!text_equal(entry->d_name, ".") && !text_equal(entry->d_name, ".."))
                        (void)unlinkat(dirfd(folder), entry->d_name, 0);
        if (folder)
                closedir(folder);
}

static void close_file(struct intake *in)
{
        if (in->file >= 0)
                close(in->file);
        in->file = -1;
}

/* Ends whatever comes in; the checked bundle stays. */
static void stop(struct intake *in)
{
        in->transfer_source = sd_event_source_disable_unref(in->transfer_source);
        in->patience = sd_event_source_disable_unref(in->patience);
        if (in->transfer >= 0)
                close(in->transfer);
        in->transfer = -1;
        job_end(in->job);
        in->job = NULL;
        close_file(in);
        *in->id = 0;
        if (in->update->place >= 0)
                (void)unlinkat(in->update->place, INCOMING, 0);
}

void intake_forget(struct update *update)
{
        update->has_bundle = false;
        if (update->place < 0)
                return;
        int ready = openat(update->place, READY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        if (ready >= 0) {
                (void)durable_remove(ready, MANIFEST);
                close(ready);
        }
        empty_folder(update->place, READY);
}

/* Why it cannot be received, as a sentence; NULL: the file is open. */
static const char *open_incoming(struct intake *in, int64_t size)
{
        struct statvfs room = {0};

        stop(in);
        if (in->update->place < 0)
                return "The folder " UPDATE_PLACE " cannot be used.";
        intake_forget(in->update);
        empty_folder(in->update->place, CHECK);
        if (fstatvfs(in->update->place, &room) == 0 && (int64_t)(room.f_bavail * room.f_frsize) < 2 * size + ROOM_MORE)
                return "There is not enough room on the data partition for this bundle and its parts.";
        in->file = openat(in->update->place, INCOMING, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        return in->file < 0 ? "The bundle cannot be written to the data partition." : NULL;
}

/* --- the checker --------------------------------------------------------------- */

static int reply_bundle(sd_varlink *link, const struct update *update)
{
        const struct bundle_manifest *m = &update->bundle;
        sd_json_variant *bundle = NULL;
        int r = sd_json_buildo(&bundle, SD_JSON_BUILD_PAIR("version", SD_JSON_BUILD_STRING(m->version)),
                               SD_JSON_BUILD_PAIR("architecture", SD_JSON_BUILD_STRING(m->architecture)),
                               SD_JSON_BUILD_PAIR("made_at", SD_JSON_BUILD_INTEGER(m->made_at)),
                               SD_JSON_BUILD_PAIR("ends_at", SD_JSON_BUILD_INTEGER(m->ends_at)),
                               SD_JSON_BUILD_PAIR("size", SD_JSON_BUILD_INTEGER(m->files[0].size + m->files[1].size + m->files[2].size)),
                               SD_JSON_BUILD_PAIR("notes", SD_JSON_BUILD_STRING(m->notes)));

        if (r >= 0)
                r = sd_varlink_replybo(link, SD_JSON_BUILD_PAIR("bundle", SD_JSON_BUILD_VARIANT(bundle)));
        sd_json_variant_unref(bundle);
        return r;
}

static sd_varlink *take_waiting(struct update *update)
{
        sd_varlink *link = update->waiting;

        update->waiting = NULL;
        return link;
}

static void refuse(struct intake *in, const char *reason)
{
        struct update *update = in->update;
        sd_varlink *link = take_waiting(update);

        stop(in);
        empty_folder(update->place, CHECK);
        update_note(update, update->machine.version, "", UPDATE_RESULT_REFUSED, reason);
        update_rest(update);
        if (link)
                (void)update_refused(link, reason, "");
        sd_varlink_unref(link);
}

/* The checked files, out of the checker's reach. */
static int move_files(struct update *update, const char *manifest)
{
        int check = openat(update->place, CHECK, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), ready = -1, r = PV_ESYSTEM;

        if (mkdirat(update->place, READY, 0700) == 0 || errno == EEXIST)
                ready = openat(update->place, READY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (check >= 0 && ready >= 0)
                r = 0;
        for (enum bundle_part part = 0; r == 0 && part < BUNDLE_PARTS; part++)
                if (renameat(check, bundle_part_name(part), ready, bundle_part_name(part)) < 0)
                        r = PV_ESYSTEM;
        if (r == 0)
                r = durable_write(ready, MANIFEST, manifest);
        if (check >= 0)
                close(check);
        if (ready >= 0)
                close(ready);
        return r;
}

static void accept(struct intake *in, sd_json_variant *found)
{
        struct update *update = in->update;
        char reason[BUNDLE_REASON_SIZE] = "The checked bundle cannot be kept on the data partition.", *text = NULL;
        struct bundle_manifest *m = calloc(1, sizeof *m);
        sd_varlink *link;
        bool is_good = m && sd_json_variant_format(found, 0, &text) >= 0 && bundle_manifest_parse(text, strlen(text), m, reason) == 0 &&
                       move_files(update, text) == 0;

        free(text);
        if (is_good)
                update->bundle = *m;
        free(m);
        if (!is_good) {
                refuse(in, reason);
                return;
        }
        update->has_bundle = true;
        stop(in);
        log_event(LOG_LEVEL_NOTICE, "bundle-here", "version", update->bundle.version, NULL);
        update_rest(update);
        link = take_waiting(update);
        if (link)
                (void)reply_bundle(link, update);
        sd_varlink_unref(link);
}

static void on_check(const struct job_news *news, void *userdata)
{
        struct intake *in = userdata;

        if (news->percent >= 0) {
                update_percent(in->update, news->percent);
                return;
        }
        in->job = NULL;
        if (news->done)
                accept(in, news->done);
        else
                refuse(in, news->error);
}

static void check(struct intake *in)
{
        struct update *update = in->update;
        sd_json_variant *request = NULL;
        int bundle, r;

        in->patience = sd_event_source_disable_unref(in->patience);
        *in->id = 0;
        close_file(in);
        bundle = openat(update->place, INCOMING, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        update_go(update, UPDATE_STEP_CHECKING, "The bundle is being checked.");
        r = bundle < 0 || sd_json_buildo(&request, SD_JSON_BUILD_PAIR("product", SD_JSON_BUILD_STRING("provost")),
                                         SD_JSON_BUILD_PAIR("architecture", SD_JSON_BUILD_STRING(update->machine.architecture)),
                                         SD_JSON_BUILD_PAIR("floor", SD_JSON_BUILD_STRING(update->state.floor)),
                                         SD_JSON_BUILD_PAIR("now", SD_JSON_BUILD_INTEGER(clock_wall_s()))) < 0
                    ? PV_ESYSTEM
                    : job_start(service_event(update->service), UPDATE_CHECK_PATH, request, &bundle, 1, on_check, in, &in->job);
        sd_json_variant_unref(request);
        if (bundle >= 0)
                close(bundle);
        if (r < 0)
                refuse(in, "The program that checks bundles cannot be started; the journal has more.");
}

/* --- in pieces -------------------------------------------------------------------- */

bool intake_is_open(const struct update *update)
{
        return *update->intake->id || update->intake->job || update->intake->transfer >= 0;
}

static int on_impatient(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct intake *in = userdata;

        (void)source;
        (void)usec;
        refuse(in, "The upload of a bundle stopped before its end, and nothing came for a quarter of an hour.");
        return 0;
}

static void be_patient(struct intake *in)
{
        in->patience = sd_event_source_disable_unref(in->patience);
        (void)sd_event_add_time_relative(service_event(in->update->service), &in->patience, CLOCK_MONOTONIC, PATIENCE_US, PATIENCE_SLACK_US,
                                         on_impatient, in);
}

static int nibble(char c)
{
        return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool take_sha256(struct intake *in, const char *text)
{
        if (strlen(text) != 2 * BUNDLE_SHA256_SIZE)
                return false;
        for (size_t i = 0; i < BUNDLE_SHA256_SIZE; i++) {
                int high = nibble(text[2 * i]), low = nibble(text[2 * i + 1]);

                if (high < 0 || low < 0)
                        return false;
                in->sha256[i] = (uint8_t)(high << 4 | low);
        }
        return true;
}

/* An upload that nobody goes on with gives way to a new one. */
static const char *busy(const struct update *update)
{
        return update->step == UPDATE_STEP_RECEIVING && *update->intake->id ? NULL : update_busy(update);
}

int intake_begin(struct update *update, sd_varlink *link, int64_t size, const char *sha256)
{
        struct intake *in = update->intake;
        const char *problem = busy(update);
        uint8_t random[8];

        if (problem)
                return update_not_now(link, problem);
        if (size <= 0 || size > BUNDLE_SIZE_MAX)
                return update_refused(link, "A bundle has between one byte and 288 MiB.", "size");
        if (!take_sha256(in, sha256))
                return update_refused(link, "The SHA-256 of the bundle is 64 hexadecimal digits.", "sha256");
        if ((problem = open_incoming(in, size)))
                return update_trouble(link, problem);
        if (getrandom(random, sizeof random, 0) != sizeof random || EVP_DigestInit_ex(in->hash, EVP_sha256(), NULL) != 1)
                return update_trouble(link, "There are no random numbers.");
        (void)text_hex(in->id, random, sizeof random);
        in->size = size;
        in->at = 0;
        be_patient(in);
        update_go(update, UPDATE_STEP_RECEIVING, "A bundle is being uploaded.");
        return sd_varlink_replybo(link, SD_JSON_BUILD_PAIR("upload", SD_JSON_BUILD_STRING(in->id)));
}

static int put(struct intake *in, const uint8_t *data, size_t size)
{
        if (EVP_DigestUpdate(in->hash, data, size) != 1)
                return PV_ESYSTEM;
        while (size) {
                ssize_t n = write(in->file, data, size);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return PV_ESYSTEM;
                data += n;
                in->at += n;
                size -= (size_t)n;
        }
        return 0;
}

int intake_append(struct update *update, sd_varlink *link, const char *id, int64_t offset, sd_json_variant *data)
{
        struct intake *in = update->intake;
        void *bytes = NULL;
        size_t size = 0;
        int r;

        if (!*in->id || !text_equal(id, in->id))
                return update_refused(link, "There is no such upload; begin anew.", "upload");
        if (offset != in->at)
                return update_refused(link, "The pieces of a bundle come in order, without gaps.", "offset");
        if (sd_json_variant_unbase64(data, &bytes, &size) < 0 || size == 0 || size > PIECE_MAX || (int64_t)size > in->size - in->at) {
                free(bytes);
                return update_refused(link, "A piece is base64 of at most 4 MiB, and all of them together are as long as was said.", "data");
        }
        r = put(in, bytes, size);
        free(bytes);
        if (r < 0) {
                refuse(in, "The bundle cannot be written to the data partition.");
                return update_trouble(link, "The bundle cannot be written to the data partition.");
        }
        be_patient(in);
        update_percent(update, (int)(in->at * 100 / in->size));
        return sd_varlink_replybo(link, SD_JSON_BUILD_PAIR("offset", SD_JSON_BUILD_INTEGER(in->at)));
}

int intake_finish(struct update *update, sd_varlink *link, const char *id)
{
        struct intake *in = update->intake;
        uint8_t digest[EVP_MAX_MD_SIZE];

        if (!*in->id || !text_equal(id, in->id))
                return update_refused(link, "There is no such upload; begin anew.", "upload");
        if (in->at != in->size)
                return update_refused(link, "The upload is shorter than was said at its beginning.", "upload");
        update->waiting = sd_varlink_ref(link);
        if (EVP_DigestFinal_ex(in->hash, digest, NULL) != 1 || memcmp(digest, in->sha256, BUNDLE_SHA256_SIZE) != 0)
                refuse(in, "The upload was damaged on its way: it has another SHA-256 than was said.");
        else
                check(in);
        return 1;
}

/* --- from a stick -------------------------------------------------------------------- */

static void on_stick(const struct job_news *news, void *userdata)
{
        struct intake *in = userdata;

        if (news->percent >= 0) {
                update_percent(in->update, news->percent);
                return;
        }
        in->job = NULL;
        if (news->done)
                check(in);
        else
                refuse(in, news->error);
}

int intake_from_stick(struct update *update, sd_varlink *link, const char *device, const char *name)
{
        struct intake *in = update->intake;
        const char *problem = busy(update);
        sd_json_variant *request = NULL;
        int r;

        if (problem)
                return update_not_now(link, problem);
        if ((problem = open_incoming(in, 0)))
                return update_trouble(link, problem);
        r = sd_json_buildo(&request, SD_JSON_BUILD_PAIR("verb", SD_JSON_BUILD_STRING("take")),
                           SD_JSON_BUILD_PAIR("device", SD_JSON_BUILD_STRING(device)), SD_JSON_BUILD_PAIR("name", SD_JSON_BUILD_STRING(name)),
                           SD_JSON_BUILD_PAIR("size_max", SD_JSON_BUILD_INTEGER(BUNDLE_SIZE_MAX))) < 0
                    ? PV_ENOMEM
                    : job_start(service_event(update->service), UPDATE_DISK_PATH, request, &in->file, 1, on_stick, in, &in->job);
        sd_json_variant_unref(request);
        if (r < 0) {
                stop(in);
                return update_trouble(link, "The program that reads sticks cannot be started; the journal has more.");
        }
        update_go(update, UPDATE_STEP_RECEIVING, "A bundle is copied from the stick.");
        return sd_varlink_reply(link, NULL);
}

/* --- from a web server ------------------------------------------------------------------ */

static int on_transfer(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        struct intake *in = userdata;
        struct transfer_news news = {0};

        (void)source;
        (void)events;
        if (transfer_next(fd, 0, &news) == PV_ETIMEOUT)
                return 0;
        if (!news.is_over) {
                if (news.total > 0)
                        update_percent(in->update, (int)(news.done * 100 / news.total));
                return 0;
        }
        in->transfer_source = sd_event_source_disable_unref(in->transfer_source);
        close(in->transfer);
        in->transfer = -1;
        if (news.is_done)
                check(in);
        else
                refuse(in, news.text);
        return 0;
}

static void download(struct intake *in, const char *url)
{
        struct update *update = in->update;
        const char *problem = *url ? transfer_url_problem(url) : "The site has no update_url: set it, or say from where.";

        if (!problem)
                problem = open_incoming(in, 0);
        if (problem) {
                refuse(in, problem);
                return;
        }
        const struct transfer_job job = {.verb = "get", .url = url, .size_max = BUNDLE_SIZE_MAX, .fd = in->file};

        if (transfer_start(&job, &in->transfer) < 0) {
                in->transfer = -1;
                refuse(in, "The program that fetches files cannot be started; the journal has more.");
        } else if (sd_event_add_io(service_event(update->service), &in->transfer_source, in->transfer, EPOLLIN, on_transfer, in) < 0)
                refuse(in, "There is not enough memory.");
        else
                update_go(update, UPDATE_STEP_RECEIVING, "A bundle is fetched from the web server.");
}

static const char *site_value(sd_json_variant *reply, const char *name)
{
        sd_json_variant *values = service_field_list(reply, "values");

        for (size_t i = 0; values && i < sd_json_variant_elements(values); i++)
                if (text_equal(service_field_text(sd_json_variant_by_index(values, i), "name"), name))
                        return service_field_text(sd_json_variant_by_index(values, i), "value");
        return NULL;
}

static void on_site(sd_json_variant *reply, const char *error, void *userdata)
{
        struct intake *in = userdata;
        const char *url = site_value(reply, "update_url");

        if (error)
                refuse(in, "The database does not answer, so it is not known from where updates come.");
        else
                download(in, url ? url : "");
}

int intake_download(struct update *update, sd_varlink *link, const char *url)
{
        const char *problem = busy(update);
        int r;

        if (problem)
                return update_not_now(link, problem);
        if (url && *url && (problem = transfer_url_problem(url)))
                return update_refused(link, problem, "url");
        update_go(update, UPDATE_STEP_RECEIVING, "A bundle is fetched from the web server.");
        r = sd_varlink_reply(link, NULL);
        if (url && *url)
                download(update->intake, url);
        else
                service_peer_call(update->intake->store, "io.provost.Store.GetSite", NULL, STORE_MS, on_site, update->intake);
        return r;
}

/* --- the bundle that waits ------------------------------------------------------------------ */

int intake_discard(struct update *update, sd_varlink *link)
{
        const char *problem = busy(update);

        if (problem)
                return update_not_now(link, problem);
        stop(update->intake);
        intake_forget(update);
        if (update->state.phase == UPDATE_PHASE_WRITTEN) {
                update->state.phase = UPDATE_PHASE_IDLE;
                (void)update_keep(update);
        }
        update_rest(update);
        return sd_varlink_reply(link, NULL);
}

static void load_bundle(struct update *update)
{
        int ready = update->place < 0 ? -1 : openat(update->place, READY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        char *text = NULL, reason[BUNDLE_REASON_SIZE];

        if (ready < 0)
                return;
        if (durable_read(ready, MANIFEST, BUNDLE_MANIFEST_MAX, &text) == 0)
                update->has_bundle = bundle_manifest_parse(text, strlen(text), &update->bundle, reason) == 0;
        free(text);
        close(ready);
}

int intake_new(struct update *update, struct intake **ret)
{
        struct intake *in = calloc(1, sizeof *in);

        if (!in)
                return PV_ENOMEM;
        in->update = update;
        in->file = in->transfer = -1;
        in->hash = EVP_MD_CTX_new();
        if (!in->hash || service_peer_new(update->service, STORE_PATH, &in->store) < 0) {
                EVP_MD_CTX_free(in->hash);
                free(in);
                return PV_ENOMEM;
        }
        load_bundle(update);
        if (update->place >= 0) {
                (void)unlinkat(update->place, INCOMING, 0);
                empty_folder(update->place, CHECK);
        }
        *ret = in;
        return 0;
}

void intake_free(struct intake *in)
{
        if (!in)
                return;
        stop(in);
        service_peer_free(in->store);
        EVP_MD_CTX_free(in->hash);
        free(in);
}
