#ifndef PROVOST_RESPONDER_STORE_LINK_H
#define PROVOST_RESPONDER_STORE_LINK_H

#include <stddef.h>

#include "appliance/base/error.h"
#include "appliance/service/service.h"
#include "provisioning/responder/dhcp_lease.h"
#include "provisioning/responder/directory.h"
#include "provisioning/responder/sighting.h"

/* The responder's side of the store: keeps directory and leases like it, carries leases and events to it. */

struct store_link;

struct store_link_handlers {
        void (*site_changed)(void *userdata);           /* site or sources */
        void (*phones_changed)(void *userdata);
        void (*leases_read)(void *userdata);            /* once: the table holds what the store had */
        void (*committed)(bool is_done, void *userdata);
        /* An alarm about another host that was open when this process began. */
        void (*alarm_left)(const char *kind, const struct mac *mac, void *userdata);
        void (*seen_lost)(const struct mac *mac, void *userdata);       /* the store did not take a sighting, or forgot the phone */
        void *userdata;
};

/* Subscribes; everything is read when the store answers, and anew whenever it comes back. */
int store_link_new(struct service *service, const char *path, struct directory *directory,
                   struct dhcp_lease_table *leases, const struct store_link_handlers *handlers,
                   struct store_link **ret_link) PV_MUST_CHECK;
void store_link_free(struct store_link *l);

/* Ends in one call of `committed`, later or at once. */
void store_link_commit(struct store_link *l, const struct dhcp_lease *leases, size_t n_leases);
#define STORE_LINK_DETAIL_SIZE 480
/* Collected, sent in groups; what does not fit while the store is away is counted and left out. mac NULL: an event of the site. */
void store_link_event(struct store_link *l, const struct mac *mac, const char *word, const char *detail);
void store_link_seen(struct store_link *l, const struct sighting *sighting);
/* Alarms of io.provost.Store. */
void store_link_raise(struct store_link *l, const char *kind, const char *subject, const char *detail);
void store_link_clear(struct store_link *l, const char *kind, const char *subject);

#endif
