#ifndef PROVOST_BOX_EDGE_TEXT_H
#define PROVOST_BOX_EDGE_TEXT_H

#include "appliance/base/writer.h"
#include "appliance/box/box_model.h"

/* /run/provost/edge/nginx.conf: a TLS server per listener (lan, tunnel; for old phones one more of each) in front of bootstrap and settings. */
void edge_text(struct writer *w, const struct box_model *m);

#endif
