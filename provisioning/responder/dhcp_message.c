/*
 * dhcp_message: the fixed part and the options of one DHCP message.
 *
 * In:   the payload of a UDP datagram to port 67 or 68, any bytes at all; a reply's header and options.
 * Out:  a struct dhcp_message, or a refusal; the bytes of a reply.
 * Not:  no sockets, no allocation, no policy (dhcp_policy), no choice of options (dhcp_answer).
 */
#include "provisioning/responder/dhcp_message.h"

#include <string.h>

#include "appliance/base/cursor.h"
#include "appliance/base/writer.h"

enum {
        MAGIC = 0x63825363,
        OP_REQUEST = 1,
        OP_REPLY = 2,
        HTYPE_ETHERNET = 1,
        CHADDR_SIZE = 16,
        SNAME_SIZE = 64,
        FILE_SIZE = 128,
        FIXED_SIZE = 240,               /* with the magic */
        REPLY_MIN = 300,                /* some relays and clients drop shorter ones (RFC 1542 2.1) */
        OVERLOAD_FILE = 1,
        OVERLOAD_SNAME = 2,
        PIECE_MAX = 255,
        N_OPTIONS_MAX = 32,
};

/* --- parse --- */

/* One area of options. With `m` NULL nothing is copied: sizes only. */
static int walk(struct cursor area, uint16_t sizes[static 256], bool seen[static 256], struct dhcp_message *m)
{
        while (cursor_left(&area) > 0) {
                uint8_t code = cursor_u8(&area);
                if (code == DHCP_CODE_PAD)
                        continue;
                if (code == DHCP_CODE_END)
                        break;
                uint8_t size = cursor_u8(&area);
                if (m)
                        cursor_bytes(&area, m->bytes + m->options[code].at + sizes[code], size);
                else
                        cursor_skip(&area, size);
                if (area.error)
                        return area.error;
                sizes[code] = (uint16_t)(sizes[code] + size);
                seen[code] = true;
        }
        return 0;
}

/* The value of option 52, which only counts in the options field itself. */
static int find_overload(struct cursor area, uint8_t *ret_overload)
{
        uint8_t overload = 0;

        while (cursor_left(&area) > 0) {
                uint8_t code = cursor_u8(&area);
                if (code == DHCP_CODE_PAD)
                        continue;
                if (code == DHCP_CODE_END)
                        break;
                struct cursor value = cursor_sub(&area, cursor_u8(&area));
                if (code != DHCP_CODE_OVERLOAD)
                        continue;
                if (overload || cursor_left(&value) != 1)
                        return PV_EMALFORMED;
                overload = cursor_u8(&value);
                if (overload < OVERLOAD_FILE || overload > (OVERLOAD_FILE | OVERLOAD_SNAME))
                        return PV_EMALFORMED;
        }
        *ret_overload = overload;
        return area.error;
}

/* Two passes: how long is each option over all areas (RFC 3396 7), then all bytes of a code side by side. */
static int collect(const struct cursor *areas, size_t n_areas, struct dhcp_message *m)
{
        uint16_t sizes[256] = {0}, copied[256] = {0};
        bool seen[256] = {false};
        uint16_t at = 0;
        int r = 0;

        for (size_t i = 0; i < n_areas && r == 0; i++)
                r = walk(areas[i], sizes, seen, NULL);
        if (r < 0)
                return r;
        for (size_t code = 0; code < 256; code++) {
                m->options[code].is_there = seen[code];
                m->options[code].at = at;
                m->options[code].size = sizes[code];
                at = (uint16_t)(at + sizes[code]);
        }
        for (size_t i = 0; i < n_areas && r == 0; i++)
                r = walk(areas[i], copied, seen, m);
        return r;
}

static int read_header(struct cursor *c, uint8_t op, struct dhcp_header *h, struct cursor *ret_sname, struct cursor *ret_file)
{
        uint8_t chaddr[CHADDR_SIZE];

        h->op = cursor_u8(c);
        uint8_t htype = cursor_u8(c);
        uint8_t hlen = cursor_u8(c);
        h->hops = cursor_u8(c);
        h->xid = cursor_u32(c);
        h->secs = cursor_u16(c);
        h->flags = cursor_u16(c);
        h->ciaddr = cursor_u32(c);
        h->yiaddr = cursor_u32(c);
        h->siaddr = cursor_u32(c);
        h->giaddr = cursor_u32(c);
        cursor_bytes(c, chaddr, sizeof chaddr);
        *ret_sname = cursor_sub(c, SNAME_SIZE);
        *ret_file = cursor_sub(c, FILE_SIZE);
        if (cursor_u32(c) != MAGIC || c->error)
                return PV_EMALFORMED;

        static const uint8_t nobody[MAC_SIZE];
        memcpy(h->mac.bytes, chaddr, sizeof h->mac.bytes);
        if (h->op != op || htype != HTYPE_ETHERNET || hlen != MAC_SIZE || chaddr[0] & 1 ||
            !memcmp(chaddr, nobody, sizeof nobody))
                return PV_EREFUSED;
        return 0;
}

static int parse(const void *data, size_t size, uint8_t op, struct dhcp_message *ret_message)
{
        struct cursor c = cursor_of(data, size), sname, file;
        struct dhcp_message m = {0};
        uint8_t overload, type;

        if (size > DHCP_MESSAGE_MAX)
                return PV_EMALFORMED;
        int r = read_header(&c, op, &m.header, &sname, &file);
        if (r < 0)
                return r;
        r = find_overload(c, &overload);
        if (r < 0)
                return r;

        struct cursor areas[3] = {c};
        size_t n = 1;
        if (overload & OVERLOAD_FILE)
                areas[n++] = file;              /* RFC 2131 4.1: file before sname */
        if (overload & OVERLOAD_SNAME)
                areas[n++] = sname;
        r = collect(areas, n, &m);
        if (r < 0)
                return r;
        r = dhcp_message_u8(&m, DHCP_CODE_TYPE, &type);
        if (r < 0)
                return r;
        if (type < DHCP_TYPE_DISCOVER || type > DHCP_TYPE_INFORM)
                return PV_EREFUSED;
        m.type = type;
        *ret_message = m;
        return 0;
}

int dhcp_message_parse(const void *data, size_t size, struct dhcp_message *ret_message)
{
        return parse(data, size, OP_REQUEST, ret_message);
}

int dhcp_message_parse_reply(const void *data, size_t size, struct dhcp_message *ret_message)
{
        struct dhcp_message m;
        int r = parse(data, size, OP_REPLY, &m);

        if (r < 0)
                return r;
        if (m.type != DHCP_TYPE_OFFER && m.type != DHCP_TYPE_ACK && m.type != DHCP_TYPE_NAK)
                return PV_EREFUSED;
        *ret_message = m;
        return 0;
}

bool dhcp_message_has(const struct dhcp_message *m, uint8_t code)
{
        return m->options[code].is_there;
}

int dhcp_message_bytes(const struct dhcp_message *m, uint8_t code, const uint8_t **ret_data, size_t *ret_size)
{
        if (!m->options[code].is_there)
                return PV_EUNSET;
        *ret_data = m->bytes + m->options[code].at;
        *ret_size = m->options[code].size;
        return 0;
}

static int fixed(const struct dhcp_message *m, uint8_t code, size_t size, struct cursor *ret_cursor)
{
        const uint8_t *data;
        size_t n;

        int r = dhcp_message_bytes(m, code, &data, &n);
        if (r < 0)
                return r;
        if (n != size)
                return PV_EMALFORMED;
        *ret_cursor = cursor_of(data, n);
        return 0;
}

int dhcp_message_u8(const struct dhcp_message *m, uint8_t code, uint8_t *ret_value)
{
        struct cursor c;
        int r = fixed(m, code, sizeof *ret_value, &c);

        if (r == 0)
                *ret_value = cursor_u8(&c);
        return r;
}

int dhcp_message_u16(const struct dhcp_message *m, uint8_t code, uint16_t *ret_value)
{
        struct cursor c;
        int r = fixed(m, code, sizeof *ret_value, &c);

        if (r == 0)
                *ret_value = cursor_u16(&c);
        return r;
}

int dhcp_message_u32(const struct dhcp_message *m, uint8_t code, uint32_t *ret_value)
{
        struct cursor c;
        int r = fixed(m, code, sizeof *ret_value, &c);

        if (r == 0)
                *ret_value = cursor_u32(&c);
        return r;
}

int dhcp_message_relay(const struct dhcp_message *m, enum dhcp_relay part, const uint8_t **ret_data, size_t *ret_size)
{
        const uint8_t *data, *found = NULL;
        size_t size, n_found = 0;
        int r = dhcp_message_bytes(m, DHCP_CODE_RELAY, &data, &size);

        if (r < 0)
                return r;
        for (struct cursor c = cursor_of(data, size); cursor_left(&c) > 0;) {
                uint8_t code = cursor_u8(&c);
                struct cursor value = cursor_sub(&c, cursor_u8(&c));
                if (c.error)
                        return PV_EMALFORMED;
                if (code != part || found)
                        continue;
                found = value.at;
                n_found = cursor_left(&value);
        }
        if (n_found == 0)
                return PV_EUNSET;
        *ret_data = found;
        *ret_size = n_found;
        return 0;
}

/* --- build --- */

enum area { AREA_OPTIONS, AREA_FILE, AREA_SNAME, N_AREAS, AREA_NONE };

/* A reply being laid out: which option goes where. */
struct layout {
        const struct dhcp_option *options[N_OPTIONS_MAX];
        enum area place[N_OPTIONS_MAX];
        size_t n;
        bool is_used[N_AREAS];
};

static size_t encoded_size(const struct dhcp_option *o)
{
        size_t pieces = o->size == 0 ? 1 : (o->size + PIECE_MAX - 1) / PIECE_MAX;

        return o->size + 2 * pieces;
}

static bool is_ordered(const uint8_t *order, size_t n_order, uint8_t code)
{
        return n_order > 0 && code != DHCP_CODE_TYPE && code != DHCP_CODE_RELAY && memchr(order, code, n_order);
}

static void append(struct layout *l, const struct dhcp_option *o)
{
        for (size_t i = 0; i < l->n; i++)
                if (l->options[i] == o)
                        return;
        l->options[l->n++] = o;
}

/* The type first, then as the client asked for them, then the others, what the relay added at the end (RFC 3046 2.2). */
static void arrange(struct layout *l, const struct dhcp_option *options, size_t n, const uint8_t *order, size_t n_order)
{
        for (size_t i = 0; i < n; i++)
                if (options[i].code == DHCP_CODE_TYPE)
                        append(l, &options[i]);
        for (size_t k = 0; k < n_order; k++)
                for (size_t i = 0; i < n; i++)
                        if (options[i].code == order[k] && is_ordered(order, n_order, options[i].code))
                                append(l, &options[i]);
        for (size_t i = 0; i < n; i++)
                if (options[i].code != DHCP_CODE_RELAY)
                        append(l, &options[i]);
        for (size_t i = 0; i < n; i++)
                append(l, &options[i]);
}

static bool place_all(struct layout *l, size_t room, bool may_overload)
{
        size_t left[N_AREAS] = {room - 1, FILE_SIZE - 1, SNAME_SIZE - 1};       /* each ends with END */

        memset(l->is_used, 0, sizeof l->is_used);
        if (may_overload)
                left[AREA_OPTIONS] -= 3;
        /* A relay takes its option out again and looks for it in the options field only. */
        for (size_t i = 0; i < l->n; i++)
                if (l->options[i]->code == DHCP_CODE_RELAY) {
                        if (encoded_size(l->options[i]) > left[AREA_OPTIONS])
                                return false;
                        left[AREA_OPTIONS] -= encoded_size(l->options[i]);
                        l->place[i] = AREA_OPTIONS;
                }
        for (size_t i = 0; i < l->n; i++) {
                size_t size = encoded_size(l->options[i]);
                enum area area = AREA_OPTIONS;
                if (l->options[i]->code == DHCP_CODE_RELAY)
                        continue;
                while (area < N_AREAS && size > left[area])
                        area = may_overload ? area + 1 : N_AREAS;
                if (area == N_AREAS)
                        return false;
                left[area] -= size;
                l->place[i] = area;
                l->is_used[area] = true;
        }
        return true;
}

static bool place_somehow(struct layout *l, size_t room)
{
        return place_all(l, room, false) || place_all(l, room, true);
}

/* Those of `all` that are in, in the same order; false when they do not fit. */
static bool place_chosen(const struct layout *all, const bool *is_in, size_t room, struct layout *ret)
{
        struct layout l = {0};

        for (size_t i = 0; i < all->n; i++)
                if (is_in[i])
                        l.options[l.n++] = all->options[i];
        if (!place_somehow(&l, room))
                return false;
        *ret = l;
        return true;
}

/*
 * The needed options (rank 0), then rank by rank every one that still fits: a long one that
 * does not leaves its place to the short ones after it. False when a needed one does not fit.
 */
static bool choose(struct layout *l, size_t room)
{
        const struct layout all = *l;
        bool is_in[N_OPTIONS_MAX] = {0};
        unsigned last = 0;

        for (size_t i = 0; i < all.n; i++)
                if (all.options[i]->rank > last)
                        last = all.options[i]->rank;
        for (unsigned rank = 0; rank <= last; rank++)
                for (size_t i = 0; i < all.n; i++) {
                        if (all.options[i]->rank != rank)
                                continue;
                        is_in[i] = true;
                        if (place_chosen(&all, is_in, room, l))
                                continue;
                        if (rank == 0)
                                return false;
                        is_in[i] = false;
                }
        return true;
}

static void write_option(struct writer *w, const struct dhcp_option *o)
{
        const uint8_t *at = o->data;
        size_t left = o->size;

        do {
                uint8_t piece = (uint8_t)(left > PIECE_MAX ? PIECE_MAX : left);
                writer_u8(w, o->code);
                writer_u8(w, piece);
                writer_bytes(w, at, piece);
                at += piece;
                left -= piece;
        } while (left > 0);
}

static void write_area(struct writer *w, const struct layout *l, enum area area)
{
        for (size_t i = 0; i < l->n; i++)
                if (l->place[i] == area)
                        write_option(w, l->options[i]);
        writer_u8(w, DHCP_CODE_END);
}

/* file and sname: options and END, or zeros. */
static void write_field(struct writer *w, const struct layout *l, enum area area, size_t size)
{
        size_t before = writer_used(w);

        if (l->is_used[area])
                write_area(w, l, area);
        writer_zeros(w, size - (writer_used(w) - before));
}

static void write_header(struct writer *w, const struct dhcp_header *h)
{
        writer_u8(w, h->op);
        writer_u8(w, HTYPE_ETHERNET);
        writer_u8(w, MAC_SIZE);
        writer_u8(w, h->hops);
        writer_u32(w, h->xid);
        writer_u16(w, h->secs);
        writer_u16(w, h->flags);
        writer_u32(w, h->ciaddr);
        writer_u32(w, h->yiaddr);
        writer_u32(w, h->siaddr);
        writer_u32(w, h->giaddr);
        writer_bytes(w, h->mac.bytes, sizeof h->mac.bytes);
        writer_zeros(w, CHADDR_SIZE - sizeof h->mac.bytes);
}

int dhcp_message_build(const struct dhcp_header *header, const struct dhcp_option *options, size_t n_options,
                       const uint8_t *order, size_t n_order, size_t max, uint8_t ret[static DHCP_MESSAGE_MAX],
                       size_t *ret_size)
{
        struct layout l = {0};

        if (n_options > N_OPTIONS_MAX || max < REPLY_MIN)
                return PV_ETOOLARGE;
        if (max > DHCP_MESSAGE_MAX)
                max = DHCP_MESSAGE_MAX;
        arrange(&l, options, n_options, order, n_order);
        if (!place_somehow(&l, max - FIXED_SIZE) && !choose(&l, max - FIXED_SIZE))
                return PV_ETOOLARGE;

        struct writer w = writer_of(ret, max);
        uint8_t overload = (l.is_used[AREA_FILE] ? OVERLOAD_FILE : 0) | (l.is_used[AREA_SNAME] ? OVERLOAD_SNAME : 0);
        write_header(&w, header);
        write_field(&w, &l, AREA_SNAME, SNAME_SIZE);
        write_field(&w, &l, AREA_FILE, FILE_SIZE);
        writer_u32(&w, MAGIC);
        if (overload)
                write_option(&w, &(struct dhcp_option){.code = DHCP_CODE_OVERLOAD, .data = &overload, .size = 1});
        write_area(&w, &l, AREA_OPTIONS);
        if (writer_used(&w) < REPLY_MIN)
                writer_zeros(&w, REPLY_MIN - writer_used(&w));
        if (w.error)
                return w.error;
        *ret_size = writer_used(&w);
        return 0;
}
