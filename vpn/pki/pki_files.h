#ifndef PROVOST_PKI_FILES_H
#define PROVOST_PKI_FILES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "appliance/base/error.h"

/* The largest file this station reads. */
#define PKI_FILES_MAX (64 * 1024)

/*
 * Writes a whole file in this directory: a new file, synced, put in place of the old one, the directory synced. A
 * power cut at any moment leaves the old or the new file, never half of one. PV_ESYSTEM with errno on failure.
 */
int pki_files_write(int directory, const char *name, const void *data, size_t size, mode_t mode) PV_MUST_CHECK;
/* Reads a whole file; a NUL that ret_size does not count follows the bytes, which the caller frees. PV_EUNSET: no such
 * file; PV_ETOOLARGE: above PKI_FILES_MAX; PV_ESYSTEM with errno. */
int pki_files_read(int directory, const char *name, uint8_t **ret_data, size_t *ret_size) PV_MUST_CHECK;

/* The name is gone from the disk when it returns; also when it was not there. PV_ESYSTEM with errno. */
int pki_files_remove(int directory, const char *name) PV_MUST_CHECK;

#endif
