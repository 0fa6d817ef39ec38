#ifndef PROVOST_BOX_BOX_H
#define PROVOST_BOX_BOX_H

#include <stdbool.h>
#include <stdint.h>

#include "appliance/box/box_clock.h"
#include "appliance/box/box_model.h"
#include "appliance/box/cards.h"
#include "appliance/box/units.h"
#include "appliance/service/service.h"

/*
 * Makes network, firewall, clock and edge follow the site in the store, and
 * keeps at it: what fails is said once and tried again.
 */
struct box;

#define BOX_SENTENCE_SIZE 256

struct box_status {
        bool ready;
        uint64_t applied;                       /* revision of the site; 0 before the first */
        char waiting_for[BOX_SENTENCE_SIZE];    /* "" when ready */
};

/* Where the page is now. */
struct box_page {
        uint16_t port;
        uint32_t addresses[CARDS_PAGE_MAX];     /* of its cards */
        size_t n_addresses;
        bool is_listening;                      /* the edge runs with it */
        bool has_name;                          /* provost.local is answered there */
};

/* Called when what box_status() or box_page() says has changed. */
typedef void (*box_changed)(struct box *box, void *userdata);

int box_new(struct service *service, box_changed changed, void *userdata, struct box **ret_box) PV_MUST_CHECK;
void box_free(struct box *box);
const struct box_status *box_status(const struct box *box);
const struct box_page *box_page(const struct box *box);
/* What network, firewall and edge follow; NULL before the store has answered. */
const struct box_model *box_model_now(const struct box *box);
/* Borrowed. */
struct units *box_units(const struct box *box);
/* Borrowed; NULL while there is none yet. */
struct box_clock *box_clock_of(const struct box *box);
/* Starts reboot.target or poweroff.target. */
void box_power(struct box *box, const char *target, units_done done, void *userdata);

#endif
