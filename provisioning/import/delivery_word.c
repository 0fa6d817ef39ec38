/*
 * delivery_word: what the words of a delivery note mean.
 *
 * In:   cells, UTF-8.
 * Out:  the meaning of a heading, a MAC address, a model.
 * Not:  no table (import_delivery), no allocation.
 */
#include "provisioning/import/delivery_word.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* --- headings -------------------------------------------------------------------- */

static const struct {
        const char *word;
        enum delivery_word_column column;
} words[] = {
        {"mac", DELIVERY_WORD_MAC}, {"macs", DELIVERY_WORD_MAC}, {"macaddress", DELIVERY_WORD_MAC}, {"macaddresses", DELIVERY_WORD_MAC},
        {"macaddr", DELIVERY_WORD_MAC}, {"macadr", DELIVERY_WORD_MAC}, {"macadresse", DELIVERY_WORD_MAC}, {"macadressen", DELIVERY_WORD_MAC},
        {"macid", DELIVERY_WORD_MAC}, {"macnr", DELIVERY_WORD_MAC}, {"macno", DELIVERY_WORD_MAC}, {"macnummer", DELIVERY_WORD_MAC},
        {"macnumber", DELIVERY_WORD_MAC}, {"lanmac", DELIVERY_WORD_MAC}, {"ethmac", DELIVERY_WORD_MAC}, {"ethernetmac", DELIVERY_WORD_MAC},
        {"ethernetaddress", DELIVERY_WORD_MAC}, {"ethernetadresse", DELIVERY_WORD_MAC}, {"hwaddress", DELIVERY_WORD_MAC},
        {"hwadresse", DELIVERY_WORD_MAC}, {"hardwareaddress", DELIVERY_WORD_MAC}, {"hardwareadresse", DELIVERY_WORD_MAC},
        {"physicaladdress", DELIVERY_WORD_MAC}, {"physischeadresse", DELIVERY_WORD_MAC},
        {"model", DELIVERY_WORD_MODEL}, {"modell", DELIVERY_WORD_MODEL}, {"type", DELIVERY_WORD_MODEL}, {"typ", DELIVERY_WORD_MODEL},
        {"phonemodel", DELIVERY_WORD_MODEL}, {"phonetype", DELIVERY_WORD_MODEL}, {"devicetype", DELIVERY_WORD_MODEL},
        {"devicemodel", DELIVERY_WORD_MODEL}, {"device", DELIVERY_WORD_MODEL}, {"geraet", DELIVERY_WORD_MODEL}, {"geraetetyp", DELIVERY_WORD_MODEL},
        {"telefon", DELIVERY_WORD_MODEL}, {"telefontyp", DELIVERY_WORD_MODEL}, {"product", DELIVERY_WORD_MODEL}, {"produkt", DELIVERY_WORD_MODEL},
        {"productname", DELIVERY_WORD_MODEL}, {"produktname", DELIVERY_WORD_MODEL}, {"produktbezeichnung", DELIVERY_WORD_MODEL},
        {"productdescription", DELIVERY_WORD_MODEL}, {"item", DELIVERY_WORD_MODEL}, {"itemname", DELIVERY_WORD_MODEL},
        {"itemdescription", DELIVERY_WORD_MODEL}, {"article", DELIVERY_WORD_MODEL}, {"articlename", DELIVERY_WORD_MODEL},
        {"artikel", DELIVERY_WORD_MODEL}, {"artikelname", DELIVERY_WORD_MODEL}, {"artikelbezeichnung", DELIVERY_WORD_MODEL},
        {"artikeltext", DELIVERY_WORD_MODEL}, {"bezeichnung", DELIVERY_WORD_MODEL}, {"beschreibung", DELIVERY_WORD_MODEL},
        {"description", DELIVERY_WORD_MODEL}, {"ware", DELIVERY_WORD_MODEL}, {"material", DELIVERY_WORD_MODEL},
        {"name", DELIVERY_WORD_NAME}, {"phonename", DELIVERY_WORD_NAME}, {"devicename", DELIVERY_WORD_NAME}, {"geraetename", DELIVERY_WORD_NAME},
        {"displayname", DELIVERY_WORD_NAME}, {"anzeigename", DELIVERY_WORD_NAME}, {"label", DELIVERY_WORD_NAME}, {"employee", DELIVERY_WORD_NAME},
        {"mitarbeiter", DELIVERY_WORD_NAME}, {"nutzer", DELIVERY_WORD_NAME}, {"benutzer", DELIVERY_WORD_NAME}, {"room", DELIVERY_WORD_NAME},
        {"raum", DELIVERY_WORD_NAME}, {"location", DELIVERY_WORD_NAME}, {"standort", DELIVERY_WORD_NAME},
};

/* Two letters for an umlaut, as table programs without them write it; NULL: none of these. */
static const char *umlaut(const char *at)
{
        static const struct { const char *letter, *plain; } umlauts[] = {
                {"\xc3\xa4", "ae"}, {"\xc3\x84", "ae"}, {"\xc3\xb6", "oe"}, {"\xc3\x96", "oe"}, {"\xc3\xbc", "ue"}, {"\xc3\x9c", "ue"}, {"\xc3\x9f", "ss"},
        };

        for (size_t i = 0; i < sizeof umlauts / sizeof umlauts[0]; i++)
                if (strncmp(at, umlauts[i].letter, 2) == 0)
                        return umlauts[i].plain;
        return NULL;
}

enum delivery_word_column delivery_word_column_of(const char *heading)
{
        char plain[40];
        size_t n = 0;

        while (*heading && n + 2 < sizeof plain) {
                const char *letters = umlaut(heading);

                if (letters) {
                        plain[n++] = letters[0];
                        plain[n++] = letters[1];
                        heading += 2;
                        continue;
                }
                if (isalpha((unsigned char)*heading))
                        plain[n++] = (char)tolower((unsigned char)*heading);
                heading++;
        }
        plain[n] = 0;
        for (size_t i = 0; !*heading && i < sizeof words / sizeof words[0]; i++)
                if (strcmp(plain, words[i].word) == 0)
                        return words[i].column;
        return DELIVERY_WORD_NONE;
}

/* --- MAC addresses --------------------------------------------------------------- */

static bool is_between(char c)
{
        return c && strchr(":-._/ ", c);
}

/* ="..." and '... keep a table program from making a number of a text. */
static void peel(const char **text, size_t *size)
{
        static const char *const before[] = {"=", "\"", "'", "(", "[", "mac", "address", "adresse", ":", "0x"};

        for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
                size_t n = strlen(before[i]);

                while (*size && is_between(**text)) {
                        (*text)++;
                        (*size)--;
                }
                if (*size > n && strncasecmp(*text, before[i], n) == 0) {
                        *text += n;
                        *size -= n;
                }
        }
        while (*size && (is_between((*text)[*size - 1]) || strchr("\"')]", (*text)[*size - 1])))
                (*size)--;
}

int delivery_word_mac(const char *text, size_t size, struct mac *ret_mac)
{
        char digits[2 * MAC_SIZE];
        size_t n = 0;

        peel(&text, &size);
        for (size_t i = 0; i < size; i++) {
                if (is_between(text[i]))
                        continue;
                if (!isxdigit((unsigned char)text[i]) || n == sizeof digits)
                        return PV_EMALFORMED;
                digits[n++] = text[i];
        }
        return n == sizeof digits ? mac_parse(digits, n, ret_mac) : PV_EMALFORMED;
}

/* "4,13213E+11": what a table program makes of a MAC address without letters. */
static bool is_exponent(const char *text)
{
        size_t n = strspn(text, "0123456789"), more;

        if (n != 1 || !text[n] || !strchr(".,", text[n]))
                return false;
        more = strspn(text + n + 1, "0123456789");
        text += n + 1 + more;
        return more && (*text == 'E' || *text == 'e') && text[1] == '+' && strspn(text + 2, "0123456789") == strlen(text + 2);
}

bool delivery_word_is_damaged(const char *text)
{
        size_t size = strlen(text), n = 0;
        struct mac mac;
        char start[8];

        if (is_exponent(text))
                return true;
        if (delivery_word_mac(text, size, &mac) == 0)
                return false;
        peel(&text, &size);
        for (size_t i = 0; i < size; i++) {
                if (is_between(text[i]))
                        continue;
                if (!isalnum((unsigned char)text[i]))
                        return false;
                if (n < 6)
                        start[n] = text[i];
                n++;
        }
        return n >= 9 && n <= 15 && memcmp(start, "000413", 6) == 0;
}

/* --- models ---------------------------------------------------------------------- */

static size_t word_size(const char *text)
{
        size_t n = 0;

        while (isalnum((unsigned char)text[n]))
                n++;
        return n;
}

/* One word of a text; where "snom" stands before it, digits alone are a model as well. */
static bool is_model(const char *word, size_t size, bool after_maker, char ret[static SETTINGS_NAME_MODEL_SIZE])
{
        bool has_letter = isalpha((unsigned char)word[0]), has_digit = false;

        for (size_t i = 0; i < size; i++)
                has_digit = has_digit || isdigit((unsigned char)word[i]);
        if (!after_maker && strncasecmp(word, "snom", 4) != 0 && (!has_letter || !has_digit || size < 4))
                return false;
        return settings_name_model(word, size, ret);
}

bool delivery_word_model(const char *text, bool is_alone, char ret[static SETTINGS_NAME_MODEL_SIZE])
{
        bool after_maker = false;

        if (is_alone && settings_name_model(text, strlen(text), ret))
                return true;
        while (*text) {
                size_t n = word_size(text);

                if (!n) {
                        text++;
                        continue;
                }
                if (is_model(text, n, after_maker, ret))
                        return true;
                after_maker = n == 4 && strncasecmp(text, "snom", 4) == 0;
                text += n;
        }
        return false;
}
