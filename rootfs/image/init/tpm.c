/*
 * tpm: what the start tells the TPM about itself.
 *
 * In:   nothing; the words and their hashes are fixed.
 * Out:  PCR 11 extended by the SHA-256 of a word, as systemd's boot phases have it.
 * Not:  no sealing and unsealing: systemd's programs do that.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "rootfs/image/init/say.h"
#include "rootfs/image/init/tpm.h"

#define DEVICE "/dev/tpmrm0"

/* TPM2_PCR_Extend of PCR 11, no password, one digest of SHA-256 (TPM 2.0 Library, part 3, 22.2). */
static const uint8_t command_head[] = {
        0x80, 0x02, 0, 0, 0, 65, 0, 0, 0x01, 0x82,      /* with sessions; length; TPM_CC_PCR_Extend */
        0, 0, 0, 11,                                    /* PCR */
        0, 0, 0, 9, 0x40, 0, 0, 0x09, 0, 0, 0, 0, 0,    /* authorisation: TPM_RS_PW, empty */
        0, 0, 0, 1, 0x00, 0x0b,                         /* one digest, of SHA-256 */
};

static const uint8_t enter_initrd[32] = {
        0x51, 0xe6, 0xb9, 0x2f, 0x40, 0x5d, 0x1f, 0x98, 0xd9, 0x6e, 0x3d, 0xe3, 0x43, 0xd6, 0x1d, 0x42,
        0x0a, 0xd6, 0x92, 0x3b, 0x25, 0xde, 0x21, 0xd7, 0x66, 0xf9, 0x29, 0x81, 0x92, 0xf1, 0x4f, 0xed,
};
static const uint8_t leave_initrd[32] = {
        0x3b, 0xe2, 0x61, 0xaf, 0xf7, 0xdb, 0x92, 0xbf, 0x50, 0x7e, 0xae, 0x94, 0x7f, 0x40, 0x03, 0xff,
        0xa2, 0xbc, 0xad, 0x0b, 0xff, 0xe3, 0x52, 0x46, 0x01, 0xd6, 0x2d, 0x0b, 0xc8, 0xbe, 0x71, 0x35,
};

bool tpm_is_there(void)
{
        return access("/sys/class/tpmrm/tpmrm0", F_OK) == 0;
}

static int extend(const uint8_t digest[32])
{
        uint8_t command[65], answer[128];
        int device = open(DEVICE, O_RDWR | O_CLOEXEC);

        _Static_assert(sizeof(command_head) + 32 == sizeof(command), "the command's length is in its head");
        if (device < 0)
                return -errno;
        memcpy(command, command_head, sizeof(command_head));
        memcpy(command + sizeof(command_head), digest, 32);
        ssize_t length = write(device, command, sizeof(command)) == (ssize_t)sizeof(command) ? read(device, answer, sizeof(answer)) : -1;
        close(device);
        return length >= 10 && memcmp(answer + 6, "\0\0\0\0", 4) == 0 ? 0 : -EIO;
}

void tpm_say_begin(void)
{
        if (tpm_is_there() && extend(enter_initrd) < 0)
                say(LEVEL_SHOWN, "the TPM does not answer");
}

void tpm_say_end(void)
{
        if (tpm_is_there() && extend(leave_initrd) < 0)
                say(LEVEL_SHOWN, "the TPM does not take the end of the start: the data partition's key can be had from it until the next start");
}
