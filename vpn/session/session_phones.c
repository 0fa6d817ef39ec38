/*
 * session_phones: the phones as the store last told them.
 *
 * In:   the store's list.
 * Out:  look-up by MAC.
 * Not:  no JSON, no decision.
 */
#include "vpn/session/session_phones.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
        const struct session_phone *one = a, *other = b;

        return strcmp(one->mac, other->mac);
}

void session_phones_take(struct session_phones *phones, struct session_phone *items, size_t n_items)
{
        free(phones->items);
        if (n_items > 1)
                qsort(items, n_items, sizeof *items, compare);
        *phones = (struct session_phones){.items = items, .n_items = n_items, .is_loaded = true};
}

void session_phones_done(struct session_phones *phones)
{
        free(phones->items);
        *phones = (struct session_phones){0};
}

const struct session_phone *session_phones_find(const struct session_phones *phones, const char *mac)
{
        struct session_phone key;

        if (strlen(mac) != MAC_TEXT_SIZE - 1 || phones->n_items == 0)
                return NULL;
        memcpy(key.mac, mac, MAC_TEXT_SIZE);
        return bsearch(&key, phones->items, phones->n_items, sizeof *phones->items, compare);
}

const struct session_phone *session_phones_at(const struct session_phones *phones, uint32_t address)
{
        for (size_t i = 0; address && i < phones->n_items; i++)
                if (phones->items[i].allowed && phones->items[i].address == address)
                        return &phones->items[i];
        return NULL;
}

const struct session_phone *session_phones_on_lan(const struct session_phones *phones, uint32_t lan_address)
{
        for (size_t i = 0; lan_address && i < phones->n_items; i++)
                if (phones->items[i].lan_address == lan_address)
                        return &phones->items[i];
        return NULL;
}
