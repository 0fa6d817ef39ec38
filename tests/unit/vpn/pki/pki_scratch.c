/*
 * pki_scratch: a place for the tests of pki.
 *
 * In:   nothing.
 * Out:  directories below $TMPDIR or /tmp, removed by the test.
 * Not:  part of the product.
 */
#include "tests/unit/vpn/pki/pki_scratch.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

void pki_scratch_make(struct pki_scratch *ret_scratch)
{
        const char key[] = "0123456789abcdef0123456789abcdef";
        bool made;

        snprintf(ret_scratch->path, sizeof ret_scratch->path, "/tmp/provost-pki-XXXXXX");
        made = mkdtemp(ret_scratch->path) != NULL;
        snprintf(ret_scratch->state, sizeof ret_scratch->state, "%s/state", ret_scratch->path);
        snprintf(ret_scratch->tls, sizeof ret_scratch->tls, "%s/tls", ret_scratch->path);
        snprintf(ret_scratch->credentials, sizeof ret_scratch->credentials, "%s/credentials", ret_scratch->path);
        made = made && mkdir(ret_scratch->state, 0700) == 0 && mkdir(ret_scratch->tls, 0750) == 0 &&
               mkdir(ret_scratch->credentials, 0700) == 0;
        assert(made);
        pki_scratch_write(ret_scratch->credentials, "pki.key", key, 32);
}

void pki_scratch_remove(const struct pki_scratch *scratch)
{
        char *output = NULL;

        pki_scratch_run(&output, "rm -rf '%s'", scratch->path);
        free(output);
}

void pki_scratch_write(const char *directory, const char *name, const void *data, size_t size)
{
        char path[160];
        FILE *file;
        bool written;

        snprintf(path, sizeof path, "%s/%s", directory, name);
        file = fopen(path, "we");
        written = file && fwrite(data, 1, size, file) == size;
        assert(written);
        fclose(file);
}

static char *read_stream(FILE *file)
{
        char *text = calloc(1, 65536);

        assert(text);
        text[fread(text, 1, 65535, file)] = 0;
        return text;
}

char *pki_scratch_read(const char *directory, const char *name)
{
        char path[160], *text;
        FILE *file;

        snprintf(path, sizeof path, "%s/%s", directory, name);
        file = fopen(path, "re");
        if (!file)
                return NULL;
        text = read_stream(file);
        fclose(file);
        return text;
}

int pki_scratch_run(char **ret_output, const char *format, ...)
{
        char command[2048];
        va_list arguments;
        FILE *stream;
        int status;

        va_start(arguments, format);
        vsnprintf(command, sizeof command, format, arguments);
        va_end(arguments);
        stream = popen(command, "re");
        assert(stream);
        *ret_output = read_stream(stream);
        status = pclose(stream);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
