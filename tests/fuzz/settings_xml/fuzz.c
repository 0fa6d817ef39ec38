/*
 * settings_xml: any bytes as a settings document of elsewhere.
 *
 * In:   the fuzzer's bytes.
 * Out:  an abort when an item breaks the reader's promises, when a refusal says nothing, or when a file was asked for.
 * Not:  no store.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/document/settings_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
        unsigned n_errors;
};

static void check(int holds)
{
        if (!holds)
                abort();
}

static int on_item(const struct settings_reader_item *item, void *userdata)
{
        (void)userdata;
        check(strlen(item->name) > 0 && strlen(item->name) <= SETTINGS_READER_NAME_MAX && text_is_printable(item->name));
        check(strlen(item->value) <= SETTINGS_READER_VALUE_MAX);
        check(item->index >= SETTINGS_READER_NO_INDEX && item->index <= SETTINGS_READER_INDEX_MAX + 1 + (int)1e6);
        check(strlen(item->permission) <= 3 && item->n_attributes <= SETTINGS_READER_ATTRIBUTES_MAX);
        for (size_t i = 0; i < item->n_attributes; i++)
                check(text_is_printable(item->attributes[i].name) && text_is_printable(item->attributes[i].value));
        return 0;
}

static void on_trouble(const struct settings_reader_trouble *trouble, void *userdata)
{
        struct seen *seen = userdata;

        seen->n_errors += trouble->is_error;
        check(strlen(trouble->reason) > 10 && text_is_printable(trouble->reason) && text_is_printable(trouble->what));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct seen seen = {0};
        int r = settings_reader_read(&(struct settings_reader){on_item, on_trouble, &seen}, data, size);

        check(r ? seen.n_errors > 0 : seen.n_errors == 0);
        check(settings_reader_n_opened() == 0);
        return 0;
}
