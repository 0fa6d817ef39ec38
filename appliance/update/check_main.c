/*
 * provost-update-check: looks into one bundle and ends.
 *
 * In:   its connection: what this appliance is, and the bundle as an open descriptor.
 * Out:  the bundle's files in /data/update/check, its manifest; or why it is refused.
 * Not:  no network, no devices, no rights; nothing is installed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/chore/chore.h"
#include "appliance/service/service_field.h"
#include "appliance/update/bundle_check.h"
#include "appliance/update/manifest_json.h"

#define AUTHORITIES "/usr/share/provost/update-ca.pem"
#define AUTHORITIES_MAX 65536
#define PLACE "/data/update/check"

static void say(sd_json_variant *packet)
{
        if (chore_say(STDIN_FILENO, packet) < 0)
                exit(EXIT_FAILURE);     /* nobody waits for the answer any more */
        sd_json_variant_unref(packet);
}

static void progress(int percent, void *userdata)
{
        sd_json_variant *packet = NULL;

        (void)userdata;
        if (sd_json_buildo(&packet, SD_JSON_BUILD_PAIR("percent", SD_JSON_BUILD_INTEGER(percent))) >= 0)
                say(packet);
}

static int end(const char *reason)
{
        sd_json_variant *packet = NULL;

        if (sd_json_buildo(&packet, SD_JSON_BUILD_PAIR("error", SD_JSON_BUILD_STRING(reason))) >= 0)
                say(packet);
        log_event(LOG_LEVEL_NOTICE, "bundle-refused", "reason", reason, NULL);
        return EXIT_SUCCESS;
}

static const char *authorities(char ret[static AUTHORITIES_MAX])
{
        int fd = open(AUTHORITIES, O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? -1 : read(fd, ret, AUTHORITIES_MAX - 1);

        if (fd >= 0)
                close(fd);
        ret[n > 0 ? n : 0] = 0;
        return ret;
}

int main(void)
{
        static char pem[AUTHORITIES_MAX];
        static struct bundle_manifest manifest;
        char reason[BUNDLE_REASON_SIZE];
        sd_json_variant *request = NULL, *packet = NULL;
        int bundle = -1, directory;

        log_open("update-check");
        if (chore_take(STDIN_FILENO, 1, &request, &bundle) < 0) {
                fputs("provost-update-check is started by systemd.\n", stderr);
                return 2;
        }
        directory = open(PLACE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (directory < 0)
                return end("The folder " PLACE " is not there.");
        const struct bundle_policy policy = {
                .product = service_field_text(request, "product"),
                .architecture = service_field_text(request, "architecture"),
                .floor = service_field_text(request, "floor"),
                .now = service_field_integer(request, "now", 0),
        };
        if (bundle_check(bundle, directory, &policy, authorities(pem), progress, NULL, &manifest, reason) < 0)
                return end(reason);
        if (manifest_json_build(&manifest, &packet) < 0)
                return end("There is not enough memory.");
        if (sd_json_buildo(&request, SD_JSON_BUILD_PAIR("done", SD_JSON_BUILD_VARIANT(packet))) >= 0)
                say(request);
        log_event(LOG_LEVEL_NOTICE, "bundle-good", "version", manifest.version, NULL);
        return EXIT_SUCCESS;
}
