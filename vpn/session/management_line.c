/*
 * management_line: one line from OpenVPN's management socket.
 *
 * In:   a line without its end. OpenVPN speaks for phones here: values in it are a phone's words.
 * Out:  a struct management_line that points into the line, or PV_EMALFORMED.
 * Not:  no collecting of ENV lines (see management_client), no decision (see session_policy).
 */
#include "vpn/session/management_line.h"

#include <string.h>

#define NUMBER_DIGITS_MAX 19            /* what surely fits into 64 bits */
#define NAME_MAX_SIZE 128
#define FLAGS_MAX 16

static uint64_t number_of(struct cursor *digits)
{
        uint64_t value = 0;

        if (digits->error || cursor_at_end(digits) || cursor_left(digits) > NUMBER_DIGITS_MAX) {
                digits->error = PV_EMALFORMED;
                return 0;
        }
        while (cursor_left(digits) > 0) {
                uint8_t c = cursor_u8(digits);

                if (c < '0' || c > '9') {
                        digits->error = PV_EMALFORMED;
                        return 0;
                }
                value = value * 10 + (uint64_t)(c - '0');
        }
        return value;
}

/* The number up to `stop`, or with stop 0 all that is left. */
static uint64_t number(struct cursor *c, uint8_t stop)
{
        struct cursor digits = stop ? cursor_until(c, stop, NUMBER_DIGITS_MAX) : cursor_sub(c, cursor_left(c));
        uint64_t value = number_of(&digits);

        if (digits.error)
                c->error = digits.error;
        return value;
}

static int finish(const struct cursor *c, const struct management_line *line, struct management_line *ret_line)
{
        if (c->error)
                return c->error;
        *ret_line = *line;
        return 0;
}

/* True when c begins with this text, which is then consumed. */
static bool took(struct cursor *c, const char *text)
{
        struct cursor rest = *c, head = cursor_sub(&rest, strlen(text));

        if (rest.error || !cursor_equals(&head, text))
                return false;
        *c = rest;
        return true;
}

static int parse_env(struct cursor c, struct management_line *ret_line)
{
        struct management_line line = {.kind = MANAGEMENT_LINE_ENV};

        if (cursor_equals(&c, "END")) {
                *ret_line = (struct management_line){.kind = MANAGEMENT_LINE_ENV_END};
                return 0;
        }
        line.name = cursor_until(&c, '=', NAME_MAX_SIZE);
        line.text = cursor_sub(&c, cursor_left(&c));
        return finish(&c, &line, ret_line);
}

static int parse_client(struct cursor c, struct management_line *ret_line)
{
        struct management_line line = {.kind = MANAGEMENT_LINE_CLIENT};

        if (took(&c, "ENV,"))
                return parse_env(c, ret_line);
        if (took(&c, "ADDRESS,"))
                return finish(&c, &(struct management_line){.kind = MANAGEMENT_LINE_OTHER}, ret_line);
        if (took(&c, "CONNECT,"))
                line.event = MANAGEMENT_LINE_EVENT_CONNECT;
        else if (took(&c, "REAUTH,"))
                line.event = MANAGEMENT_LINE_EVENT_REAUTH;
        else if (took(&c, "ESTABLISHED,"))
                line.event = MANAGEMENT_LINE_EVENT_ESTABLISHED;
        else if (took(&c, "DISCONNECT,"))
                line.event = MANAGEMENT_LINE_EVENT_DISCONNECT;
        else
                line.event = MANAGEMENT_LINE_EVENT_OTHER;
        if (line.event == MANAGEMENT_LINE_EVENT_CONNECT || line.event == MANAGEMENT_LINE_EVENT_REAUTH) {
                line.cid = number(&c, ',');
                line.kid = number(&c, 0);
        } else if (line.event != MANAGEMENT_LINE_EVENT_OTHER) {
                line.cid = number(&c, 0);
        }
        return finish(&c, &line, ret_line);
}

static int parse_log(struct cursor c, struct management_line *ret_line)
{
        struct management_line line = {.kind = MANAGEMENT_LINE_LOG};

        number(&c, ',');
        cursor_until(&c, ',', FLAGS_MAX);
        line.text = cursor_sub(&c, cursor_left(&c));
        return finish(&c, &line, ret_line);
}

static int parse_bytes(struct cursor c, struct management_line *ret_line)
{
        struct management_line line = {.kind = MANAGEMENT_LINE_BYTES};

        line.cid = number(&c, ',');
        line.row.bytes_in = number(&c, ',');
        line.row.bytes_out = number(&c, 0);
        return finish(&c, &line, ret_line);
}

static int parse_notice(struct cursor c, struct management_line *ret_line)
{
        struct management_line line = {.kind = MANAGEMENT_LINE_OTHER};

        if (took(&c, "CLIENT:"))
                return parse_client(c, ret_line);
        if (took(&c, "LOG:"))
                return parse_log(c, ret_line);
        if (took(&c, "BYTECOUNT_CLI:"))
                return parse_bytes(c, ret_line);
        if (took(&c, "HOLD:"))
                line.kind = MANAGEMENT_LINE_HOLD;
        else if (took(&c, "FATAL:"))
                line.kind = MANAGEMENT_LINE_FATAL;
        line.text = cursor_sub(&c, cursor_left(&c));
        return finish(&c, &line, ret_line);
}

static struct cursor column(struct cursor *c)
{
        return cursor_until(c, '\t', MANAGEMENT_LINE_MAX);
}

/*
 * CLIENT_LIST, then: common name, real address, virtual address, virtual IPv6 address, bytes received, bytes sent,
 * connected since (text), the same (seconds), user name, client id, peer id, data channel cipher.
 */
static int parse_row(struct cursor c, struct management_line *ret_line)
{
        struct management_line line = {.kind = MANAGEMENT_LINE_ROW};
        struct management_line_row *row = &line.row;

        row->common_name = column(&c);
        row->peer = column(&c);
        row->address = column(&c);
        column(&c);
        row->bytes_in = number(&c, '\t');
        row->bytes_out = number(&c, '\t');
        column(&c);
        row->since_s = number(&c, '\t');
        column(&c);
        row->cid = number(&c, '\t');
        column(&c);
        row->cipher = cursor_sub(&c, cursor_left(&c));
        return finish(&c, &line, ret_line);
}

int management_line_parse(const void *data, size_t size, struct management_line *ret_line)
{
        struct cursor c = cursor_of(data, size);
        struct management_line line = {.kind = MANAGEMENT_LINE_OTHER};

        if (took(&c, ">"))
                return parse_notice(c, ret_line);
        if (took(&c, "CLIENT_LIST\t"))
                return parse_row(c, ret_line);
        if (took(&c, "GLOBAL_STATS\tdco_enabled\t")) {
                line.kind = MANAGEMENT_LINE_CHANNEL;
                line.is_kernel = number(&c, 0) != 0;
                return finish(&c, &line, ret_line);
        }
        if (cursor_equals(&c, "END"))
                line.kind = MANAGEMENT_LINE_END;
        else if (took(&c, "SUCCESS: "))
                line.kind = MANAGEMENT_LINE_SUCCESS;
        else if (took(&c, "ERROR: "))
                line.kind = MANAGEMENT_LINE_ERROR;
        line.text = cursor_sub(&c, cursor_left(&c));
        return finish(&c, &line, ret_line);
}
