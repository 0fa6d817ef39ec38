#ifndef PROVOST_BOX_ADDRESS_WATCH_H
#define PROVOST_BOX_ADDRESS_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "appliance/base/error.h"

/* Told whenever an address or a link of this machine came or went. */
typedef void (*address_watch_changed)(void *userdata);

struct address_watch;

int address_watch_new(sd_event *event, address_watch_changed changed, void *userdata,
                      struct address_watch **ret_watch) PV_MUST_CHECK;
void address_watch_free(struct address_watch *watch);
/* True when this interface holds this IPv4 address (host order) now. */
bool address_watch_has(const char *interface, uint32_t address);

#endif
