/*
 * pki_tls_auth: the key that all phones and the VPN server share.
 *
 * In:   the vault.
 * Out:  2048 random bits in the text form that OpenVPN reads.
 * Not:  no secrecy between phones: it only keeps strangers away from the TLS code.
 */
#include "vpn/pki/pki_tls_auth.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "appliance/base/writer.h"

#define FILE_NAME "tls-auth"
#define KEY_SIZE 256
#define ROW_SIZE 16
#define TEXT_SIZE 1024

static int make(char ret_text[static TEXT_SIZE])
{
        uint8_t key[KEY_SIZE];
        char row[2 * ROW_SIZE + 1];
        struct writer w = writer_of(ret_text, TEXT_SIZE);
        int result;

        if (RAND_priv_bytes(key, sizeof key) != 1)
                return PV_ESYSTEM;
        writer_text(&w, "-----BEGIN OpenVPN Static key V1-----\n");
        for (size_t i = 0; i < sizeof key; i += ROW_SIZE) {
                writer_text(&w, text_hex(row, key + i, ROW_SIZE));
                writer_text(&w, "\n");
        }
        writer_text(&w, "-----END OpenVPN Static key V1-----\n");
        result = writer_finish_text(&w);
        OPENSSL_cleanse(key, sizeof key);
        OPENSSL_cleanse(row, sizeof row);
        return result;
}

int pki_tls_auth_load(const struct pki_vault *vault, char **ret_text)
{
        uint8_t *data = NULL;
        size_t size = 0;
        char *text;
        int result = pki_vault_get(vault, FILE_NAME, &data, &size);

        if (result == 0)
                *ret_text = (char *)data;
        if (result != PV_EUNSET)
                return result;
        text = calloc(1, TEXT_SIZE);
        result = text ? make(text) : PV_ENOMEM;
        if (result == 0)
                result = pki_vault_put(vault, FILE_NAME, text, strlen(text));
        if (result == 0)
                *ret_text = text;
        else
                pki_vault_forget(text, TEXT_SIZE);
        return result;
}
