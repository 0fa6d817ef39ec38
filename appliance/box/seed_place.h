#ifndef PROVOST_BOX_SEED_PLACE_H
#define PROVOST_BOX_SEED_PLACE_H

#include <stddef.h>

#include "appliance/base/error.h"

/*
 * Where provost-seed puts the file of an unattended site, and box finds it: two
 * files in a directory of root's in /run. A later file takes the place of an earlier one.
 */
#define SEED_PLACE "/run/provost-seed"
#define SEED_PLACE_LAST "origin"                 /* the file that is written last */
#define SEED_PLACE_CONTENT_MAX (256 * 1024)
#define SEED_PLACE_ORIGIN_MAX 128

/* origin: where it was found, for people. PV_EMALFORMED: not text (a NUL in it); PV_ETOOLARGE; PV_ESYSTEM with errno. */
int seed_place_write(const char *place, const char *origin, const char *content, size_t size) PV_MUST_CHECK;
/* ret_content is the caller's to free. PV_EUNSET: there is none. */
int seed_place_read(const char *place, char ret_origin[static SEED_PLACE_ORIGIN_MAX], char **ret_content) PV_MUST_CHECK;
/* A file of this directory, whole, without following links. PV_EUNSET: not there, or no plain file; PV_ETOOLARGE, PV_ENOMEM, PV_ESYSTEM. */
int seed_place_file(int directory, const char *name, size_t max, char **ret_text, size_t *ret_size) PV_MUST_CHECK;

#endif
