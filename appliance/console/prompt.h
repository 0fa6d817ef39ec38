#ifndef PROVOST_CONSOLE_PROMPT_H
#define PROVOST_CONSOLE_PROMPT_H

#include <stdbool.h>

/*
 * Commands of provostctl typed at a terminal (standard input and output), until "exit", the end of the input or five minutes without a key.
 * wait: first waits for Enter. Returns an exit code.
 */
int prompt_run(bool wait);

#endif
