#ifndef PROVOST_SESSION_MANAGEMENT_INPUT_H
#define PROVOST_SESSION_MANAGEMENT_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "vpn/session/management_line.h"

/* Cuts the stream of the management socket into lines. A line longer than MANAGEMENT_LINE_MAX is left out as a whole. */
struct management_input {
        char line[MANAGEMENT_LINE_MAX];
        size_t used;
        bool is_too_long;               /* leaving out until its end */
};

typedef void (*management_input_line)(const char *line, size_t size, void *userdata);

/* Calls on_line for each line that is whole, without LF and CR. on_line must not call this for the same input. */
void management_input_add(struct management_input *input, const char *data, size_t size,
                          management_input_line on_line, void *userdata);
void management_input_reset(struct management_input *input);

#endif
