#ifndef PROVOST_BOX_CARDS_H
#define PROVOST_BOX_CARDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "appliance/box/box_model.h"

/* The machine's Ethernet cards, as the kernel has them now. */
#define CARDS_MAX 16
#define CARDS_ADDRESSES_MAX 8

struct card {
        char name[BOX_MODEL_INTERFACE_MAX];
        uint8_t mac[6];
        bool has_carrier;
        struct { uint32_t address; unsigned prefix; } addresses[CARDS_ADDRESSES_MAX];   /* IPv4, host order */
        size_t n_addresses;
};

/* In the kernel's order; what is beyond the bounds is left out. PV_ESYSTEM: the kernel did not say. */
int cards_list(struct card ret[static CARDS_MAX], size_t *ret_n) PV_MUST_CHECK;
/* "lan", "uplink" or "" (not used, or no site yet). */
const char *cards_role(const struct box_model *m, const char *name);

/* Where the page is: the cards it is on, and their addresses, at most this many. */
#define CARDS_PAGE_MAX 16
bool cards_has_page(const struct box_model *m, const char *name);
size_t cards_page_addresses(const struct box_model *m, const struct card *cards, size_t n_cards, uint32_t ret[static CARDS_PAGE_MAX]);

#endif
