/*
 * merge: everything one phone should be set to.
 *
 * In:   what is built in; layers of settings from the site to the phone; switches of rows; the phone's secrets.
 * Out:  one list of settings, each with its origin, in the order of the document.
 * Not:  no database, no XML, no judgement (lint, hardening).
 */
#include "provisioning/model/merge.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/model/catalogue.h"
#include "provisioning/model/merge_arena.h"
#include "provisioning/model/merge_builtin.h"
#include "provisioning/model/merge_expand.h"

#define SLOTS 8192                      /* twice MERGE_SETTINGS_MAX, a power of two */
#define FIRST "auto_reboot_on_setting_change"
#define FIRMWARE "firmware"
#define FIRMWARE_DOWNGRADE "firmware_downgrade"

struct merge {
        struct merge_setting settings[MERGE_SETTINGS_MAX];
        size_t n_settings;
        uint16_t slots[SLOTS];          /* by name and index: the setting's place + 1; 0 free */
        struct merge_arena arena;
        const char *mac;                /* in the arena */
};

int merge_new(struct merge **ret_merge)
{
        *ret_merge = calloc(1, sizeof **ret_merge);
        return *ret_merge ? 0 : PV_ENOMEM;
}

void merge_free(struct merge *merge)
{
        if (!merge)
                return;
        merge_arena_done(&merge->arena);
        free(merge);
}

/* --- the list ------------------------------------------------------------ */

/* The slot of this setting, or the free one where it belongs. */
static uint16_t *slot_of(struct merge *m, const char *name, int index)
{
        size_t at = (catalogue_hash(name) + (uint32_t)index * 0x9e3779b1u) % SLOTS;

        for (; m->slots[at]; at = (at + 1) % SLOTS) {
                const struct merge_setting *s = &m->settings[m->slots[at] - 1];

                if (s->index == index && !strcmp(s->name, name))
                        break;
        }
        return &m->slots[at];
}

static struct merge_setting *find(struct merge *m, const char *name, int index)
{
        uint16_t *slot = slot_of(m, name, index);

        return *slot ? &m->settings[*slot - 1] : NULL;
}

/* In place of an earlier one of this name and index, or at the end. */
static int put(struct merge *m, const struct merge_setting *setting)
{
        uint16_t *slot = slot_of(m, setting->name, setting->index);

        if (!*slot) {
                if (m->n_settings == MERGE_SETTINGS_MAX)
                        return PV_ETOOLARGE;
                *slot = (uint16_t)++m->n_settings;
        }
        m->settings[*slot - 1] = *setting;
        return 0;
}

/* --- built in ------------------------------------------------------------ */

static int put_builtin(struct merge *m, const struct merge_input *input, const struct merge_builtin *b)
{
        char space[MERGE_VALUE_SIZE];
        const char *value = merge_builtin_value(b, input, space);
        struct merge_setting setting = {.name = b->name, .index = b->index, .permission = b->permission, .scope = merge_builtin_scope(b)};

        if (!value)
                return 0;
        setting.value = value == space ? merge_arena_copy(&m->arena, space) : value;
        setting.owner = setting.scope == MERGE_PHONE ? m->mac : "";
        return setting.value ? put(m, &setting) : PV_ENOMEM;
}

static int put_builtins(struct merge *m, const struct merge_input *input, const struct model_family *family)
{
        bool rows_off[MERGE_N_ROWS] = {false};
        const struct merge_builtin *b;
        int r = 0;

        for (int row = MERGE_ROW_NONE + 1; row < MERGE_N_ROWS; row++) {
                const struct merge_switch *s = merge_switch_of(input, (enum merge_row)row);

                rows_off[row] = s && !s->on;
        }
        for (size_t i = 0; r == 0 && (b = merge_builtin(i)); i++)
                if (merge_builtin_fits(b, family) && (b->is_locked || !rows_off[b->row]))
                        r = put_builtin(m, input, b);
        return r;
}

/* --- layers -------------------------------------------------------------- */

/*
 * Site and profiles are for phones of all kinds: what this one does not speak is
 * left out. Said for its model or itself, it stays, and lint tells.
 */
static bool is_for_others(const struct merge_layer *layer, const struct merge_setting *setting, const struct model_family *family)
{
        const struct catalogue_entry *entry;

        if (layer->scope == MERGE_MODEL || layer->scope == MERGE_PHONE)
                return false;
        entry = catalogue_find(catalogue_builtin(), setting->name);
        return entry && !catalogue_is_spoken(entry, family->dialect);
}

static int expand_attributes(struct merge *m, const struct merge_input *input, struct merge_setting *setting)
{
        struct merge_attribute *attributes;
        bool has_brace = false;
        int r = 0;

        for (size_t i = 0; i < setting->n_attributes; i++)
                has_brace = has_brace || strchr(setting->attributes[i].value, '{');
        if (!has_brace)
                return 0;
        attributes = merge_arena_take(&m->arena, setting->n_attributes * sizeof *attributes);
        if (!attributes)
                return PV_ENOMEM;
        for (size_t i = 0; r == 0 && i < setting->n_attributes; i++) {
                attributes[i].name = setting->attributes[i].name;
                r = merge_expand(&m->arena, input, setting->attributes[i].value, &attributes[i].value);
        }
        setting->attributes = attributes;
        return r;
}

static int put_setting(struct merge *m, const struct merge_input *input, const struct merge_layer *layer, const struct merge_setting *given)
{
        struct merge_setting setting = *given;
        int r = merge_expand(&m->arena, input, given->value, &setting.value);

        if (r == 0 && setting.n_attributes > 0)
                r = expand_attributes(m, input, &setting);
        if (r < 0)
                return r;
        setting.permission = given->permission ? given->permission : "";
        setting.scope = layer->scope;
        setting.owner = layer->owner ? layer->owner : "";
        return put(m, &setting);
}

static int put_layer(struct merge *m, const struct merge_input *input, const struct model_family *family, const struct merge_layer *layer)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < layer->n_settings; i++) {
                const struct merge_setting *s = &layer->settings[i];

                if (!merge_is_locked(s->name) && !is_for_others(layer, s, family))
                        r = put_setting(m, input, layer, s);
        }
        return r;
}

/* --- the whole ----------------------------------------------------------- */

/* Who replaces the password alone means its confirmation too. */
static int put_confirmation(struct merge *m)
{
        const struct merge_setting *password = find(m, "admin_mode_password", MERGE_NO_INDEX);
        struct merge_setting confirmation;

        if (!password)
                return 0;
        confirmation = *password;
        confirmation.name = "admin_mode_password_confirm";
        return put(m, &confirmation);
}

static void take_out(struct merge *m, const struct merge_setting *setting)
{
        size_t at = (size_t)(setting - m->settings);

        memmove(&m->settings[at], &m->settings[at + 1], (m->n_settings - at - 1) * sizeof m->settings[0]);
        m->n_settings--;
}

/* From here on places have changed, so that find() finds no more. */
static void take_firmware(struct merge *m, struct merge_result *result)
{
        struct merge_setting *firmware = find(m, FIRMWARE, MERGE_NO_INDEX), *downgrade = find(m, FIRMWARE_DOWNGRADE, MERGE_NO_INDEX);

        if (firmware && *firmware->value) {
                result->firmware = firmware->value;
                result->firmware_origin = firmware->owner;
        }
        result->may_downgrade = downgrade && text_equal(downgrade->value, "on");
        if (firmware && downgrade && firmware < downgrade)
                downgrade--;
        if (firmware)
                take_out(m, firmware);
        if (downgrade)
                take_out(m, downgrade);
}

static void put_first(struct merge *m)
{
        for (size_t i = 0; i < m->n_settings; i++) {
                const struct merge_setting first = m->settings[i];

                if (strcmp(first.name, FIRST) != 0)
                        continue;
                memmove(&m->settings[1], &m->settings[0], i * sizeof m->settings[0]);
                m->settings[0] = first;
                return;
        }
}

int merge_settings(struct merge *merge, const struct merge_input *input, struct merge_result *ret_result)
{
        const struct model_family family = model_family_of(input->phone.model, input->phone.firmware);
        struct merge_result result = {0};
        char mac[MAC_TEXT_SIZE];
        int r;

        merge->n_settings = 0;
        memset(merge->slots, 0, sizeof merge->slots);
        merge_arena_reset(&merge->arena);
        merge->mac = merge_arena_copy(&merge->arena, mac_format(&input->phone.mac, mac));
        r = merge->mac ? put_builtins(merge, input, &family) : PV_ENOMEM;
        for (size_t i = 0; r == 0 && i < input->n_layers; i++)
                r = put_layer(merge, input, &family, &input->layers[i]);
        if (r == 0)
                r = put_confirmation(merge);
        if (r < 0)
                return r;
        take_firmware(merge, &result);
        put_first(merge);
        result.settings = merge->settings;
        result.n_settings = merge->n_settings;
        *ret_result = result;
        return 0;
}

/* --- firmware ------------------------------------------------------------ */

static int replace(struct merge *m, const char *name, const char *value, const char *owner)
{
        struct merge_setting setting = {.name = name, .index = MERGE_NO_INDEX, .value = value, .permission = "R", .owner = owner};

        for (size_t i = 0; i < m->n_settings; i++)
                if (m->settings[i].index == MERGE_NO_INDEX && text_equal(m->settings[i].name, name)) {
                        m->settings[i] = setting;
                        return 0;
                }
        if (m->n_settings == MERGE_SETTINGS_MAX)
                return PV_ETOOLARGE;
        m->settings[m->n_settings++] = setting;
        return 0;
}

int merge_add_firmware(struct merge *merge, const struct merge_input *input, struct merge_result *result)
{
        char gateway[TEXT_IPV4_SIZE], url[80];
        const char *value;
        int r;

        (void)snprintf(url, sizeof url, "https://%s/firmware/%s.xml", text_from_ipv4(input->site->tunnel_address, gateway), merge->mac);
        value = merge_arena_copy(&merge->arena, url);
        r = value ? replace(merge, "update_policy", "auto_update", "") : PV_ENOMEM;
        if (r == 0)
                r = replace(merge, "firmware_status", value, "");
        result->n_settings = merge->n_settings;
        return r;
}
