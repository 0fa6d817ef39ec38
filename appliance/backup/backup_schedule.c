/*
 * backup_schedule: when and where backups are made by themselves.
 *
 * In:   what an owner said, the clock.
 * Out:  moments, names that should go, the text of a file.
 * Not:  no backup, no file.
 */
#include "appliance/backup/backup_schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "appliance/service/service_field.h"
#include "appliance/transfer/transfer_client.h"

#define DAY_S 86400
#define KEEP 7

static const char *const places[] = {"off", "stick", "share"};

const char *backup_schedule_to_text(enum backup_schedule_to to)
{
        return places[to];
}

void backup_schedule_default(struct backup_schedule *ret)
{
        *ret = (struct backup_schedule){.at = "03:00", .keep = KEEP};
}

/* --- as text ------------------------------------------------------------------- */

static int key_json(const struct backup_key *key, sd_json_variant **ret)
{
        char salt[2 * BACKUP_HEAD_SALT + 1], recipient[2 * BACKUP_HEAD_POINT + 1], writer[2 * BACKUP_KEY_SIZE + 1];

        return sd_json_buildo(ret, SD_JSON_BUILD_PAIR_INTEGER("memory_kib", key->memory_kib), SD_JSON_BUILD_PAIR_INTEGER("passes", key->passes),
                              SD_JSON_BUILD_PAIR_INTEGER("lanes", key->lanes),
                              SD_JSON_BUILD_PAIR_STRING("salt", text_hex(salt, key->salt, sizeof key->salt)),
                              SD_JSON_BUILD_PAIR_STRING("recipient", text_hex(recipient, key->recipient, sizeof key->recipient)),
                              SD_JSON_BUILD_PAIR_STRING("writer", text_hex(writer, key->writer, sizeof key->writer)));
}

static int sent_json(const struct backup_schedule *s, sd_json_variant **ret)
{
        int r = sd_json_variant_new_array(ret, NULL, 0);

        for (int i = 0; r >= 0 && i < s->n_sent; i++) {
                sd_json_variant *name = NULL;

                r = sd_json_variant_new_string(&name, s->sent[i]);
                if (r >= 0)
                        r = sd_json_variant_append_array(ret, name);
                sd_json_variant_unref(name);
        }
        return r;
}

int backup_schedule_write(const struct backup_schedule *s, bool with_password, char **ret_text)
{
        sd_json_variant *key = NULL, *sent = NULL, *object = NULL;
        int r = s->has_key ? key_json(&s->key, &key) : 0;

        if (r >= 0)
                r = sent_json(s, &sent);
        if (r >= 0)
                r = sd_json_buildo(&object, SD_JSON_BUILD_PAIR_STRING("to", places[s->to]), SD_JSON_BUILD_PAIR_STRING("url", s->url),
                                   SD_JSON_BUILD_PAIR_STRING("user", s->user), SD_JSON_BUILD_PAIR_STRING("at", s->at),
                                   SD_JSON_BUILD_PAIR_INTEGER("keep", s->keep), SD_JSON_BUILD_PAIR_INTEGER("set_at", s->set_at),
                                   SD_JSON_BUILD_PAIR_INTEGER("tried_at", s->tried_at), SD_JSON_BUILD_PAIR_VARIANT("sent", sent),
                                   SD_JSON_BUILD_PAIR_STRING("authorities", s->authorities),
                                   SD_JSON_BUILD_PAIR_CONDITION(s->has_key, "key", SD_JSON_BUILD_VARIANT(key)),
                                   SD_JSON_BUILD_PAIR_CONDITION(with_password && *s->password, "password", SD_JSON_BUILD_STRING(s->password)));
        if (r >= 0)
                r = sd_json_variant_format(object, 0, ret_text);
        sd_json_variant_unref(object);
        sd_json_variant_unref(sent);
        sd_json_variant_unref(key);
        return pv_error_from_errno(r);
}

static bool take_hex(sd_json_variant *object, const char *name, uint8_t *ret, size_t size)
{
        const char *text = service_field_text(object, name);

        if (!text || strlen(text) != 2 * size || strspn(text, "0123456789abcdef") != 2 * size)
                return false;
        for (size_t i = 0; i < size; i++)
                if (sscanf(text + 2 * i, "%2hhx", &ret[i]) != 1)
                        return false;
        return true;
}

static bool take_key(sd_json_variant *object, struct backup_key *ret)
{
        ret->memory_kib = (uint32_t)service_field_integer(object, "memory_kib", 0);
        ret->passes = (uint32_t)service_field_integer(object, "passes", 0);
        ret->lanes = (uint32_t)service_field_integer(object, "lanes", 0);
        return take_hex(object, "salt", ret->salt, sizeof ret->salt) && take_hex(object, "recipient", ret->recipient, sizeof ret->recipient) &&
               take_hex(object, "writer", ret->writer, sizeof ret->writer);
}

static bool take_text(sd_json_variant *object, const char *name, char *ret, size_t size)
{
        const char *text = service_field_text(object, name);

        return !text || text_copy(ret, size, text) == 0;
}

static bool take_to(const char *text, enum backup_schedule_to *ret)
{
        for (size_t i = 0; text && i < sizeof places / sizeof places[0]; i++)
                if (text_equal(text, places[i])) {
                        *ret = (enum backup_schedule_to)i;
                        return true;
                }
        return false;
}

static bool is_moment(const char *at)
{
        return strlen(at) == 5 && at[2] == ':' && at[0] >= '0' && at[0] <= '2' && at[1] >= '0' && at[1] <= '9' && (at[0] < '2' || at[1] <= '3') &&
               at[3] >= '0' && at[3] <= '5' && at[4] >= '0' && at[4] <= '9';
}

static int take(sd_json_variant *object, struct backup_schedule *ret)
{
        sd_json_variant *key = sd_json_variant_by_key(object, "key"), *sent = service_field_list(object, "sent");
        struct backup_schedule s;

        backup_schedule_default(&s);
        s.keep = service_field_integer(object, "keep", KEEP);
        s.set_at = service_field_integer(object, "set_at", 0);
        s.tried_at = service_field_integer(object, "tried_at", 0);
        s.has_key = key && sd_json_variant_is_object(key);
        if (!take_to(service_field_text(object, "to"), &s.to) || !take_text(object, "url", s.url, sizeof s.url) ||
            !take_text(object, "user", s.user, sizeof s.user) || !take_text(object, "at", s.at, sizeof s.at) || !is_moment(s.at) ||
            !take_text(object, "authorities", s.authorities, sizeof s.authorities) || !take_text(object, "password", s.password, sizeof s.password) || (s.has_key && !take_key(key, &s.key)))
                return PV_EMALFORMED;
        for (size_t i = 0; sent && i < sd_json_variant_elements(sent); i++) {
                sd_json_variant *name = sd_json_variant_by_index(sent, i);

                if (sd_json_variant_is_string(name))
                        backup_schedule_note_sent(&s, sd_json_variant_string(name));
        }
        *ret = s;
        return 0;
}

int backup_schedule_read(const char *text, struct backup_schedule *ret)
{
        sd_json_variant *object = NULL;
        int r = sd_json_parse(text, SD_JSON_PARSE_SENSITIVE, &object, NULL, NULL) < 0 ? PV_EMALFORMED : take(object, ret);

        sd_json_variant_unref(object);
        return r;
}

/* --- changes ------------------------------------------------------------------------ */

static int change_text(sd_json_variant *parameters, const char *name, char *ret, size_t size, struct backup_refusal *refusal)
{
        const char *text = service_field_text(parameters, name);

        if (!text)
                return 0;
        if (!text_is_printable(text) || text_copy(ret, size, text) < 0)
                return backup_refuse(refusal, "", name, "The %s must be of at most %zu printable bytes.", name, size - 1);
        return 0;
}

/* Whether it is a certificate shows when the share is called; it is no secret. */
static int change_authorities(struct backup_schedule *s, const char *pem, struct backup_refusal *refusal)
{
        if (!pem)
                return 0;
        if ((*pem && !strstr(pem, "-----BEGIN CERTIFICATE-----")) || text_copy(s->authorities, sizeof s->authorities, pem) < 0)
                return backup_refuse(refusal, "", "authorities", "The share's authority is PEM text, a certificate or some, of %d bytes at most.", BACKUP_SCHEDULE_PEM - 1);
        return 0;
}

int backup_schedule_change(struct backup_schedule *s, sd_json_variant *parameters, struct backup_refusal *ret_refusal)
{
        const char *to = service_field_text(parameters, "to"), *at = service_field_text(parameters, "at");
        int64_t keep = service_field_integer(parameters, "keep", s->keep);
        int r;

        if (to && !take_to(to, &s->to))
                return backup_refuse(ret_refusal, "", "to", "Backups go to a stick, to a share, or are off.");
        if (at && !is_moment(at))
                return backup_refuse(ret_refusal, "", "at", "The time is HH:MM, as in 03:00, in UTC.");
        if (at)
                (void)text_copy(s->at, sizeof s->at, at);
        if (keep < 1 || keep > BACKUP_SCHEDULE_KEEP_MAX)
                return backup_refuse(ret_refusal, "", "keep", "1 to %d backups can be kept.", BACKUP_SCHEDULE_KEEP_MAX);
        s->keep = keep;
        r = change_authorities(s, service_field_text(parameters, "authorities"), ret_refusal);
        if (r == 0)
                r = change_text(parameters, "url", s->url, sizeof s->url, ret_refusal);
        return r < 0 ? r : change_text(parameters, "user", s->user, sizeof s->user, ret_refusal);
}

int backup_schedule_check(const struct backup_schedule *s, bool has_password, struct backup_refusal *ret_refusal)
{
        const char *problem = s->to == BACKUP_SCHEDULE_SHARE || *s->url ? transfer_url_problem(s->url) : NULL;

        if (problem)
                return backup_refuse(ret_refusal, "", "url", "%s", problem);
        if (s->to != BACKUP_SCHEDULE_OFF && !s->has_key)
                return backup_refuse(ret_refusal, "", "passphrase", "Backups need a passphrase; without it nobody could read them, and nobody does with another one.");
        if (s->to == BACKUP_SCHEDULE_SHARE && *s->user && !has_password)
                return backup_refuse(ret_refusal, "", "password", "The share's user needs a password.");
        return 0;
}

/* --- time ------------------------------------------------------------------------------- */

static int64_t moment_of_day(const struct backup_schedule *s)
{
        return ((s->at[0] - '0') * 10 + s->at[1] - '0') * 3600 + ((s->at[3] - '0') * 10 + s->at[4] - '0') * 60;
}

int64_t backup_schedule_next(const struct backup_schedule *s, int64_t now)
{
        int64_t moment = now - now % DAY_S + moment_of_day(s);

        return s->to == BACKUP_SCHEDULE_OFF ? 0 : moment > now ? moment : moment + DAY_S;
}

bool backup_schedule_is_due(const struct backup_schedule *s, int64_t now)
{
        int64_t last = backup_schedule_next(s, now) - DAY_S;

        return s->to != BACKUP_SCHEDULE_OFF && s->has_key && s->set_at < last && s->tried_at < last;
}

/* --- what is there ------------------------------------------------------------------------ */

static void drop_first(struct backup_schedule *s)
{
        s->n_sent--;
        memmove(s->sent[0], s->sent[1], (size_t)s->n_sent * sizeof s->sent[0]);
}

void backup_schedule_note_sent(struct backup_schedule *s, const char *name)
{
        if (s->n_sent == BACKUP_SCHEDULE_SENT_MAX)
                drop_first(s);
        if (text_copy(s->sent[s->n_sent], sizeof s->sent[0], name) == 0)
                s->n_sent++;
}

bool backup_schedule_take_old(struct backup_schedule *s, char ret_old[static BACKUP_SCHEDULE_NAME])
{
        if (s->n_sent <= s->keep)
                return false;
        memcpy(ret_old, s->sent[0], BACKUP_SCHEDULE_NAME);
        drop_first(s);
        return true;
}
