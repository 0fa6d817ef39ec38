/*
 * sip_answer: SIP bytes to one answer.
 *
 * In:   any bytes at all.
 * Out:  a struct sip_answer, or a refusal.
 * Not:  no decision: whether it belongs to a request of ours is the caller's question.
 */
#include "provisioning/sip/sip_answer.h"

#include <string.h>
#include <strings.h>

#include "appliance/base/text.h"
#include "provisioning/sip/sip_text.h"

enum { HEADERS_MAX = 64 };

enum header { VIA, FROM, TO, CALL_ID, CSEQ, LENGTH, WWW_AUTHENTICATE, PROXY_AUTHENTICATE, N_HEADERS };

static const struct header_name {
        const char *name, *compact;
} names[N_HEADERS] = {
        [VIA] = {"Via", "v"},         [FROM] = {"From", "f"}, [TO] = {"To", "t"},
        [CALL_ID] = {"Call-ID", "i"}, [CSEQ] = {"CSeq", NULL}, [LENGTH] = {"Content-Length", "l"},
        [WWW_AUTHENTICATE] = {"WWW-Authenticate", NULL}, [PROXY_AUTHENTICATE] = {"Proxy-Authenticate", NULL},
};

struct reading {
        struct sip_answer *a;
        bool has[N_HEADERS];
        uint32_t length;
};

static enum header header_of(const struct cursor *name)
{
        char text[24];

        if (cursor_to_text(name, text, sizeof text) < 0)
                return N_HEADERS;
        for (enum header h = 0; h < N_HEADERS; h++)
                if (!strcasecmp(text, names[h].name) || (names[h].compact && !strcasecmp(text, names[h].compact)))
                        return h;
        return N_HEADERS;
}

/* "SIP/2.0/UDP host:port;branch=..." */
static int read_via(struct sip_answer *a, const struct cursor *value)
{
        static const char START[] = "SIP/2.0/UDP ";
        struct sip_text_parameter p;
        char text[SIP_TEXT_LINE_MAX + 1];
        uint32_t address;
        uint16_t port;
        const char *at;
        int r = sip_text_keep(value, text, sizeof text);

        if (r == 0 && strncasecmp(text, START, sizeof START - 1) != 0)
                r = PV_EMALFORMED;
        if (r == 0)
                r = sip_text_host(sip_text_skip_blanks(text + sizeof START - 1), "; \t,", &address, &port, &at);
        while (r == 0 && sip_text_parameter_next(&at, &p, &r)) {
                if (!sip_text_parameter_is(&p, "branch"))
                        continue;
                if (!p.value || *a->branch)
                        return PV_EMALFORMED;
                if (p.value_size >= sizeof a->branch)
                        return PV_ETOOLARGE;
                memcpy(a->branch, p.value, p.value_size);
        }
        return r;
}

/* What cannot be answered is not kept, and neither is what comes after the fourth. */
static int read_challenge(struct sip_answer *a, const struct cursor *value, bool is_proxy)
{
        struct sip_challenge challenge;
        int r = sip_digest_read(value, is_proxy, &challenge);

        if (r == PV_EUNSET)
                return 0;
        if (r == 0 && a->n_challenges < SIP_ANSWER_CHALLENGES_MAX)
                a->challenges[a->n_challenges++] = challenge;
        return r;
}

static int read_header(struct reading *r, enum header header, const struct cursor *value)
{
        switch (header) {
        case VIA:
                return read_via(r->a, value);
        case CSEQ:
                return sip_text_cseq(value, &r->a->cseq, r->a->method, sizeof r->a->method);
        case LENGTH:
                return sip_text_number(value, SIP_ANSWER_MAX, &r->length);
        case WWW_AUTHENTICATE:
        case PROXY_AUTHENTICATE:
                return read_challenge(r->a, value, header == PROXY_AUTHENTICATE);
        case FROM:
        case TO:
        case CALL_ID:
        case N_HEADERS:
                break;
        }
        return 0;
}

static int take_header(const struct cursor *name, struct cursor *line, void *userdata)
{
        struct reading *r = userdata;
        enum header header = header_of(name);

        if (header == N_HEADERS)
                return 0;
        if ((r->has[header] && header < WWW_AUTHENTICATE) || cursor_at_end(line))
                return PV_EMALFORMED;
        r->has[header] = true;
        return read_header(r, header, line);
}

static int read_start(struct sip_answer *a, const struct cursor *line)
{
        char text[SIP_TEXT_LINE_MAX + 1];
        const char *end;
        int e = cursor_to_text(line, text, sizeof text);        /* the phrase may be of any language */

        if (e == 0)
                e = sip_text_status(text, &a->status);
        if (e != PV_EUNSET)
                return e;
        end = strrchr(text, ' ');
        return end && !strcmp(end + 1, SIP_TEXT_VERSION) ? PV_EUNSET : PV_EMALFORMED;
}

int sip_answer_parse(const void *data, size_t size, struct sip_answer *ret_answer)
{
        struct sip_answer a = {0};
        struct reading r = {.a = &a};
        struct cursor c = cursor_of(data, size), line;
        int e;

        if (size > SIP_ANSWER_MAX)
                return PV_ETOOLARGE;
        e = sip_text_line(&c, &line);
        if (e == 0)
                e = read_start(&a, &line);
        if (e == 0)
                e = sip_text_headers(&c, HEADERS_MAX, take_header, &r);
        if (e < 0)
                return e;
        if (!r.has[VIA] || !r.has[FROM] || !r.has[TO] || !r.has[CALL_ID] || !r.has[CSEQ] || r.length > cursor_left(&c))
                return PV_EMALFORMED;
        *ret_answer = a;
        return 0;
}

const struct sip_challenge *sip_answer_challenge(const struct sip_answer *answer)
{
        const struct sip_challenge *best = NULL;

        for (size_t i = 0; i < answer->n_challenges; i++)
                if (!best || answer->challenges[i].algorithm > best->algorithm)
                        best = &answer->challenges[i];
        return best;
}
