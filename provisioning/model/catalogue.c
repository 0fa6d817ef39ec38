/*
 * catalogue: what is known about the settings of Snom desk phones.
 *
 * In:   settings.catalogue, built in; names and values of settings.
 * Out:  entries by name; whether a value is legal, and what would be.
 * Not:  no judgement on a document (lint), nothing about single phones.
 */
#include "provisioning/model/catalogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/rows.h"
#include "appliance/base/text.h"
#include "gen/settings.catalogue.embed.h"

#define CELL_MAX 512

enum cell { NAME, INDEX, TYPE, DEFAULT, SECRET, CHANGE, ROW, RECOMMENDED, WHERE, SOURCE, PURPOSE, N_CELLS };

/* In the order of the enums. */
static const char *const indexes[] = {"-", "identity", "key", "either", "item", NULL};
static const char *const types[] = {"text", "switch", "number", "choice", "password", "pin", "clock", "url", "host", NULL};
static const char *const secrets[] = {"-", "secret", "login", "account", "pin", NULL};
static const char *const changes[] = {"admin", "user", "rw", "appliance", NULL};
static const char *const rows[] = {
        "-", "web", "hidden-tags", "admin-mode", "service", "menus", "keyboard-lock", "signalling", "media", "vpn", "sources",
        "servers", "boot", "noise", NULL,
};
static const char *const sources[] = {"S", "G", "T", "I", NULL};

/* --- reading ------------------------------------------------------------- */

struct reading {
        struct catalogue *catalogue;
        size_t used;
        struct catalogue_problem *problem;
};

static int wrong(struct reading *r, const char *what)
{
        (void)snprintf(r->problem->reason, sizeof r->problem->reason, "%s", what);
        return PV_EMALFORMED;
}

static const char *keep(struct reading *r, const struct cursor *cell)
{
        char *at = r->catalogue->text + r->used;

        if (cursor_to_text(cell, at, sizeof r->catalogue->text - r->used))
                return NULL;
        r->used += strlen(at) + 1;
        return at;
}

static int word_of(const char *const *words, const struct cursor *cell)
{
        for (int i = 0; words[i]; i++)
                if (cursor_equals(cell, words[i]))
                        return i;
        return -1;
}

/* "-" and "?" mean that there is none, "\"\"" is the empty text. */
static const char *value_or_null(const char *text)
{
        if (text_equal(text, "-") || text_equal(text, "?"))
                return NULL;
        return text_equal(text, "\"\"") ? "" : text;
}

static const char *text_or_empty(const char *text)
{
        return text_equal(text, "-") ? "" : text;
}

/* "choice a,b" is the type and, behind a blank, its values. */
static int read_type(struct reading *r, const char *text, struct catalogue_entry *entry)
{
        size_t size = strcspn(text, " ");
        struct cursor word = cursor_of(text, size);
        int type = word_of(types, &word);

        if (type < 0)
                return wrong(r, "no such type");
        entry->type = (enum catalogue_type)type;
        entry->values = text[size] ? text + size + 1 : "";
        if ((entry->type == CATALOGUE_TYPE_CHOICE) != (*entry->values && !strstr(entry->values, "..")))
                return wrong(r, "a choice needs its values, and no other type has any but a number's range");
        return 0;
}

/* "10.1", "DECT" or "desk and DECT", up to the end or a semicolon. */
static bool begins_with(const char *where, const char *word)
{
        size_t size = strlen(word);

        return !strncmp(where, word, size) && (!where[size] || where[size] == ';');
}

static void read_where(struct reading *r, struct catalogue_entry *entry)
{
        size_t size = strspn(entry->where, "0123456789.");
        struct cursor version = cursor_of(entry->where, size);
        const char *since = model_is_version(entry->where) && (!entry->where[size] || entry->where[size] == ';') ? keep(r, &version) : NULL;

        entry->since = since ? since : "";
        entry->is_dect = begins_with(entry->where, "DECT") || begins_with(entry->where, "desk and DECT");
        entry->is_desk = !begins_with(entry->where, "DECT");
}

/* Of a choice several values may be recommended. */
static bool takes_recommended(const struct catalogue_entry *entry)
{
        char word[64], legal[8];

        for (const char *at = entry->recommended;; at++) {
                size_t size = entry->type == CATALOGUE_TYPE_CHOICE ? strcspn(at, ",") : strlen(at);

                (void)snprintf(word, sizeof word, "%.*s", (int)size, at);
                if (size >= sizeof word || !catalogue_takes(entry, word, legal, sizeof legal))
                        return false;
                at += size;
                if (!*at)
                        return true;
        }
}

static int read_entry(struct reading *r, const struct cursor *cells, struct catalogue_entry *entry)
{
        int index = word_of(indexes, &cells[INDEX]), secret = word_of(secrets, &cells[SECRET]);
        int change = word_of(changes, &cells[CHANGE]), row = word_of(rows, &cells[ROW]);
        const char *texts[N_CELLS];
        char legal[8];

        for (size_t i = 0; i < N_CELLS; i++)
                if (!(texts[i] = keep(r, &cells[i])))
                        return wrong(r, "the catalogue is too large, or holds a NUL");
        if (index < 0 || secret < 0 || change < 0 || row < 0 || word_of(sources, &cells[SOURCE]) < 0)
                return wrong(r, "index, secret, change, row or source is none of the words for it");
        if (!*texts[NAME] || !*texts[PURPOSE] || !text_is_printable(texts[NAME]))
                return wrong(r, "a name and a purpose are needed");
        *entry = (struct catalogue_entry){
                .name = texts[NAME], .index = (enum catalogue_index)index, .default_text = value_or_null(texts[DEFAULT]),
                .secret = (enum catalogue_secret)secret, .change = (enum catalogue_change)change, .row = text_or_empty(texts[ROW]),
                .recommended = value_or_null(texts[RECOMMENDED]), .where = text_or_empty(texts[WHERE]),
                .source = texts[SOURCE], .purpose = texts[PURPOSE],
        };
        entry->is_own = text_equal(entry->recommended, "own");
        if (entry->is_own)
                entry->recommended = NULL;
        read_where(r, entry);
        if (read_type(r, texts[TYPE], entry))
                return PV_EMALFORMED;
        if ((entry->default_text && !catalogue_takes(entry, entry->default_text, legal, sizeof legal)) ||
            (entry->recommended && !takes_recommended(entry)))
                return wrong(r, "the default or the recommended value is no legal value");
        return 0;
}

static int by_name(const void *a, const void *b)
{
        return strcmp(((const struct catalogue_entry *)a)->name, ((const struct catalogue_entry *)b)->name);
}

static void fill_slots(struct catalogue *c)
{
        memset(c->slots, 0, sizeof c->slots);
        for (size_t i = 0; i < c->n_entries; i++) {
                size_t at = catalogue_hash(c->entries[i].name) % CATALOGUE_SLOTS;

                while (c->slots[at])
                        at = (at + 1) % CATALOGUE_SLOTS;
                c->slots[at] = (uint16_t)(i + 1);
        }
}

int catalogue_parse(const char *text, size_t size, struct catalogue *ret_catalogue, struct catalogue_problem *ret_problem)
{
        struct rows table = rows_of(text, size);
        struct reading reading = {ret_catalogue, 0, ret_problem};
        struct catalogue *c = ret_catalogue;
        struct cursor cells[N_CELLS];
        int r;

        c->n_entries = 0;
        memset(c->slots, 0, sizeof c->slots);
        while ((r = rows_next(&table, N_CELLS, cells)) > 0) {
                ret_problem->line = table.line;
                if (c->n_entries == CATALOGUE_ENTRIES_MAX)
                        r = wrong(&reading, "too many settings");
                else
                        r = read_entry(&reading, cells, &c->entries[c->n_entries]);
                if (r)
                        return r;
                c->n_entries++;
        }
        ret_problem->line = table.line;
        if (r)
                return wrong(&reading, "not eleven cells");
        qsort(c->entries, c->n_entries, sizeof c->entries[0], by_name);
        for (size_t i = 1; i < c->n_entries; i++)
                if (text_equal(c->entries[i].name, c->entries[i - 1].name))
                        return wrong(&reading, "one name stands there twice");
        fill_slots(c);
        return 0;
}

const struct catalogue *catalogue_builtin(void)
{
        static struct catalogue builtin;
        static bool is_read;
        struct catalogue_problem problem;

        if (!is_read && catalogue_parse(embed_settings_catalogue, embed_settings_catalogue_len, &builtin, &problem))
                builtin.n_entries = 0;
        is_read = true;
        return &builtin;
}

/* --- names --------------------------------------------------------------- */

/* FNV-1a. */
uint32_t catalogue_hash(const char *name)
{
        uint32_t hash = 2166136261u;

        for (; *name; name++)
                hash = (hash ^ (unsigned char)*name) * 16777619u;
        return hash;
}

const struct catalogue_entry *catalogue_find(const struct catalogue *catalogue, const char *name)
{
        return catalogue_find_hashed(catalogue, name, catalogue_hash(name));
}

const struct catalogue_entry *catalogue_find_hashed(const struct catalogue *catalogue, const char *name, uint32_t hash)
{
        for (size_t at = hash % CATALOGUE_SLOTS; catalogue->slots[at]; at = (at + 1) % CATALOGUE_SLOTS) {
                const struct catalogue_entry *entry = &catalogue->entries[catalogue->slots[at] - 1];

                if (!strcmp(entry->name, name))
                        return entry;
        }
        return NULL;
}

bool catalogue_is_spoken(const struct catalogue_entry *entry, enum model_dialect dialect)
{
        switch (dialect) {
        case MODEL_DIALECT_DESK: return entry->is_desk;
        case MODEL_DIALECT_DECT: return entry->is_dect;
        default: return true;
        }
}

/* One letter added, left out or another, or two changed places. */
static bool is_slip(const char *a, const char *b)
{
        while (*a && *a == *b)
                a++, b++;
        if (!*a && !*b)
                return false;
        return text_equal(a, *b ? b + 1 : b) || text_equal(*a ? a + 1 : a, b) || (*a && *b && text_equal(a + 1, b + 1)) ||
               (*a && *b && a[0] == b[1] && a[1] == b[0] && text_equal(a + 2, b + 2));
}

const char *catalogue_near(const struct catalogue *catalogue, const char *name)
{
        for (size_t i = 0; i < catalogue->n_entries; i++)
                if (is_slip(name, catalogue->entries[i].name))
                        return catalogue->entries[i].name;
        return NULL;
}

bool catalogue_is_secret(const struct catalogue *catalogue, const char *name)
{
        const struct catalogue_entry *entry = catalogue_find(catalogue, name);
        const char *near = entry ? NULL : catalogue_near(catalogue, name);

        if (near)               /* a mistyped password is one all the same */
                entry = catalogue_find(catalogue, near);
        if (entry && (!near || entry->secret != CATALOGUE_SECRET_NO))
                return entry->secret != CATALOGUE_SECRET_NO;
        return strstr(name, "pass") || strstr(name, "secret") || strstr(name, "_pw") || strstr(name, "hash") || strstr(name, "psk");
}

/* --- values -------------------------------------------------------------- */

static bool is_digits(const char *text, size_t size)
{
        size_t i = 0;

        while (i < size && text[i] >= '0' && text[i] <= '9')
                i++;
        return size > 0 && size <= 18 && i == size;
}

static bool is_number(const char *values, const char *value)
{
        const char *last = strstr(values, "..");

        if (!is_digits(value, strlen(value)))
                return false;
        return !last || (atoll(value) >= atoll(values) && atoll(value) <= atoll(last + 2));
}

static bool is_choice(const char *values, const char *value)
{
        size_t size = strlen(value);

        for (;; values++) {
                size_t n = strcspn(values, ",");

                if (n == size && !strncmp(values, value, n))
                        return true;
                values += n;
                if (!*values)
                        return false;
        }
}

static bool is_clock(const char *value)
{
        return strlen(value) == 5 && is_digits(value, 2) && value[2] == ':' && is_digits(value + 3, 2) && atoi(value) < 24 && atoi(value + 3) < 60;
}

static bool is_url(const char *value)
{
        static const char *const schemes[] = {"https://", "http://", "tftp://", "ftp://"};

        for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
                if (text_starts(value, schemes[i]))
                        return value[strlen(schemes[i])] && !strpbrk(value, " \"<>\\");
        return false;
}

static bool is_host(const char *value)
{
        static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]";

        return strlen(value) < 256 && strspn(value, letters) == strlen(value);
}

/* snom.md 1.2, of admin_mode_password. */
static bool is_password(const char *value)
{
        static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+@:,?!-_/();&$*#<>[]=";

        return strspn(value, letters) == strlen(value);
}

bool catalogue_takes(const struct catalogue_entry *entry, const char *value, char *ret_legal, size_t size)
{
        const char *words = "";
        bool is_legal = true;

        switch (entry->type) {
        case CATALOGUE_TYPE_TEXT: break;
        case CATALOGUE_TYPE_SWITCH: is_legal = is_choice("on,off", value), words = "on or off"; break;
        case CATALOGUE_TYPE_CHOICE: is_legal = is_choice(entry->values, value), words = "one of "; break;
        case CATALOGUE_TYPE_NUMBER: is_legal = is_number(entry->values, value), words = "a whole number "; break;
        case CATALOGUE_TYPE_PASSWORD: is_legal = is_password(value), words = "letters, digits and . + @ : , ? ! - _ / ( ) ; & $ * # < > [ ] ="; break;
        case CATALOGUE_TYPE_PIN: is_legal = is_digits(value, strlen(value)), words = "up to 18 digits"; break;
        case CATALOGUE_TYPE_CLOCK: is_legal = is_clock(value), words = "a time like 03:30"; break;
        case CATALOGUE_TYPE_URL: is_legal = is_url(value), words = "a URL like https://host/path"; break;
        case CATALOGUE_TYPE_HOST: is_legal = is_host(value), words = "a name or address, perhaps with :port"; break;
        }
        if (!*value && entry->type != CATALOGUE_TYPE_SWITCH && entry->type != CATALOGUE_TYPE_CHOICE)
                is_legal = true;
        if (!is_legal)
                (void)snprintf(ret_legal, size, "%s%s", words, entry->values);
        return is_legal;
}

bool catalogue_is_as_recommended(const struct catalogue_entry *entry, const char *value)
{
        if (!entry->recommended || text_equal(entry->recommended, value))
                return true;
        if (entry->type == CATALOGUE_TYPE_CHOICE)
                return is_choice(entry->recommended, value);
        return entry->type == CATALOGUE_TYPE_NUMBER && is_digits(value, strlen(value)) && atoll(value) > 0 && atoll(value) <= atoll(entry->recommended);
}
