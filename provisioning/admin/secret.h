#ifndef PROVOST_ADMIN_SECRET_H
#define PROVOST_ADMIN_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"

/* Random secrets, their spellings and their hashes. */

#define SECRET_HASH_SIZE 32
#define SECRET_HASH_TEXT_SIZE 65

/* From the kernel; PV_ESYSTEM when it has none. */
int secret_random(void *ret, size_t size) PV_MUST_CHECK;
/* SHA-256. */
void secret_hash(const void *data, size_t size, uint8_t ret[static SECRET_HASH_SIZE]);
void secret_hash_text(const char *text, char ret_hex[static SECRET_HASH_TEXT_SIZE]);
/* In a time that does not depend on the bytes. */
bool secret_equal(const void *a, const void *b, size_t size);
/* The same for texts: false for different lengths, which are no secret here. */
bool secret_equal_text(const char *a, const char *b);

/* 256 bits as 43 characters of A-Z a-z 0-9 - _. */
#define SECRET_TOKEN_SIZE 44
int secret_token(char ret[static SECRET_TOKEN_SIZE]) PV_MUST_CHECK;

/* Codes that people type: groups of letters and digits that cannot be taken for each other, '-' between. */
#define SECRET_CODE_SIZE 20             /* XXXX-XXXX-XXXX-XXXX, 77 bits */
#define SECRET_SETUP_SIZE 12            /* XXXXX-XXXXX, 48 bits: lives for half an hour and five tries */
int secret_code(char ret[static SECRET_CODE_SIZE]) PV_MUST_CHECK;
int secret_setup(char ret[static SECRET_SETUP_SIZE]) PV_MUST_CHECK;
/* As it was given out, however it was typed: without blanks and '-', upper case, 1 to 32 characters. PV_EMALFORMED. */
#define SECRET_TYPED_SIZE 33
int secret_typed(const char *typed, char ret[static SECRET_TYPED_SIZE]) PV_MUST_CHECK;

/* RFC 4648 base32 without padding. */
#define SECRET_BASE32_SIZE(bytes) (((bytes) * 8 + 4) / 5 + 1)
void secret_base32(const uint8_t *data, size_t size, char *ret);
/* Returns the number of bytes, or PV_EMALFORMED, PV_ETOOLARGE. */
int secret_base32_read(const char *text, uint8_t *ret, size_t ret_size) PV_MUST_CHECK;

#endif
