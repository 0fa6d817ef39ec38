#ifndef PROVOST_ADMIN_SUGGEST_H
#define PROVOST_ADMIN_SUGGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an appliance that nobody set up could be: from what its network cards see, a site that would work. */
#define SUGGEST_CARDS_MAX 16
#define SUGGEST_VALUES_MAX 10

struct suggest_card {
        const char *name;
        bool has_carrier;
        uint32_t address;               /* given by somebody's DHCP server; 0 none */
        unsigned prefix;
};

struct suggest_value {
        const char *name;               /* of the site (provisioning/model/site.h); static */
        char value[48];
        const char *because;            /* a sentence; static */
};

/* How many there are. Without a card nothing is suggested. */
size_t suggest_site(const struct suggest_card *cards, size_t n, struct suggest_value ret[static SUGGEST_VALUES_MAX]);

#endif
