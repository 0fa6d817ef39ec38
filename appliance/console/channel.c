/*
 * channel: provostctl for the hypervisor, over a virtio port.
 *
 * In:   lines of JSON. The hypervisor owns the machine, but a line may still be
 *       anything: it is bounded and parsed strictly.
 * Out:  the output of one provostctl command per line.
 * Not:  no shell, no other program, no file of the appliance (ctl.is_remote).
 */
#include "appliance/console/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/console/ctl.h"

#define AWAY_MS 20              /* the port says nothing about a hypervisor that comes back */
#define AWAY_TRIES 50           /* one second */
#define WRITE_MS 5000

static int take_words(struct channel_request *request, sd_json_variant *argv)
{
        size_t n = sd_json_variant_elements(argv);

        if (n > CHANNEL_WORDS_MAX)
                return PV_ETOOLARGE;
        for (size_t i = 0; i < n; i++) {
                sd_json_variant *v = sd_json_variant_by_index(argv, i);

                if (!sd_json_variant_is_string(v))
                        return PV_EMALFORMED;
                request->words[i] = sd_json_variant_string(v);
        }
        request->n_words = n;
        return 0;
}

static int take_base64(struct channel_request *request, sd_json_variant *v)
{
        void *bytes;
        size_t size;
        int r = sd_json_variant_unbase64(v, &bytes, &size);

        if (r < 0)
                return r == -ENOMEM ? PV_ENOMEM : PV_EMALFORMED;
        request->input = request->decoded = bytes;
        request->input_size = size;
        return 0;
}

static int take_field(struct channel_request *request, const char *name, sd_json_variant *v)
{
        if (text_equal(name, "id") && sd_json_variant_is_integer(v)) {
                request->id = sd_json_variant_integer(v);
                return 0;
        }
        if (text_equal(name, "stdin") && sd_json_variant_is_string(v)) {
                request->input = sd_json_variant_string(v);
                request->input_size = strlen(request->input);
                return 0;
        }
        if (text_equal(name, "stdin_base64") && sd_json_variant_is_string(v) && !request->decoded)
                return take_base64(request, v);
        return text_equal(name, "argv") && sd_json_variant_is_array(v) ? take_words(request, v) : PV_EMALFORMED;
}

static int take_object(struct channel_request *request)
{
        size_t n = sd_json_variant_elements(request->json), n_argv = 0, n_id = 0, n_stdin = 0;
        int r = 0;

        for (size_t i = 0; i + 1 < n && r == 0; i += 2) {
                const char *name = sd_json_variant_string(sd_json_variant_by_index(request->json, i));

                n_argv += text_equal(name, "argv");
                n_id += text_equal(name, "id");
                n_stdin += text_equal(name, "stdin") || text_equal(name, "stdin_base64");
                r = take_field(request, name, sd_json_variant_by_index(request->json, i + 1));
        }
        return r == 0 && (n_argv != 1 || n_id != 1 || n_stdin > 1) ? PV_EMALFORMED : r;
}

int channel_request_parse(const char *line, size_t size, struct channel_request *ret_request, int64_t *ret_id)
{
        struct channel_request request = {.input = ""};
        char *text;
        int r;

        *ret_id = 0;
        if (size > CHANNEL_LINE_MAX)
                return PV_ETOOLARGE;
        if (memchr(line, 0, size))
                return PV_EMALFORMED;
        text = strndup(line, size);
        if (!text)
                return PV_ENOMEM;
        r = sd_json_parse(text, SD_JSON_PARSE_SENSITIVE, &request.json, NULL, NULL);
        explicit_bzero(text, size);
        free(text);
        r = r < 0 || !sd_json_variant_is_object(request.json) ? PV_EMALFORMED : take_object(&request);
        *ret_id = request.id;
        if (r < 0) {
                channel_request_done(&request);
                return r;
        }
        *ret_request = request;
        return 0;
}

void channel_request_done(struct channel_request *request)
{
        if (request->decoded)
                explicit_bzero(request->decoded, request->input_size);
        free(request->decoded);
        request->decoded = NULL;
        request->json = sd_json_variant_unref(request->json);
}

int channel_answer(int64_t id, int exit_code, const char *out, size_t out_size, const char *err, char **ret_line)
{
        bool is_large = out_size > CHANNEL_OUTPUT_MAX;
        sd_json_variant *answer = NULL;
        char *line = NULL;
        int r = sd_json_buildo(&answer, SD_JSON_BUILD_PAIR_INTEGER("id", id),
                               SD_JSON_BUILD_PAIR_INTEGER("exit", is_large ? CTL_FAILED : exit_code),
                               SD_JSON_BUILD_PAIR_STRING("stdout", is_large ? "" : out),
                               SD_JSON_BUILD_PAIR_STRING("stderr", is_large ? "provostctl: the answer is too long for"
                                                                              " this channel; use --limit.\n" : err));

        if (r >= 0)
                r = sd_json_variant_format(answer, SD_JSON_FORMAT_NEWLINE, &line);
        sd_json_variant_unref(answer);
        if (r < 0)
                return r == -ENOMEM ? PV_ENOMEM : PV_EMALFORMED;
        *ret_line = line;
        return 0;
}

/* --- the port ------------------------------------------------------------------ */

static int run_request(const struct channel_request *request, int64_t id, char **ret_line)
{
        char *out = NULL, *err = NULL;
        size_t out_size = 0, err_size = 0;
        struct ctl ctl = {.is_remote = true};
        int exit_code, r = PV_ENOMEM;

        /* fmemopen() refuses a size of 0 */
        ctl.in = request->input_size ? fmemopen((void *)request->input, request->input_size, "r") : fopen("/dev/null", "re");
        ctl.out = open_memstream(&out, &out_size);
        ctl.err = open_memstream(&err, &err_size);
        exit_code = ctl.in && ctl.out && ctl.err ? ctl_run(&ctl, request->n_words, request->words) : -1;
        if (ctl.in)
                fclose(ctl.in);
        if (ctl.out)
                fclose(ctl.out);
        if (ctl.err)
                fclose(ctl.err);
        if (exit_code >= 0 && out && err)
                r = channel_answer(id, exit_code, out, out_size, err, ret_line);
        free(out);
        free(err);
        return r;
}

static bool wait_writable(int fd, uint64_t until_ms)
{
        const struct timespec away = {.tv_nsec = AWAY_MS * 1000000L};
        struct pollfd p = {.fd = fd, .events = POLLOUT};
        uint64_t now = clock_monotonic_ms();

        if (now >= until_ms || poll(&p, 1, (int)(until_ms - now)) < 0)
                return false;
        /* The kernel tells of a hypervisor that let go and came back later than it hands over what that one sent: perhaps it is there already.
         * Somebody else passes over an answer that is not his. */
        if (p.revents & POLLHUP)
                (void)nanosleep(&away, NULL);
        return true;
}

static void write_line(int fd, const char *line)
{
        uint64_t until_ms = clock_monotonic_ms() + WRITE_MS;
        size_t left = strlen(line);

        while (left) {
                ssize_t n = write(fd, line, left);

                if (n > 0) {
                        line += n;
                        left -= (size_t)n;
                } else if (n == 0 || (errno != EINTR && (errno != EAGAIN || !wait_writable(fd, until_ms)))) {
                        return;
                }
        }
}

static void serve_line(int fd, const char *line, size_t size)
{
        struct channel_request request;
        char *answer = NULL;
        int64_t id;
        int r = channel_request_parse(line, size, &request, &id);

        if (r == 0) {
                r = run_request(&request, id, &answer);
                channel_request_done(&request);
        }
        if (r < 0) {
                log_event(LOG_LEVEL_WARNING, "request-refused", "reason", pv_error_text(r), NULL);
                r = channel_answer(id, CTL_USAGE, "", 0, "provostctl: this line is not a request.\n", &answer);
        }
        if (r == 0)
                write_line(fd, answer);
        free(answer);
}

/* Lines out of what has come so far, of which the last `fresh` bytes are new; what is left of the last line moves to the front. */
static size_t serve_lines(int fd, char *buffer, size_t used, size_t fresh)
{
        char *at = buffer, *from = buffer + used - fresh, *end;

        while ((end = memchr(from, '\n', used - (size_t)(from - buffer)))) {
                if (end > at)
                        serve_line(fd, at, (size_t)(end - at));
                at = from = end + 1;
        }
        if (at == buffer)
                return used;
        used -= (size_t)(at - buffer);
        memmove(buffer, at, used);
        return used;
}

static int serve(int fd, char *buffer)
{
        const struct timespec away = {.tv_nsec = AWAY_MS * 1000000L};
        size_t used = 0;
        unsigned n_away = 0;

        for (;;) {
                struct pollfd p = {.fd = fd, .events = POLLIN};
                ssize_t n;

                if (poll(&p, 1, -1) < 0 && errno != EINTR)
                        return EXIT_FAILURE;
                n = read(fd, buffer + used, CHANNEL_LINE_MAX + 1 - used);
                if (n < 0 && errno == ENODEV)
                        return EXIT_SUCCESS;
                if (n > 0) {
                        n_away = 0;
                        used = serve_lines(fd, buffer, used + (size_t)n, (size_t)n);
                        if (used > CHANNEL_LINE_MAX) {
                                log_event(LOG_LEVEL_WARNING, "line-too-long", NULL);
                                used = 0;
                        }
                } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
                        if (++n_away >= AWAY_TRIES)
                                used = 0;       /* the hypervisor let go for good: half a line is no request */
                        (void)nanosleep(&away, NULL);
                }
        }
}

int channel_serve(const char *path)
{
        char *buffer;
        int fd, r;

        log_open("ctl");
        fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0) {
                log_reason(LOG_LEVEL_ERROR, "failed", "%s cannot be opened: %s.", path, strerror(errno));
                return EXIT_FAILURE;
        }
        buffer = malloc(CHANNEL_LINE_MAX + 1);
        r = buffer ? serve(fd, buffer) : EXIT_FAILURE;
        free(buffer);
        close(fd);
        return r;
}
