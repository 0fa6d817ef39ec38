#ifndef PROVOST_CONSOLE_CTL_ASK_H
#define PROVOST_CONSOLE_CTL_ASK_H

#include "appliance/console/ctl.h"

/*
 * Questions to whoever gave the command: on a terminal they are asked, otherwise the answers are the lines of standard input, in the order in
 * which they would be asked. Never words of the command: those can be seen by others.
 */
#define CTL_ASK_MAX 256

/* What is going to happen, as a sentence; goes on when exactly this word is typed. CTL_FAILED: nothing is to be done, which was said. */
int ctl_ask_word(struct ctl *ctl, const char *sentence, const char *word);
/* A secret of the caller's, for ctl_ask_forget(); on a terminal without an echo, and twice when it is a new one. */
int ctl_ask_secret(struct ctl *ctl, const char *what, bool is_new, char **ret_secret);
void ctl_ask_forget(char *secret);

#endif
