/*
 * phone_agent: the User-Agent header of Snom phones.
 *
 * In:   any text a client sent.
 * Out:  model, firmware and, in newer firmware, the MAC it claims.
 * Not:  no trust: anyone can send this.
 *
 * The boot loader's part of the text may hold blanks and parentheses, so the
 * MAC is looked for as a bare word of 12 hex digits anywhere after the version.
 */
#include "provisioning/phone/phone_agent.h"

#include <string.h>

#include "appliance/base/cursor.h"

#define AGENT_MAX_BYTES 512

static bool is_word(uint8_t c)
{
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_version(uint8_t c)
{
        return (c >= '0' && c <= '9') || c == '.';
}

/* The longest run of bytes that `is` accepts, as text. */
static int take_run(struct cursor *c, bool (*is)(uint8_t), char *ret, size_t size)
{
        struct cursor ahead = *c, run;
        size_t n = 0;

        while (!cursor_at_end(&ahead) && is(*ahead.at)) {
                cursor_skip(&ahead, 1);
                n++;
        }
        if (n == 0)
                return PV_EMALFORMED;
        run = cursor_sub(c, n);
        return cursor_to_text(&run, ret, size);
}

static bool take_text(struct cursor *c, const char *text)
{
        struct cursor ahead = *c, head = cursor_sub(&ahead, strlen(text));

        if (ahead.error || !cursor_equals(&head, text))
                return false;
        *c = ahead;
        return true;
}

/* "snomD785-SIP 10.1.33.33": the form of desk phones since firmware 6.5. */
static int parse_desk(struct cursor *c, struct phone_agent *agent)
{
        char type[sizeof agent->model - 4];

        if (!take_text(c, "snom") || take_run(c, is_word, type, sizeof type) || !take_text(c, "-SIP ") ||
            take_run(c, is_version, agent->firmware, sizeof agent->firmware))
                return PV_EUNSET;
        memcpy(agent->model, "snom", 4);
        memcpy(agent->model + 4, type, strlen(type) + 1);
        return 0;
}

/* "Snom M900 05.20.0001": DECT bases. */
static int parse_dect(struct cursor *c, struct phone_agent *agent)
{
        char type[sizeof agent->model - 4];

        if (!take_text(c, "Snom ") || take_run(c, is_word, type, sizeof type) || !take_text(c, " ") ||
            take_run(c, is_version, agent->firmware, sizeof agent->firmware))
                return PV_EUNSET;
        memcpy(agent->model, "snom", 4);
        memcpy(agent->model + 4, type, strlen(type) + 1);
        return 0;
}

/* "snom lid 3605": firmware 6.5 of a model it does not name. */
static int parse_old(struct cursor *c, struct phone_agent *agent)
{
        char number[sizeof agent->firmware - 4];

        if (!take_text(c, "snom lid ") || take_run(c, is_version, number, sizeof number))
                return PV_EUNSET;
        memcpy(agent->firmware, "lid ", 4);
        memcpy(agent->firmware + 4, number, strlen(number) + 1);
        return 0;
}

static void find_mac(struct cursor *c, struct phone_agent *agent)
{
        bool at_word = false;           /* the byte before belongs to a word */

        while (!cursor_at_end(c) && !agent->has_mac) {
                char word[32];
                struct cursor ahead = *c;

                if (!at_word && !take_run(&ahead, is_word, word, sizeof word) && strlen(word) == 12 &&
                    !mac_parse(word, 12, &agent->mac))
                        agent->has_mac = true;
                at_word = is_word(cursor_u8(c));
        }
}

int phone_agent_parse(const char *text, struct phone_agent *ret_agent)
{
        static int (*const forms[])(struct cursor *, struct phone_agent *) = {parse_desk, parse_dect, parse_old};
        struct cursor c = cursor_of_text(text);

        if (cursor_left(&c) > AGENT_MAX_BYTES)
                return PV_ETOOLARGE;
        for (; !cursor_at_end(&c); cursor_skip(&c, 1))
                for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
                        struct phone_agent agent = {0};
                        struct cursor ahead = c;

                        if (forms[i](&ahead, &agent))
                                continue;
                        find_mac(&ahead, &agent);
                        *ret_agent = agent;
                        return 0;
                }
        return PV_EUNSET;
}
