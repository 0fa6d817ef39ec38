#ifndef PROVOST_IMPORT_SETTINGS_NAME_H
#define PROVOST_IMPORT_SETTINGS_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "appliance/base/mac.h"

/* What names in files of elsewhere mean: settings with an index in their name, models, names of files. */

struct settings_name {
        char name[65];
        int index;              /* -1: none */
        char part[16];          /* "": the value of that setting, else of its attribute of this name ("context" of a fkey) */
};

/* "user_name1" is user_name, 1; "fkey_context3" the attribute context of fkey, 3; "tu_4" the number of tbook, 4 (snom.md 3.3, docs/import.md). */
void settings_name_split(const char *name, struct settings_name *ret);

/* "D785", "snom D785", "SNOM-d785": "snomD785". False: no model of Snom's by its form (ret is untouched). */
#define SETTINGS_NAME_MODEL_SIZE 24
bool settings_name_model(const char *text, size_t size, char ret[static SETTINGS_NAME_MODEL_SIZE]);

enum settings_name_file { SETTINGS_NAME_OTHER, SETTINGS_NAME_PHONE, SETTINGS_NAME_MODEL, SETTINGS_NAME_ALL };

/*
 * What a file of a provisioning folder is for, by its last name: "000413AABBCC.xml" and "snomD785-000413AABBCC.htm" one
 * phone, "snomD785.xml" a model, "general.xml" all. Other endings than .xml .htm .html .cfg .txt: none of these.
 * model: "" when the name says none.
 */
enum settings_name_file settings_name_of_file(const char *path, struct mac *ret_mac, char ret_model[static SETTINGS_NAME_MODEL_SIZE]);

#endif
