/*
 * lint: whether the settings of one phone are sound.
 *
 * In:   merged settings, what is known of the phone, the catalogue.
 * Out:  findings: how bad, which setting, a sentence that says what to do.
 * Not:  no change to any setting, nothing about other phones. The rules themselves: lint_one, lint_more.
 *
 * It runs for every document that is made: what a setting is, is found once, and only rules that can concern it are asked.
 */
#include "provisioning/model/lint.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/model/lint_view.h"
#include "provisioning/model/site.h"

/* --- permissions --------------------------------------------------------- */

/* snom.md 3.3: with V it is not kept in flash; V alone is read-only too. */
static const struct permission { const char *flags; bool is_read_only, is_kept_by_user; } permissions[] = {
        {"R", true, false}, {"RW", false, false}, {"", false, false}, {"$", false, false}, {"!", false, true}, {"&", true, false},
        {" ", true, false}, {"V", true, false}, {"RV", true, false}, {"VR", true, false}, {"RWV", false, false}, {"VRW", false, false},
        {"!V", false, true}, {"V!", false, true},
};

static const struct permission *permission_of(const char *flags)
{
        for (size_t i = 0; i < sizeof permissions / sizeof *permissions; i++)
                if (!strcmp(permissions[i].flags, flags))
                        return &permissions[i];
        return NULL;
}

bool lint_is_permission(const char *flags)
{
        return permission_of(flags);
}

bool lint_is_read_only(const char *flags)
{
        const struct permission *p = permission_of(flags);

        return p && p->is_read_only;
}

bool lint_is_kept_by_user(const char *flags)
{
        const struct permission *p = permission_of(flags);

        return p && p->is_kept_by_user;
}

/* --- what rules look at -------------------------------------------------- */

bool lint_say(struct lint_view *v, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        (void)vsnprintf(v->sentence, v->size, format, args);
        va_end(args);
        return true;
}

const char *lint_label(struct lint_view *v)
{
        char name[80];

        text_escape(name, sizeof name, v->name, strlen(v->name));
        if (v->index == LINT_NO_INDEX)
                (void)snprintf(v->label, sizeof v->label, "%s", name);
        else
                (void)snprintf(v->label, sizeof v->label, "%s[%d]", name, v->index);
        return v->label;
}

static size_t slot_of(const struct lint_view *v, uint32_t hash, const char *name, int index)
{
        size_t at = (hash + (uint32_t)index * 0x9e3779b1u) & (v->n_slots - 1);

        for (; v->slots[at]; at = (at + 1) & (v->n_slots - 1)) {
                const struct merge_setting *s = &v->settings[v->slots[at] - 1];

                if (s->index == index && !strcmp(s->name, name))
                        break;
        }
        return at;
}

const struct merge_setting *lint_find(const struct lint_view *v, const char *name, int index)
{
        size_t slot = v->n_slots ? slot_of(v, catalogue_hash(name), name, index) : 0;

        return v->n_slots && v->slots[slot] ? &v->settings[v->slots[slot] - 1] : NULL;
}

const char *lint_value(const struct lint_view *v, const char *name, int index)
{
        const struct merge_setting *s = lint_find(v, name, index);

        return s ? s->value : "";
}

void lint_turn_to(struct lint_view *v, const char *name, int index)
{
        v->s = lint_find(v, name, index);
        v->name = name;
        v->index = index;
}

static void look_at(struct lint_view *v, const struct merge_setting *s, const struct lint_item *item)
{
        v->s = s;
        v->entry = item->entry;
        v->kinds = item->kinds;
        v->name = s->name;
        v->index = s->index;
}

/* --- what a setting is --------------------------------------------------- */

static uint32_t kinds_of_secret(enum catalogue_secret secret)
{
        switch (secret) {
        case CATALOGUE_SECRET_LOGIN: return LINT_KIND_SECRET | LINT_KIND_LOGIN;
        case CATALOGUE_SECRET_ACCOUNT: return LINT_KIND_SECRET | LINT_KIND_ACCOUNT_SECRET;
        case CATALOGUE_SECRET_PIN: return LINT_KIND_SECRET | LINT_KIND_PIN;
        case CATALOGUE_SECRET_SECRET: return LINT_KIND_SECRET;
        default: return 0;
        }
}

static uint32_t kinds_of_entry(const struct lint_view *v, const struct catalogue_entry *entry)
{
        uint32_t kinds = LINT_KIND_KNOWN | kinds_of_secret(entry->secret);

        if (entry->change == CATALOGUE_CHANGE_RW)
                kinds |= LINT_KIND_RW;
        if (entry->change == CATALOGUE_CHANGE_APPLIANCE)
                kinds |= LINT_KIND_LOCKED;
        if (*entry->row && entry->secret == CATALOGUE_SECRET_NO && entry->change == CATALOGUE_CHANGE_ADMIN)
                kinds |= LINT_KIND_PROTECTION;
        if (entry->recommended && entry->change != CATALOGUE_CHANGE_APPLIANCE)
                kinds |= LINT_KIND_RECOMMENDED;
        if (entry->index == CATALOGUE_INDEX_ITEM)
                kinds |= LINT_KIND_PART;
        if (*entry->since)
                kinds |= LINT_KIND_SINCE;
        if (!catalogue_is_spoken(entry, v->family.dialect))
                kinds |= LINT_KIND_FOREIGN;
        return kinds;
}

static struct lint_item item_of(const struct lint_view *v, const struct merge_setting *s, uint32_t hash)
{
        struct lint_item item = {.entry = catalogue_find_hashed(v->catalogue, s->name, hash), .kinds = LINT_KIND_ANY};
        const char *p = s->permission;

        item.kinds |= item.entry ? kinds_of_entry(v, item.entry) : LINT_KIND_UNKNOWN;
        if (s->index != LINT_NO_INDEX)
                item.kinds |= LINT_KIND_NUMBERED;
        else if (item.entry && (item.entry->index == CATALOGUE_INDEX_IDENTITY || item.entry->index == CATALOGUE_INDEX_KEY))
                item.kinds |= LINT_KIND_NUMBER_MISSING;
        if (s->n_attributes > 0)
                item.kinds |= LINT_KIND_PART;
        if (*p && (p[0] != 'R' || (p[1] && (p[1] != 'W' || p[2]))))
                item.kinds |= LINT_KIND_ODD_PERMISSION;
        return item;
}

/* --- asking the rules ---------------------------------------------------- */

static size_t tell(struct lint_view *v, const struct lint_rule *rule, struct lint_finding *finding, lint_each each, void *userdata)
{
        finding->severity = rule->severity;
        finding->rule = rule->name;
        finding->name = v->name;
        finding->index = v->index;
        if (each)
                each(finding, userdata);
        return rule->severity == LINT_ERROR;
}

/* kinds 0: every rule of the table is asked. */
static size_t ask(struct lint_view *v, const struct lint_rule *rules, uint32_t kinds, lint_each each, void *userdata)
{
        struct lint_finding finding;
        size_t n_errors = 0;

        v->sentence = finding.sentence;
        v->size = sizeof finding.sentence;
        for (const struct lint_rule *rule = rules; rule->name && (!v->errors_only || rule->severity == LINT_ERROR); rule++)
                if ((!kinds || (rule->kinds & kinds)) && rule->is_broken(v))
                        n_errors += tell(v, rule, &finding, each, userdata);
        return n_errors;
}

static struct lint_view view_of(const struct lint_phone *phone)
{
        return (struct lint_view){.catalogue = catalogue_builtin(), .phone = phone, .family = model_family_of(phone->model, NULL),
                                  .knows_attributes = true};
}

static size_t look_at_one(struct lint_view *v, const struct merge_setting *setting, lint_each each, void *userdata)
{
        const struct lint_item item = item_of(v, setting, catalogue_hash(setting->name));

        look_at(v, setting, &item);
        return ask(v, lint_one, v->kinds, each, userdata);
}

static struct merge_setting without_attributes(const struct lint_setting *s)
{
        return (struct merge_setting){.name = s->name, .index = s->index, .value = s->value, .permission = s->permission};
}

/* --- a whole document ---------------------------------------------------- */

static void index_settings(struct lint_view *v)
{
        for (size_t i = 0; i < v->n_settings; i++) {
                const struct merge_setting *s = &v->settings[i];
                uint32_t hash = catalogue_hash(s->name);
                size_t slot = slot_of(v, hash, s->name, s->index);

                v->items[i] = item_of(v, s, hash);
                if (v->slots[slot])
                        v->items[i].kinds |= LINT_KIND_TWICE;
                else
                        v->slots[slot] = (uint16_t)(i + 1);
                if (v->items[i].entry && v->items[i].entry->index == CATALOGUE_INDEX_IDENTITY && s->index > 0 && s->index <= CATALOGUE_IDENTITY_MAX)
                        v->accounts |= 1U << s->index;
        }
}

static size_t ask_all(struct lint_view *v, lint_each each, void *userdata)
{
        size_t n_errors = 0;

        for (size_t i = 0; i < v->n_settings; i++) {
                look_at(v, &v->settings[i], &v->items[i]);
                n_errors += ask(v, lint_one, v->kinds, each, userdata);
                if (v->kinds & (LINT_KIND_TWICE | LINT_KIND_SECRET))
                        n_errors += ask(v, lint_among, v->kinds, each, userdata);
        }
        for (v->account = 1; v->account <= CATALOGUE_IDENTITY_MAX; v->account++)
                if (v->accounts & 1U << v->account)
                        n_errors += ask(v, lint_accounts, 0, each, userdata);
        return n_errors + ask(v, lint_whole, 0, each, userdata);
}

/* What cannot be looked at is not sound. */
static size_t give_up(const char *sentence, lint_each each, void *userdata)
{
        struct lint_finding finding = {.severity = LINT_ERROR, .rule = "unchecked", .name = "", .index = LINT_NO_INDEX};

        (void)text_copy(finding.sentence, sizeof finding.sentence, sentence);
        if (each)
                each(&finding, userdata);
        return 1;
}

static size_t look_through(struct lint_view *v, const struct merge_setting *settings, size_t n_settings, lint_each each, void *userdata)
{
        size_t n_slots = 64, n_errors;
        struct lint_item *items;

        if (n_settings > MERGE_SETTINGS_MAX)
                return give_up("There are more settings than a document can hold; remove some.", each, userdata);
        while (n_slots < 2 * n_settings)
                n_slots *= 2;
        items = malloc(n_settings * sizeof *items + n_slots * sizeof *v->slots);
        if (!items)
                return give_up("There is no memory to check these settings; wait a moment, or restart the appliance.", each, userdata);
        v->settings = settings;
        v->n_settings = n_settings;
        v->items = items;
        v->slots = (uint16_t *)(items + n_settings);
        v->n_slots = n_slots;
        memset(v->slots, 0, n_slots * sizeof *v->slots);
        index_settings(v);
        n_errors = ask_all(v, each, userdata);
        free(items);
        return n_errors;
}

static size_t look_through_copies(struct lint_view *v, const struct lint_setting *settings, size_t n_settings, lint_each each, void *userdata)
{
        struct merge_setting *copies = malloc((n_settings + 1) * sizeof *copies);
        size_t n_errors;

        if (!copies)
                return give_up("There is no memory to check these settings; wait a moment, or restart the appliance.", each, userdata);
        for (size_t i = 0; i < n_settings; i++)
                copies[i] = without_attributes(&settings[i]);
        v->knows_attributes = false;
        n_errors = look_through(v, copies, n_settings, each, userdata);
        free(copies);
        return n_errors;
}

static size_t look_through_merged(const struct merge_input *input, const struct merge_result *result, bool errors_only, lint_each each,
                                  void *userdata)
{
        char mac[MAC_TEXT_SIZE];
        const struct lint_phone phone = {mac_format(&input->phone.mac, mac), input->phone.model, input->phone.sip_user};
        struct lint_view v = view_of(&phone);

        v.family = model_family_of(phone.model, input->phone.firmware);
        v.site = input->site;
        v.running = input->phone.firmware;
        v.wanted = result->firmware;
        v.may_downgrade = result->may_downgrade;
        v.errors_only = errors_only;
        return look_through(&v, result->settings, result->n_settings, each, userdata);
}

/* --- all findings -------------------------------------------------------- */

size_t lint_setting(const struct lint_setting *setting, const struct lint_phone *phone, lint_each each, void *userdata)
{
        const struct merge_setting s = without_attributes(setting);
        struct lint_view v = view_of(phone);

        v.knows_attributes = false;
        return look_at_one(&v, &s, each, userdata);
}

size_t lint_item(const struct merge_setting *setting, const struct lint_phone *phone, lint_each each, void *userdata)
{
        struct lint_view v = view_of(phone);

        return look_at_one(&v, setting, each, userdata);
}

size_t lint_document(const struct lint_setting *settings, size_t n_settings, const struct lint_phone *phone, lint_each each, void *userdata)
{
        struct lint_view v = view_of(phone);

        return look_through_copies(&v, settings, n_settings, each, userdata);
}

size_t lint_settings(const struct merge_setting *settings, size_t n_settings, const struct lint_phone *phone, lint_each each, void *userdata)
{
        struct lint_view v = view_of(phone);

        return look_through(&v, settings, n_settings, each, userdata);
}

size_t lint_merged(const struct merge_input *input, const struct merge_result *result, lint_each each, void *userdata)
{
        return look_through_merged(input, result, false, each, userdata);
}

/* --- the first error ----------------------------------------------------- */

static void keep_first(const struct lint_finding *finding, void *userdata)
{
        struct lint_finding *first = userdata;

        if (finding->severity == LINT_ERROR && first->severity != LINT_ERROR)
                *first = *finding;
}

static int first_error(const struct lint_finding *first, struct lint_finding *ret_finding)
{
        if (first->severity != LINT_ERROR)
                return 0;
        *ret_finding = *first;
        return PV_EREFUSED;
}

static struct lint_view strict_view_of(const struct lint_phone *phone)
{
        struct lint_view v = view_of(phone);

        v.errors_only = true;
        return v;
}

int lint_check_setting(const struct lint_setting *setting, const struct lint_phone *phone, struct lint_finding *ret_finding)
{
        const struct merge_setting s = without_attributes(setting);
        struct lint_finding first = {.severity = LINT_WARNING};
        struct lint_view v = strict_view_of(phone);

        v.knows_attributes = false;
        (void)look_at_one(&v, &s, keep_first, &first);
        return first_error(&first, ret_finding);
}

int lint_check_item(const struct merge_setting *setting, const struct lint_phone *phone, struct lint_finding *ret_finding)
{
        struct lint_finding first = {.severity = LINT_WARNING};
        struct lint_view v = strict_view_of(phone);

        (void)look_at_one(&v, setting, keep_first, &first);
        return first_error(&first, ret_finding);
}

int lint_check_document(const struct lint_setting *settings, size_t n_settings, const struct lint_phone *phone,
                        struct lint_finding *ret_finding)
{
        struct lint_finding first = {.severity = LINT_WARNING};
        struct lint_view v = strict_view_of(phone);

        (void)look_through_copies(&v, settings, n_settings, keep_first, &first);
        return first_error(&first, ret_finding);
}

int lint_check_settings(const struct merge_setting *settings, size_t n_settings, const struct lint_phone *phone,
                        struct lint_finding *ret_finding)
{
        struct lint_finding first = {.severity = LINT_WARNING};
        struct lint_view v = strict_view_of(phone);

        (void)look_through(&v, settings, n_settings, keep_first, &first);
        return first_error(&first, ret_finding);
}

int lint_check_merged(const struct merge_input *input, const struct merge_result *result, struct lint_finding *ret_finding)
{
        struct lint_finding first = {.severity = LINT_WARNING};

        (void)look_through_merged(input, result, true, keep_first, &first);
        return first_error(&first, ret_finding);
}

/* --- questions ----------------------------------------------------------- */

bool lint_is_in_tunnel(const struct site *site, const char *host)
{
        size_t size = strcspn(host, ":");
        char address[TEXT_IPV4_SIZE];
        uint32_t number, mask = text_ipv4_mask(site->tunnel_prefix);

        if (size >= sizeof address)
                return false;
        (void)snprintf(address, sizeof address, "%.*s", (int)size, host);
        return text_to_ipv4(address, &number) == 0 && (number & mask) == (site->tunnel_address & mask);
}

const char *lint_rule_name(size_t i)
{
        static const struct lint_rule *const tables[] = {lint_one, lint_among, lint_accounts, lint_whole};

        for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
                for (const struct lint_rule *rule = tables[t]; rule->name; rule++)
                        if (i-- == 0)
                                return rule->name;
        return NULL;
}
