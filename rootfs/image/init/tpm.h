/* tpm: what the start tells the TPM about itself. */
#pragma once

#include <stdbool.h>

/* Whether this machine has a TPM 2.0. */
bool tpm_is_there(void);

/*
 * The initramfs begins: only now, and only for this kernel image, does the signed policy hold. And it ends: from here on until the next start
 * the policy holds no more, so that nothing in the running system can have the key from the TPM.
 */
void tpm_say_begin(void);
void tpm_say_end(void);
