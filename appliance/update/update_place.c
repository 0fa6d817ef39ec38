/*
 * update_place: sticks and disks of this machine, and the data partition.
 *
 * In:   what a person asks.
 * Out:  lists, another disk made ours, a recovery key said once, the request that wipes at the next start.
 * Not:  no disk is touched here: provost-update-disk does, and the initramfs wipes.
 */
#include "appliance/update/update_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/service/service_field.h"
#include "appliance/update/durable.h"

#define KEY_READ "recovery-key-read"

/* --- questions to the disk's program ------------------------------------------- */

struct asked {
        struct update *update;
        sd_varlink *link;
        const char *field;              /* of the reply; NULL: nothing but an end */
};

static void on_answer(const struct job_news *news, void *userdata)
{
        struct asked *asked = userdata;

        if (news->percent >= 0)
                return;
        if (!news->done)
                (void)update_trouble(asked->link, news->error);
        else
                (void)sd_varlink_replybo(asked->link, SD_JSON_BUILD_PAIR(asked->field, SD_JSON_BUILD_VARIANT(news->done)));
        sd_varlink_unref(asked->link);
        free(asked);
}

static int ask(struct update *update, sd_varlink *link, const char *verb, const char *field, job_told told)
{
        struct asked *asked = calloc(1, sizeof *asked);
        sd_json_variant *request = NULL;
        int r = asked && sd_json_buildo(&request, SD_JSON_BUILD_PAIR("verb", SD_JSON_BUILD_STRING(verb))) >= 0 ? 0 : PV_ENOMEM;

        if (r == 0) {
                *asked = (struct asked){.update = update, .link = sd_varlink_ref(link), .field = field};
                r = job_start(service_event(update->service), UPDATE_DISK_PATH, request, NULL, 0, told, asked, NULL);
        }
        sd_json_variant_unref(request);
        if (r == 0)
                return 1;
        if (asked)
                sd_varlink_unref(asked->link);
        free(asked);
        return update_trouble(link, "The program that knows the disks cannot be started; the journal has more.");
}

static int nothing(sd_varlink *link, const char *field)
{
        sd_json_variant *none = NULL;
        int r = sd_json_variant_new_array(&none, NULL, 0);

        if (r >= 0)
                r = sd_varlink_replybo(link, SD_JSON_BUILD_PAIR(field, SD_JSON_BUILD_VARIANT(none)));
        sd_json_variant_unref(none);
        return r;
}

int place_list_sticks(struct update *update, sd_varlink *link)
{
        return update->machine.is_container ? nothing(link, "files") : ask(update, link, "sticks", "files", on_answer);
}

int place_list_disks(struct update *update, sd_varlink *link)
{
        return update->machine.is_container ? nothing(link, "disks") : ask(update, link, "disks", "disks", on_answer);
}

/* --- another disk ------------------------------------------------------------------ */

static void on_disk(const struct job_news *news, void *userdata)
{
        struct update *update = userdata;

        if (news->percent >= 0) {
                update_percent(update, news->percent);
                return;
        }
        if (news->done)
                update_go(update, UPDATE_STEP_IDLE, "The disk holds version %s now. Switch the machine off, take the stick out, and start it from that disk.",
                          update->machine.version);
        else {
                log_event(LOG_LEVEL_ERROR, "disk-not-made", "reason", news->error, NULL);
                update_go(update, UPDATE_STEP_IDLE, "The disk was not made: %s", news->error);
        }
}

int place_install_on(struct update *update, sd_varlink *link, const char *device, bool erase)
{
        const char *problem = update_unsupported(update);
        sd_json_variant *request = NULL;
        int r;

        if (problem)
                return service_refuse(link, "io.provost.Update.NotAllowed", "%s", problem);
        if ((problem = update_busy(update)))
                return update_not_now(link, problem);
        r = sd_json_buildo(&request, SD_JSON_BUILD_PAIR("verb", SD_JSON_BUILD_STRING("install")),
                           SD_JSON_BUILD_PAIR("device", SD_JSON_BUILD_STRING(device)), SD_JSON_BUILD_PAIR("erase", SD_JSON_BUILD_BOOLEAN(erase))) < 0
                    ? PV_ENOMEM
                    : job_start(service_event(update->service), UPDATE_DISK_PATH, request, NULL, 0, on_disk, update, NULL);
        sd_json_variant_unref(request);
        if (r < 0)
                return update_trouble(link, "The program that writes disks cannot be started; the journal has more.");
        update_go(update, UPDATE_STEP_WRITING, "The disk %s is made a Provost disk.", device);
        return sd_varlink_reply(link, NULL);
}

/* --- the data partition ------------------------------------------------------------- */

static const char *data_sentence(const struct machine *m)
{
        if (m->is_container)
                return "The data lie in a directory of this container's host; whether they are encrypted there is the host's matter.";
        if (text_equal(m->encryption, "tpm"))
                return "The data partition is encrypted; only this machine's TPM opens it, and only for a signed system.";
        if (text_equal(m->encryption, "recovery"))
                return "The data partition is encrypted and was opened with the recovery key this time: the TPM did not open it.";
        return "The data partition is not encrypted, because this machine has no TPM: who takes the disk can read everything on it.";
}

int place_get_data(struct update *update, sd_varlink *link)
{
        const struct machine *m = &update->machine;
        bool is_encrypted = !m->is_container && !text_equal(m->encryption, "none");
        bool is_read = update->place >= 0 && faccessat(update->place, KEY_READ, F_OK, 0) == 0;
        struct statvfs room = {0};
        sd_json_variant *data = NULL;
        int r;

        (void)statvfs("/data", &room);
        r = sd_json_buildo(&data, SD_JSON_BUILD_PAIR("place", SD_JSON_BUILD_STRING(m->is_container ? "container" : "disk")),
                           SD_JSON_BUILD_PAIR("encryption", SD_JSON_BUILD_STRING(is_encrypted ? m->encryption : "none")),
                           SD_JSON_BUILD_PAIR("recovery_key_waits", SD_JSON_BUILD_BOOLEAN(is_encrypted && !is_read)),
                           SD_JSON_BUILD_PAIR("size", SD_JSON_BUILD_UNSIGNED(room.f_blocks * room.f_frsize)),
                           SD_JSON_BUILD_PAIR("free", SD_JSON_BUILD_UNSIGNED(room.f_bavail * room.f_frsize)),
                           SD_JSON_BUILD_PAIR("text", SD_JSON_BUILD_STRING(data_sentence(m))));
        if (r >= 0)
                r = sd_varlink_replybo(link, SD_JSON_BUILD_PAIR("data", SD_JSON_BUILD_VARIANT(data)));
        sd_json_variant_unref(data);
        return r;
}

/* The newest key makes the next one. One that opens nothing is no use: the next start makes another. */
static void keep_key(const char *key)
{
        int data = open("/data", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (data < 0)
                return;
        if (!key || durable_write(data, MACHINE_DISK_KEY_NAME, key) < 0)
                (void)durable_remove(data, MACHINE_DISK_KEY_NAME);
        close(data);
}

static void on_key(const struct job_news *news, void *userdata)
{
        struct asked *asked = userdata;

        if (news->percent < 0) {
                keep_key(news->done ? sd_json_variant_string(news->done) : NULL);
                if (news->done && asked->update->place >= 0)
                        (void)!durable_write(asked->update->place, KEY_READ, "");
        }
        on_answer(news, userdata);
}

int place_new_recovery_key(struct update *update, sd_varlink *link)
{
        if (update->machine.is_container || text_equal(update->machine.encryption, "none"))
                return service_refuse(link, "io.provost.Update.NotAllowed", "%s", "Nothing is encrypted here, so there is no recovery key.");
        sd_varlink_set_input_sensitive(link);
        return ask(update, link, "key", "key", on_key);
}

int place_factory_reset(struct update *update, sd_varlink *link)
{
        const char *problem = update_unsupported(update);
        int data, r;

        if (problem)
                return service_refuse(link, "io.provost.Update.NotAllowed", "%s", problem);
        if ((problem = update_busy(update)))
                return update_not_now(link, problem);
        data = open("/data", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        r = data < 0 ? PV_ESYSTEM : durable_write(data, "factory-reset.request", "wipe\n");
        if (data >= 0)
                close(data);
        if (r < 0)
                return update_trouble(link, "The request could not be written to the data partition. Hold a key at the next start and choose Factory reset.");
        log_event(LOG_LEVEL_WARNING, "factory-reset", "reason", "Somebody asked for it; everything on the data partition is wiped now.", NULL);
        r = sd_varlink_reply(link, NULL);
        update_restart_machine(update);
        return r;
}
