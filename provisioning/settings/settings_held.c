/*
 * settings_held: which phone's error was already told.
 *
 * In:   phone, revision, reason.
 * Out:  news or not.
 * Not:  no events, no log (settings); the reasons themselves are not kept.
 */
#include "provisioning/settings/settings_held.h"

#include <stdlib.h>

#include "appliance/base/mac.h"

#define SLOTS 16384                     /* a power of two */
#define PROBES 32

struct slot {
        uint64_t phone;                 /* 0: free */
        uint64_t told[SETTINGS_HELD_KINDS];     /* 0: nothing */
};

struct settings_held {
        struct slot slots[SLOTS];
};

int settings_held_new(struct settings_held **ret_held)
{
        *ret_held = calloc(1, sizeof **ret_held);
        return *ret_held ? 0 : PV_ENOMEM;
}

void settings_held_free(struct settings_held *held)
{
        free(held);
}

/* No phone is 0. */
static uint64_t number_of(const char *text)
{
        uint64_t number = 1;
        struct mac mac;

        if (mac_parse_text(text, &mac))
                return 1;
        for (size_t i = 0; i < MAC_SIZE; i++)
                number = number << 8 | mac.bytes[i];
        return number;
}

/* The phone's slot; else a free one near its place; else its place, where another phone is then forgotten. */
static struct slot *slot_of(struct settings_held *held, uint64_t phone)
{
        size_t home = (size_t)(phone * 0x9e3779b97f4a7c15u >> 32) % SLOTS;

        for (size_t i = 0; i < PROBES; i++) {
                struct slot *slot = &held->slots[(home + i) % SLOTS];

                if (!slot->phone || slot->phone == phone)
                        return slot;
        }
        return &held->slots[home];
}

static uint64_t digest_of(int64_t revision, const char *reason)
{
        uint64_t sum = 14695981039346656037u ^ (uint64_t)revision;

        for (; *reason; reason++)
                sum = (sum ^ (unsigned char)*reason) * 1099511628211u;
        return sum ? sum : 1;
}

bool settings_held_is_news(struct settings_held *held, const char *mac, enum settings_held_what what, int64_t revision, const char *reason)
{
        uint64_t phone = number_of(mac), digest = digest_of(revision, reason);
        struct slot *slot = slot_of(held, phone);
        bool is_news = slot->phone != phone || slot->told[what] != digest;

        if (slot->phone != phone)
                *slot = (struct slot){.phone = phone};
        slot->told[what] = digest;
        return is_news;
}

/* The slot stays: a gap would hide those who stand behind it. */
void settings_held_forget(struct settings_held *held, const char *mac, enum settings_held_what what)
{
        uint64_t phone = number_of(mac);
        struct slot *slot = slot_of(held, phone);

        if (slot->phone == phone)
                slot->told[what] = 0;
}
