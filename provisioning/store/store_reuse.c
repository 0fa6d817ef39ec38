/*
 * store_reuse: one password on more than one phone.
 *
 * In:   settings of phones as they are written; merged documents.
 * Out:  keyed digests, and a warning for each value that another phone has as well.
 * Not:  no refusal: who takes over phones from elsewhere sees it and decides. A SIP secret of two accounts is refused (store_phone).
 */
#include "provisioning/store/store_reuse.h"

#include <stdio.h>

#include "appliance/base/text.h"
#include "provisioning/model/catalogue.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_seal.h"
#include "provisioning/store/store_secret.h"

/* A secret of a directory or a server is the same for all who use it; these belong to one phone. */
static bool is_personal(const char *name)
{
        const struct catalogue_entry *entry = catalogue_find(catalogue_builtin(), name);

        return entry && (entry->secret == CATALOGUE_SECRET_LOGIN || entry->secret == CATALOGUE_SECRET_PIN ||
                         entry->secret == CATALOGUE_SECRET_ACCOUNT);
}

int store_reuse_note(struct store *store, const char *mac, const char *name, int64_t index, const char *value)
{
        uint8_t digest[STORE_DIGEST_SIZE];
        int r;

        if (!is_personal(name))
                return 0;
        r = store_digest(store, value, digest);
        return r < 0 ? r : store_db_run(store_db(store), "UPDATE phone_setting SET digest = ? WHERE mac = ? AND name = ? AND idx = ?", "bssi",
                                        *value ? digest : NULL, sizeof digest, mac, name, index);
}

/* 0 and the other phone, or PV_EUNSET. Phones of one account may share its secret. */
static int find_other(struct store *store, const char *mac, const char *value, char ret_mac[static MAC_TEXT_SIZE])
{
        uint8_t digest[STORE_DIGEST_SIZE];
        struct sqlite3_stmt *row;
        int r = store_digest(store, value, digest);

        if (r < 0)
                return r;
        row = store_db_query(store_db(store),
                             "SELECT mac FROM phone_setting WHERE digest = ?1 AND mac <> ?2 UNION ALL SELECT phone.mac FROM secret JOIN phone USING (mac) "
                             "WHERE secret.digest = ?1 AND phone.mac <> ?2 AND (secret.name <> ?3 OR phone.sip_user <> "
                             "coalesce((SELECT sip_user FROM phone WHERE mac = ?2), '')) LIMIT 1", "bss", digest, sizeof digest, mac, STORE_SECRET_SIP);
        r = store_db_next(store_db(store), row);
        if (r <= 0)
                return r < 0 ? r : PV_EUNSET;
        r = text_copy(ret_mac, MAC_TEXT_SIZE, store_db_text(row, 0));
        store_db_end(row);
        return r;
}

static const char *scope_text(enum merge_scope scope)
{
        return scope == MERGE_SITE ? "site" : scope == MERGE_MODEL ? "model" : "profile";
}

static int find_in(struct store *store, const char *mac, const struct merge_setting *s, struct lint_finding *finding, bool *ret_found)
{
        char other[MAC_TEXT_SIZE];
        int r;

        *ret_found = false;
        if (!*s->value || !is_personal(s->name))
                return 0;
        *finding = (struct lint_finding){.severity = LINT_WARNING, .rule = "reused", .name = s->name, .index = s->index};
        if (s->scope == MERGE_SITE || s->scope == MERGE_MODEL || s->scope == MERGE_PROFILE) {
                (void)snprintf(finding->sentence, sizeof finding->sentence, "%s comes from the %s%s%s, so every phone of it has the same; give each phone "
                               "its own, or leave it to the appliance.", s->name, scope_text(s->scope), *s->owner ? " " : "", s->owner);
                *ret_found = true;
                return 0;
        }
        r = find_other(store, mac, s->value, other);
        if (r == 0)
                (void)snprintf(finding->sentence, sizeof finding->sentence, "%s has the same value as a secret of the phone %s; give each its own.",
                               s->name, other);
        *ret_found = r == 0;
        return r == PV_EUNSET ? 0 : r;
}

int store_reuse_find(struct store *store, const char *mac, const struct merge_setting *settings, size_t n_settings, lint_each each, void *userdata)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < n_settings; i++) {
                struct lint_finding finding;
                bool found;

                if (text_equal(settings[i].name, "admin_mode_password_confirm"))
                        continue;
                r = find_in(store, mac, &settings[i], &finding, &found);
                if (r == 0 && found)
                        each(&finding, userdata);
        }
        return r;
}
