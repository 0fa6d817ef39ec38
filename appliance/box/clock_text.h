#ifndef PROVOST_BOX_CLOCK_TEXT_H
#define PROVOST_BOX_CLOCK_TEXT_H

#include "appliance/base/writer.h"
#include "appliance/box/box_model.h"

/* /run/provost/clock/chrony.conf */
void clock_text(struct writer *w, const struct box_model *m);
/* /run/provost/clock/environment: how provost-clock.service starts chronyd. */
void clock_text_environment(struct writer *w, const struct box_model *m);

#endif
