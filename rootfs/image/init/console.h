/* console: questions to whoever sits before one of the consoles. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Shows a text on every console and waits for a line from any of them, without its end. false: nobody answered in time. With is_secret
 * nothing that is typed is shown.
 */
bool console_ask(const char *text, bool is_secret, int timeout_s, char *ret_answer, size_t size);

/* Shows a text on every console. */
void console_tell(const char *text);
