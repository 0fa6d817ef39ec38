/*
 * fuzz_replay: run a fuzz entry on files instead of under a fuzzer.
 *
 * In:   file names as arguments.
 * Out:  one line `ok NAME` per file that the entry got through; a crash or a
 *       sanitizer's finding ends the program and names the file last started.
 * Not:  no mutation, no coverage; see `make fuzz`.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
        FILE *file = fopen(path, "rb");
        uint8_t *data = NULL;
        size_t size = 0, room = 0;
        int r = -1;

        if (!file)
                goto out;
        for (;;) {
                if (size == room) {
                        room = room ? 2 * room : 4096;
                        uint8_t *larger = realloc(data, room);
                        if (!larger)
                                goto out;
                        data = larger;
                }
                size_t n = fread(data + size, 1, room - size, file);
                if (!n)
                        break;
                size += n;
        }
        if (ferror(file))
                goto out;

        /* An exact copy, so that a read past the end is a finding. */
        uint8_t *exact = malloc(size ? size : 1);
        if (!exact)
                goto out;
        if (size)
                memcpy(exact, data, size);
        LLVMFuzzerTestOneInput(exact, size);
        free(exact);
        r = 0;
out:
        free(data);
        if (file)
                fclose(file);
        return r;
}

int main(int argc, char **argv)
{
        setvbuf(stdout, NULL, _IOLBF, 0);
        for (int i = 1; i < argc; i++) {
                printf("start %s\n", argv[i]);
                if (replay(argv[i])) {
                        perror(argv[i]);
                        return EXIT_FAILURE;
                }
                printf("ok %s\n", argv[i]);
        }
        return EXIT_SUCCESS;
}
