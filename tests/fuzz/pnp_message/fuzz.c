/*
 * fuzz pnp_message: one datagram through the whole PnP server, and what goes out read again.
 *
 * In:   the fuzzer's bytes, as they would come from the phone's own station.
 * Out:  an abort when an answer is no single message, goes elsewhere, or names the URL to a phone that is not trusted.
 * Not:  no frames (packet_frame).
 */
#include <stdlib.h>
#include <string.h>

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "provisioning/responder/pnp_message.h"
#include "provisioning/responder/pnp_policy.h"
#include "provisioning/responder/pnp_server.h"
#include "provisioning/responder/sighting.h"

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

enum { FROM = 0x0a000032 };

static const struct mac PHONE = {{0x00, 0x04, 0x13, 0xaa, 0xbb, 0xcc}};
static bool phone_is_trusted;

/* What stands behind the first empty line is exactly this. */
static bool has_body(const void *payload, size_t size, const char *body)
{
        const char *end = memmem(payload, size, "\r\n\r\n", 4);
        size_t n = strlen(body);

        return end && (const char *)payload + size == end + 4 + n && !memcmp(end + 4, body, n);
}

static int on_send(uint32_t to, uint16_t port, const struct mac *mac, const void *payload, size_t size, void *userdata)
{
        struct pnp_message m;
        bool is_notify = size > 7 && !memcmp(payload, "NOTIFY ", 7);

        (void)userdata;
        if (!phone_is_trusted || to != FROM || port == 0 || !mac_equal(mac, &PHONE))
                abort();
        /* With our tag a value may be longer than what we take ourselves. */
        int r = pnp_message_parse(payload, size, &m);
        if (r == PV_EMALFORMED || (r == 0 && m.kind != (is_notify ? PNP_KIND_OTHER : PNP_KIND_RESPONSE)))
                abort();
        if (!has_body(payload, size, is_notify ? "https://10.0.0.1/{mac}.xml" : ""))
                abort();
        return 0;
}

static void on_event(const struct mac *mac, const char *word, const char *detail, void *userdata)
{
        (void)mac;
        (void)userdata;
        if (!*word || !*detail)
                abort();
}

/* What the store is told is printable. */
static void on_seen(const struct pnp_message *message, uint32_t from, uint64_t at_ms, void *userdata)
{
        struct sighting sighting;

        (void)at_ms;
        (void)userdata;
        sighting_from_pnp(message, from, &sighting);
        for (size_t i = 0; i < SIGHTING_N_KINDS; i++)
                if (!text_is_printable(sighting.values[i]))
                        abort();
}

static void on_random(void *bytes, size_t size, void *userdata)
{
        (void)userdata;
        memset(bytes, 0x5a, size);
}

static struct directory *directory;
static struct pnp_server *server;
static uint64_t now_ms;

/* Made once; between two questions so much time passes that every rate is full again. */
static void begin(void)
{
        static const struct site_value VALUES[] = {{"lan_address", "10.0.0.1/24"}, {"dhcp_mode", "off"}};
        static const char *const SOURCES[] = {"https://10.0.0.1/"};
        const struct pnp_server_ops ops = {.send = on_send, .event = on_event, .seen = on_seen, .random = on_random};
        struct directory_phone phone = {.mac = PHONE, .is_trusted = phone_is_trusted, .state = "approved"};
        struct site_problem problem;

        if (!server && (directory_new(&directory) < 0 || directory_set_site(directory, VALUES, 2, &problem) < 0 ||
                        pnp_server_new(directory, &ops, &server) < 0))
                abort();
        directory_set_sources(directory, SOURCES, 1);
        if (directory_phone_put(directory, &phone) < 0)
                abort();
        now_ms += 3600000;
}

static void ask(const uint8_t *data, size_t size)
{
        struct pnp_server_datagram d = {
                .source = FROM, .destination = PNP_POLICY_GROUP, .source_port = 5060, .source_mac = PHONE, .payload = data, .size = size};
        uint64_t next;

        begin();
        pnp_server_input(server, &d, now_ms);
        d.destination = 0x0a000001;
        pnp_server_input(server, &d, now_ms);
        for (unsigned n = 0; (next = pnp_server_next_ms(server)) != UINT64_MAX; n++) {
                if (n > 5)
                        abort();
                pnp_server_tick(server, next);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        if (size > PNP_MESSAGE_MAX)
                return 0;
        phone_is_trusted = true;
        ask(data, size);
        phone_is_trusted = false;
        ask(data, size);
        return 0;
}
