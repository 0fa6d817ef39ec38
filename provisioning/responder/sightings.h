#ifndef PROVOST_RESPONDER_SIGHTINGS_H
#define PROVOST_RESPONDER_SIGHTINGS_H

#include <stdint.h>

#include "appliance/base/error.h"
#include "provisioning/responder/directory.h"
#include "provisioning/responder/sighting.h"

/*
 * Which sightings the store hears of: what is new or has changed, and the same again after a while. Of strangers only what
 * looks like a phone. Memory and rates are fixed, whatever comes: what is too much at once waits its turn, and what finds no
 * place to wait is told with a later message.
 */

#define SIGHTINGS_STRANGERS_MAX 1024
#define SIGHTINGS_WAITING_MAX 256       /* of strangers, and of known phones */
#define SIGHTINGS_CHANGED_MS 10000      /* of one MAC by one way at most so often */
#define SIGHTINGS_AGAIN_MS 600000       /* the same again: when somebody may wait for a decision */
#define SIGHTINGS_AGAIN_TOLD_MS 21600000        /* and of phones that are told where to go */

struct sightings;

/* model and firmware of `sighting` are "" where they are not for the store: a model that is known stays the admin's. */
typedef void (*sightings_tell)(const struct sighting *sighting, void *userdata);

/* directory is borrowed and must outlive it. */
int sightings_new(struct directory *directory, sightings_tell tell, void *userdata, struct sightings **ret_sightings) PV_MUST_CHECK;
void sightings_free(struct sightings *s);

void sightings_dhcp(struct sightings *s, const struct dhcp_message *m, uint64_t now_ms);
/* The message was sent by the very station it names. */
void sightings_pnp(struct sightings *s, const struct pnp_message *m, uint32_t from, uint64_t now_ms);
/* Tells what waited and may be told now. */
void sightings_tick(struct sightings *s, uint64_t now_ms);
/* When sightings_tick() is due next; UINT64_MAX: not before another message. */
uint64_t sightings_next_ms(const struct sightings *s);
/* The store did not take what was told of this one: its next message is told again. */
void sightings_lost(struct sightings *s, const struct mac *mac);

#endif
