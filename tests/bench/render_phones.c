/*
 * render_phones: a site of phones that are all different.
 *
 * In:   a number.
 * Out:  layers, switches and secrets as the store would load them.
 * Not:  no randomness: two runs measure the same documents.
 */
#include "tests/bench/render_phones.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROFILE_SETTINGS 16
#define NONE MERGE_NO_INDEX

static const char *const models[] = {"snomD785", "snomD865", "snom720", "snomD735", "snomD717", "snomD385"};
#define N_MODELS (sizeof models / sizeof *models)

static const struct merge_setting of_site[] = {
        {.name = "tone_scheme", .index = NONE, .value = "GER", .permission = ""},
        {.name = "date_us_format", .index = NONE, .value = "off", .permission = ""},
        {.name = "time_24_format", .index = NONE, .value = "on", .permission = ""},
        {.name = "display_method", .index = NONE, .value = "display_name_number", .permission = ""},
        {.name = "user_realname", .index = 1, .value = "{name}", .permission = "R"},
        {.name = "phone_name", .index = NONE, .value = "{site}-{ext}", .permission = "R"},
        {.name = "dialplan", .index = 0, .value = "0.", .permission = ""},
        {.name = "dialplan", .index = 1, .value = "11.", .permission = ""},
};
static const struct merge_setting of_model[] = {
        {.name = "backlight", .index = NONE, .value = "10", .permission = ""},
        {.name = "backlight_idle", .index = NONE, .value = "4", .permission = ""},
};
static struct merge_setting of_profiles[RENDER_PROFILES][PROFILE_SETTINGS];
static struct merge_attribute profile_labels[PROFILE_SETTINGS][2];
static char profile_texts[RENDER_PROFILES][PROFILE_SETTINGS][64], profile_names[RENDER_PROFILES][16];
static struct site site;

static uint64_t state;

static uint64_t roll(void)
{
        state = state * 6364136223846793005U + 1442695040888963407U;
        return state >> 33;
}

/* Half of a profile are keys, half are action URLs and ringing. */
static void prepare_profile(size_t p)
{
        static const char *const plain[] = {"action_incoming_url", "action_missed_url", "action_dnd_on_url", "action_offhook_url",
                                            "action_onhook_url", "call_waiting", "ring_after_delay", "mwi_notification"};
        static const char *const fixed[] = {NULL, NULL, NULL, NULL, NULL, "on", "", "silent"};

        snprintf(profile_names[p], sizeof profile_names[p], "profile%zu", p);
        for (size_t i = 0; i < PROFILE_SETTINGS; i++) {
                struct merge_setting *s = &of_profiles[p][i];
                char *text = profile_texts[p][i];

                *s = (struct merge_setting){.name = "fkey", .index = (int)i, .value = text, .permission = "R"};
                snprintf(text, 64, "blf <sip:%zu@pbx.example>", 100 + p * 20 + i);
                profile_labels[i][0] = (struct merge_attribute){"label", "Colleague & co"};
                profile_labels[i][1] = (struct merge_attribute){"context", "1"};
                s->attributes = profile_labels[i];
                s->n_attributes = 2;
                if (i < 8)
                        continue;
                *s = (struct merge_setting){.name = plain[i - 8], .index = NONE, .value = text, .permission = "R"};
                snprintf(text, 64, "https://events.example/p%zu/{mac}?x=%zu&e={ext}", p, i);
                if (fixed[i - 8])
                        s->value = fixed[i - 8];
        }
}

void render_phones_prepare(void)
{
        static const struct site_value values[] = {
                {"lan_address", "192.168.10.1/24"}, {"pool_first", "192.168.10.20"}, {"pool_last", "192.168.10.200"},
                {"sip_host", "pbx.example"}, {"time_zone", "GER+1"}, {"language", "Deutsch"}, {"domain", "phones.example"},
        };
        struct site_problem problem;

        if (site_from_values(values, sizeof values / sizeof *values, &site, &problem)) {
                fprintf(stderr, "render: site value %s: %s\n", problem.name, problem.reason);
                exit(1);
        }
        for (size_t p = 0; p < RENDER_PROFILES; p++)
                prepare_profile(p);
}

static void make_secret(char *ret, const char *digits, size_t size)
{
        for (size_t i = 0; i < size; i++)
                ret[i] = digits[roll() % strlen(digits)];
        ret[size] = 0;
}

static void make_secrets(struct render_phone *p)
{
        static const char all[] = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789.+@:,?!-_/();&$*#<>[]=";
        char (*s)[20] = p->secrets;

        for (size_t i = 0; i < 8; i++)
                make_secret(s[i], i == 4 || i == 5 ? "0123456789" : all, i == 4 || i == 5 ? 8 : 16);
        p->input.secrets = (struct merge_secrets){s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]};
}

static void make_own(struct render_phone *p, size_t number)
{
        for (size_t i = 0; i < RENDER_OWN; i++) {
                snprintf(p->values[i], sizeof p->values[i], "blf <sip:%zu@pbx.example>", 1000 + (number * 7 + i) % 9000);
                snprintf(p->names[i], sizeof p->names[i], "Desk %zu", (number * 7 + i) % 9000);
                p->labels[i][0] = (struct merge_attribute){"label", p->names[i]};
                p->labels[i][1] = (struct merge_attribute){"short_label", p->names[i] + 5};
                p->own[i] = (struct merge_setting){.name = "fkey", .index = 8 + (int)i, .value = p->values[i], .permission = "RW",
                                                   .attributes = p->labels[i], .n_attributes = 2};
        }
}

void render_phone_make(size_t i, struct render_phone *ret_phone)
{
        struct render_phone *p = ret_phone;
        size_t model = i % N_MODELS, n = 0;

        state = i + 1;
        for (int k = 0; k < 4; k++)
                roll();
        *p = (struct render_phone){.input = {.site = &site, .layers = p->layers}};
        p->input.phone.mac = (struct mac){{0, 4, 0x13, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};
        mac_format(&p->input.phone.mac, p->mac);
        snprintf(p->name, sizeof p->name, "Mr. No. %zu", i);
        snprintf(p->extension, sizeof p->extension, "%zu", 10000 + i % 900000);
        p->input.phone.name = p->name;
        p->input.phone.model = models[model];
        p->input.phone.firmware = "10.1.184.15";
        p->input.phone.sip_user = p->extension;
        make_secrets(p);
        make_own(p, i);
        p->layers[n++] = (struct merge_layer){MERGE_SITE, "", of_site, sizeof of_site / sizeof *of_site};
        p->layers[n++] = (struct merge_layer){MERGE_MODEL, models[model], of_model, sizeof of_model / sizeof *of_model};
        for (size_t k = 0; k <= i % 3; k++) {           /* one to three profiles, in some order */
                size_t profile = (i + k * (7 + i / 60)) % RENDER_PROFILES;

                p->layers[n++] = (struct merge_layer){MERGE_PROFILE, profile_names[profile], of_profiles[profile], PROFILE_SETTINGS};
        }
        p->layers[n++] = (struct merge_layer){MERGE_PHONE, p->mac, p->own, 1 + i % RENDER_OWN};
        p->input.n_layers = n;
}
