#ifndef PROVOST_CONSOLE_CHANNEL_H
#define PROVOST_CONSOLE_CHANNEL_H

#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-json.h>

#include "appliance/base/error.h"

/*
 * provostctl over a byte stream, for the hypervisor: each line is a request
 * {"id": 1, "argv": ["phone", "list"], "stdin": "..."}, answered by one line
 * {"id": 1, "exit": 0, "stdout": "...", "stderr": "..."}. Instead of stdin,
 * "stdin_base64" gives any bytes: 8 MiB of them fit into a line.
 */
#define CHANNEL_LINE_MAX (12 * 1024 * 1024)
#define CHANNEL_WORDS_MAX 72
#define CHANNEL_OUTPUT_MAX (8 * 1024 * 1024)

struct channel_request {
        int64_t id;
        const char *words[CHANNEL_WORDS_MAX];
        size_t n_words;
        const char *input;              /* "" none */
        size_t input_size;
        char *decoded;                  /* input, when it came as base64 */
        sd_json_variant *json;          /* owns the texts above */
};

/*
 * One line without its end. PV_EMALFORMED for anything but an object with
 * exactly these fields (one of the two kinds of stdin, or none), PV_ETOOLARGE for too many words
 * or bytes. ret_id is the request's id, or 0, also on failure.
 */
int channel_request_parse(const char *line, size_t size, struct channel_request *ret_request, int64_t *ret_id)
        PV_MUST_CHECK;
void channel_request_done(struct channel_request *request);
/* One line of answer with its end, for the caller to free. Output above CHANNEL_OUTPUT_MAX becomes a failure. */
int channel_answer(int64_t id, int exit_code, const char *out, size_t out_size, const char *err, char **ret_line)
        PV_MUST_CHECK;
/* Serves a port until it is gone. Returns an exit code. */
int channel_serve(const char *path);

#endif
