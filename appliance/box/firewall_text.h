#ifndef PROVOST_BOX_FIREWALL_TEXT_H
#define PROVOST_BOX_FIREWALL_TEXT_H

#include "appliance/base/writer.h"
#include "appliance/box/box_model.h"

/*
 * The rules of `table inet provost` as one nft batch: applied whole or not at
 * all. These sets belong to session: they are made when absent and never
 * emptied or changed here.
 *   blocked4      tunnel addresses of revoked phones: nothing from or to them
 *   phone_group4  map: tunnel address of a phone in its tunnel → its group, 1 or more
 *   reach4        group . network . tcp or udp . ports: what the group may reach. The kernel refuses elements that overlap
 *   reach_icmp4   group . network: what the group may ping
 * Nothing is forwarded unless the model has_reach.
 */
void firewall_text(struct writer *w, const struct box_model *m);

#endif
