#ifndef PROVOST_CONSOLE_COMPLETE_H
#define PROVOST_CONSOLE_COMPLETE_H

#include <stddef.h>

/* Called once for each word that could stand there, in the order of help, none twice in a row. */
typedef void (*complete_found)(const char *word, void *userdata);
/*
 * What could come after these words, beginning with `prefix`: the next word of a command's name, or an option of a whole command
 * once the prefix begins with '-'. Returns how many.
 */
size_t complete_word(size_t n, const char *const *words, const char *prefix, complete_found found, void *userdata);

#endif
