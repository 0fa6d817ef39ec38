/*
 * settings_methods: the calls of io.provost.Settings.
 *
 * In:   calls of provostctl and admin.
 * Out:  phones that are told, firmware files that the store knows; at the start, none that it does not.
 * Not:  no SIP (settings_resync), no files (settings_upload).
 */
#include "provisioning/settings/settings_methods.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/service/service_errand.h"
#include "appliance/service/service_field.h"
#include "provisioning/phone/phone_firmware.h"

#define SETTINGS "io.provost.Settings."
#define STORE "io.provost.Store."
#define STORE_MS 20000
#define LIST_MS 120000                  /* at the start; the store may be longer in coming */
#define ADMIN (SERVICE_CALLER_ROOT | SERVICE_CALLER_ADMIN)

static int refuse(sd_varlink *link, const struct settings_upload_problem *p)
{
        char error[64] = SETTINGS;

        strncat(error, p->error, sizeof error - sizeof SETTINGS);
        if (p->name)
                return sd_varlink_errorbo(link, error, SD_JSON_BUILD_PAIR_STRING("name", p->name),
                                          SD_JSON_BUILD_PAIR_STRING("reason", p->reason));
        return service_refuse(link, error, "%s", p->reason);
}

static int refuse_without_folder(sd_varlink *link)
{
        return service_refuse(link, SETTINGS "StorageTrouble",
                              "The folder of firmware files cannot be opened; see journalctl -u provost-settings.");
}

/* --- Resync ----------------------------------------------------------------------- */

struct resync_request {
        const char *mac;
        int reboot;
};

static int resync(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        static const sd_json_dispatch_field fields[] = {
                {"mac", SD_JSON_VARIANT_STRING, sd_json_dispatch_const_string, offsetof(struct resync_request, mac), SD_JSON_MANDATORY},
                {"reboot", SD_JSON_VARIANT_BOOLEAN, sd_json_dispatch_intbool, offsetof(struct resync_request, reboot), SD_JSON_MANDATORY},
                {0},
        };
        struct settings_desk *desk = userdata;
        struct resync_request request = {0};
        int r = sd_varlink_dispatch(link, parameters, fields, &request);

        (void)flags;
        if (r == 0)
                settings_resync_call(desk->resync, link, request.mac, request.reboot);
        return r;
}

static int try_tunnel(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        static const sd_json_dispatch_field fields[] = {
                {"mac", SD_JSON_VARIANT_STRING, sd_json_dispatch_const_string, offsetof(struct resync_request, mac), SD_JSON_MANDATORY},
                {0},
        };
        struct settings_desk *desk = userdata;
        struct resync_request request = {0};
        int r = sd_varlink_dispatch(link, parameters, fields, &request);

        (void)flags;
        if (r == 0)
                settings_try_call(desk->try, link, request.mac);
        return r;
}

/* --- firmware --------------------------------------------------------------------- */

static int begin_firmware(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
#define FIELD(name, type, dispatch) \
        {#name, type, dispatch, offsetof(struct settings_upload_claim, name), SD_JSON_MANDATORY}
        static const sd_json_dispatch_field fields[] = {
                FIELD(model, SD_JSON_VARIANT_STRING, sd_json_dispatch_const_string),
                FIELD(version, SD_JSON_VARIANT_STRING, sd_json_dispatch_const_string),
                FIELD(kind, SD_JSON_VARIANT_STRING, sd_json_dispatch_const_string),
                FIELD(file, SD_JSON_VARIANT_STRING, sd_json_dispatch_const_string),
                FIELD(sha256, SD_JSON_VARIANT_STRING, sd_json_dispatch_const_string),
                FIELD(size, _SD_JSON_VARIANT_TYPE_INVALID, sd_json_dispatch_int64),
                {0},
        };
#undef FIELD
        struct settings_desk *desk = userdata;
        struct settings_upload_claim claim = {0};
        struct settings_upload_problem problem;
        int64_t number;
        int r = sd_varlink_dispatch(link, parameters, fields, &claim);

        (void)flags;
        if (r != 0)
                return r;
        if (!desk->upload)
                return refuse_without_folder(link);
        if (settings_upload_begin(desk->upload, &claim, clock_monotonic_ms(), &number, &problem) < 0)
                return refuse(link, &problem);
        return sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_INTEGER("upload", number));
}

struct part_request {
        int64_t upload, offset;
        sd_json_variant *content;
};

static int append_firmware(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        static const sd_json_dispatch_field fields[] = {
                {"upload", _SD_JSON_VARIANT_TYPE_INVALID, sd_json_dispatch_int64, offsetof(struct part_request, upload), SD_JSON_MANDATORY},
                {"offset", _SD_JSON_VARIANT_TYPE_INVALID, sd_json_dispatch_int64, offsetof(struct part_request, offset), SD_JSON_MANDATORY},
                {"content", SD_JSON_VARIANT_STRING, sd_json_dispatch_variant_noref, offsetof(struct part_request, content), SD_JSON_MANDATORY},
                {0},
        };
        struct settings_upload_problem problem = {.error = "InvalidValue", .name = "content", .reason = "The content is not base64."};
        struct settings_desk *desk = userdata;
        struct part_request request = {0};
        void *bytes = NULL;
        size_t size = 0;
        int r = sd_varlink_dispatch(link, parameters, fields, &request);

        (void)flags;
        if (r != 0)
                return r;
        if (!desk->upload)
                return refuse_without_folder(link);
        if (sd_json_variant_unbase64(request.content, &bytes, &size) < 0)
                return refuse(link, &problem);
        r = settings_upload_append(desk->upload, request.upload, request.offset, bytes, size, clock_monotonic_ms(), &problem);
        free(bytes);
        return r < 0 ? refuse(link, &problem) : sd_varlink_reply(link, NULL);
}

/* A call that waits for the store. */
struct pending {
        struct settings_desk *desk;
        sd_varlink *link;
        char file[97];
        bool is_removal;
};

/* What the store says, in this interface's words. */
static void answer_pending(struct pending *pending, sd_json_variant *answer, const char *error)
{
        const char *reason = service_field_text(answer, "reason");

        if (!error)
                (void)sd_varlink_reply(pending->link, NULL);
        else if (text_equal(error, STORE "InvalidValue"))
                (void)sd_varlink_errorbo(pending->link, SETTINGS "InvalidValue",
                                         SD_JSON_BUILD_PAIR_STRING("name", service_field_text(answer, "name") ? service_field_text(answer, "name") : ""),
                                         SD_JSON_BUILD_PAIR_STRING("reason", reason ? reason : "The store refused it."));
        else if (text_equal(error, STORE "NotAllowed") || text_equal(error, STORE "AlreadyThere") || text_equal(error, STORE "NoSuchName"))
                (void)service_refuse(pending->link, SETTINGS "NotAllowed", "%s", reason ? reason : "The store refused it.");
        else
                (void)service_refuse(pending->link, SETTINGS "StorageTrouble", "%s", reason ? reason : "The store did not answer; try again.");
}

/* No answer is no refusal: the store may list the file. Should it not, the next start removes it. */
static bool is_refused(const char *error)
{
        return error && !text_equal(error, "io.provost.Timeout") && !text_equal(error, "io.provost.Unreachable");
}

static void on_store(sd_json_variant *answer, const char *error, void *userdata)
{
        struct pending *pending = userdata;
        struct settings_upload *upload = pending->desk->upload;

        log_event(error ? LOG_LEVEL_NOTICE : LOG_LEVEL_INFO, pending->is_removal ? "firmware-removed" : "firmware-added", "file",
                  pending->file, "error", error, NULL);
        if (pending->is_removal) {
                bool is_unknown = text_equal(error, STORE "NoSuchName");

                /* A file the store does not know was left by a break between the two. */
                if ((!error || is_unknown) && settings_upload_remove(upload, pending->file) == 0 && is_unknown)
                        error = NULL;
        } else if (is_refused(error) && settings_upload_remove(upload, pending->file) < 0) {
                log_event(LOG_LEVEL_NOTICE, "firmware-stays", "file", pending->file, "reason", "the store refused it, but it cannot be removed", NULL);
        }
        answer_pending(pending, answer, error);
        sd_varlink_unref(pending->link);
        free(pending);
}

static int tell_store(struct settings_desk *desk, sd_varlink *link, const char *method, const char *file, bool is_removal,
                      sd_json_variant *parameters)
{
        struct pending *pending = calloc(1, sizeof *pending);

        if (!pending)
                return service_refuse(link, SETTINGS "StorageTrouble", "There is no memory left.");
        *pending = (struct pending){.desk = desk, .link = sd_varlink_ref(link), .is_removal = is_removal};
        (void)text_copy(pending->file, sizeof pending->file, file);
        service_errand(desk->service, desk->store, method, parameters, STORE_MS, on_store, pending);
        return 0;
}

struct number_request {
        int64_t upload;
};

static int finish_firmware(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        static const sd_json_dispatch_field fields[] = {
                {"upload", _SD_JSON_VARIANT_TYPE_INVALID, sd_json_dispatch_int64, offsetof(struct number_request, upload), SD_JSON_MANDATORY},
                {0},
        };
        struct settings_desk *desk = userdata;
        struct number_request request = {0};
        struct settings_upload_problem problem;
        struct settings_upload_done done;
        sd_json_variant *add = NULL;
        int r = sd_varlink_dispatch(link, parameters, fields, &request);

        (void)flags;
        if (r != 0)
                return r;
        if (!desk->upload)
                return refuse_without_folder(link);
        if (settings_upload_finish(desk->upload, request.upload, &done, &problem) < 0)
                return refuse(link, &problem);
        desk->has_taken = true;
        if (sd_json_buildo(&add, SD_JSON_BUILD_PAIR_STRING("file", done.file), SD_JSON_BUILD_PAIR_STRING("model", done.model),
                           SD_JSON_BUILD_PAIR_STRING("version", done.version), SD_JSON_BUILD_PAIR_STRING("kind", done.kind),
                           SD_JSON_BUILD_PAIR_INTEGER("size", done.size), SD_JSON_BUILD_PAIR_STRING("sha256", done.sha256)) < 0)
                return service_refuse(link, SETTINGS "StorageTrouble", "There is no memory left.");
        r = tell_store(desk, link, STORE "AddFirmware", done.file, false, add);
        sd_json_variant_unref(add);
        return r;
}

struct file_request {
        const char *file;
};

static int remove_firmware(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        static const sd_json_dispatch_field fields[] = {
                {"file", SD_JSON_VARIANT_STRING, sd_json_dispatch_const_string, offsetof(struct file_request, file), SD_JSON_MANDATORY},
                {0},
        };
        struct settings_upload_problem problem = {.error = "InvalidValue", .name = "file", .reason = "There is no firmware file of this name."};
        struct settings_desk *desk = userdata;
        struct file_request request = {0};
        int r = sd_varlink_dispatch(link, parameters, fields, &request);

        (void)flags;
        if (r != 0)
                return r;
        if (!desk->upload)
                return refuse_without_folder(link);
        if (!phone_firmware_is_file(request.file))
                return refuse(link, &problem);
        return tell_store(desk, link, STORE "RemoveFirmware", request.file, true, parameters);
}

const struct service_method settings_methods[] = {
        {SETTINGS "Resync", ADMIN, resync},
        {SETTINGS "TryTunnel", ADMIN, try_tunnel},
        {SETTINGS "BeginFirmware", ADMIN, begin_firmware},
        {SETTINGS "AppendFirmware", ADMIN, append_firmware},
        {SETTINGS "FinishFirmware", ADMIN, finish_firmware},
        {SETTINGS "RemoveFirmware", ADMIN, remove_firmware},
        {0},
};

/* --- what a break left ------------------------------------------------------------- */

static bool is_listed(const char *file, void *userdata)
{
        sd_json_variant *list = userdata;

        for (size_t i = 0; i < sd_json_variant_elements(list); i++)
                if (text_equal(service_field_text(sd_json_variant_by_index(list, i), "file"), file))
                        return true;
        return false;
}

/* Files of the store's list stay. One taken meanwhile may not be on it yet: then the next start looks. */
static void on_list(sd_json_variant *answer, const char *error, void *userdata)
{
        struct settings_desk *desk = userdata;
        sd_json_variant *list = error ? NULL : sd_json_variant_by_key(answer, "firmware");
        size_t removed = 0;
        char number[24];

        if (!list || !sd_json_variant_is_array(list) || desk->has_taken)
                return;
        if (settings_upload_tidy(desk->upload, is_listed, list, &removed) < 0)
                log_reason(LOG_LEVEL_NOTICE, "firmware-unread", "the folder of firmware files cannot be read");
        (void)snprintf(number, sizeof number, "%zu", removed);
        if (removed)
                log_event(LOG_LEVEL_NOTICE, "firmware-tidied", "removed", number, "reason", "the store knows nothing of them", NULL);
}

/* --- life ------------------------------------------------------------------------- */

int settings_desk_open(struct settings_desk *desk, struct service *service, const struct settings_resync_options *options,
                       const char *folder)
{
        int r = settings_resync_new(service, options, &desk->resync);

        desk->service = service;
        if (r == 0)
                r = service_peer_new(service, options->store_path, &desk->store);
        if (r == 0)
                r = settings_try_new(service, desk->store, desk->resync, &desk->try);
        if (r == 0 && settings_upload_new(folder, SETTINGS_UPLOAD_SPARE_BYTES, &desk->upload) < 0)
                log_reason(LOG_LEVEL_ERROR, "no-firmware-folder", "%s cannot be opened; phones get no firmware, everything else works", folder);
        if (r == 0 && desk->upload)
                service_errand(service, desk->store, STORE "ListFirmware", NULL, LIST_MS, on_list, desk);
        return r;
}

void settings_desk_close(struct settings_desk *desk)
{
        if (desk->service)
                service_errand_end_all(desk->service);
        service_peer_free(desk->store);         /* what waits for it is answered now */
        settings_try_free(desk->try);
        settings_resync_free(desk->resync);
        settings_upload_free(desk->upload);
        *desk = (struct settings_desk){0};
}
