/*
 * country: what phones need to know of a country.
 *
 * In:   two letters of ISO 3166.
 * Out:  emergency numbers, dial tones; nothing for a country that is not in the table.
 * Not:  no dial plans. Of Snom's words for tones only those that are documented.
 */
#include "provisioning/model/country.h"

#include <stddef.h>

#include "appliance/base/text.h"

/* Public numbers of police, fire and ambulance. 112 is everywhere in the European Union and in mobile networks. */
static const struct country { const char *code, *emergency, *tones; } countries[] = {
        {"AT", "112 122 133 144", NULL}, {"AU", "000 112", NULL}, {"BE", "112 100 101", NULL}, {"BG", "112", NULL},
        {"BR", "190 192 193", NULL}, {"CA", "911", NULL}, {"CH", "112 117 118 144", NULL}, {"CN", "110 119 120", NULL},
        {"CY", "112 199", NULL}, {"CZ", "112 150 155 158", NULL}, {"DE", "112 110", "GER"}, {"DK", "112", NULL},
        {"EE", "112", NULL}, {"ES", "112", NULL}, {"FI", "112", NULL}, {"FR", "112 15 17 18", NULL}, {"GB", "999 112", NULL},
        {"GR", "112 100 166 199", NULL}, {"HK", "999 112", NULL}, {"HR", "112", NULL}, {"HU", "112 104 105 107", NULL},
        {"IE", "112 999", NULL}, {"IL", "100 101 102", NULL}, {"IN", "112", NULL}, {"IS", "112", NULL}, {"IT", "112 113 115 118", NULL},
        {"JP", "110 119", NULL}, {"KR", "112 119", NULL}, {"LI", "112 117 118 144", NULL}, {"LT", "112", NULL}, {"LU", "112 113", NULL},
        {"LV", "112", NULL}, {"MT", "112", NULL}, {"MX", "911", NULL}, {"NL", "112", NULL}, {"NO", "110 112 113", NULL},
        {"NZ", "111", NULL}, {"PL", "112 997 998 999", NULL}, {"PT", "112", NULL}, {"RO", "112", NULL}, {"SE", "112", NULL},
        {"SG", "995 999", NULL}, {"SI", "112 113", NULL}, {"SK", "112 150 155 158", NULL}, {"TR", "112", NULL}, {"US", "911", "USA"},
        {"ZA", "10111 10177 112", NULL},
};

static const struct country *find(const char *code)
{
        for (size_t i = 0; i < sizeof countries / sizeof *countries; i++)
                if (text_equal(countries[i].code, code))
                        return &countries[i];
        return NULL;
}

const char *country_emergency_numbers(const char *country)
{
        const struct country *c = find(country);

        return c ? c->emergency : NULL;
}

const char *country_tones(const char *country)
{
        const struct country *c = find(country);

        return c ? c->tones : NULL;
}
