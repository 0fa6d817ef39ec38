#ifndef PROVOST_CONSOLE_PROMPT_KEY_H
#define PROVOST_CONSOLE_PROMPT_KEY_H

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "appliance/base/error.h"

/*
 * Waits for Enter on a terminal and runs a program there (provostctl prompt) until that ends. It costs nothing before
 * somebody presses a key.
 */
struct prompt_key;

/* terminal is borrowed. closed: the program has ended. PV_EREFUSED: this is no terminal. */
int prompt_key_new(sd_event *event, int terminal, const char *const *argv, void (*closed)(void *userdata), void *userdata,
                   struct prompt_key **ret_key) PV_MUST_CHECK;
/* A program that runs is ended. */
void prompt_key_free(struct prompt_key *key);
/* Whether somebody is at it; false for NULL. */
bool prompt_key_is_open(const struct prompt_key *key);

#endif
