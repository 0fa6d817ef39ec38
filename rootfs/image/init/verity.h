/* verity: the root file system, every block of which is checked when it is read. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* What the signed kernel image says of its root. */
struct verity {
        char root_hash[65], salt[129];
        unsigned long long blocks;      /* of 4096 bytes; the hash tree follows them in the same partition */
        char uuid[37];                  /* the partition's: the first 128 bits of the root hash */
};

/* From a command line's words; false when one of them is missing or is not what it should be. */
bool verity_from(const char *root_hash, const char *salt, const char *blocks, struct verity *ret_verity);

/* The parameters of the kernel's verity target over a device. */
void verity_parameters(const struct verity *verity, const char *device, char *ret_text, size_t size);

/* /dev/dm-N over the device; 0 or -errno. A block that is not what was signed stops the machine, which restarts. */
int verity_open(const struct verity *verity, const char *device, char *ret_path, size_t size);
