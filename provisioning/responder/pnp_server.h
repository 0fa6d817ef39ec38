#ifndef PROVOST_RESPONDER_PNP_SERVER_H
#define PROVOST_RESPONDER_PNP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "appliance/base/mac.h"
#include "provisioning/responder/directory.h"
#include "provisioning/responder/pnp_message.h"

/*
 * SIP PnP between the wire and the store. It has neither: both are functions, and every call is told the time
 * (monotonic milliseconds).
 */

struct pnp_server_datagram {
        uint32_t source, destination;
        uint16_t source_port;
        struct mac source_mac;
        const uint8_t *payload;
        size_t size;
};

struct pnp_server_ops {
        /* From port 5060 of the LAN address to this very station. */
        int (*send)(uint32_t to, uint16_t port, const struct mac *mac, const void *payload, size_t size, void *userdata);
        /* One line of a phone's timeline. */
        void (*event)(const struct mac *mac, const char *word, const char *detail, void *userdata);
        /* A SUBSCRIBE of the very station it names. */
        void (*seen)(const struct pnp_message *message, uint32_t from, uint64_t now_ms, void *userdata);
        void (*random)(void *bytes, size_t size, void *userdata);
        void *userdata;
};

struct pnp_server_counts {
        uint64_t requests, answers, refused;    /* answers: phones that were told the URL, each NOTIFY once */
};

struct pnp_server;

/* directory is borrowed and must outlive it. */
int pnp_server_new(struct directory *directory, const struct pnp_server_ops *ops, struct pnp_server **ret_server) PV_MUST_CHECK;
void pnp_server_free(struct pnp_server *s);

bool pnp_server_is_on(const struct pnp_server *s);
void pnp_server_input(struct pnp_server *s, const struct pnp_server_datagram *datagram, uint64_t now_ms);
/* Repeats what was not answered yet. */
void pnp_server_tick(struct pnp_server *s, uint64_t now_ms);
/* When pnp_server_tick() is due next; UINT64_MAX: not before another input. */
uint64_t pnp_server_next_ms(const struct pnp_server *s);
/* Our address changed: what is under way speaks of the old one. */
void pnp_server_forget(struct pnp_server *s);
struct pnp_server_counts pnp_server_counts(const struct pnp_server *s);

#endif
