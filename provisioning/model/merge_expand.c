/*
 * merge_expand: variables in the values of settings.
 *
 * In:   a value an admin wrote once for many phones; one phone and its site.
 * Out:  the value of this phone.
 * Not:  no other words in braces: those are the phone's own variables (snom.md 3.2).
 */
#include "provisioning/model/merge_expand.h"

#include <string.h>

#include "appliance/base/text.h"

#define N_VARIABLES 8

struct variables {
        struct { const char *word, *value; } list[N_VARIABLES];
        char mac[MAC_TEXT_SIZE], upper[MAC_TEXT_SIZE];
};

static const char *or_empty(const char *text)
{
        return text ? text : "";
}

static void fill(struct variables *v, const struct merge_input *input)
{
        const struct merge_phone *phone = &input->phone;
        size_t n = 0;

        mac_format(&phone->mac, v->mac);
        mac_format_upper(&phone->mac, v->upper);
        v->list[n].word = "mac}", v->list[n++].value = v->mac;
        v->list[n].word = "MAC}", v->list[n++].value = v->upper;
        v->list[n].word = "ext}", v->list[n++].value = or_empty(phone->sip_user);
        v->list[n].word = "name}", v->list[n++].value = or_empty(phone->name);
        v->list[n].word = "site}", v->list[n++].value = input->site->name;
        v->list[n].word = "model}", v->list[n++].value = or_empty(phone->model);
        v->list[n].word = "domain}", v->list[n++].value = input->site->domain;
        v->list[n].word = "sip_host}", v->list[n].value = input->site->sip_host;
}

/* What the brace at `at` becomes and how many bytes of the value it stands for; NULL: it stays a brace. */
static const char *replacement(const struct variables *v, const char *at, size_t *ret_taken)
{
        if (at[1] == '{') {
                *ret_taken = 2;
                return "{";
        }
        for (size_t i = 0; i < N_VARIABLES; i++)
                if (text_starts(at + 1, v->list[i].word)) {
                        *ret_taken = 1 + strlen(v->list[i].word);
                        return v->list[i].value;
                }
        return NULL;
}

/* The size of the expanded value without its NUL; written as well when there is somewhere to. */
static size_t write_to(const struct variables *v, const char *value, char *out)
{
        size_t size = 0;

        while (*value) {
                size_t plain = strcspn(value, "{"), taken = 1;
                const char *with = value[plain] ? replacement(v, value + plain, &taken) : NULL;
                size_t put = with ? strlen(with) : value[plain] ? 1 : 0;

                if (out) {
                        memcpy(out + size, value, plain);
                        memcpy(out + size + plain, with ? with : "{", put);
                }
                size += plain + put;
                value += plain + (value[plain] ? taken : 0);
        }
        if (out)
                out[size] = 0;
        return size;
}

int merge_expand(struct merge_arena *arena, const struct merge_input *input, const char *value, const char **ret_value)
{
        struct variables v;
        size_t size;
        char *out;

        if (!strchr(value, '{')) {
                *ret_value = value;
                return 0;
        }
        fill(&v, input);
        size = write_to(&v, value, NULL) + 1;
        if (merge_arena_is_full(arena, size))
                return PV_ETOOLARGE;
        out = merge_arena_take(arena, size);
        if (!out)
                return PV_ENOMEM;
        (void)write_to(&v, value, out);
        *ret_value = out;
        return 0;
}
