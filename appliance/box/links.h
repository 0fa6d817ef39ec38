#ifndef PROVOST_BOX_LINKS_H
#define PROVOST_BOX_LINKS_H

#include <stdbool.h>

#include "appliance/base/error.h"

/* What networkd has no file for: one card forwards or not, a device goes. */

/* Whether this card hands on packets that are for somebody else; false also when there is no such card. */
bool links_forward(const char *interface);
/* PV_EUNSET: there is no such card. */
int links_set_forward(const char *interface, bool on) PV_MUST_CHECK;
bool links_exist(const char *interface);
/* Done also when it was gone already. */
int links_remove(const char *interface) PV_MUST_CHECK;

#endif
