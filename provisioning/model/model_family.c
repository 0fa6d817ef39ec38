/*
 * model_family: what a model of phone is known to be able to.
 *
 * In:   the model's word and the firmware's version, as the phone gave them.
 * Out:  which names of settings it knows.
 * Not:  nothing that is not documented.
 */
#include "provisioning/model/model_family.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "appliance/base/text.h"

#define ACCOUNTS 12
#define WEB_LOGINS_SINCE "10.1"

/* Bases whose documents are known to use the names of snom.md 7. */
static const char *const dect[] = {"M300", "M400", "M700", "M900"};

/* "snomD785", "Snom M900" and "D785" are "D785", "Snom M900" is "M900". */
static const char *bare(const char *model)
{
        if (!strncasecmp(model, "snom", 4))
                model += 4;
        while (*model == ' ' || *model == '-')
                model++;
        return model;
}

static bool is_dect_word(const char *word)
{
        return (*word == 'M' || *word == 'm') && isdigit((unsigned char)word[1]);
}

static enum model_dialect dialect_of(const char *word)
{
        if (!is_dect_word(word))
                return MODEL_DIALECT_DESK;
        for (size_t i = 0; i < sizeof dect / sizeof *dect; i++)
                if (!strcasecmp(word, dect[i]))
                        return MODEL_DIALECT_DECT;
        return MODEL_DIALECT_OTHER;
}

/*
 * "Newer firmware, not every type" is all that is documented. A dump of 8.7 does not
 * have them, templates of 10.1 do; older lines never got 10.1. Phones of the D line
 * that have not said their firmware get both forms, as those templates send them.
 */
static bool has_web_logins(const char *word, const char *firmware)
{
        if (model_is_version(firmware))
                return model_version_compare(firmware, WEB_LOGINS_SINCE) >= 0;
        return *word == 'D' || *word == 'd';
}

struct model_family model_family_of(const char *model, const char *firmware)
{
        const char *word = bare(model ? model : "");
        struct model_family family = {.dialect = dialect_of(word), .is_dect = is_dect_word(word), .accounts = ACCOUNTS};

        family.has_web_logins = family.dialect == MODEL_DIALECT_DESK && has_web_logins(word, firmware ? firmware : "");
        /* FusionPBX's template of it. */
        if (!strcasecmp(word, "D120"))
                family.accounts = 2;
        return family;
}

/* --- versions ------------------------------------------------------------ */

bool model_is_version(const char *text)
{
        size_t size = strspn(text, "0123456789");

        return size > 0 && size < 10 && text[size] == '.' && isdigit((unsigned char)text[size + 1]);
}

/* The next number; 0 past the end, so that 10.1 equals 10.1.0. */
static unsigned long next(const char **at)
{
        unsigned long number;
        char *end;

        if (!isdigit((unsigned char)**at))
                return 0;
        number = strtoul(*at, &end, 10);
        *at = *end == '.' ? end + 1 : end;
        return number;
}

int model_version_compare(const char *a, const char *b)
{
        while (isdigit((unsigned char)*a) || isdigit((unsigned char)*b)) {
                unsigned long x = next(&a), y = next(&b);

                if (x != y)
                        return x < y ? -1 : 1;
        }
        return 0;
}
