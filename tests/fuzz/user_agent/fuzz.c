/*
 * user_agent: any text as a phone's User-Agent.
 *
 * In:   the fuzzer's bytes.
 * Out:  an abort when a part is found that holds what it may not.
 * Not:  no HTTP.
 */
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/phone/phone_agent.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct phone_agent agent;
        char *text = malloc(size + 1);

        if (!text)
                return 0;
        if (size)
                memcpy(text, data, size);
        text[size] = 0;
        if (!phone_agent_parse(text, &agent) && (!text_is_printable(agent.model) || !text_is_printable(agent.firmware)))
                abort();
        free(text);
        return 0;
}
