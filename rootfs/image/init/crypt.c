/*
 * crypt: the encrypted data partition, opened by the TPM or by the recovery key.
 *
 * In:   the verified root's systemd-cryptsetup; the signed policy that the kernel image brought (/.extra); the console.
 * Out:  /dev/mapper/provost-data.
 * Not:  no key is ever in this process but the recovery key, for as long as it takes to hand it on in a file in memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rootfs/image/init/apart.h"
#include "rootfs/image/init/console.h"
#include "rootfs/image/init/crypt.h"
#include "rootfs/image/init/mapper.h"
#include "rootfs/image/init/modules.h"
#include "rootfs/image/init/say.h"
#include "rootfs/image/init/tpm.h"

#define NAME "provost-data"
#define KEY_FILE "/run/provost-recovery.key"
#define ASK_S 300
#define POLICY_KEY "/.extra/tpm2-pcr-public-key.pem"
#define POLICY "/.extra/tpm2-pcr-signature.json"

bool crypt_has_tpm(void)
{
        return tpm_is_there() && access(POLICY_KEY, F_OK) == 0 && access(POLICY, F_OK) == 0;
}

static void copy_file(const char *from, const char *to)
{
        char bytes[8192];
        int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0444);

        for (ssize_t length; in >= 0 && out >= 0 && (length = read(in, bytes, sizeof(bytes))) > 0;)
                if (write(out, bytes, (size_t)length) != length)
                        break;
        if (in >= 0)
                close(in);
        if (out >= 0)
                close(out);
}

void crypt_place_policy(void)
{
        mkdir(NEW_ROOT "/run/systemd", 0755);
        copy_file(POLICY_KEY, NEW_ROOT "/run/systemd/tpm2-pcr-public-key.pem");
        copy_file(POLICY, NEW_ROOT "/run/systemd/tpm2-pcr-signature.json");
}

void crypt_load_modules(void)
{
        static const char *const names[] = {"dm-crypt", "xts", "aesni-intel"};

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                modules_load_one(names[i]);
}

static int attach(const char *device, const char *key_file, const char *options)
{
        char last[256];
        char *words[] = {(char[]){"/usr/bin/systemd-cryptsetup"}, (char[]){"attach"}, (char[]){NAME}, (char *)(uintptr_t)device,
                         (char *)(uintptr_t)key_file, (char *)(uintptr_t)options, NULL};

        if (apart_run(words, last, sizeof(last)) == 0)
                return 0;
        say(LEVEL_SHOWN, "%s was not opened: %s", device, last);
        return -1;
}

bool crypt_recovery_key(const char *typed, char ret_key[72])
{
        size_t letters = 0, length = 0;

        for (; *typed; typed++) {
                char letter = *typed >= 'A' && *typed <= 'Z' ? (char)(*typed - 'A' + 'a') : *typed;

                if (letter == '-' || letter == ' ')
                        continue;
                if (!strchr("cbdefghijklnrtuv", letter) || letters == 64)
                        return false;
                if (letters && letters % 8 == 0)
                        ret_key[length++] = '-';
                ret_key[length++] = letter;
                letters++;
        }
        ret_key[length] = '\0';
        return letters == 64;
}

static int attach_with(const char *device, const char *key)
{
        int file = open(NEW_ROOT KEY_FILE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);

        if (file < 0)
                return -1;
        bool written = write(file, key, strlen(key)) == (ssize_t)strlen(key);
        close(file);
        int r = written ? attach(device, KEY_FILE, "headless=true,discard,tries=1") : -1;
        unlink(NEW_ROOT KEY_FILE);
        return r;
}

static int ask(const char *device)
{
        char typed[256], key[72];

        for (int i = 0; i < 3; i++) {
                bool answered = console_ask("\r\nThis machine's TPM does not open the data partition: firmware settings, Secure Boot's keys or the "
                                            "machine itself are other ones than before.\r\nRecovery key: ", true, ASK_S, typed, sizeof(typed));
                if (!answered)
                        give_up("nobody typed the recovery key of the data partition within %d s. The machine restarts", ASK_S);
                bool can_be = crypt_recovery_key(typed, key);
                explicit_bzero(typed, sizeof(typed));
                int r = can_be ? attach_with(device, key) : -1;
                explicit_bzero(key, sizeof(key));
                if (r == 0)
                        return 1;
                console_tell("That is not the recovery key of this data partition. It has eight groups of eight letters.\r\n");
        }
        give_up("the recovery key was wrong three times. The machine restarts");
}

int crypt_open_by_tpm(const char *device)
{
        crypt_load_modules();
        return crypt_has_tpm() ? attach(device, "-", "tpm2-device=auto,headless=true,discard") : -1;
}

int crypt_open(const char *device)
{
        return crypt_open_by_tpm(device) == 0 ? 0 : ask(device);
}

/* Whole on the disk before it has its name. */
static int write_key(const char *path, const char *key)
{
        char draft[128];

        snprintf(draft, sizeof(draft), "%s.new", path);
        unlink(draft);
        int file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0400);
        if (file < 0)
                return -1;
        bool written = write(file, key, strlen(key)) == (ssize_t)strlen(key) && fsync(file) == 0;
        close(file);
        return written ? rename(draft, path) : -1;
}

void crypt_keep_key(const char *device, const char *path)
{
        char said[256], key[72];
        char *words[] = {(char[]){"/usr/bin/systemd-cryptenroll"}, (char[]){"--recovery-key"}, (char[]){"--unlock-tpm2-device=auto"},
                         (char *)(uintptr_t)device, NULL};

        if (access(path, F_OK) == 0)
                return;
        int r = apart_read(words, said, sizeof(said));
        said[strcspn(said, "\r\n")] = '\0';
        if (r == 0)
                r = crypt_recovery_key(said, key) ? write_key(path, key) : -1;
        explicit_bzero(said, sizeof(said));
        explicit_bzero(key, sizeof(key));
        if (r < 0)
                say(LEVEL_SHOWN, "no key was made that makes recovery keys; it is tried again at the next start");
}

int crypt_close(void)
{
        return mapper_close(NAME);
}
