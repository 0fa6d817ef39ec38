#ifndef PROVOST_MODEL_MODEL_FAMILY_H
#define PROVOST_MODEL_MODEL_FAMILY_H

#include <stdbool.h>

/*
 * What a model is known to be able to, from its word as phones write it
 * ("snomD785", "Snom M900"). What nobody documents is not concluded here.
 */
enum model_dialect {
        MODEL_DIALECT_DESK,             /* the names of desk phones; also when the model is not known */
        MODEL_DIALECT_DECT,             /* the names of DECT bases (snom.md 7) */
        MODEL_DIALECT_OTHER,            /* a DECT base whose names are not documented: M3, M9, M100, M500 ... */
};

struct model_family {
        enum model_dialect dialect;
        bool has_web_logins;            /* webserver_user_* and webserver_admin_* beside http_user and http_pass */
        bool is_dect;                   /* knows only the permissions R and RW */
        unsigned accounts;              /* 12, or what the model has */
};

/* firmware: "10.1.33.33", or "" when it is not known. Both may be NULL. */
struct model_family model_family_of(const char *model, const char *firmware);

/* -1, 0 or 1: numbers apart by dots, "08.9.3.80" equals "8.9.3.80"; what follows the numbers does not count. */
int model_version_compare(const char *a, const char *b);
/* Whether the text begins with a version: a number, a dot, a number. */
bool model_is_version(const char *text);

#endif
