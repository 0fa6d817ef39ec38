/*
 * sightings: which sightings the store hears of.
 *
 * In:   messages of anybody, the time.
 * Out:  a sighting to tell, or nothing.
 * Not:  no allocation after the start; nothing of a message is believed.
 */
#include "provisioning/responder/sightings.h"

#include <stdlib.h>
#include <string.h>

struct slot {
        struct mac mac;
        struct directory_mark mark;
};

/* Telling is a transaction of the store each: so many a second, those above it wait here in their order. */
struct queue {
        struct directory_bucket bucket;
        size_t first, n;
        struct sighting waiting[SIGHTINGS_WAITING_MAX];
};

enum { STRANGERS, TOLD, N_QUEUES };

struct sightings {
        struct directory *directory;
        sightings_tell tell;
        void *userdata;
        uint64_t next_ms;
        struct queue queues[N_QUEUES];
        struct slot slots[SIGHTINGS_STRANGERS_MAX];
};

enum { WAIT_MS = 200 };

_Static_assert((int)DIRECTORY_MARK_WAYS == (int)SIGHTING_N_HOWS, "a mark has a time for each way");
_Static_assert((int)DIRECTORY_MARK_KINDS == (int)SIGHTING_N_KINDS, "a mark has a hash for each kind");

int sightings_new(struct directory *directory, sightings_tell tell, void *userdata, struct sightings **ret_sightings)
{
        struct sightings *s = calloc(1, sizeof *s);

        if (!s)
                return PV_ENOMEM;
        s->directory = directory;
        s->tell = tell;
        s->userdata = userdata;
        s->next_ms = UINT64_MAX;
        *ret_sightings = s;
        return 0;
}

void sightings_free(struct sightings *s)
{
        free(s);
}

/* --- what was told --- */

static uint32_t hash(const void *data, size_t size)
{
        const uint8_t *bytes = data;
        uint32_t h = 0x811c9dc5u;

        for (size_t i = 0; i < size; i++)
                h = (h ^ bytes[i]) * 0x01000193u;
        return h ? h : 1;
}

/* Whoever falls on the place of another pushes it out. */
static struct slot *slot_of(struct sightings *s, const struct mac *mac)
{
        struct slot *x = &s->slots[hash(mac->bytes, MAC_SIZE) % SIGHTINGS_STRANGERS_MAX];

        if (!mac_equal(&x->mac, mac))
                *x = (struct slot){.mac = *mac};
        return x;
}

static bool is_fresh(const struct directory_mark *mark)
{
        return !mark->told_ms[SIGHTING_DHCP] && !mark->told_ms[SIGHTING_PNP];
}

/* A phone that the store knows has its own place; what was told of it as a stranger goes with it. */
static struct directory_mark *mark_of(struct sightings *s, struct directory_phone *phone, const struct mac *mac)
{
        if (!phone)
                return &slot_of(s, mac)->mark;
        if (is_fresh(&phone->mark))
                phone->mark = slot_of(s, mac)->mark;
        return &phone->mark;
}

/* What is not said this time is no change: a renewal names no relay. */
static bool is_changed(const struct directory_mark *mark, const struct sighting *sighting)
{
        for (size_t k = 0; k < SIGHTING_N_KINDS; k++) {
                const char *value = sighting->values[k];
                if (*value && mark->hashes[k] != hash(value, strlen(value)))
                        return true;
        }
        return false;
}

static bool is_due(const struct directory_mark *mark, const struct sighting *sighting, bool is_told, uint64_t now_ms)
{
        uint64_t told_ms = mark->told_ms[sighting->how], age_ms = now_ms - told_ms;

        return !told_ms || age_ms >= (is_told ? SIGHTINGS_AGAIN_TOLD_MS : SIGHTINGS_AGAIN_MS) ||
               (age_ms >= SIGHTINGS_CHANGED_MS && is_changed(mark, sighting));
}

static void note(struct directory_mark *mark, const struct sighting *sighting, uint64_t now_ms)
{
        mark->told_ms[sighting->how] = now_ms ? now_ms : 1;
        for (size_t k = 0; k < SIGHTING_N_KINDS; k++)
                if (*sighting->values[k])
                        mark->hashes[k] = hash(sighting->values[k], strlen(sighting->values[k]));
}

/* --- telling --- */

/* Strangers cannot use up what known phones have. */
static bool may_tell(struct queue *q, bool is_told, uint64_t now_ms)
{
        return directory_bucket_take(&q->bucket, now_ms, 5, is_told ? 200 : 50);
}

/* The newest of one phone and one way is enough. */
static void wait_for_turn(struct sightings *s, struct queue *q, const struct sighting *sighting, uint64_t now_ms)
{
        size_t i = 0;

        while (i < q->n) {
                const struct sighting *w = &q->waiting[(q->first + i) % SIGHTINGS_WAITING_MAX];
                if (w->how == sighting->how && mac_equal(&w->mac, &sighting->mac))
                        break;
                i++;
        }
        if (i == SIGHTINGS_WAITING_MAX)
                return;
        q->waiting[(q->first + i) % SIGHTINGS_WAITING_MAX] = *sighting;
        q->n += i == q->n;
        if (s->next_ms == UINT64_MAX)
                s->next_ms = now_ms + WAIT_MS;
}

/* False: it has to wait. */
static bool look(struct sightings *s, struct sighting *sighting, uint64_t now_ms)
{
        struct directory_phone *phone = directory_phone_find(s->directory, &sighting->mac);
        bool is_told = phone && phone->is_trusted;

        if (!phone && !sighting->is_phone)
                return true;
        struct directory_mark *mark = mark_of(s, phone, &sighting->mac);
        if (!is_due(mark, sighting, is_told, now_ms))
                return true;
        if (!may_tell(&s->queues[is_told ? TOLD : STRANGERS], is_told, now_ms))
                return false;
        note(mark, sighting, now_ms);
        /* A model once known is not overwritten: anybody can send this message. */
        if (phone && phone->has_model)
                *sighting->model = '\0';
        s->tell(sighting, s->userdata);
        return true;
}

static void hear(struct sightings *s, struct sighting *sighting, uint64_t now_ms)
{
        const struct directory_phone *phone = directory_phone_find(s->directory, &sighting->mac);

        if (!look(s, sighting, now_ms))
                wait_for_turn(s, &s->queues[phone && phone->is_trusted ? TOLD : STRANGERS], sighting, now_ms);
}

void sightings_tick(struct sightings *s, uint64_t now_ms)
{
        if (now_ms < s->next_ms)
                return;
        s->next_ms = UINT64_MAX;
        for (size_t i = 0; i < N_QUEUES; i++) {
                struct queue *q = &s->queues[i];
                while (q->n > 0 && look(s, &q->waiting[q->first], now_ms)) {
                        q->first = (q->first + 1) % SIGHTINGS_WAITING_MAX;
                        q->n--;
                }
                if (q->n > 0)
                        s->next_ms = now_ms + WAIT_MS;
        }
}

uint64_t sightings_next_ms(const struct sightings *s)
{
        return s->next_ms;
}

/* --- in --- */

void sightings_dhcp(struct sightings *s, const struct dhcp_message *m, uint64_t now_ms)
{
        struct sighting sighting;

        if (m->type != DHCP_TYPE_DISCOVER && m->type != DHCP_TYPE_REQUEST && m->type != DHCP_TYPE_INFORM)
                return;
        sighting_from_dhcp(m, &sighting);
        hear(s, &sighting, now_ms);
}

void sightings_pnp(struct sightings *s, const struct pnp_message *m, uint32_t from, uint64_t now_ms)
{
        struct sighting sighting;

        sighting_from_pnp(m, from, &sighting);
        hear(s, &sighting, now_ms);
}

void sightings_lost(struct sightings *s, const struct mac *mac)
{
        struct directory_phone *phone = directory_phone_find(s->directory, mac);

        slot_of(s, mac)->mark = (struct directory_mark){0};
        if (phone)
                phone->mark = (struct directory_mark){0};
}
