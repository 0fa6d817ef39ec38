/*
 * pnp_message: SIP bytes to one struct, as far as PnP needs it.
 *
 * In:   any bytes at all.
 * Out:  a SUBSCRIBE of a phone, an answer to our NOTIFY, or the word that it is something else; or a refusal.
 * Not:  no decision, no answer; what the message claims is only read.
 *
 * Stricter than RFC 3261 on purpose: lines end in CRLF, none is folded, what may be there once is there once,
 * and every value that is kept is printable ASCII.
 */
#include "provisioning/responder/pnp_message.h"

#include <string.h>
#include <strings.h>

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"
#include "provisioning/sip/sip_text.h"

enum { HEADERS_MAX = 64 };

/* --- parameters --- */

/* "" when it is longer, or holds anything but letters, digits and marks that mean nothing elsewhere. */
static void keep_plain(const struct sip_text_parameter *p, char *ret, size_t size)
{
        *ret = '\0';
        if (!p->value || p->value_size >= size)
                return;
        for (size_t i = 0; i < p->value_size; i++) {
                char c = p->value[i];
                if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr("-._ ", c)))
                        return;
        }
        memcpy(ret, p->value, p->value_size);
        ret[p->value_size] = '\0';
}

/* --- one function per header --- */

static int read_via_parameters(struct pnp_message *m, const char *at)
{
        struct sip_text_parameter p;
        int r;

        while (sip_text_parameter_next(&at, &p, &r)) {
                if (sip_text_parameter_is(&p, "rport") && !p.value)
                        m->rport_at = (size_t)(p.name + p.name_size - m->via);
                if (!sip_text_parameter_is(&p, "branch"))
                        continue;
                if (!p.value || p.value_size >= sizeof m->branch)
                        return PV_ETOOLARGE;
                memcpy(m->branch, p.value, p.value_size);
                m->branch[p.value_size] = '\0';
        }
        return r;
}

static int read_via(struct pnp_message *m)
{
        static const char START[] = "SIP/2.0/UDP ";
        const char *rest;
        uint32_t address;

        if (strncasecmp(m->via, START, sizeof START - 1) != 0)
                return PV_EMALFORMED;
        int r = sip_text_host(sip_text_skip_blanks(m->via + sizeof START - 1), "; \t,", &address, &m->via_port, &rest);
        return r < 0 ? r : read_via_parameters(m, rest);
}

/* From and To: what stands behind the URI must be parameters, for it goes back as it came. */
static int read_end(const char *value, bool *ret_has_tag)
{
        const char *at = strrchr(value, '>');
        struct sip_text_parameter p;
        int r;

        at = at ? at + 1 : value + strcspn(value, ";");
        *ret_has_tag = false;
        while (sip_text_parameter_next(&at, &p, &r))
                *ret_has_tag = *ret_has_tag || sip_text_parameter_is(&p, "tag");
        return r;
}

/* The URI alone: "sip:", a user or none, an address, a port or none. Other hosts are no address to answer to. */
static int read_contact(struct pnp_message *m, const char *value)
{
        const char *open = strchr(value, '<'), *start = open ? open + 1 : value, *rest;
        size_t n = strcspn(start, open ? ">" : "; \t");

        if (open && (start[n] != '>' || strchr(";", start[n + 1]) == NULL))
                return PV_EMALFORMED;
        if (n >= sizeof m->contact || strncasecmp(start, "sip:", 4) != 0)
                return PV_EMALFORMED;
        memcpy(m->contact, start, n);
        m->contact[n] = '\0';
        if (strpbrk(m->contact, "<>\"\\, \t"))
                return PV_EMALFORMED;
        const char *user = strchr(m->contact, '@');
        return sip_text_host(user ? user + 1 : m->contact + 4, ";?", &m->contact_address, &m->contact_port, &rest);
}

static int read_event(struct pnp_message *m)
{
        size_t n = strcspn(m->event, "; \t");
        const char *at = m->event + n;
        struct sip_text_parameter p;
        int r;

        m->is_profile = n == strlen("ua-profile") && !strncasecmp(m->event, "ua-profile", n);
        while (sip_text_parameter_next(&at, &p, &r)) {
                if (sip_text_parameter_is(&p, "profile-type") && !sip_text_parameter_has(&p, "device"))
                        m->is_profile = false;
                else if (sip_text_parameter_is(&p, "vendor"))
                        keep_plain(&p, m->vendor, sizeof m->vendor);
                else if (sip_text_parameter_is(&p, "model"))
                        keep_plain(&p, m->model, sizeof m->model);
                else if (sip_text_parameter_is(&p, "version"))
                        keep_plain(&p, m->version, sizeof m->version);
        }
        return r;
}

/* --- headers --- */

enum header { VIA, FROM, TO, CALL_ID, CSEQ, CONTACT, EVENT, EXPIRES, LENGTH, ACCEPT, N_HEADERS };

static const struct header_name {
        const char *name, *compact;
} NAMES[N_HEADERS] = {
        [VIA] = {"Via", "v"},         [FROM] = {"From", "f"},       [TO] = {"To", "t"},
        [CALL_ID] = {"Call-ID", "i"}, [CSEQ] = {"CSeq", NULL},      [CONTACT] = {"Contact", "m"},
        [EVENT] = {"Event", "o"},     [EXPIRES] = {"Expires", NULL}, [LENGTH] = {"Content-Length", "l"},
        [ACCEPT] = {"Accept", NULL},
};

struct reading {
        struct pnp_message *m;
        bool has[N_HEADERS];
        uint32_t length;
};

static int read_accept(struct reading *r, const struct cursor *value)
{
        char text[PNP_VALUE_SIZE];
        int result = sip_text_keep(value, text, sizeof text);

        if (result == 0)
                r->m->accepts_url = (r->has[ACCEPT] && r->m->accepts_url) || strcasestr(text, "application/url") != NULL;
        return result;
}

static int read_header(struct reading *r, enum header header, const struct cursor *value)
{
        struct pnp_message *m = r->m;
        char text[PNP_VALUE_SIZE];
        bool has_from_tag;
        int e = PV_EMALFORMED;

        switch (header) {
        case VIA:
                e = sip_text_keep(value, m->via, sizeof m->via);
                return e < 0 ? e : read_via(m);
        case FROM:
                e = sip_text_keep(value, m->from, sizeof m->from);
                return e < 0 ? e : read_end(m->from, &has_from_tag);
        case TO:
                e = sip_text_keep(value, m->to, sizeof m->to);
                return e < 0 ? e : read_end(m->to, &m->has_to_tag);
        case CALL_ID:
                return sip_text_keep(value, m->call_id, sizeof m->call_id);
        case CSEQ:
                return sip_text_cseq(value, &m->cseq, m->cseq_method, sizeof m->cseq_method);
        case CONTACT:
                e = sip_text_keep(value, text, sizeof text);
                return e < 0 ? e : read_contact(m, text);
        case EVENT:
                e = sip_text_keep(value, m->event, sizeof m->event);
                return e < 0 ? e : read_event(m);
        case EXPIRES:
                m->has_expires = true;
                return sip_text_number(value, UINT32_MAX, &m->expires);
        case LENGTH:
                return sip_text_number(value, PNP_MESSAGE_MAX, &r->length);
        case ACCEPT:
                return read_accept(r, value);
        case N_HEADERS:
                break;
        }
        return e;
}

static enum header header_of(const struct cursor *name)
{
        char text[24];

        if (cursor_to_text(name, text, sizeof text) < 0)
                return N_HEADERS;
        for (enum header h = 0; h < N_HEADERS; h++)
                if (!strcasecmp(text, NAMES[h].name) || (NAMES[h].compact && !strcasecmp(text, NAMES[h].compact)))
                        return h;
        return N_HEADERS;
}

static int take_header(const struct cursor *name, struct cursor *line, void *userdata)
{
        struct reading *r = userdata;
        enum header header = header_of(name);

        if (header == N_HEADERS)
                return 0;
        if (r->has[header] && header != ACCEPT)
                return PV_EMALFORMED;
        int e = cursor_at_end(line) && header != ACCEPT ? PV_EMALFORMED : read_header(r, header, line);
        r->has[header] = true;
        return e;
}

/* --- the first line --- */

/* "sip:MAC%3a000413AABBCC@anything" (snom.md 5.1). */
static void read_uri(struct pnp_message *m, const char *uri)
{
        static const char START[] = "sip:MAC%3a";
        const char *digits = uri + sizeof START - 1;

        m->has_mac = !strncasecmp(uri, START, sizeof START - 1) && strcspn(digits, "@") == 2 * MAC_SIZE &&
                     digits[2 * MAC_SIZE] == '@' && mac_parse(digits, 2 * MAC_SIZE, &m->mac) == 0;
}

static int read_start(struct pnp_message *m, const struct cursor *line)
{
        char text[SIP_TEXT_LINE_MAX + 1], *rest = text;

        if (sip_text_keep(line, text, sizeof text) < 0)
                return PV_EMALFORMED;
        int e = sip_text_status(text, &m->status);
        m->kind = PNP_KIND_RESPONSE;
        if (e != PV_EUNSET)
                return e;
        const char *first = strsep(&rest, " "), *second = strsep(&rest, " ");
        if (!second || !rest || strcmp(rest, SIP_TEXT_VERSION) != 0 || !*first)
                return PV_EMALFORMED;
        m->kind = strcmp(first, "SUBSCRIBE") ? PNP_KIND_OTHER : PNP_KIND_SUBSCRIBE;
        read_uri(m, second);
        return 0;
}

int pnp_message_parse(const void *data, size_t size, struct pnp_message *ret_message)
{
        struct pnp_message m = {.accepts_url = true};
        struct reading r = {.m = &m};
        struct cursor c = cursor_of(data, size), line;

        if (size > PNP_MESSAGE_MAX)
                return PV_ETOOLARGE;
        int e = sip_text_line(&c, &line);
        if (e == 0)
                e = read_start(&m, &line);
        if (e == 0)
                e = sip_text_headers(&c, HEADERS_MAX, take_header, &r);
        if (e < 0)
                return e;
        if (!r.has[VIA] || !r.has[FROM] || !r.has[TO] || !r.has[CALL_ID] || !r.has[CSEQ] || r.length > cursor_left(&c))
                return PV_EMALFORMED;
        if (m.kind == PNP_KIND_SUBSCRIBE && strcmp(m.cseq_method, "SUBSCRIBE") != 0)
                return PV_EMALFORMED;
        *ret_message = m;
        return 0;
}
