#ifndef PROVOST_CONSOLE_CTL_RECEIPT_H
#define PROVOST_CONSOLE_CTL_RECEIPT_H

#include "appliance/console/ctl.h"

/* The lines of a receipt while it is made; as io.provost.Store.ReceiptLine. */
struct ctl_receipt {
        sd_json_variant *lines;
        size_t n_open;                  /* lines that are not confirmed */
        bool is_broken;                 /* no memory */
};

void ctl_receipt_done(struct ctl_receipt *receipt);
/* at_ms 0: now. */
void ctl_receipt_add(struct ctl_receipt *receipt, int64_t at_ms, const char *word, bool ok, const char *format, ...)
        __attribute__((format(printf, 5, 6)));
/* Keeps it in the store: CTL_OK and its number, or CTL_FAILED with the sentence on err. todo may be NULL. */
int ctl_receipt_keep(struct ctl *ctl, const struct ctl_receipt *receipt, const char *mac, const char *cause, sd_json_variant *todo,
                     int64_t *ret_id);
/* The lines of a receipt and what is left to do, for a person. */
void ctl_receipt_print(struct ctl *ctl, sd_json_variant *lines, sd_json_variant *todo);

#endif
