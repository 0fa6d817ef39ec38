/*
 * fuzz dhcp_message: one request through the whole server, answered from a world with a few leases.
 */
#include <stdlib.h>
#include <string.h>

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "provisioning/responder/dhcp_message.h"
#include "provisioning/responder/dhcp_server.h"
#include "provisioning/responder/sightings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Linked instead of base's: a line for each of a million inputs tells nobody anything. */
void log_event(enum log_level level, const char *event, ...)
{
        (void)level;
        (void)event;
}

void log_reason(enum log_level level, const char *event, const char *format, ...)
{
        (void)level;
        (void)event;
        (void)format;
}

static struct dhcp_server *server;
static bool phone_is_trusted;
static size_t n_committed;

/* What goes out can be read again, and names a source only to the trusted phone. */
static int on_send(uint32_t to, uint16_t port, const struct mac *mac, const void *payload, size_t size, void *userdata)
{
        static struct dhcp_message reply;
        uint8_t bytes[DHCP_MESSAGE_MAX];

        (void)to;
        (void)port;
        (void)mac;
        (void)userdata;
        memcpy(bytes, payload, size);
        bytes[0] = 1;
        if (dhcp_message_parse(bytes, size, &reply) < 0)
                abort();
        bool has = dhcp_message_has(&reply, 66) || dhcp_message_has(&reply, 67) || dhcp_message_has(&reply, 43);
        bool is_phone = reply.header.mac.bytes[5] == 0xcc && reply.header.mac.bytes[0] == 0;
        if (has && !(is_phone && phone_is_trusted))
                abort();
        return 0;
}

static int on_probe(uint32_t address, void *userdata)
{
        (void)address;
        (void)userdata;
        return 0;
}

static void on_commit(const struct dhcp_lease *leases, size_t n_leases, void *userdata)
{
        (void)leases;
        (void)userdata;
        n_committed += n_leases;
}

static void on_event(const struct mac *mac, const char *word, const char *detail, void *userdata)
{
        (void)mac;
        (void)userdata;
        if (!*word || !*detail)
                abort();
}

static struct sightings *sightings;

/* What the store is told is printable. */
static void on_sighting(const struct sighting *sighting, void *userdata)
{
        (void)userdata;
        for (size_t i = 0; i < SIGHTING_N_KINDS; i++)
                if (!text_is_printable(sighting->values[i]))
                        abort();
}

static void on_seen(const struct dhcp_message *message, uint64_t now_ms, void *userdata)
{
        (void)userdata;
        sightings_dhcp(sightings, message, now_ms);
}

static void begin(struct directory **ret_directory, struct dhcp_lease_table **ret_leases)
{
        static const struct site_value VALUES[] = {
                {"lan_address", "10.0.0.1/24"}, {"pool_first", "10.0.0.50"}, {"pool_last", "10.0.0.60"}, {"option_form", "both"},
        };
        static const char *const SOURCES[] = {"https://10.0.0.1/"};
        const struct dhcp_server_ops ops = {
                .send = on_send, .probe = on_probe, .commit = on_commit, .event = on_event, .seen = on_seen};
        struct dhcp_lease_pool pool = {.first = 0x0a000032, .last = 0x0a00003c, .network = 0x0a000000, .mask = 0xffffff00};
        struct directory_phone phone = {
                .mac = {{0x00, 0x04, 0x13, 0xaa, 0xbb, 0xcc}}, .is_trusted = phone_is_trusted, .state = "approved"};
        struct dhcp_lease lease = {.address = 0x0a000032, .state = DHCP_LEASE_STATE_BOUND, .mac = phone.mac,
                                   .id = {1, 0x00, 0x04, 0x13, 0xaa, 0xbb, 0xcc}, .id_size = 7, .ends_ms = 3600000,
                                   .durable_ends_ms = 3600000};
        struct site_problem problem;

        if (directory_new(ret_directory) < 0 || sightings_new(*ret_directory, on_sighting, NULL, &sightings) < 0 || dhcp_lease_table_new(64, ret_leases) < 0 ||
            directory_set_site(*ret_directory, VALUES, 4, &problem) < 0 ||
            dhcp_server_new(*ret_directory, *ret_leases, &ops, &server) < 0 ||
            directory_phone_put(*ret_directory, &phone) < 0 || dhcp_lease_restore(*ret_leases, &lease) < 0)
                abort();
        directory_set_sources(*ret_directory, SOURCES, 1);
        dhcp_lease_table_set_pool(*ret_leases, &pool);
        dhcp_server_set_ready(server, true);
}

static void ask(const uint8_t *data, size_t size)
{
        struct directory *directory;
        struct dhcp_lease_table *leases;
        struct dhcp_server_datagram d = {.source_mac = {{0x00, 0x04, 0x13, 0xaa, 0xbb, 0xcc}}, .payload = data, .size = size};

        begin(&directory, &leases);
        for (uint64_t now_ms = 1000; now_ms < 4000; now_ms += 1000) {
                dhcp_server_input(server, &d, now_ms);
                dhcp_server_tick(server, now_ms + 600);
                n_committed = 0;
                dhcp_server_flush(server, now_ms + 700);
                if (n_committed)
                        dhcp_server_committed(server, now_ms != 2000, now_ms + 800);
        }
        dhcp_server_free(server);
        sightings_free(sightings);
        dhcp_lease_table_free(leases);
        directory_free(directory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        if (size > DHCP_MESSAGE_MAX)
                return 0;
        phone_is_trusted = true;
        ask(data, size);
        phone_is_trusted = false;
        ask(data, size);
        return 0;
}
