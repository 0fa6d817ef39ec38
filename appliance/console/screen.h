#ifndef PROVOST_CONSOLE_SCREEN_H
#define PROVOST_CONSOLE_SCREEN_H

#include <stddef.h>
#include <systemd/sd-json.h>

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

#endif
