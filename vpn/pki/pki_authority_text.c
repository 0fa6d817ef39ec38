/*
 * pki_authority_text: the CA as the text of a file.
 *
 * In:   a struct pki_authority; or a text whose seal was intact.
 * Out:  the same the other way round.
 * Not:  no file, no look into the PEM blocks.
 */
#include "vpn/pki/pki_authority_text.h"

#include <stdlib.h>
#include <string.h>

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"
#include "appliance/base/writer.h"
#include "vpn/pki/pki_pem.h"
#include "vpn/pki/pki_vault.h"

#define TEXT_SIZE (48 * 1024)
#define HEAD "provost authority 2\n"
#define NUMBER_MAX 20

static void write_generation(struct writer *w, const struct pki_generation *generation)
{
        const struct pki_certificate_pair *legacy = &generation->legacy;

        writer_format(w, "generation %lld\nformer-issuing %d\nlegacy %d\n", (long long)generation->number,
                      generation->former_issuing != NULL, legacy->certificate != NULL);
        writer_text(w, generation->root.certificate);
        writer_text(w, generation->root.private_key);
        writer_text(w, generation->issuing.certificate);
        writer_text(w, generation->issuing.private_key);
        if (generation->former_issuing)
                writer_text(w, generation->former_issuing);
        if (legacy->certificate) {
                writer_text(w, legacy->certificate);
                writer_text(w, legacy->private_key);
        }
}

char *pki_authority_text_write(const struct pki_authority *authority)
{
        char *text = calloc(1, TEXT_SIZE), *copy = NULL;
        struct writer w = writer_of(text, text ? TEXT_SIZE : 0);

        if (!text)
                return NULL;
        writer_format(&w, HEAD "state %d\nused %d\nstarted %lld\nswitched %lld\n", (int)authority->rollover,
                      authority->is_used, (long long)authority->started_at, (long long)authority->switched_at);
        write_generation(&w, &authority->newest);
        if (authority->former.number)
                write_generation(&w, &authority->former);
        if (writer_finish_text(&w) == 0)
                copy = strdup(text);
        pki_vault_forget(text, TEXT_SIZE);
        return copy;
}

/* "name number\n" */
static int take_number(const char **at, const char *name, int64_t max, int64_t *ret_number)
{
        struct cursor c = cursor_of_text(*at), line = cursor_until(&c, '\n', strlen(name) + 1 + NUMBER_MAX), word;
        int64_t number = 0;

        word = cursor_until(&line, ' ', strlen(name));
        if (c.error || line.error || !cursor_equals(&word, name) || cursor_at_end(&line))
                return PV_EREFUSED;
        while (!cursor_at_end(&line)) {
                uint8_t digit = cursor_u8(&line);

                if (digit < '0' || digit > '9' || number > (max - (digit - '0')) / 10)
                        return PV_EREFUSED;
                number = number * 10 + (digit - '0');
        }
        *at = (const char *)c.at;
        *ret_number = number;
        return 0;
}

static int take_pair(const char **at, struct pki_certificate_pair *pair)
{
        pair->certificate = pki_pem_take(at);
        pair->private_key = pki_pem_take(at);
        return pair->certificate && pair->private_key ? 0 : PV_EREFUSED;
}

static int take_generation(const char **at, struct pki_generation *generation)
{
        int64_t has_former, has_legacy;
        int result = take_number(at, "generation", INT32_MAX, &generation->number);

        if (result == 0)
                result = take_number(at, "former-issuing", 1, &has_former);
        if (result == 0)
                result = take_number(at, "legacy", 1, &has_legacy);
        if (result == 0)
                result = take_pair(at, &generation->root);
        if (result == 0)
                result = take_pair(at, &generation->issuing);
        if (result == 0 && has_former && !(generation->former_issuing = pki_pem_take(at)))
                result = PV_EREFUSED;
        if (result == 0 && has_legacy)
                result = take_pair(at, &generation->legacy);
        return result;
}

static int take_head(const char **at, struct pki_authority *authority)
{
        int64_t state = 0, used = 0;
        int result = take_number(at, "state", PKI_ROLLOVER_SWITCHED, &state);

        if (result == 0)
                result = take_number(at, "used", 1, &used);
        if (result == 0)
                result = take_number(at, "started", INT64_MAX, &authority->started_at);
        if (result == 0)
                result = take_number(at, "switched", INT64_MAX, &authority->switched_at);
        authority->rollover = (enum pki_rollover)state;
        authority->is_used = used;
        return result;
}

static int read_all(const char *at, struct pki_authority *authority)
{
        int result;

        if (!text_starts(at, HEAD)) {
                authority->newest.number = 1;
                result = take_pair(&at, &authority->newest.root);
                return result < 0 ? result : take_pair(&at, &authority->newest.issuing);
        }
        at += strlen(HEAD);
        result = take_head(&at, authority);
        if (result == 0)
                result = take_generation(&at, &authority->newest);
        if (result == 0 && authority->rollover != PKI_ROLLOVER_NONE)
                result = take_generation(&at, &authority->former);
        return result == 0 && *at ? PV_EREFUSED : result;
}

int pki_authority_text_read(const char *text, struct pki_authority *ret_authority)
{
        struct pki_authority authority = {0};
        int result = read_all(text, &authority);

        if (result < 0) {
                pki_authority_done(&authority);
                return result;
        }
        *ret_authority = authority;
        return 0;
}
