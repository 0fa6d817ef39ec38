/*
 * channel_request: any bytes as a line of the hypervisor channel.
 *
 * In:   the fuzzer's bytes.
 * Out:  an abort when a request is taken that breaks its bounds.
 * Not:  no command is run.
 */
#include <stdlib.h>
#include <string.h>

#include "appliance/console/channel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct channel_request request;
        int64_t id;

        if (channel_request_parse((const char *)data, size, &request, &id) != 0)
                return 0;
        if (request.n_words > CHANNEL_WORDS_MAX || request.id != id || !memmem(data, size, "{", 1))
                abort();
        for (size_t i = 0; i < request.n_words; i++)
                if (!request.words[i] || strlen(request.words[i]) > size)
                        abort();
        channel_request_done(&request);
        return 0;
}
