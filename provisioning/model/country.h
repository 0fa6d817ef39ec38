#ifndef PROVOST_MODEL_COUNTRY_H
#define PROVOST_MODEL_COUNTRY_H

/* What phones need to know of a country, by its two letters of ISO 3166 ("DE"). Static storage. */
/* Numbers that must be diallable while the keyboard is locked, blank apart; NULL: not known. */
const char *country_emergency_numbers(const char *country);
/* Snom's word for its dial tones; NULL: not known. */
const char *country_tones(const char *country);
/* What phones take for emergency numbers out of their box (snom.md 1.3). */
#define COUNTRY_EMERGENCY_DEFAULT "911 112 110 999 19222"

#endif
