/*
 * uki_name: what the name of a kernel image says.
 *
 * In:   names of files on the ESP.
 * Out:  version and counters, and the name again.
 * Not:  no files.
 */
#include "appliance/update/uki_name.h"

#include <stdio.h>
#include <string.h>

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"

#define BEGIN "provost_"
#define END ".efi"
#define COUNT_MAX 9999

static int count(const struct cursor *text, int *ret)
{
        char digits[8];
        uint32_t value = 0;
        int r = cursor_to_text(text, digits, sizeof digits);

        if (r == 0)
                r = text_to_u32(digits, COUNT_MAX, &value);
        if (r == 0)
                *ret = (int)value;
        return r;
}

/* What follows the "+": LEFT or LEFT-DONE. */
static int counters(struct cursor rest, struct uki_name *name)
{
        struct cursor whole = rest, left = cursor_until(&rest, '-', 4);

        if (rest.error)
                return count(&whole, &name->left);
        return count(&left, &name->left) < 0 || count(&rest, &name->done) < 0 ? PV_EUNSET : 0;
}

int uki_name_parse(const char *text, struct uki_name *ret)
{
        size_t size = strlen(text), begin = strlen(BEGIN), end = strlen(END);
        struct uki_name name = {.left = -1};
        struct cursor c, version;

        if (size < begin + end || size >= UKI_NAME_SIZE || !text_starts(text, BEGIN) || !text_equal(text + size - end, END))
                return PV_EUNSET;
        c = version = cursor_of(text + begin, size - begin - end);
        if (memchr(c.at, '+', cursor_left(&c))) {
                version = cursor_until(&c, '+', UPDATE_VERSION_SIZE);
                if (c.error || counters(c, &name) < 0)
                        return PV_EUNSET;
        }
        if (cursor_to_text(&version, name.version, sizeof name.version) < 0 || !update_version_is(name.version))
                return PV_EUNSET;
        *ret = name;
        return 0;
}

char *uki_name_text(const struct uki_name *name, char ret[static UKI_NAME_SIZE])
{
        if (name->left < 0)
                (void)snprintf(ret, UKI_NAME_SIZE, BEGIN "%s" END, name->version);
        else
                (void)snprintf(ret, UKI_NAME_SIZE, BEGIN "%s+%d-%d" END, name->version, name->left, name->done);
        return ret;
}
