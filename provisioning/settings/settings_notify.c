/*
 * settings_notify: one NOTIFY check-sync to one phone.
 *
 * In:   the phone, random texts, answers, the time.
 * Out:  the request; what to do next; how it ended, in a sentence.
 * Not:  no socket, no clock, no store.
 *
 * The shape follows Snom's page of challenge_checksync: the request is for the account's user at the phone's own
 * address, and a challenge is answered with the password of that SIP account (docs/settings.md).
 */
#include "provisioning/settings/settings_notify.h"

#include <stdio.h>
#include <string.h>

#include "appliance/base/text.h"
#include "appliance/base/writer.h"
#include "provisioning/sip/sip_text.h"

#define REBOOT_RESENT_MAX 3

/* --- the request --- */

/* What stands for itself in the user of a URI (RFC 3261 25.1), the rest as %XX. */
static void write_user(struct writer *w, const char *user)
{
        for (const unsigned char *c = (const unsigned char *)user; *c; c++)
                if ((*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || strchr("-_.!~*'()&=+$,;?/", *c))
                        writer_u8(w, *c);
                else
                        writer_format(w, "%%%02X", *c);
}

static int write_uri(const struct settings_notify_phone *phone, bool has_port, char ret[static SETTINGS_NOTIFY_URI_SIZE])
{
        struct writer w = writer_of(ret, SETTINGS_NOTIFY_URI_SIZE);
        char address[TEXT_IPV4_SIZE];

        writer_text(&w, "sip:");
        write_user(&w, phone->user);
        writer_format(&w, "%s%s", *phone->user ? "@" : "", text_from_ipv4(phone->address, address));
        if (has_port)
                writer_format(&w, ":%u", phone->port);
        return writer_finish_text(&w);
}

static int write_credentials(struct writer *w, const struct settings_notify_phone *phone, const struct settings_notify_marks *marks,
                             const struct sip_challenge *challenge, const char *uri)
{
        const struct sip_digest_request request = {"NOTIFY", uri, phone->login, phone->password, marks->cnonce};

        return challenge ? sip_digest_write(w, challenge, &request) : 0;
}

int settings_notify_write(const struct settings_notify_phone *phone, const struct settings_notify_marks *marks,
                          const struct sip_challenge *challenge, char ret[static SETTINGS_NOTIFY_MAX], size_t *ret_size)
{
        struct writer w = writer_of(ret, SETTINGS_NOTIFY_MAX);
        char uri[SETTINGS_NOTIFY_URI_SIZE], to[SETTINGS_NOTIFY_URI_SIZE], gateway[TEXT_IPV4_SIZE];
        int r = write_uri(phone, true, uri);

        if (r == 0)
                r = write_uri(phone, false, to);
        if (r < 0)
                return r;
        text_from_ipv4(phone->gateway, gateway);
        writer_format(&w, "NOTIFY %s SIP/2.0\r\nVia: SIP/2.0/UDP %s:%u;branch=z9hG4bK%s;rport\r\nMax-Forwards: 70\r\n", uri, gateway,
                      SIP_TEXT_PORT, marks->branch);
        writer_format(&w, "From: <sip:provost@%s>;tag=%s\r\nTo: <%s>\r\nCall-ID: %s@%s\r\nCSeq: %u NOTIFY\r\n", gateway, marks->tag, to,
                      marks->call_id, gateway, marks->cseq);
        writer_format(&w, "Contact: <sip:provost@%s:%u>\r\nUser-Agent: Provost\r\n", gateway, SIP_TEXT_PORT);
        r = write_credentials(&w, phone, marks, challenge, uri);
        if (r < 0)
                return r;
        writer_format(&w, "Event: check-sync;reboot=%s\r\nSubscription-State: terminated\r\nContent-Length: 0\r\n\r\n",
                      phone->reboot ? "true" : "false");
        if (w.error)
                return w.error;
        *ret_size = writer_used(&w);
        return 0;
}

/* --- the transaction --- */

void settings_notify_begin(struct settings_notify *n, bool has_password, bool is_reboot, uint64_t now_ms)
{
        n->n_requests++;
        n->n_resent = 0;
        n->has_password = has_password;
        n->is_reboot = is_reboot;
        n->interval_ms = SETTINGS_NOTIFY_T1_MS;
        n->resend_ms = now_ms + n->interval_ms;
        n->give_up_ms = now_ms + SETTINGS_NOTIFY_GIVE_UP_MS;
}

uint64_t settings_notify_next_ms(const struct settings_notify *n)
{
        return n->resend_ms < n->give_up_ms ? n->resend_ms : n->give_up_ms;
}

static enum settings_notify_action end(struct settings_notify *n, enum settings_notify_outcome outcome, const char *reason)
{
        n->outcome = outcome;
        if (n->status)
                (void)snprintf(n->reason, sizeof n->reason, "%s (%u)", reason, n->status);
        else
                (void)text_copy(n->reason, sizeof n->reason, reason);
        return SETTINGS_NOTIFY_END;
}

static enum settings_notify_action fall_silent(struct settings_notify *n)
{
        char reason[SETTINGS_NOTIFY_REASON_SIZE];

        if (n->status)
                return end(n, SETTINGS_NOTIFY_SILENT, "the phone began an answer and never ended it");
        (void)snprintf(reason, sizeof reason, "the phone did not answer; it asks by itself at its next poll%s%s", n->hint ? "; " : "",
                       n->hint ? n->hint : "");
        return end(n, SETTINGS_NOTIFY_SILENT, reason);
}

enum settings_notify_action settings_notify_tick(struct settings_notify *n, uint64_t now_ms)
{
        if (now_ms >= n->give_up_ms)
                return fall_silent(n);
        if (now_ms < n->resend_ms)
                return SETTINGS_NOTIFY_WAIT;
        n->interval_ms = 2 * n->interval_ms < SETTINGS_NOTIFY_T2_MS ? 2 * n->interval_ms : SETTINGS_NOTIFY_T2_MS;
        n->n_resent++;
        n->resend_ms = n->is_reboot && n->n_resent >= REBOOT_RESENT_MAX ? UINT64_MAX : now_ms + n->interval_ms;
        return SETTINGS_NOTIFY_SEND;
}

static enum settings_notify_action challenged(struct settings_notify *n, const struct sip_answer *answer,
                                              const struct sip_challenge **ret_challenge)
{
        const struct sip_challenge *challenge = sip_answer_challenge(answer);

        if (!challenge)
                return end(n, SETTINGS_NOTIFY_REFUSED, "the phone asks for a password in a way that is not known here");
        if (!n->has_password)
                return end(n, SETTINGS_NOTIFY_REFUSED, "the phone asks for the password of its SIP account, and none is set for it");
        /* To answer this one would restart it twice. */
        if (n->is_reboot && n->n_requests > 1 && n->n_resent > 0)
                return end(n, SETTINGS_NOTIFY_TAKEN, "the phone asks for the password anew, as after a restart");
        if (n->n_requests >= SETTINGS_NOTIFY_REQUESTS_MAX || (n->n_requests > 1 && !challenge->is_stale))
                return end(n, SETTINGS_NOTIFY_REFUSED,
                           "the phone does not take the password of its SIP account; it may still have an older one until its next poll");
        *ret_challenge = challenge;
        return SETTINGS_NOTIFY_ANSWER;
}

enum settings_notify_action settings_notify_take(struct settings_notify *n, const struct sip_answer *answer, uint64_t now_ms,
                                                 const struct sip_challenge **ret_challenge)
{
        n->status = answer->status;
        if (answer->status < 200) {
                n->interval_ms = SETTINGS_NOTIFY_T2_MS;         /* RFC 3261 17.1.2.2: proceeding */
                n->resend_ms = now_ms + n->interval_ms;
                return SETTINGS_NOTIFY_WAIT;
        }
        if (answer->status < 300)
                return end(n, SETTINGS_NOTIFY_TAKEN, "the phone took it");
        if (answer->status == 401 || answer->status == 407)
                return challenged(n, answer, ret_challenge);
        if (answer->status == 481)
                return end(n, SETTINGS_NOTIFY_REFUSED, "the phone refused it as part of no subscription");
        if (answer->status == 489)
                return end(n, SETTINGS_NOTIFY_REFUSED, "the phone does not know check-sync");
        return end(n, SETTINGS_NOTIFY_REFUSED, "the phone refused it");
}
