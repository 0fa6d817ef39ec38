/* options: words of the kernel's command line; words.h says which of them count. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The text after KEY= in /proc/cmdline; false, and ret_value is "", when it is not there or does not fit. */
bool options_read(const char *key, char *ret_value, size_t size);

/* Whether a text is that many lower-case hexadecimal digits. */
bool options_is_hex(const char *text, size_t digits);

/* Puts a command line of words that open no door over /proc/cmdline: what follows, systemd above all, is shown no others. */
void options_show(void);
