/* crypt: the encrypted data partition, opened by the TPM or by the recovery key. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Whether this machine has a TPM that can seal: a TPM 2.0, and a kernel image that was measured into it. */
bool crypt_has_tpm(void);

/* Puts what the loader's stub left (the signed policy and its key) where systemd's programs look for it. */
void crypt_place_policy(void);

/* What the kernel needs to encrypt. */
void crypt_load_modules(void);

/* Opens a partition as /dev/mapper/provost-data by the TPM alone. 0 or -1. */
int crypt_open_by_tpm(const char *device);

/*
 * Opens a partition as /dev/mapper/provost-data. 0 when the TPM opened it, 1 when the recovery key did that somebody typed; gives up when
 * nobody did.
 */
int crypt_open(const char *device);

/*
 * Makes one more recovery key by the TPM, for the file `path` in the open partition: the running system, to which the TPM gives nothing any
 * more, makes the key that somebody writes down with it.
 */
void crypt_keep_key(const char *device, const char *path);

/* Closes it again. 0 or -errno. */
int crypt_close(void);

/* What somebody typed as a recovery key, as it is stored: eight groups of eight letters. false when it cannot be one. */
bool crypt_recovery_key(const char *typed, char ret_key[72]);
