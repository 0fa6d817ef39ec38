/*
 * sip_text: the pieces SIP messages are made of.
 *
 * In:   any bytes at all, of one datagram.
 * Out:  lines, headers, parameters, hosts and numbers; or a refusal.
 * Not:  no message as a whole, no decision, nothing is sent.
 */
#include "provisioning/sip/sip_text.h"

#include <string.h>
#include <strings.h>

#include "appliance/base/text.h"

enum { NAME_MAX_BYTES = 64 };

const char SIP_TEXT_VERSION[] = "SIP/2.0";

/* --- lines --- */

/* Control characters other than a tab are nobody's. */
int sip_text_line(struct cursor *c, struct cursor *ret_line)
{
        struct cursor line = cursor_until(c, '\r', SIP_TEXT_LINE_MAX);

        if (cursor_u8(c) != '\n' || c->error)
                return PV_EMALFORMED;
        for (const uint8_t *p = line.at; p < line.end; p++)
                if ((*p < 0x20 && *p != '\t') || *p == 0x7f)
                        return PV_EMALFORMED;
        *ret_line = line;
        return 0;
}

static bool is_blank(uint8_t byte)
{
        return byte == ' ' || byte == '\t';
}

void sip_text_trim(struct cursor *c)
{
        while (!cursor_at_end(c) && is_blank(*c->at))
                c->at++;
        while (!cursor_at_end(c) && is_blank(c->end[-1]))
                c->end--;
}

int sip_text_header(struct cursor *line, struct cursor *ret_name)
{
        if (cursor_at_end(line) || is_blank(*line->at))
                return PV_EMALFORMED;           /* a folded line */
        struct cursor name = cursor_until(line, ':', NAME_MAX_BYTES);
        sip_text_trim(&name);
        if (name.error || line->error || cursor_at_end(&name))
                return PV_EMALFORMED;
        sip_text_trim(line);
        *ret_name = name;
        return 0;
}

int sip_text_keep(const struct cursor *value, char *ret, size_t size)
{
        for (const uint8_t *p = value->at; p < value->end; p++)
                if (*p < 0x20 || *p > 0x7e)
                        return PV_EMALFORMED;
        return cursor_to_text(value, ret, size);
}

int sip_text_number(const struct cursor *value, uint32_t max, uint32_t *ret_number)
{
        char text[16];

        if (sip_text_keep(value, text, sizeof text) < 0)
                return PV_EMALFORMED;
        return text_to_u32(text, max, ret_number);
}

const char *sip_text_skip_blanks(const char *at)
{
        return at + strspn(at, " \t");
}

/* --- parameters --- */

/* A quoted value ends at the next quote; an escape in it is refused. */
static int take_quoted(const char **at, struct sip_text_parameter *p)
{
        p->value = *at + 1;
        p->value_size = strcspn(p->value, "\"\\");
        if (p->value[p->value_size] != '"')
                return PV_EMALFORMED;
        *at = p->value + p->value_size + 1;
        return 0;
}

bool sip_text_parameter_next(const char **at, struct sip_text_parameter *ret, int *ret_error)
{
        const char *c = sip_text_skip_blanks(*at);

        *ret = (struct sip_text_parameter){0};
        *ret_error = 0;
        if (*c == '\0')
                return false;
        if (*c != ';')
                goto malformed;
        c = sip_text_skip_blanks(c + 1);
        ret->name = c;
        ret->name_size = strcspn(c, "=;, \t\"<>");
        c = sip_text_skip_blanks(c + ret->name_size);
        if (ret->name_size == 0)
                goto malformed;
        if (*c == '=') {
                c = sip_text_skip_blanks(c + 1);
                if (*c == '"') {
                        if (take_quoted(&c, ret) < 0)
                                goto malformed;
                } else {
                        ret->value = c;
                        ret->value_size = strcspn(c, ";, \t\"<>");
                        c += ret->value_size;
                }
        }
        *at = c;
        return true;
malformed:
        *ret_error = PV_EMALFORMED;
        return false;
}

bool sip_text_parameter_is(const struct sip_text_parameter *p, const char *name)
{
        return strlen(name) == p->name_size && !strncasecmp(p->name, name, p->name_size);
}

bool sip_text_parameter_has(const struct sip_text_parameter *p, const char *value)
{
        return p->value && strlen(value) == p->value_size && !strncasecmp(p->value, value, p->value_size);
}

/* --- values --- */

int sip_text_host(const char *text, const char *stops, uint32_t *ret_address, uint16_t *ret_port, const char **ret_rest)
{
        char host[64], port[8];
        size_t all = strcspn(text, stops), n = strcspn(text, ":");
        uint32_t number = SIP_TEXT_PORT;

        if (n > all)
                n = all;
        if (n == 0 || n >= sizeof host)
                return PV_EMALFORMED;
        memcpy(host, text, n);
        host[n] = '\0';
        if (n < all) {
                size_t size = all - n - 1;
                if (size >= sizeof port)
                        return PV_EMALFORMED;
                memcpy(port, text + n + 1, size);
                port[size] = '\0';
                if (text_to_u32(port, UINT16_MAX, &number) < 0 || number == 0)
                        return PV_EMALFORMED;
        }
        if (text_to_ipv4(host, ret_address) < 0)
                *ret_address = 0;
        *ret_port = (uint16_t)number;
        *ret_rest = text + all;
        return 0;
}

int sip_text_cseq(const struct cursor *value, uint32_t *ret_number, char *ret_method, size_t method_size)
{
        char text[48], *rest = text, *number;
        uint32_t n;

        if (sip_text_keep(value, text, sizeof text) < 0)
                return PV_EMALFORMED;
        number = strsep(&rest, " ");
        if (!rest || text_to_u32(number, SIP_TEXT_CSEQ_MAX, &n) < 0)
                return PV_EMALFORMED;
        int r = text_copy(ret_method, method_size, sip_text_skip_blanks(rest));
        if (r == 0)
                *ret_number = n;
        return r;
}

int sip_text_status(const char *line, unsigned *ret_status)
{
        size_t n = strlen(SIP_TEXT_VERSION);
        char digits[8];
        uint32_t status;

        if (strncmp(line, SIP_TEXT_VERSION, n) != 0 || line[n] != ' ')
                return PV_EUNSET;
        line += n + 1;
        n = strcspn(line, " ");
        if (line[n] != ' ' || n >= sizeof digits)
                return PV_EMALFORMED;
        memcpy(digits, line, n);
        digits[n] = '\0';
        if (text_to_u32(digits, 699, &status) < 0 || status < 100)
                return PV_EMALFORMED;
        *ret_status = status;
        return 0;
}

int sip_text_headers(struct cursor *c, unsigned max, sip_text_each_header each, void *userdata)
{
        for (unsigned n = 0; n <= max; n++) {
                struct cursor line, name;
                int e = sip_text_line(c, &line);

                if (e < 0)
                        return e;
                if (cursor_at_end(&line))
                        return 0;
                e = sip_text_header(&line, &name);
                if (e == 0)
                        e = each(&name, &line, userdata);
                if (e < 0)
                        return e;
        }
        return PV_ETOOLARGE;
}
