/*
 * provost-transfer: one file over HTTPS.
 *
 * In:   one request on its standard input (a socket of systemd's), the descriptor that came with it; what a server answers.
 * Out:  the file, how far it is, how it ended.
 * Not:  no file is opened but the public authorities; nothing is kept. A password is in no message and no line of the journal.
 */
#include <curl/curl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/chore/chore.h"
#include "appliance/service/service_field.h"
#include "appliance/transfer/transfer_client.h"
#include "appliance/transfer/transfer_text.h"

#define CONNECTION STDIN_FILENO
#define AUTHORITIES "/usr/share/ca-certificates/mozilla/*.crt"
#define AUTHORITIES_MAX (4 << 20)
#define TELL_MS 250
#define CONNECT_S 30L
#define SLOW_BYTES 100L                 /* a second, for */
#define SLOW_S 60L
#define REDIRECTS 5L

struct transfer {
        sd_json_variant *request;
        int fd;
        int64_t size_max, done, total;
        uint64_t told_ms;
        bool is_too_large, is_unwritable, is_left_alone;
        char trouble[CURL_ERROR_SIZE];
};

static const char *field(const struct transfer *t, const char *name)
{
        const char *text = service_field_text(t->request, name);

        return text ? text : "";
}

static void say(struct transfer *t, bool is_over, const char *text)
{
        sd_json_variant *packet = NULL;
        bool is_done = is_over && !*text;

        if (sd_json_buildo(&packet, SD_JSON_BUILD_PAIR_BOOLEAN("is_over", is_over), SD_JSON_BUILD_PAIR_BOOLEAN("is_done", is_done),
                           SD_JSON_BUILD_PAIR_INTEGER("done", t->done), SD_JSON_BUILD_PAIR_INTEGER("total", t->total),
                           SD_JSON_BUILD_PAIR_STRING("text", text)) >= 0 &&
            chore_say(CONNECTION, packet) < 0)
                t->is_left_alone = true;
        sd_json_variant_unref(packet);
}

/* --- bytes ---------------------------------------------------------------- */

static size_t on_write(char *bytes, size_t one, size_t n, void *userdata)
{
        struct transfer *t = userdata;
        size_t size = one * n, at = 0;

        if (t->fd < 0)
                return size;            /* what a server says of a deletion */
        if (t->done + (int64_t)size > t->size_max) {
                t->is_too_large = true;
                return CURL_WRITEFUNC_ERROR;
        }
        while (at < size) {
                ssize_t k = write(t->fd, bytes + at, size - at);

                if (k <= 0) {
                        t->is_unwritable = true;
                        return CURL_WRITEFUNC_ERROR;
                }
                at += (size_t)k;
        }
        t->done += (int64_t)size;
        return size;
}

static size_t on_read(char *bytes, size_t one, size_t n, void *userdata)
{
        struct transfer *t = userdata;
        ssize_t k = read(t->fd, bytes, one * n);

        if (k < 0)
                return CURL_READFUNC_ABORT;
        t->done += k;
        return (size_t)k;
}

/* A server may ask for the password only after it saw the beginning. */
static int on_seek(void *userdata, curl_off_t offset, int origin)
{
        struct transfer *t = userdata;

        if (lseek(t->fd, offset, origin) < 0)
                return CURL_SEEKFUNC_FAIL;
        t->done = offset;
        return CURL_SEEKFUNC_OK;
}

static size_t on_answer_of_put(char *bytes, size_t one, size_t n, void *userdata)
{
        (void)bytes;
        (void)userdata;
        return one * n;
}

static int on_progress(void *userdata, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
        struct transfer *t = userdata;
        uint64_t now_ms = clock_monotonic_ms();

        (void)down;
        (void)up;
        t->total = up_total > 0 ? up_total : down_total;
        if (now_ms - t->told_ms >= TELL_MS) {
                t->told_ms = now_ms;
                say(t, false, "");
        }
        return t->is_left_alone;
}

/* --- whom to believe --------------------------------------------------------- */

static bool append_file(FILE *out, const char *path)
{
        char block[4096];
        FILE *in = fopen(path, "re");
        size_t n;

        if (!in)
                return false;
        while ((n = fread(block, 1, sizeof block, in)) > 0)
                (void)fwrite(block, 1, n, out);
        (void)fputc('\n', out);
        (void)fclose(in);
        return true;
}

/* The public ones and those that an admin named. */
static int authorities(const struct transfer *t, char **ret_pem, size_t *ret_size)
{
        char *pem = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&pem, &size);
        glob_t files = {0};

        if (!out)
                return PV_ENOMEM;
        if (glob(AUTHORITIES, 0, NULL, &files) == 0)
                for (size_t i = 0; i < files.gl_pathc; i++)
                        (void)append_file(out, files.gl_pathv[i]);
        globfree(&files);
        (void)fputs(field(t, "authorities"), out);
        if (fclose(out) != 0 || size > AUTHORITIES_MAX) {
                free(pem);
                return PV_ENOMEM;
        }
        *ret_pem = pem;
        *ret_size = size;
        return 0;
}

/* --- the transfer -------------------------------------------------------------- */

/* Basic at once, under TLS: a server that asks for it in the middle of a file would have all of it sent twice, or close the connection. */
static CURLcode set_common(CURL *curl, struct transfer *t)
{
        const struct { CURLoption option; long value; } numbers[] = {
                {CURLOPT_NOSIGNAL, 1}, {CURLOPT_FOLLOWLOCATION, 1}, {CURLOPT_MAXREDIRS, REDIRECTS}, {CURLOPT_CONNECTTIMEOUT, CONNECT_S},
                {CURLOPT_LOW_SPEED_LIMIT, SLOW_BYTES}, {CURLOPT_LOW_SPEED_TIME, SLOW_S}, {CURLOPT_FAILONERROR, 1},
                {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2}, {CURLOPT_NOPROGRESS, 0}, {CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC},
        };
        CURLcode code = CURLE_OK;

        for (size_t i = 0; code == CURLE_OK && i < sizeof numbers / sizeof numbers[0]; i++)
                code = curl_easy_setopt(curl, numbers[i].option, numbers[i].value);
        /* Of the protocols that the library knows, one. */
        if (code == CURLE_OK)
                code = curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
        if (code == CURLE_OK)
                code = curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "https");
        if (code == CURLE_OK)
                code = curl_easy_setopt(curl, CURLOPT_PROXY, "");
        if (code == CURLE_OK)
                code = curl_easy_setopt(curl, CURLOPT_USERAGENT, "Provost");
        if (code == CURLE_OK)
                code = curl_easy_setopt(curl, CURLOPT_URL, field(t, "url"));
        if (code == CURLE_OK)
                code = curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, t->trouble);
        if (code == CURLE_OK)
                code = curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
        return code == CURLE_OK ? curl_easy_setopt(curl, CURLOPT_XFERINFODATA, t) : code;
}

static CURLcode set_who(CURL *curl, const struct transfer *t, char *pem, size_t size)
{
        struct curl_blob blob = {.data = pem, .len = size, .flags = CURL_BLOB_NOCOPY};
        CURLcode code = curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &blob);

        if (code == CURLE_OK && *field(t, "user"))
                code = curl_easy_setopt(curl, CURLOPT_USERNAME, field(t, "user"));
        if (code == CURLE_OK && *field(t, "password"))
                code = curl_easy_setopt(curl, CURLOPT_PASSWORD, field(t, "password"));
        return code;
}

static CURLcode set_get(CURL *curl, struct transfer *t)
{
        CURLcode code = curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_write);

        return code == CURLE_OK ? curl_easy_setopt(curl, CURLOPT_WRITEDATA, t) : code;
}

static CURLcode set_put(CURL *curl, struct transfer *t)
{
        struct stat status;
        CURLcode code = fstat(t->fd, &status) < 0 || lseek(t->fd, 0, SEEK_SET) < 0 ? CURLE_READ_ERROR : curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);

        if (code == CURLE_OK)
                code = curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)status.st_size);
        if (code == CURLE_OK)
                code = curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
        if (code == CURLE_OK)
                code = curl_easy_setopt(curl, CURLOPT_READDATA, t);
        if (code == CURLE_OK)
                code = curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, on_seek);
        if (code == CURLE_OK)
                code = curl_easy_setopt(curl, CURLOPT_SEEKDATA, t);
        return code == CURLE_OK ? curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_answer_of_put) : code;
}

static CURLcode set_verb(CURL *curl, struct transfer *t)
{
        if (text_equal(field(t, "verb"), "get"))
                return set_get(curl, t);
        if (text_equal(field(t, "verb"), "put"))
                return set_put(curl, t);
        return set_get(curl, t) == CURLE_OK ? curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "DELETE") : CURLE_OUT_OF_MEMORY;
}

static void explain(struct transfer *t, CURL *curl, CURLcode code, char *ret, size_t size)
{
        struct transfer_end end = {.code = (int)code, .detail = t->trouble, .url = field(t, "url"), .is_too_large = t->is_too_large,
                                   .is_unwritable = t->is_unwritable, .size_max = t->size_max};

        (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &end.status);
        transfer_text(&end, ret, size);
}

static int run(struct transfer *t)
{
        char *pem = NULL, text[320] = "The transfer cannot begin: not enough memory.";
        size_t size = 0;
        CURLcode code = CURLE_OUT_OF_MEMORY;
        CURL *curl = NULL;

        if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
                curl = curl_easy_init();
        if (curl && authorities(t, &pem, &size) == 0) {
                code = set_common(curl, t);
                if (code == CURLE_OK)
                        code = set_who(curl, t, pem, size);
                if (code == CURLE_OK)
                        code = set_verb(curl, t);
                if (code == CURLE_OK)
                        code = curl_easy_perform(curl);
                explain(t, curl, code, text, sizeof text);
        }
        if (code != CURLE_OK)
                log_reason(LOG_LEVEL_WARNING, "failed", "%s", text);
        say(t, true, code == CURLE_OK ? "" : text);
        curl_easy_cleanup(curl);
        free(pem);
        return code == CURLE_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(void)
{
        struct transfer t = {.fd = -1};
        const char *problem;
        int fds[CHORE_FDS_MAX] = {-1}, code = EXIT_FAILURE;
        int r;

        log_open("transfer");
        r = chore_take(CONNECTION, 1, &t.request, fds);
        if (r < 0) {
                log_reason(LOG_LEVEL_ERROR, "request-refused", "What was asked is no request: %s.", pv_error_text(r));
                return EXIT_FAILURE;
        }
        t.fd = fds[0];
        t.size_max = service_field_integer(t.request, "size_max", 0);
        problem = transfer_url_problem(field(&t, "url"));
        if (!problem && t.fd < 0 && !text_equal(field(&t, "verb"), "delete"))
                problem = "No open file came with the request.";
        if (problem)
                say(&t, true, problem);
        else
                code = run(&t);
        sd_json_variant_unref(t.request);
        return code;
}
