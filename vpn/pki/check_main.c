/*
 * provost-pki-check: a certificate authority of a backup, looked at by a process that has no other.
 *
 * In:   one request; the key, the directory and the phones' certificates as descriptors.
 * Out:  lines of a report.
 * Not:  no authority that is in use.
 */
#include <openssl/crypto.h>
#include <stdlib.h>
#include <unistd.h>

#include "appliance/base/log.h"
#include "appliance/chore/chore.h"
#include "vpn/pki/pki_check.h"

#define CONNECTION STDIN_FILENO

static void said(const char *name, bool is_ok, const char *text, void *userdata)
{
        sd_json_variant *packet = NULL;
        bool *is_told = userdata;

        if (sd_json_buildo(&packet, SD_JSON_BUILD_PAIR_STRING("name", name), SD_JSON_BUILD_PAIR_BOOLEAN("ok", is_ok),
                           SD_JSON_BUILD_PAIR_STRING("text", text)) < 0 || chore_say(CONNECTION, packet) < 0)
                *is_told = false;
        sd_json_variant_unref(packet);
}

static bool take_key(int fd, uint8_t ret[static PKI_VAULT_KEY_SIZE])
{
        uint8_t more;

        return pread(fd, ret, PKI_VAULT_KEY_SIZE, 0) == PKI_VAULT_KEY_SIZE && pread(fd, &more, 1, PKI_VAULT_KEY_SIZE) == 0;
}

int main(void)
{
        sd_json_variant *request = NULL, *end = NULL;
        struct pki_vault vault = {.directory = -1};
        bool is_told = true;
        int fds[CHORE_FDS_MAX];

        log_open("pki-check");
        if (chore_take(CONNECTION, 3, &request, fds) < 0 || fds[2] < 0) {
                log_reason(LOG_LEVEL_ERROR, "request-refused", "A check wants a key, a directory and the certificates of phones.");
                return EXIT_FAILURE;
        }
        vault.directory = fds[1];
        if (take_key(fds[0], vault.key))
                pki_check_run(&vault, fds[2], said, &is_told);
        else
                said("pki-key", false, "The key of the certificate authority does not have 32 bytes.", &is_told);
        OPENSSL_cleanse(vault.key, sizeof vault.key);
        if (sd_json_buildo(&end, SD_JSON_BUILD_PAIR_BOOLEAN("is_over", true)) < 0 || chore_say(CONNECTION, end) < 0)
                is_told = false;
        sd_json_variant_unref(end);
        sd_json_variant_unref(request);
        return is_told ? EXIT_SUCCESS : EXIT_FAILURE;
}
