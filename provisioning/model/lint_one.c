/*
 * lint_one: rules about one setting by itself.
 *
 * In:   a setting, its line of the catalogue, what is known of the phone.
 * Out:  broken or not, and a sentence.
 * Not:  no other setting (lint_more).
 *
 * What an error says about names, permissions, attributes and characters is at least what settings_document refuses.
 */
#include "provisioning/model/lint_view.h"

#include <string.h>
#include <strings.h>

#include "appliance/base/text.h"
#include "provisioning/model/weak.h"
#include "provisioning/model/xml_element.h"

#define NAME_MAX_BYTES 64
#define VALUE_MAX 65536
#define ATTRIBUTES_MAX 32
#define CERTIFICATE_MAX 16384
#define URL_MAX 1024
#define ACCOUNT_GOOD 8

/* --- what no document can carry ------------------------------------------ */

enum { FIRST = 1, LATER = 2 };
static const unsigned char in_names[256] = {
        ['A' ... 'Z'] = FIRST | LATER, ['a' ... 'z'] = FIRST | LATER, ['_'] = FIRST | LATER, ['0' ... '9'] = LATER, ['.'] = LATER, ['-'] = LATER,
};

static bool is_name(const char *name)
{
        size_t size = 0;

        while (in_names[(unsigned char)name[size]] & LATER)
                size++;
        return size > 0 && size <= NAME_MAX_BYTES && !name[size] && in_names[(unsigned char)name[0]] & FIRST;
}

static bool name_broken(struct lint_view *v)
{
        return !is_name(v->s->name) && lint_say(v, "\"%s\" is no name of a setting; remove it.", lint_label(v));
}

static bool is_plain_ascii(const char *value)
{
        const char *at = value;

        while (*at >= 0x20 && *at < 0x7f)
                at++;
        return !*at && at - value <= VALUE_MAX;
}

static bool can_be_carried(const char *value)
{
        return is_plain_ascii(value) ||
               (text_is_printable(value) && strlen(value) <= VALUE_MAX && !strstr(value, "\xef\xbf\xbe") && !strstr(value, "\xef\xbf\xbf"));
}

static bool characters_broken(struct lint_view *v)
{
        return !can_be_carried(v->s->value) &&
               lint_say(v, "The value of %s holds a character that no settings document can carry, or is too long; set it anew in one line of text.",
                        lint_label(v));
}

static bool permission_broken(struct lint_view *v)
{
        return !lint_is_permission(v->s->permission) && lint_say(v, "The permission of %s is none that phones know; use R, RW or !.", lint_label(v));
}

/* --- what is not known --------------------------------------------------- */

static bool unknown_broken(struct lint_view *v)
{
        const char *near = catalogue_near(v->catalogue, v->s->name);

        return near ? lint_say(v, "%s is not in the catalogue; is %s meant?", lint_label(v), near)
                    : lint_say(v, "%s is not in the catalogue, so its value is not checked.", lint_label(v));
}

static bool guessed_secret_broken(struct lint_view *v)
{
        return !lint_is_read_only(v->s->permission) && catalogue_is_secret(v->catalogue, v->s->name) &&
               lint_say(v, "%s is named like a secret and the phone's user could read it; give it the permission R.", lint_label(v));
}

static bool value_broken(struct lint_view *v)
{
        char legal[240], shown[64];

        if (catalogue_takes(v->entry, v->s->value, legal, sizeof legal))
                return false;
        if (v->entry->secret != CATALOGUE_SECRET_NO)
                return lint_say(v, "The value of %s must be %s.", lint_label(v), legal);
        return lint_say(v, "%s cannot be \"%s\"; it must be %s.", lint_label(v),
                        text_escape(shown, sizeof shown, v->s->value, strlen(v->s->value)), legal);
}

/* --- numbers ------------------------------------------------------------- */

static bool index_missing_broken(struct lint_view *v)
{
        if (v->entry->index == CATALOGUE_INDEX_KEY)
                return lint_say(v, "%s needs the number of its key: write %s[0] for the first one.", v->s->name, v->s->name);
        return lint_say(v, "%s belongs to an account and needs its number: write %s[1].", v->s->name, v->s->name);
}

static bool index_surplus_broken(struct lint_view *v)
{
        return v->entry && v->entry->index == CATALOGUE_INDEX_NONE &&
               lint_say(v, "%s is there once for the whole phone and takes no number: write %s.", v->s->name, v->s->name);
}

static bool index_range_broken(struct lint_view *v)
{
        enum catalogue_index kind = v->entry ? v->entry->index : CATALOGUE_INDEX_KEY;
        bool is_account = kind == CATALOGUE_INDEX_IDENTITY || kind == CATALOGUE_INDEX_EITHER;
        int last = is_account ? CATALOGUE_IDENTITY_MAX : kind == CATALOGUE_INDEX_ITEM ? CATALOGUE_ITEM_MAX : CATALOGUE_KEY_MAX;

        return (v->s->index < is_account || v->s->index > last) &&
               lint_say(v, "The number of %s must be %d to %d.", lint_label(v), (int)is_account, last);
}

static bool index_model_broken(struct lint_view *v)
{
        return v->entry && v->entry->index == CATALOGUE_INDEX_IDENTITY && v->s->index > (int)v->family.accounts &&
               lint_say(v, "%s has no effect: a %s has %u accounts.", lint_label(v), v->phone->model, v->family.accounts);
}

/* --- permissions --------------------------------------------------------- */

static bool lockout_broken(struct lint_view *v)
{
        return (lint_is_read_only(v->s->permission) || lint_is_kept_by_user(v->s->permission)) &&
               lint_say(v, "%s must have the permission RW: read-only, nobody could log in as administrator again.", lint_label(v));
}

/* The phone does not record how the first value came in, and refuses later ones (snom.md 3.3). */
static bool kept_secret_broken(struct lint_view *v)
{
        return lint_is_kept_by_user(v->s->permission) && catalogue_is_secret(v->catalogue, v->s->name) &&
               lint_say(v, "%s must not have the permission \"!\": the phone would refuse every later value.", lint_label(v));
}

static bool user_secret_broken(struct lint_view *v)
{
        if (v->entry->change != CATALOGUE_CHANGE_ADMIN || lint_is_read_only(v->s->permission) || lint_is_kept_by_user(v->s->permission))
                return false;
        return lint_say(v, "%s is a secret that the phone's user could read and change; give it the permission R: write %s:R=...",
                        lint_label(v), v->label);
}

static bool user_setting_broken(struct lint_view *v)
{
        return !lint_is_read_only(v->s->permission) &&
               lint_say(v, "%s is part of the phone's protection and its user could change it; give it the permission R.", lint_label(v));
}

/* snom.md 3.3. */
static bool dect_permission_broken(struct lint_view *v)
{
        return v->family.is_dect && lint_say(v, "A %s knows only the permissions R and RW; %s has another.", v->phone->model, lint_label(v));
}

static bool locked_broken(struct lint_view *v)
{
        if (v->entry->recommended && !text_equal(v->s->value, v->entry->recommended))
                return lint_say(v, "%s is decided by this appliance alone and must be \"%s\"; remove it.", lint_label(v), v->entry->recommended);
        return !lint_is_read_only(v->s->permission) &&
               lint_say(v, "%s is decided by this appliance alone and must have the permission R; remove it.", lint_label(v));
}

/* --- secrets ------------------------------------------------------------- */

static bool is_guessable(const struct lint_view *v)
{
        return weak_is_guessable(v->s->value, v->phone->mac, v->phone->extension);
}

static bool weak_login_broken(struct lint_view *v)
{
        if (!*v->s->value)
                return lint_say(v, "%s is empty, so anyone gets in; give it at least %d characters or remove it.", lint_label(v), WEAK_PASSWORD_GOOD);
        if (is_guessable(v))
                return lint_say(v, "%s is among the first that anybody tries; remove it, each phone has a random one of its own.", lint_label(v));
        return strlen(v->s->value) < WEAK_PASSWORD_MIN &&
               lint_say(v, "%s is too short: give it at least %d characters, or remove it: each phone has a random one.", lint_label(v),
                        WEAK_PASSWORD_GOOD);
}

static bool short_login_broken(struct lint_view *v)
{
        size_t size = strlen(v->s->value);

        return size >= WEAK_PASSWORD_MIN && size < WEAK_PASSWORD_GOOD &&
               lint_say(v, "%s is short; %d characters are better.", lint_label(v), WEAK_PASSWORD_GOOD);
}

static bool weak_account_broken(struct lint_view *v)
{
        return *v->s->value && is_guessable(v) &&
               lint_say(v, "%s is among the first that anybody tries (a well-known word, the extension or the MAC); change it at the PBX and here.",
                        lint_label(v));
}

static bool short_account_broken(struct lint_view *v)
{
        return strlen(v->s->value) < ACCOUNT_GOOD && lint_say(v, "%s is short; have the PBX give it %d characters or more.", lint_label(v), ACCOUNT_GOOD);
}

static bool weak_pin_broken(struct lint_view *v)
{
        return *v->s->value && is_guessable(v) &&
               lint_say(v, "%s is among the first that anybody tries; remove it, each phone has a random one of its own.", lint_label(v));
}

static bool short_pin_broken(struct lint_view *v)
{
        return !weak_is_good_pin(v->s->value, v->phone->mac, v->phone->extension) && (!*v->s->value || !is_guessable(v)) &&
               lint_say(v, "%s is easily guessed; use %d digits or more that are no row, year or shape on the keypad.", lint_label(v), WEAK_PIN_MIN);
}

/* --- against advice ------------------------------------------------------ */

static bool recommendation_broken(struct lint_view *v)
{
        return !catalogue_is_as_recommended(v->entry, v->s->value) &&
               lint_say(v, "%s is weaker than the %s row of the hardening profile; \"%s\" is recommended.", lint_label(v), v->entry->row,
                        v->entry->recommended);
}

static bool foreign_broken(struct lint_view *v)
{
        const char *model = v->phone->model;

        return lint_say(v, "%s has no effect: a %s does not know it.", lint_label(v), model && *model ? model : "desk phone");
}

static bool since_broken(struct lint_view *v)
{
        return v->running && model_is_version(v->running) && model_version_compare(v->running, v->entry->since) < 0 &&
               lint_say(v, "%s is known from firmware %s on; this phone runs %s.", lint_label(v), v->entry->since, v->running);
}

static bool plain_url_broken(struct lint_view *v)
{
        return (v->s->value[0] == 'h' || v->s->value[0] == 'f' || v->s->value[0] == 't') &&
               (text_starts(v->s->value, "http://") || text_starts(v->s->value, "ftp://") || text_starts(v->s->value, "tftp://")) &&
               lint_say(v, "%s goes unprotected over the network; use https://.", lint_label(v));
}

/* --- parts that are no plain settings ------------------------------------ */

static bool is_url(const char *value)
{
        size_t size = strlen(value);

        return size <= URL_MAX && !strpbrk(value, " \t\n") && ((text_starts(value, "https://") && size > 8) || (text_starts(value, "http://") && size > 7));
}

static const char *attribute_of(const struct lint_view *v, const char *name)
{
        for (size_t i = 0; i < v->s->n_attributes; i++)
                if (!strcasecmp(v->s->attributes[i].name, name))
                        return v->s->attributes[i].value;
        return NULL;
}

/* Its number, permission and value say these. */
static bool is_reserved(const char *name)
{
        static const char *const reserved[] = {"idx", "index", "perm", "e", "MATCH", "url", "number"};

        if (!strchr("iIpPeEmMuUnN", name[0]))
                return false;
        for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
                if (!strcasecmp(reserved[i], name))
                        return true;
        return false;
}

static bool one_attribute_broken(struct lint_view *v, const struct merge_attribute *a)
{
        char shown[64];

        if (is_name(a->name) && !is_reserved(a->name) && can_be_carried(a->value) && attribute_of(v, a->name) == a->value)
                return false;
        text_escape(shown, sizeof shown, a->name, strlen(a->name));
        if (!is_name(a->name) || is_reserved(a->name))
                return lint_say(v, "\"%s\" is no attribute that %s can have; remove it.", shown, lint_label(v));
        if (!can_be_carried(a->value))
                return lint_say(v, "The attribute %s of %s holds a character that no settings document can carry; set it anew.", shown, lint_label(v));
        return lint_say(v, "%s has the attribute %s twice; remove one.", lint_label(v), shown);
}

static bool attribute_broken(struct lint_view *v)
{
        if (v->s->n_attributes > ATTRIBUTES_MAX)
                return lint_say(v, "%s has more than %d attributes; remove some.", lint_label(v), ATTRIBUTES_MAX);
        for (size_t i = 0; i < v->s->n_attributes; i++)
                if (one_attribute_broken(v, &v->s->attributes[i]))
                        return true;
        return false;
}

static bool book_broken(struct lint_view *v)
{
        if (v->s->index == MERGE_NO_INDEX)
                return !text_equal(v->s->value, "complete") &&
                       lint_say(v, "An entry of the phone book needs its number: write tbook[0] for the first one; without a number the only value is complete.");
        return !*v->s->value && lint_say(v, "%s needs the number to dial as its value.", lint_label(v));
}

static bool dialplan_broken(struct lint_view *v)
{
        const char *timeout = attribute_of(v, "Timeout"), *user = attribute_of(v, "User");

        if (!*v->s->value)
                return lint_say(v, "%s needs a pattern as its value.", lint_label(v));
        if (timeout && (!*timeout || strlen(timeout) > 5 || strspn(timeout, "0123456789") != strlen(timeout)))
                return lint_say(v, "Timeout of %s must be a number of seconds.", lint_label(v));
        return user && strcasecmp(user, "phone") != 0 && strcasecmp(user, "ip") != 0 && lint_say(v, "User of %s must be Phone or IP.", lint_label(v));
}

static bool upload_broken(struct lint_view *v)
{
        const char *type = attribute_of(v, "type");

        if (!is_url(v->s->value))
                return lint_say(v, "%s needs a URL that begins with https:// or http:// as its value.", lint_label(v));
        return v->knows_attributes && (!type || !is_name(type)) &&
               lint_say(v, "%s needs its type, for example type=gui_xml_state_settings.", lint_label(v));
}

/* The base64 of one certificate, with or without BEGIN and END. */
static bool is_certificate(const char *value)
{
        static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END CERTIFICATE-----";
        const char *start = strstr(value, begin), *stop;
        size_t size;

        start = start ? start + sizeof begin - 1 : value;
        stop = start == value ? value + strlen(value) : strstr(start, end);
        if (!stop || strstr(stop, begin))
                return false;
        start += strspn(start, " ");
        while (stop > start && stop[-1] == ' ')
                stop--;
        size = (size_t)(stop - start);
        return size >= 4 && size <= CERTIFICATE_MAX &&
               strspn(start, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= ") >= size;
}

static bool certificate_broken(struct lint_view *v)
{
        if (v->s->n_attributes > 0)
                return lint_say(v, "%s has no attributes; remove them.", lint_label(v));
        return !is_url(v->s->value) && !is_certificate(v->s->value) &&
               lint_say(v, "The value of %s is neither one certificate in base64 nor the URL of one.", lint_label(v));
}

static bool replacement_broken(struct lint_view *v)
{
        return !xml_element_is(v->s->value, "key", "setting_replacement") &&
               lint_say(v, "The value of %s must be one well-formed XML element, <key ...>...</key> or <setting_replacement ...>: every tag closed, "
                        "& written as &amp;, no declarations and comments.", lint_label(v));
}

static bool part_broken(struct lint_view *v)
{
        static const struct { const char *name; bool (*is_broken)(struct lint_view *v); } parts[] = {
                {"tbook", book_broken}, {"dialplan", dialplan_broken}, {"upload", upload_broken}, {"certificate", certificate_broken},
                {"replacement", replacement_broken},
        };

        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
                if (parts[i].name[0] == v->s->name[0] && !strcmp(parts[i].name, v->s->name))
                        return parts[i].is_broken(v);
        return false;
}

const struct lint_rule lint_one[] = {
        {"name", LINT_ERROR, LINT_KIND_UNKNOWN, name_broken},
        {"characters", LINT_ERROR, LINT_KIND_ANY, characters_broken},
        {"permission", LINT_ERROR, LINT_KIND_ODD_PERMISSION, permission_broken},
        {"attribute", LINT_ERROR, LINT_KIND_PART, attribute_broken},
        {"part", LINT_ERROR, LINT_KIND_PART, part_broken},
        {"value", LINT_ERROR, LINT_KIND_KNOWN, value_broken},
        {"index-missing", LINT_ERROR, LINT_KIND_NUMBER_MISSING, index_missing_broken},
        {"index-surplus", LINT_ERROR, LINT_KIND_NUMBERED, index_surplus_broken},
        {"index-range", LINT_ERROR, LINT_KIND_NUMBERED, index_range_broken},
        {"lockout", LINT_ERROR, LINT_KIND_RW, lockout_broken},
        {"kept-secret", LINT_ERROR, LINT_KIND_ODD_PERMISSION, kept_secret_broken},
        {"user-secret", LINT_ERROR, LINT_KIND_SECRET, user_secret_broken},
        {"locked", LINT_ERROR, LINT_KIND_LOCKED, locked_broken},
        {"weak-login", LINT_ERROR, LINT_KIND_LOGIN, weak_login_broken},
        {"weak-account", LINT_ERROR, LINT_KIND_ACCOUNT_SECRET, weak_account_broken},
        {"weak-pin", LINT_ERROR, LINT_KIND_PIN, weak_pin_broken},
        {"unknown", LINT_WARNING, LINT_KIND_UNKNOWN, unknown_broken},
        {"guessed-secret", LINT_WARNING, LINT_KIND_UNKNOWN, guessed_secret_broken},
        {"index-model", LINT_WARNING, LINT_KIND_NUMBERED, index_model_broken},
        {"user-setting", LINT_WARNING, LINT_KIND_PROTECTION, user_setting_broken},
        {"dect-permission", LINT_WARNING, LINT_KIND_ODD_PERMISSION, dect_permission_broken},
        {"short-login", LINT_WARNING, LINT_KIND_LOGIN, short_login_broken},
        {"short-account", LINT_WARNING, LINT_KIND_ACCOUNT_SECRET, short_account_broken},
        {"short-pin", LINT_WARNING, LINT_KIND_PIN, short_pin_broken},
        {"recommendation", LINT_WARNING, LINT_KIND_RECOMMENDED, recommendation_broken},
        {"foreign", LINT_WARNING, LINT_KIND_FOREIGN, foreign_broken},
        {"since", LINT_WARNING, LINT_KIND_SINCE, since_broken},
        {"plain-url", LINT_WARNING, LINT_KIND_ANY, plain_url_broken},
        {NULL, LINT_WARNING, 0, NULL},
};
