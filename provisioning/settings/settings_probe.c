/*
 * settings_probe: how quickly a phone answers in its tunnel.
 *
 * In:   a phone's address in the tunnel; answers with the moment they came.
 * Out:  OPTIONS requests; how many were answered, and how quickly.
 * Not:  no socket, no clock. The phone's own time to answer is in it: it is the way there, the phone, and the way back.
 */
#include "provisioning/settings/settings_probe.h"

#include "appliance/base/text.h"
#include "appliance/base/writer.h"
#include "provisioning/sip/sip_text.h"

static const char magic[] = "z9hG4bK";

int settings_probe_next(struct settings_probe *probe, const char *branch, uint64_t now_us, char ret[static SETTINGS_PROBE_MAX], size_t *ret_size)
{
        struct writer w = writer_of(ret, SETTINGS_PROBE_MAX);
        char phone[TEXT_IPV4_SIZE], gateway[TEXT_IPV4_SIZE];
        struct settings_probe_try *one = &probe->tries[probe->n_sent];

        if (probe->n_sent == SETTINGS_PROBE_N || text_copy(one->branch, sizeof one->branch, branch) < 0)
                return PV_ETOOLARGE;
        text_from_ipv4(probe->address, phone);
        text_from_ipv4(probe->gateway, gateway);
        writer_format(&w, "OPTIONS sip:%s:%u SIP/2.0\r\nVia: SIP/2.0/UDP %s:%u;branch=%s%s;rport\r\nMax-Forwards: 70\r\n", phone, probe->port, gateway,
                      SIP_TEXT_PORT, magic, branch);
        writer_format(&w, "From: <sip:provost@%s>;tag=%s\r\nTo: <sip:%s:%u>\r\nCall-ID: %s@%s\r\nCSeq: %u OPTIONS\r\n", gateway, probe->tag, phone,
                      probe->port, probe->call_id, gateway, probe->n_sent + 1);
        writer_format(&w, "Contact: <sip:provost@%s:%u>\r\nAccept: application/sdp\r\nUser-Agent: Provost\r\nContent-Length: 0\r\n\r\n", gateway,
                      SIP_TEXT_PORT);
        if (w.error)
                return w.error;
        one->sent_us = now_us;
        probe->n_sent++;
        *ret_size = writer_used(&w);
        return 0;
}

bool settings_probe_take(struct settings_probe *probe, const struct sip_answer *answer, uint32_t from, uint64_t now_us)
{
        if (from != probe->address || !text_equal(answer->method, "OPTIONS") || !text_starts(answer->branch, magic))
                return false;
        for (unsigned i = 0; i < probe->n_sent; i++) {
                struct settings_probe_try *one = &probe->tries[i];

                if (!text_equal(answer->branch + sizeof magic - 1, one->branch) || answer->cseq != i + 1)
                        continue;
                if (!one->is_answered && answer->status >= 200) {
                        one->is_answered = true;
                        one->took_us = now_us - one->sent_us;
                }
                return true;
        }
        return false;
}

uint64_t settings_probe_due_us(const struct settings_probe *probe)
{
        if (probe->n_sent == 0)
                return 0;
        return probe->tries[probe->n_sent - 1].sent_us + (probe->n_sent < SETTINGS_PROBE_N ? SETTINGS_PROBE_EVERY_US : SETTINGS_PROBE_WAIT_US);
}

bool settings_probe_is_over(const struct settings_probe *probe, uint64_t now_us)
{
        return probe->n_sent == SETTINGS_PROBE_N &&
               (settings_probe_result(probe).answered == SETTINGS_PROBE_N || now_us >= settings_probe_due_us(probe));
}

struct settings_probe_result settings_probe_result(const struct settings_probe *probe)
{
        struct settings_probe_result result = {.sent = probe->n_sent};
        uint64_t sum = 0;

        for (unsigned i = 0; i < probe->n_sent; i++) {
                const struct settings_probe_try *one = &probe->tries[i];

                if (!one->is_answered)
                        continue;
                sum += one->took_us;
                if (!result.answered || one->took_us < result.least_us)
                        result.least_us = one->took_us;
                if (one->took_us > result.most_us)
                        result.most_us = one->took_us;
                result.answered++;
        }
        result.mean_us = result.answered ? sum / result.answered : 0;
        return result;
}
