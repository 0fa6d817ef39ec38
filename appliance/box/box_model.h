#ifndef PROVOST_BOX_BOX_MODEL_H
#define PROVOST_BOX_BOX_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"

/*
 * What the ground floor needs of a site, and nothing about phones: the same
 * names and defaults as the store's list of values (a test holds both
 * against each other). Addresses are host-order numbers.
 */
#define BOX_MODEL_INTERFACE_MAX 16
#define BOX_MODEL_HOST_MAX 254
#define BOX_MODEL_NAMES_MAX 3
#define BOX_MODEL_ADDRESSES_MAX 6

enum box_model_uplink { BOX_MODEL_UPLINK_NONE, BOX_MODEL_UPLINK_DHCP, BOX_MODEL_UPLINK_STATIC };

/* The name under which the page is found on its cards (mDNS). */
#define BOX_MODEL_PAGE_NAME "provost.local"

/* Kernel names stay as they are (net.ifnames=0). */
#define BOX_MODEL_FIRST_CARD "eth0"

struct box_model {
        bool is_setup;                                          /* no site yet: the page alone, on every Ethernet card */
        char lan_interface[BOX_MODEL_INTERFACE_MAX];
        uint32_t lan_address;
        unsigned lan_prefix;
        char uplink_interface[BOX_MODEL_INTERFACE_MAX];         /* "" none */
        enum box_model_uplink uplink;
        uint32_t uplink_address;
        unsigned uplink_prefix;
        uint32_t uplink_gateway;                                /* 0 none */
        uint16_t vpn_port;
        uint32_t tunnel_address;
        unsigned tunnel_prefix;
        uint16_t vpn_tcp_port;                                  /* 0 none */
        bool is_legacy;                                         /* old phones have a process, a device and a listener of their own */
        uint16_t legacy_port, legacy_https_port;
        uint32_t legacy_address;
        unsigned legacy_prefix;
        uint16_t admin_port;                                    /* the page */
        bool is_page_on_lan, is_page_on_uplink;
        bool is_nat;                                            /* what phones send beyond the appliance leaves with its address */
        bool has_reach;                                         /* there is a rule, so packets are forwarded; not of the site's values */
        bool is_clock_a_floor;                                  /* not of the site's values */
        char *phone_ca;                                         /* owned; "" none */
        bool is_container;                                      /* the clock belongs to the host */
        /* What a phone may write in a URL of ours: goes into the edge's certificates. */
        char names[BOX_MODEL_NAMES_MAX][BOX_MODEL_HOST_MAX];
        size_t n_names;
        uint32_t addresses[BOX_MODEL_ADDRESSES_MAX];
        size_t n_addresses;
};

struct box_model_value { const char *name, *value; };

#define BOX_MODEL_PROBLEM_SIZE 192

/*
 * Reads the values, with defaults for what is absent or ""; names it does not
 * know are skipped. Failure: PV_EUNSET (lan_address is missing), PV_EMALFORMED
 * or PV_EREFUSED, and a sentence in `problem`.
 */
int box_model_from_values(const struct box_model_value *values, size_t n_values, struct box_model *ret_model,
                          char problem[static BOX_MODEL_PROBLEM_SIZE]) PV_MUST_CHECK;
/* The model of a box whose site is not complete: what can be read of the page's port, and nothing else. */
int box_model_for_setup(const struct box_model_value *values, size_t n_values, struct box_model *ret_model) PV_MUST_CHECK;
void box_model_done(struct box_model *model);

#endif
