#ifndef PROVOST_BOX_NETWORK_TEXT_H
#define PROVOST_BOX_NETWORK_TEXT_H

#include "appliance/base/writer.h"
#include "appliance/box/box_model.h"

/* Files of /run/systemd/network, see systemd.network(5) and systemd.netdev(5). setup: for all cards, until there is a site (setup_first: for the first one); others: cards it does not use. */
void network_text_setup(struct writer *w, const struct box_model *m);
void network_text_setup_first(struct writer *w, const struct box_model *m);
void network_text_others(struct writer *w, const struct box_model *m);
void network_text_lan(struct writer *w, const struct box_model *m);
void network_text_uplink(struct writer *w, const struct box_model *m);
void network_text_tunnel_device(struct writer *w, const struct box_model *m);
void network_text_tunnel(struct writer *w, const struct box_model *m);
void network_text_legacy_device(struct writer *w, const struct box_model *m);
void network_text_legacy(struct writer *w, const struct box_model *m);

#endif
