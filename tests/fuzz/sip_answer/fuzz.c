/*
 * fuzz sip_answer: any bytes as the answer of a phone, and its challenge answered.
 *
 * In:   the fuzzer's bytes.
 * Out:  an abort when an answer breaks its own promises, or what we would send back is more than one header.
 * Not:  no socket, no transaction.
 */
#include <stdlib.h>
#include <string.h>

#include "provisioning/sip/sip_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const struct sip_digest_request request = {"NOTIFY", "sip:7@10.64.0.9:5060", "7", "secret", "0011223344556677"};
        const struct sip_challenge *challenge;
        struct sip_answer a;
        char text[2048];
        struct writer w = writer_of(text, sizeof text);

        if (sip_answer_parse(data, size, &a))
                return 0;
        if (a.status < 100 || a.status > 699 || a.n_challenges > SIP_ANSWER_CHALLENGES_MAX || size > SIP_ANSWER_MAX)
                abort();
        challenge = sip_answer_challenge(&a);
        if (!challenge)
                return 0;
        if (sip_digest_write(&w, challenge, &request) || writer_finish_text(&w))
                abort();
        if (strcspn(text, "\r\n") != strlen(text) - 2 || (strstr(text, "secret") && !memmem(data, size, "secret", 6)))
                abort();
        return 0;
}
