/*
 * store_reach_text: networks, ports and sentences of the rules of reach.
 *
 * In:   words of an admin.
 * Out:  one form of each, and a sentence.
 * Not:  no database.
 */
#include "provisioning/store/store_reach_text.h"

#include <stdio.h>
#include <string.h>

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"
#include "appliance/base/writer.h"

#define WIDEST_PREFIX 8

/* --- networks -------------------------------------------------------------- */

static bool is_reachable(uint32_t network, unsigned prefix)
{
        unsigned first = network >> 24;

        return prefix >= WIDEST_PREFIX && first != 0 && first != 127 && first < 224 && network >> 16 != 0xa9fe;
}

int store_reach_target(const char *text, char ret_target[static STORE_REACH_TARGET_SIZE], uint32_t *ret_network,
                       unsigned *ret_prefix)
{
        char address_text[TEXT_IPV4_SIZE];
        uint32_t address = 0;
        unsigned prefix = 32;

        if (text_equal(text, "phones")) {
                *ret_network = 0;
                *ret_prefix = 0;
                return text_copy(ret_target, STORE_REACH_TARGET_SIZE, "phones");
        }
        if (!text || (text_to_ipv4(text, &address) < 0 && text_to_ipv4_prefix(text, &address, &prefix) < 0))
                return PV_EMALFORMED;
        (void)snprintf(ret_target, STORE_REACH_TARGET_SIZE, "%s/%u",
                       text_from_ipv4(address & text_ipv4_mask(prefix), address_text), prefix);
        if (!is_reachable(address, prefix))
                return PV_EUNSET;
        if (address & ~text_ipv4_mask(prefix))
                return PV_EREFUSED;
        *ret_network = address;
        *ret_prefix = prefix;
        return 0;
}

/* --- ports ----------------------------------------------------------------- */

struct range { uint32_t first, last; };

static int range_of(struct cursor *word, struct range *ret_range)
{
        char text[16], *dash;
        int r = cursor_to_text(word, text, sizeof text);

        if (r < 0)
                return PV_EMALFORMED;
        dash = strchr(text, '-');
        if (dash)
                *dash = 0;
        r = text_to_u32(text, 65535, &ret_range->first);
        if (r == 0)
                r = text_to_u32(dash ? dash + 1 : text, 65535, &ret_range->last);
        return r < 0 || ret_range->first < 1 || ret_range->last < ret_range->first ? PV_EMALFORMED : 0;
}

/* Keeps the list sorted, and what overlaps or touches is one range. */
static int insert(struct range *ranges, size_t *n, struct range range)
{
        size_t at = 0, joined;

        while (at < *n && ranges[at].last + 1 < range.first)
                at++;
        joined = at;
        while (joined < *n && ranges[joined].first <= range.last + 1) {
                range.first = ranges[joined].first < range.first ? ranges[joined].first : range.first;
                range.last = ranges[joined].last > range.last ? ranges[joined].last : range.last;
                joined++;
        }
        if (joined == at && *n == STORE_REACH_RANGES_MAX)
                return PV_ETOOLARGE;
        memmove(ranges + at + 1, ranges + joined, (*n - joined) * sizeof *ranges);
        ranges[at] = range;
        *n = *n + 1 - (joined - at);
        return 0;
}

static int read_ranges(const char *text, struct range *ranges, size_t *ret_n)
{
        struct cursor c = cursor_of_text(text);
        int r = 0;

        while (r == 0 && cursor_left(&c)) {
                struct cursor rest = c, word = cursor_until(&c, ' ', strlen(text));
                struct range range;

                if (c.error) {
                        word = rest;
                        c = cursor_of("", 0);
                }
                if (!cursor_left(&word))
                        continue;       /* two blanks */
                r = range_of(&word, &range);
                if (r == 0)
                        r = insert(ranges, ret_n, range);
        }
        return r;
}

int store_reach_ports(const char *text, char ret_ports[static STORE_REACH_PORTS_SIZE])
{
        struct range ranges[STORE_REACH_RANGES_MAX + 1];
        struct writer w = writer_of(ret_ports, STORE_REACH_PORTS_SIZE);
        size_t n = 0;
        int r = read_ranges(text, ranges, &n);

        if (r < 0)
                return r;
        if (n == 1 && ranges[0].first == 1 && ranges[0].last == 65535)
                n = 0;
        for (size_t i = 0; i < n; i++)
                if (ranges[i].first == ranges[i].last)
                        writer_format(&w, "%s%u", i ? " " : "", ranges[i].first);
                else
                        writer_format(&w, "%s%u-%u", i ? " " : "", ranges[i].first, ranges[i].last);
        return writer_finish_text(&w);
}

/* --- sentences --------------------------------------------------------------- */

bool store_reach_is_protocol(const char *text)
{
        return text_equal(text, "any") || text_equal(text, "udp") || text_equal(text, "tcp") || text_equal(text, "icmp");
}

static const char *what(const struct store_reach_rule *rule)
{
        if (text_equal(rule->protocol, "icmp"))
                return "ping";
        if (text_equal(rule->protocol, "udp"))
                return "send UDP to";
        if (text_equal(rule->protocol, "tcp"))
                return "open TCP connections to";
        return *rule->ports ? "use UDP and TCP to" : "use UDP, TCP and ping to";
}

static void whom(struct writer *w, const struct store_reach_rule *rule)
{
        size_t length = strlen(rule->target);

        if (text_equal(rule->target, "phones"))
                writer_text(w, "other phones in their tunnels");
        else if (length > 3 && strcmp(rule->target + length - 3, "/32") == 0)
                writer_format(w, "%.*s", (int)length - 3, rule->target);
        else
                writer_text(w, rule->target);
}

static void ports(struct writer *w, const struct store_reach_rule *rule)
{
        if (text_equal(rule->protocol, "icmp"))
                return;
        if (!*rule->ports) {
                writer_text(w, text_equal(rule->protocol, "any") ? " " : " all ports of ");
                return;
        }
        writer_text(w, strpbrk(rule->ports, " -") ? " ports " : " port ");
        for (const char *p = rule->ports; *p; p++)
                if (*p == ' ')
                        writer_text(w, ", ");
                else
                        writer_u8(w, (uint8_t)*p);
        writer_text(w, " of ");
}

char *store_reach_sentence(const struct store_reach_rule *rule, char *ret, size_t size)
{
        struct writer w = writer_of(ret, size);

        if (text_equal(rule->scope, "site"))
                writer_text(&w, "Every phone may ");
        else
                writer_format(&w, "Phones with the profile \"%s\" may ", rule->owner);
        writer_text(&w, what(rule));
        if (text_equal(rule->protocol, "icmp"))
                writer_text(&w, " ");
        ports(&w, rule);
        whom(&w, rule);
        writer_text(&w, ".");
        if (writer_finish_text(&w) < 0)
                *ret = 0;
        return ret;
}
