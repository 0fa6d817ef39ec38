/* say: sentences for whoever sits before the console, and the end. */
#pragma once

/* What the kernel shows on the consoles, and what is in the journal only. */
enum { LEVEL_SHOWN = 3, LEVEL_INFO = 6 };

/* Opens the kernel's log, which goes to all consoles; before that, standard error is used. */
void say_open(void);

/* One line. */
void say(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The end: process 1 leaves, the kernel panics and restarts after panic= seconds. */
void give_up(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* strdup that gives up. */
char *copy(const char *text) __attribute__((malloc));
