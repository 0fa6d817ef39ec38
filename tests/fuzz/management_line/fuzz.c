/*
 * management_line: any bytes as OpenVPN's side of the management socket.
 *
 * In:   the fuzzer's bytes, cut into lines as from the socket.
 * Out:  an abort when an event comes out that holds what it may not.
 * Not:  no sockets.
 */
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "vpn/session/management_client.h"
#include "vpn/session/management_input.h"
#include "vpn/session/management_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_line(const char *text, size_t size, void *userdata)
{
        struct management_client_collector *collector = userdata;
        struct management_line line;
        struct management_client client;
        struct management_log log;

        if (management_line_parse(text, size, &line) < 0)
                return;
        if (line.kind == MANAGEMENT_LINE_LOG && management_log_read(&line.text, &log) &&
            (strspn(log.common_name, "0123456789abcdef") != strlen(log.common_name) ||
             strspn(log.peer, "0123456789.:") != strlen(log.peer)))
                abort();
        if (!management_client_collect(collector, &line, &client))
                return;
        if (!text_is_printable(client.common_name) || !text_is_printable(client.version) ||
            !text_is_printable(client.peer_address) || (strlen(client.sha256) != 0 && strlen(client.sha256) != 64))
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct management_input input;
        struct management_client_collector collector = {0};
        size_t half = size / 2;

        management_input_reset(&input);
        management_input_add(&input, (const char *)data, half, on_line, &collector);
        management_input_add(&input, (const char *)data + half, size - half, on_line, &collector);
        return 0;
}
