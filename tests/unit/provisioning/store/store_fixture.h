/*
 * store_fixture: a store on a database of its own, and calls in JSON.
 */
#pragma once

#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "provisioning/store/store.h"
#include "provisioning/store/store_alarm.h"
#include "provisioning/store/store_approve.h"
#include "provisioning/store/store_audit.h"
#include "provisioning/store/store_document.h"
#include "provisioning/store/store_enrolment.h"
#include "provisioning/store/store_event.h"
#include "provisioning/store/store_evidence.h"
#include "provisioning/store/store_lease.h"
#include "provisioning/store/store_phone.h"
#include "provisioning/store/store_preview.h"
#include "provisioning/store/store_receipt.h"
#include "provisioning/store/store_replace.h"
#include "provisioning/store/store_revision.h"
#include "provisioning/store/store_revoke.h"
#include "provisioning/store/store_rollout.h"
#include "provisioning/store/store_scope.h"
#include "provisioning/store/store_seen.h"
#include "provisioning/store/store_serve.h"
#include "provisioning/store/store_site.h"
#include "provisioning/store/store_token.h"
#include "provisioning/store/store_user.h"
#include "provisioning/store/store_tunnel.h"
#include "provisioning/store/store_window.h"
#include "tests/support/test.h"

#define MAC_A "000413aabbcc"
#define MAC_B "000413aabbdd"
#define PEM "-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\\n"
#define KEY "-----BEGIN PRIVATE KEY-----\\ncanary-vpn-key\\n-----END PRIVATE KEY-----\\n"
#define DIGEST "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static char fixture_dir[64], fixture_db[96], fixture_key[96], fixture_error[160];
static struct store *fixture;
static int64_t fixture_now_ms;
static sd_json_variant *fixture_out;

static inline int64_t fixture_clock(void)
{
        return fixture_now_ms;
}

static inline void fixture_reopen(void)
{
        store_close(fixture);
        fixture = NULL;
        CHECK_EQ_INT(store_open(fixture_db, fixture_key, &fixture), 0);
        store_set_clock(fixture, fixture_clock);
}

static inline void fixture_begin(void)
{
        int fd;

        snprintf(fixture_dir, sizeof fixture_dir, "/tmp/store-XXXXXX");
        CHECK(mkdtemp(fixture_dir) != NULL);
        snprintf(fixture_db, sizeof fixture_db, "%s/provost.db", fixture_dir);
        snprintf(fixture_key, sizeof fixture_key, "%s/store.key", fixture_dir);
        fd = open(fixture_key, O_WRONLY | O_CREAT, 0600);
        CHECK(fd >= 0 && write(fd, "0123456789abcdef0123456789abcdef", 32) == 32);
        close(fd);
        fixture_now_ms = INT64_C(1800000000000);
        fixture_reopen();
}

static inline void fixture_end(void)
{
        char command[128];

        store_close(fixture);
        fixture = NULL;
        fixture_out = sd_json_variant_unref(fixture_out);
        snprintf(command, sizeof command, "rm -rf %s", fixture_dir);
        CHECK(system(command) == 0);
}

/* "" or the error's name, with the field of InvalidValue after a blank. The answer is in fixture_out. */
static inline const char *fixture_told(const struct store_request *request, int r)
{
        snprintf(fixture_error, sizeof fixture_error, "%s%s%s", r ? request->error : "", r && *request->field ? " " : "",
                 r ? request->field : "");
        return fixture_error;
}

static inline const char *fixture_call(bool write, store_operation operation, const char *actor, const char *json)
{
        struct store_write w = {.operation = operation, .request = {.actor = actor}};

        fixture_out = sd_json_variant_unref(fixture_out);
        CHECK(sd_json_parse(json, 0, &w.request.in, NULL, NULL) >= 0);
        if (write)
                do
                        store_write_round(fixture, &w, 1);
                while (w.result == 0 && w.request.again);
        else
                do {
                        w.request.again = false;
                        w.result = store_read(fixture, operation, &w.request);
                } while (w.result == 0 && w.request.again);
        fixture_out = sd_json_variant_ref(w.request.out);
        store_request_done(&w.request);
        sd_json_variant_unref(w.request.in);
        return fixture_told(&w.request, w.result);
}

#define DO(operation, json) fixture_call(true, store_op_##operation, "root", json)
#define ASK(operation, json) fixture_call(false, store_op_##operation, "root", json)

/* "phone.state" in the last answer: text, or a number as text, or "null". */
static inline const char *fixture_get(const char *path)
{
        static char text[4096];
        sd_json_variant *at = fixture_out;
        char copy[128], *rest = copy, *part;

        snprintf(copy, sizeof copy, "%s", path);
        while (at && (part = strsep(&rest, ".")))
                at = *part >= '0' && *part <= '9' ? sd_json_variant_by_index(at, (size_t)atoi(part)) : sd_json_variant_by_key(at, part);
        if (!at)
                return NULL;
        if (sd_json_variant_is_string(at))
                snprintf(text, sizeof text, "%s", sd_json_variant_string(at));
        else if (sd_json_variant_is_null(at))
                snprintf(text, sizeof text, "null");
        else if (sd_json_variant_is_boolean(at))
                snprintf(text, sizeof text, "%s", sd_json_variant_boolean(at) ? "true" : "false");
        else
                snprintf(text, sizeof text, "%" PRId64, sd_json_variant_integer(at));
        return text;
}

static inline size_t fixture_count(const char *list)
{
        return sd_json_variant_elements(sd_json_variant_by_key(fixture_out, list));
}

/* The value of a setting in the last document; NULL when it is not in it. */
static inline const char *fixture_setting(const char *name)
{
        sd_json_variant *list = sd_json_variant_by_key(fixture_out, "settings");

        for (size_t i = 0; i < sd_json_variant_elements(list); i++) {
                sd_json_variant *item = sd_json_variant_by_index(list, i);
                if (!strcmp(sd_json_variant_string(sd_json_variant_by_key(item, "name")), name))
                        return sd_json_variant_string(sd_json_variant_by_key(item, "value"));
        }
        return NULL;
}

#define LAN_SITE                                                                                                         \
        "{\"values\":[{\"name\":\"lan_address\",\"value\":\"192.168.7.1/24\"},"                                          \
        "{\"name\":\"pool_first\",\"value\":\"192.168.7.100\"},{\"name\":\"pool_last\",\"value\":\"192.168.7.200\"}]}"
#define ADD(mac) "{\"mac\":\"" mac "\",\"approve\":false}"
#define ADD_APPROVED(mac) "{\"mac\":\"" mac "\",\"approve\":true}"
#define MAC(mac) "{\"mac\":\"" mac "\"}"
#define ENROLMENT(mac)                                                                                                   \
        "{\"mac\":\"" mac "\",\"certificate\":\"" PEM "\",\"private_key\":\"" KEY "\",\"serial\":\"0a1b\","              \
        "\"sha256\":\"" DIGEST "\",\"not_before\":1,\"not_after\":2000000000}"

/* The phone has taken its bundle and its tunnel is up. */
static inline void fixture_connect(const char *mac)
{
        char json[512];

        snprintf(json, sizeof json, "{\"mac\":\"%s\",\"certificate\":\"" PEM "\",\"private_key\":\"" KEY "\",\"serial\":\"0a1b\","
                 "\"sha256\":\"" DIGEST "\",\"not_before\":1,\"not_after\":2000000000}", mac);
        CHECK_STR(DO(set_enrolment, json), "");
        snprintf(json, sizeof json, "{\"mac\":\"%s\",\"up\":true,\"detail\":\"\"}", mac);
        CHECK_STR(DO(report_tunnel, json), "");
}
