/*
 * management_input: lines out of a byte stream.
 *
 * In:   bytes as they come.
 * Out:  whole lines.
 * Not:  no meaning (see management_line).
 */
#include "vpn/session/management_input.h"

#include <string.h>

void management_input_reset(struct management_input *input)
{
        input->used = 0;
        input->is_too_long = false;
}

static void add_part(struct management_input *input, const char *data, size_t size)
{
        if (input->is_too_long || size > sizeof input->line - input->used) {
                input->is_too_long = true;
                return;
        }
        memcpy(input->line + input->used, data, size);
        input->used += size;
}

void management_input_add(struct management_input *input, const char *data, size_t size,
                          management_input_line on_line, void *userdata)
{
        while (size > 0) {
                const char *end = memchr(data, '\n', size);
                size_t part = end ? (size_t)(end - data) : size;

                add_part(input, data, part);
                if (!end)
                        return;
                if (input->used > 0 && input->line[input->used - 1] == '\r')
                        input->used--;
                if (!input->is_too_long)
                        on_line(input->line, input->used, userdata);
                management_input_reset(input);
                data += part + 1;
                size -= part + 1;
        }
}
