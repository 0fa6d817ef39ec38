/*
 * verity: the root file system, every block of which is checked when it is read.
 *
 * In:   root hash, salt and length from the kernel's command line.
 * Out:  a device of the kernel's verity target.
 * Not:  no check of the whole at once: what is read is checked, each time it comes from the disk.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rootfs/image/init/mapper.h"
#include "rootfs/image/init/options.h"
#include "rootfs/image/init/verity.h"

bool verity_from(const char *root_hash, const char *salt, const char *blocks, struct verity *ret_verity)
{
        struct verity verity = {0};
        const char *hash = root_hash;
        char *end;

        if (!options_is_hex(root_hash, 64) || strlen(salt) % 2 || !options_is_hex(salt, strlen(salt)) ||
            strlen(salt) >= sizeof(verity.salt) || !*salt)
                return false;
        verity.blocks = strtoull(blocks, &end, 10);
        if (*blocks < '1' || *blocks > '9' || *end || strlen(blocks) > 12)
                return false;
        strcpy(verity.root_hash, root_hash);
        strcpy(verity.salt, salt);
        snprintf(verity.uuid, sizeof(verity.uuid), "%.8s-%.4s-%.4s-%.4s-%.12s", hash, hash + 8, hash + 12, hash + 16, hash + 20);
        *ret_verity = verity;
        return true;
}

void verity_parameters(const struct verity *verity, const char *device, char *ret_text, size_t size)
{
        snprintf(ret_text, size, "1 %s %s 4096 4096 %llu %llu sha256 %s %s 2 panic_on_corruption panic_on_error", device, device,
                 verity->blocks, verity->blocks, verity->root_hash, verity->salt);
}

int verity_open(const struct verity *verity, const char *device, char *ret_path, size_t size)
{
        char parameters[512];

        verity_parameters(verity, device, parameters, sizeof(parameters));
        return mapper_open("provost-root", "verity", verity->blocks * 8, parameters, ret_path, size);
}
