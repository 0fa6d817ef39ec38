/*
 * fuzz packet_frame: one frame through our reader and through lwIP.
 */
#include <stdlib.h>

#include "appliance/packet/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_received(const struct packet_datagram *datagram, void *userdata)
{
        volatile uint8_t sum = 0;

        (void)userdata;
        for (size_t i = 0; i < datagram->size; i++)
                sum = (uint8_t)(sum + datagram->payload[i]);
}

static void on_send(const uint8_t *frame, size_t size, void *userdata)
{
        (void)frame;
        (void)size;
        (void)userdata;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct packet *packet;
        struct packet_options options = {.interface = "none", .address = 0x0a000001, .prefix = 24};
        struct packet_handlers handlers = {.received = on_received};
        struct mac mac = {{0x02, 0, 0, 0, 0, 1}};

        if (!packet && packet_new_fake(&options, &mac, &handlers, on_send, NULL, &packet) < 0)
                abort();
        packet_input(packet, data, size, false);
        packet_input(packet, data, size, true);
        return 0;
}
