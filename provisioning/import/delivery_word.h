#ifndef PROVOST_IMPORT_DELIVERY_WORD_H
#define PROVOST_IMPORT_DELIVERY_WORD_H

#include <stdbool.h>
#include <stddef.h>

#include "appliance/base/error.h"
#include "appliance/base/mac.h"
#include "provisioning/import/settings_name.h"

/* The words of delivery notes, as makers and resellers write them, in German and English. Pure. */

/* What a column holds, by its heading. MODEL: a text that may name one among other words. Serial numbers, quantities, prices: none. */
enum delivery_word_column { DELIVERY_WORD_NONE, DELIVERY_WORD_MAC, DELIVERY_WORD_MODEL, DELIVERY_WORD_NAME };

/* Case, blanks and marks do not count: "MAC-Adresse", "MAC Addr.", "Gerätename". text is UTF-8. */
enum delivery_word_column delivery_word_column_of(const char *heading);

/*
 * Twelve hex digits with any of : - . _ / and blanks between them, "MAC" or "0x" before them, and what table programs put
 * around a text ('..., ="..."). PV_EMALFORMED; PV_EREFUSED: a group address, or all zeros.
 */
int delivery_word_mac(const char *text, size_t size, struct mac *ret_mac) PV_MUST_CHECK;
/* It was to be a MAC address and is none: a digit too few, or made a number by a table program. */
bool delivery_word_is_damaged(const char *text);
/* "Snom D785 IP-Telefon, schwarz": snomD785. Digits alone are a model after "snom" only, or where is_alone: the cell is about nothing else. */
bool delivery_word_model(const char *text, bool is_alone, char ret[static SETTINGS_NAME_MODEL_SIZE]);

#endif
