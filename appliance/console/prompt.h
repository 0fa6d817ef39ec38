#ifndef PROVOST_CONSOLE_PROMPT_H
#define PROVOST_CONSOLE_PROMPT_H

/*
 * Commands of provostctl typed at a terminal (standard input and output), until "exit", the end of the input or five minutes without a key.
 * Returns an exit code.
 */
int prompt_run(void);

#endif
