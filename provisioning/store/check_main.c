/*
 * provost-store-check: a database of a backup, looked at by a process that has no other.
 *
 * In:   one request: where the database is; the key and a file for certificates as descriptors.
 * Out:  lines of a report.
 * Not:  no database that is in use.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "appliance/base/log.h"
#include "appliance/chore/chore.h"
#include "appliance/service/service_field.h"
#include "provisioning/store/store_check.h"

#define CONNECTION STDIN_FILENO

static void said(const char *name, bool is_ok, const char *text, void *userdata)
{
        sd_json_variant *packet = NULL;
        bool *is_told = userdata;

        if (sd_json_buildo(&packet, SD_JSON_BUILD_PAIR_STRING("name", name), SD_JSON_BUILD_PAIR_BOOLEAN("ok", is_ok),
                           SD_JSON_BUILD_PAIR_STRING("text", text)) < 0 || chore_say(CONNECTION, packet) < 0)
                *is_told = false;
        sd_json_variant_unref(packet);
}

int main(void)
{
        sd_json_variant *request = NULL, *end = NULL;
        bool is_told = true, is_newer = false;
        int fds[CHORE_FDS_MAX];
        char key[64];

        log_open("store-check");
        if (chore_take(CONNECTION, 2, &request, fds) < 0 || fds[1] < 0 || !service_field_text(request, "database")) {
                log_reason(LOG_LEVEL_ERROR, "request-refused", "A check wants the path of a database, its key and a file for certificates.");
                return EXIT_FAILURE;
        }
        (void)snprintf(key, sizeof key, "/proc/self/fd/%d", fds[0]);
        store_check_run(&(struct store_check){.database = service_field_text(request, "database"), .key = key, .certificates = fds[1],
                                              .said = said, .userdata = &is_told}, &is_newer);
        if (sd_json_buildo(&end, SD_JSON_BUILD_PAIR_BOOLEAN("is_over", true), SD_JSON_BUILD_PAIR_BOOLEAN("newer", is_newer)) < 0 ||
            chore_say(CONNECTION, end) < 0)
                is_told = false;
        sd_json_variant_unref(end);
        sd_json_variant_unref(request);
        return is_told ? EXIT_SUCCESS : EXIT_FAILURE;
}
