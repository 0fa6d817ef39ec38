/*
 * sip_digest: reading a Digest challenge and answering it.
 *
 * In:   the value of a challenge, any bytes; a user and a password.
 * Out:  a struct sip_challenge; the header that answers it.
 * Not:  nothing is kept, no random numbers, no decision whether to answer.
 */
#include "provisioning/sip/sip_digest.h"

#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

#include "appliance/base/text.h"
#include "provisioning/sip/sip_text.h"

#define HASH_TEXT_SIZE 65

/* --- reading --- */

struct pair {
        struct cursor name, value;
};

static bool is_token(uint8_t c)
{
        return c > ' ' && c < 0x7f && !strchr("()<>@,;:\\\"/[]?={}", c);
}

static struct cursor take_token(struct cursor *c)
{
        struct cursor token = *c;

        while (!cursor_at_end(c) && is_token(*c->at))
                c->at++;
        token.end = c->at;
        return token;
}

/* name=value or name="value". */
static int take_pair(struct cursor *c, struct pair *ret_pair)
{
        sip_text_trim(c);
        ret_pair->name = take_token(c);
        sip_text_trim(c);
        if (cursor_at_end(&ret_pair->name) || cursor_u8(c) != '=')
                return PV_EMALFORMED;
        sip_text_trim(c);
        if (cursor_at_end(c))
                return PV_EMALFORMED;
        if (*c->at != '"') {
                ret_pair->value = take_token(c);
                return cursor_at_end(&ret_pair->value) ? PV_EMALFORMED : 0;
        }
        cursor_skip(c, 1);
        ret_pair->value = cursor_until(c, '"', SIP_TEXT_LINE_MAX);
        if (c->error || memchr(ret_pair->value.at, '\\', cursor_left(&ret_pair->value)))
                return PV_EMALFORMED;
        return 0;
}

static bool is_word(const struct cursor *c, const char *word)
{
        return cursor_left(c) == strlen(word) && !strncasecmp((const char *)c->at, word, cursor_left(c));
}

static bool offers_auth(struct cursor list)
{
        bool found = false;

        while (!cursor_at_end(&list)) {
                struct cursor word;

                sip_text_trim(&list);
                word = take_token(&list);
                found = found || is_word(&word, "auth");
                sip_text_trim(&list);
                if (!cursor_at_end(&list) && cursor_u8(&list) != ',')
                        return false;
        }
        return found;
}

static int read_algorithm(const struct cursor *value, struct sip_challenge *ch)
{
        static const struct {
                const char *name;
                enum sip_digest_algorithm algorithm;
                bool is_session;
        } names[] = {{"MD5", SIP_DIGEST_MD5, false}, {"MD5-sess", SIP_DIGEST_MD5, true},
                     {"SHA-256", SIP_DIGEST_SHA256, false}, {"SHA-256-sess", SIP_DIGEST_SHA256, true}};

        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                if (is_word(value, names[i].name)) {
                        ch->algorithm = names[i].algorithm;
                        ch->is_session = names[i].is_session;
                        return 0;
                }
        return PV_EUNSET;
}

enum field { REALM, NONCE, OPAQUE, STALE, ALGORITHM, QOP, N_FIELDS };

static enum field field_of(const struct cursor *name)
{
        static const char *const names[N_FIELDS] = {"realm", "nonce", "opaque", "stale", "algorithm", "qop"};

        for (enum field f = 0; f < N_FIELDS; f++)
                if (is_word(name, names[f]))
                        return f;
        return N_FIELDS;
}

static int read_field(enum field field, const struct cursor *value, struct sip_challenge *ch)
{
        switch (field) {
        case REALM:
                return sip_text_keep(value, ch->realm, sizeof ch->realm);
        case NONCE:
                return sip_text_keep(value, ch->nonce, sizeof ch->nonce);
        case OPAQUE:
                ch->has_opaque = true;
                return sip_text_keep(value, ch->opaque, sizeof ch->opaque);
        case STALE:
                ch->is_stale = is_word(value, "true");
                return 0;
        case ALGORITHM:
                return read_algorithm(value, ch);
        case QOP:
                ch->has_qop = true;
                return offers_auth(*value) ? 0 : PV_EUNSET;
        case N_FIELDS:
                break;
        }
        return 0;
}

int sip_digest_read(const struct cursor *value, bool is_proxy, struct sip_challenge *ret_challenge)
{
        struct sip_challenge ch = {.is_proxy = is_proxy, .algorithm = SIP_DIGEST_MD5};
        bool has[N_FIELDS + 1] = {false};
        struct cursor c = *value, scheme;
        int unset = 0;

        sip_text_trim(&c);
        scheme = take_token(&c);
        if (cursor_at_end(&scheme))
                return PV_EMALFORMED;
        if (!is_word(&scheme, "Digest"))
                return PV_EUNSET;
        do {
                struct pair pair;
                int r = take_pair(&c, &pair);
                enum field field = r < 0 ? N_FIELDS : field_of(&pair.name);

                if (r < 0 || (field != N_FIELDS && has[field]))
                        return PV_EMALFORMED;
                has[field] = true;
                r = read_field(field, &pair.value, &ch);
                if (r == PV_EUNSET)
                        unset = r;
                else if (r < 0)
                        return r;
                sip_text_trim(&c);
        } while (!cursor_at_end(&c) && cursor_u8(&c) == ',');
        if (!cursor_at_end(&c) || c.error || !has[REALM] || !has[NONCE])
                return PV_EMALFORMED;
        if (unset == 0)
                *ret_challenge = ch;
        return unset;
}

/* --- answering --- */

struct hash {
        EVP_MD_CTX *context;
        bool is_sound;
};

static void hash_begin(struct hash *h, enum sip_digest_algorithm algorithm)
{
        h->is_sound = EVP_DigestInit_ex(h->context, algorithm == SIP_DIGEST_SHA256 ? EVP_sha256() : EVP_md5(), NULL) == 1;
}

/* The parts with colons between them (unq(X) ":" unq(Y) of RFC 7616 3.4). */
static void hash_of(struct hash *h, enum sip_digest_algorithm algorithm, const char *const *parts, size_t n,
                    char ret[static HASH_TEXT_SIZE])
{
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned size = 0;

        *ret = '\0';
        hash_begin(h, algorithm);
        for (size_t i = 0; i < n && h->is_sound; i++)
                h->is_sound = (i == 0 || EVP_DigestUpdate(h->context, ":", 1) == 1) &&
                              EVP_DigestUpdate(h->context, parts[i], strlen(parts[i])) == 1;
        h->is_sound = h->is_sound && EVP_DigestFinal_ex(h->context, digest, &size) == 1 && 2 * size < HASH_TEXT_SIZE;
        if (h->is_sound)
                text_hex(ret, digest, size);
        explicit_bzero(digest, sizeof digest);
}

#define HASH(h, algorithm, ret, ...) \
        hash_of(h, algorithm, (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), ret)

static int respond(const struct sip_challenge *ch, const struct sip_digest_request *r, char ret[static HASH_TEXT_SIZE])
{
        struct hash h = {.context = EVP_MD_CTX_new()};
        char ha1[HASH_TEXT_SIZE], ha2[HASH_TEXT_SIZE], first[HASH_TEXT_SIZE];
        bool is_sound = h.context != NULL;

        if (is_sound) {
                HASH(&h, ch->algorithm, ha1, r->user, ch->realm, r->password);
                is_sound = h.is_sound;
        }
        if (is_sound && ch->is_session) {
                memcpy(first, ha1, sizeof first);
                HASH(&h, ch->algorithm, ha1, first, ch->nonce, r->cnonce);
                is_sound = h.is_sound;
        }
        if (is_sound) {
                HASH(&h, ch->algorithm, ha2, r->method, r->uri);
                is_sound = h.is_sound;
        }
        if (is_sound) {
                if (ch->has_qop)
                        HASH(&h, ch->algorithm, ret, ha1, ch->nonce, "00000001", r->cnonce, "auth", ha2);
                else
                        HASH(&h, ch->algorithm, ret, ha1, ch->nonce, ha2);
                is_sound = h.is_sound;
        }
        EVP_MD_CTX_free(h.context);
        explicit_bzero(ha1, sizeof ha1);
        explicit_bzero(first, sizeof first);
        return is_sound ? 0 : PV_ESYSTEM;
}

static void quoted(struct writer *w, const char *name, const char *value)
{
        if (strpbrk(value, "\"\\"))
                w->error = w->error ? w->error : PV_EREFUSED;
        writer_format(w, "%s=\"", name);
        writer_line_value(w, value);
        writer_text(w, "\"");
}

int sip_digest_write(struct writer *w, const struct sip_challenge *ch, const struct sip_digest_request *request)
{
        static const char *const names[][2] = {[SIP_DIGEST_MD5] = {"MD5", "MD5-sess"}, [SIP_DIGEST_SHA256] = {"SHA-256", "SHA-256-sess"}};
        char response[HASH_TEXT_SIZE];
        int r = respond(ch, request, response);

        if (r < 0)
                return r;
        writer_text(w, ch->is_proxy ? "Proxy-Authorization: Digest " : "Authorization: Digest ");
        quoted(w, "username", request->user);
        quoted(w, ", realm", ch->realm);
        quoted(w, ", nonce", ch->nonce);
        quoted(w, ", uri", request->uri);
        writer_format(w, ", response=\"%s\", algorithm=%s", response, names[ch->algorithm][ch->is_session]);
        if (ch->has_qop || ch->is_session)
                quoted(w, ", cnonce", request->cnonce);
        if (ch->has_qop)
                writer_text(w, ", qop=auth, nc=00000001");
        if (ch->has_opaque)
                quoted(w, ", opaque", ch->opaque);
        writer_text(w, "\r\n");
        return w->error;
}
