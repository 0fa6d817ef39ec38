#ifndef PROVOST_PHONE_AGENT_H
#define PROVOST_PHONE_AGENT_H

#include <stdbool.h>

#include "appliance/base/error.h"
#include "appliance/base/mac.h"

/* What a phone says of itself in User-Agent (snom.md 3.4): evidence to show, never authentication. */
struct phone_agent {
        char model[25];         /* "snomD785", "snomM900"; "" when it is not said (firmware 6) */
        char firmware[33];      /* "10.1.33.33" */
        bool has_mac;
        struct mac mac;
};

/* PV_EUNSET when it is no Snom phone's, PV_ETOOLARGE beyond 512 bytes. */
int phone_agent_parse(const char *text, struct phone_agent *ret_agent) PV_MUST_CHECK;

#endif
