#ifndef PROVOST_DOCUMENT_SETTINGS_READER_H
#define PROVOST_DOCUMENT_SETTINGS_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "appliance/base/error.h"

/*
 * A settings document of elsewhere, item by item. The items are those that settings_document.h writes: plain settings, and
 * fkey, tbook, dialplan, replacement, certificate, upload with the index and attributes that it asks for. Every text is
 * UTF-8 without control characters (tab and line feed are none).
 *
 * Taken as root: settings, or one of its inner tags alone. Bounds: those of encoding_reader.h and markup_reader.h, and these.
 */
#define SETTINGS_READER_NO_INDEX (-1)
#define SETTINGS_READER_INDEX_MAX 9999
#define SETTINGS_READER_NAME_MAX 64
#define SETTINGS_READER_VALUE_MAX 65536
#define SETTINGS_READER_ATTRIBUTES_MAX 16       /* that are kept, of one item */

struct settings_reader_attribute {
        const char *name, *value;
};

/* Borrowed until the callback returns. */
struct settings_reader_item {
        unsigned line;
        const char *name;
        int index;                      /* SETTINGS_READER_NO_INDEX: none */
        const char *value;
        const char *permission;         /* "R", "RW", "!", perhaps with "V"; "" none */
        const struct settings_reader_attribute *attributes;
        size_t n_attributes;
};

/* is_error: nothing of this document can be used. what: "<user_name>". reason: a sentence without values. */
struct settings_reader_trouble {
        unsigned line;
        bool is_error;
        const char *what, *reason;
};

struct settings_reader {
        /* Anything but 0 ends the reading and is its result. */
        int (*item)(const struct settings_reader_item *item, void *userdata);
        void (*trouble)(const struct settings_reader_trouble *trouble, void *userdata);
        void *userdata;
};

/*
 * 0: read, perhaps with warnings. PV_EMALFORMED, PV_ETOOLARGE or PV_EREFUSED (a DOCTYPE, an encoding): trouble() said an
 * error, and what item() was given is to be forgotten. PV_ENOMEM. Opens no file and no socket, whatever the bytes are.
 */
int settings_reader_read(const struct settings_reader *reader, const void *bytes, size_t size) PV_MUST_CHECK;

/* How often the XML library asked for a file or a URL. Always 0; a test asks. */
unsigned settings_reader_n_opened(void);

#endif
