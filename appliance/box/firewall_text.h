#ifndef PROVOST_BOX_FIREWALL_TEXT_H
#define PROVOST_BOX_FIREWALL_TEXT_H

#include "appliance/base/writer.h"
#include "appliance/box/box_model.h"

/*
 * The rules of `table inet provost` as one nft batch: applied whole or not at
 * all. The set blocked4 is made when absent and never emptied here (session
 * puts revoked phones' tunnel addresses into it).
 */
void firewall_text(struct writer *w, const struct box_model *m);

#endif
