/*
 * pnp_reply: the 200 OK and the NOTIFY that a phone gets.
 *
 * In:   a parsed SUBSCRIBE, the two ends, a URL.
 * Out:  bytes.
 * Not:  no decision: the URL is the one given.
 */
#include "provisioning/responder/pnp_reply.h"

#include <string.h>

#include "appliance/base/text.h"
#include "appliance/base/writer.h"

static void add_line(struct writer *w, const char *name, const char *value)
{
        writer_text(w, name);
        writer_text(w, ": ");
        writer_line_value(w, value);
        writer_text(w, "\r\n");
}

/* As it came; an empty rport is filled in, and the address with it (RFC 3581 4). */
static void add_via(struct writer *w, const struct pnp_message *m, const struct pnp_reply_ends *ends)
{
        char address[TEXT_IPV4_SIZE];

        if (m->rport_at == 0) {
                add_line(w, "Via", m->via);
                return;
        }
        writer_text(w, "Via: ");
        writer_bytes(w, m->via, m->rport_at);
        writer_format(w, "=%u", ends->their_port);
        writer_line_value(w, m->via + m->rport_at);
        writer_format(w, ";received=%s\r\n", text_from_ipv4(ends->theirs, address));
}

static void add_contact(struct writer *w, const struct pnp_reply_ends *ends)
{
        char address[TEXT_IPV4_SIZE];

        writer_format(w, "Contact: <sip:%s:%u>\r\n", text_from_ipv4(ends->ours, address), PNP_PORT);
}

static void add_tagged(struct writer *w, const char *name, const struct pnp_message *m, const char *tag)
{
        writer_text(w, name);
        writer_text(w, ": ");
        writer_line_value(w, m->to);
        if (!m->has_to_tag)
                writer_format(w, ";tag=%s", tag);
        writer_text(w, "\r\n");
}

static int finish(const struct writer *w, size_t *ret_size)
{
        if (w->error)
                return w->error;
        *ret_size = writer_used(w);
        return 0;
}

int pnp_reply_accept(const struct pnp_message *m, const struct pnp_reply_ends *ends, uint8_t ret[static PNP_MESSAGE_MAX],
                     size_t *ret_size)
{
        struct writer w = writer_of(ret, PNP_MESSAGE_MAX);

        writer_text(&w, "SIP/2.0 200 OK\r\n");
        add_via(&w, m, ends);
        add_line(&w, "From", m->from);
        add_tagged(&w, "To", m, ends->tag);
        add_line(&w, "Call-ID", m->call_id);
        writer_format(&w, "CSeq: %u SUBSCRIBE\r\n", m->cseq);
        add_contact(&w, ends);
        writer_text(&w, "Expires: 0\r\nContent-Length: 0\r\n\r\n");
        return finish(&w, ret_size);
}

int pnp_reply_notify(const struct pnp_message *m, const struct pnp_reply_ends *ends, const char *branch, const char *url,
                     uint8_t ret[static PNP_MESSAGE_MAX], size_t *ret_size)
{
        struct writer w = writer_of(ret, PNP_MESSAGE_MAX);
        char address[TEXT_IPV4_SIZE];

        writer_text(&w, "NOTIFY ");
        writer_line_value(&w, m->contact);
        writer_format(&w, " SIP/2.0\r\nVia: SIP/2.0/UDP %s:%u;branch=%s\r\n", text_from_ipv4(ends->ours, address), PNP_PORT,
                      branch);
        writer_text(&w, "Max-Forwards: 70\r\n");
        add_tagged(&w, "From", m, ends->tag);
        add_line(&w, "To", m->from);
        add_line(&w, "Call-ID", m->call_id);
        writer_text(&w, "CSeq: 1 NOTIFY\r\n");
        add_contact(&w, ends);
        add_line(&w, "Event", m->event);
        writer_format(&w, "Subscription-State: terminated;reason=timeout\r\nContent-Type: application/url\r\n"
                          "Content-Length: %zu\r\n\r\n", strlen(url));
        writer_line_value(&w, url);
        return finish(&w, ret_size);
}
