#ifndef PROVOST_CONSOLE_CTL_RECEIPT_H
#define PROVOST_CONSOLE_CTL_RECEIPT_H

#include "appliance/console/ctl.h"
#include "appliance/people/receipt.h"

/* Keeps it in the store: CTL_OK and its number, or CTL_FAILED with the sentence on err. todo may be NULL. */
int ctl_receipt_keep(struct ctl *ctl, const struct receipt *receipt, const char *mac, const char *cause, sd_json_variant *todo,
                     int64_t *ret_id);
/* The lines of a receipt and what is left to do, for a person. */
void ctl_receipt_print(struct ctl *ctl, sd_json_variant *lines, sd_json_variant *todo);

#endif
