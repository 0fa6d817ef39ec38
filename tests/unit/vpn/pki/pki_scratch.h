#pragma once

#include <stddef.h>

/* A directory with state/, tls/ and credentials/pki.key of 32 bytes, for one test program. */
struct pki_scratch {
        char path[64], state[80], tls[80], credentials[80];
};

void pki_scratch_make(struct pki_scratch *ret_scratch);
void pki_scratch_remove(const struct pki_scratch *scratch);
void pki_scratch_write(const char *directory, const char *name, const void *data, size_t size);
/* The whole file as text; the caller frees. NULL when it is not there. */
char *pki_scratch_read(const char *directory, const char *name);
/* Runs a command of printf style with sh, its output in *ret_output (the caller frees); returns its exit status. */
int pki_scratch_run(char **ret_output, const char *format, ...) __attribute__((format(printf, 2, 3)));
