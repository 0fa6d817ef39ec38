#ifndef PROVOST_IMPORT_IMPORT_SERVER_H
#define PROVOST_IMPORT_IMPORT_SERVER_H

#include "appliance/service/service.h"

/* io.provost.Import: reads what it is given, answers, forgets. */
extern const struct service_method import_methods[];

#endif
