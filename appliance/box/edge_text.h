#ifndef PROVOST_BOX_EDGE_TEXT_H
#define PROVOST_BOX_EDGE_TEXT_H

#include "appliance/base/writer.h"
#include "appliance/box/box_model.h"

/* /run/provost/edge/nginx.conf: two TLS servers, one per listener, each in front of one station. */
void edge_text(struct writer *w, const struct box_model *m);

#endif
