#ifndef PROVOST_CONSOLE_SCREEN_H
#define PROVOST_CONSOLE_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-json.h>

#include "appliance/base/writer.h"
#include "appliance/qr/qr.h"

/*
 * What the first screen says of what somebody has to do: one line each, from
 * the store's answers. "" when there is nothing. Foreign text in them is the
 * caller's to make fit for a terminal.
 */
#define SCREEN_LINE_SIZE 280

/* Of ListAlarms with open true: how many, and the newest. */
void screen_alarms(sd_json_variant *reply, char ret[static SCREEN_LINE_SIZE]);
/* Of ListPhones: how many wait for somebody, and the first of them. */
void screen_waiting(sd_json_variant *reply, char ret[static SCREEN_LINE_SIZE]);
/* Of ListEnds: what ends soon or has ended and does not renew by itself. */
void screen_ends(sd_json_variant *reply, char ret[static SCREEN_LINE_SIZE]);
/* Of ListDisks: the system runs from a stick and there is a disk that it could be installed on. */
void screen_install(sd_json_variant *reply, char ret[static SCREEN_LINE_SIZE]);

/*
 * The page, from GetSetup: while somebody has to set it up its QR code, where it is, the fingerprint of its certificate
 * and the code that opens it; afterwards place and fingerprint. Whole lines. "" when nothing can be said yet.
 */
#define SCREEN_PAGE_SIZE 8192
void screen_page(sd_json_variant *setup, int64_t now, char ret[static SCREEN_PAGE_SIZE]);
/* The URL to open first: one that is no link-local address and no multicast name, if there is one. NULL without any. */
const char *screen_page_url(sd_json_variant *setup);
/* A QR code with its quiet zone: two rows a line, in half blocks, light on dark whatever the terminal's own colours are. */
void screen_qr(struct writer *w, const struct qr *code);

#endif
