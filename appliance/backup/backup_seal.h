#ifndef PROVOST_BACKUP_SEAL_H
#define PROVOST_BACKUP_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "appliance/backup/backup_key.h"
#include "appliance/base/error.h"

/*
 * What follows the head: AES-256-GCM in chunks of 64 KiB, each with its number, the last one marked. So nothing that was not written
 * comes out, nothing is left out or repeated, and no end is taken for the end.
 */

#define BACKUP_SEAL_CHUNK 65536
#define BACKUP_SEAL_TAG 16

struct backup_sealer;
struct backup_opener;

/* Writes to this descriptor from its present place on. */
int backup_sealer_new(int fd, const uint8_t key[static BACKUP_KEY_SIZE], struct backup_sealer **ret_sealer) PV_MUST_CHECK;
/* PV_ESYSTEM with errno. */
int backup_sealer_write(struct backup_sealer *sealer, const void *data, size_t size) PV_MUST_CHECK;
/* The last chunk. */
int backup_sealer_finish(struct backup_sealer *sealer) PV_MUST_CHECK;
void backup_sealer_free(struct backup_sealer *sealer);

/* size: of the file, all of it; reads from the descriptor's present place on, which is `start`. */
int backup_opener_new(int fd, int64_t start, int64_t size, const uint8_t key[static BACKUP_KEY_SIZE], struct backup_opener **ret_opener) PV_MUST_CHECK;
/* Exactly this many bytes. PV_EMALFORMED: damaged, cut, or there is no more. PV_ESYSTEM with errno. */
int backup_opener_read(struct backup_opener *opener, void *ret_data, size_t size) PV_MUST_CHECK;
/* 0: all of it was read, and nothing follows. */
int backup_opener_finish(struct backup_opener *opener) PV_MUST_CHECK;
/* How far it is in the file. */
int64_t backup_opener_at(const struct backup_opener *opener);
void backup_opener_free(struct backup_opener *opener);

#endif
