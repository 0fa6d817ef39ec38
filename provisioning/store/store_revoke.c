/*
 * store_revoke: the end of a phone.
 *
 * In:   an admin who revokes or deletes a phone, or says that it was stolen.
 * Out:  nothing of it is served any more, its secrets are gone; sentences about what only a person can do.
 * Not:  no tunnel closed here (session does, from the list), no receipt (store_receipt).
 */
#include "provisioning/store/store_revoke.h"

#include <stdio.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/model/catalogue.h"
#include "provisioning/model/phone.h"
#include "provisioning/store/store_approve.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_document.h"
#include "provisioning/store/store_event.h"
#include "provisioning/store/store_list.h"
#include "provisioning/store/store_phone.h"
#include "provisioning/store/store_replace.h"
#include "provisioning/store/store_rollout.h"
#include "provisioning/store/store_secret.h"
#include "provisioning/store/store_version.h"

#define REASON_MAX 200
#define TODO_MAX 32
#define SENTENCE_SIZE 480

/* --- what is left to do -------------------------------------------------- */

static int say(struct store_list *todo, const char *sentence)
{
        sd_json_variant *item = NULL;
        int r;

        if (todo->n_items == TODO_MAX)
                return 0;
        r = sd_json_variant_new_string(&item, sentence);
        return store_list_add(todo, r, item);
}

/* Another phone that works with the same account: its settings need the new password too. */
static int say_sharers(struct store *store, struct store_list *todo, const char *mac, const char *sip_user)
{
        struct sqlite3_stmt *rows = store_db_query(store_db(store), "SELECT mac, name FROM phone WHERE sip_user = ?2 AND mac <> ?1 AND trust = 2 ORDER BY mac "
                                                   "LIMIT 8", "ss", mac, sip_user);
        int r;

        while ((r = store_db_next(store_db(store), rows)) > 0) {
                char sentence[SENTENCE_SIZE];

                (void)snprintf(sentence, sizeof sentence, "The phone %.12s (%.128s) works with the account %.128s too: give it the new password "
                               "(`provostctl phone change`).", store_db_text(rows, 0), store_db_text(rows, 1), sip_user);
                r = say(todo, sentence);
                if (r < 0)
                        break;
        }
        store_db_end(rows);
        return r;
}

static int say_account(struct store *store, struct store_list *todo, const char *mac, const char *sip_user)
{
        char sentence[SENTENCE_SIZE];
        int r;

        if (!*sip_user)
                return 0;
        (void)snprintf(sentence, sizeof sentence, "Change the password of the account %.128s at the telephone system, or close the account: the phone had it.",
                       sip_user);
        r = say(todo, sentence);
        return r < 0 ? r : say_sharers(store, todo, mac, sip_user);
}

static const char *scope_name(enum merge_scope scope)
{
        return scope == MERGE_SITE ? "site" : scope == MERGE_MODEL ? "model " : "profile ";
}

/* A secret that others check or have as well; what the appliance made for this phone alone ends with it. is_first_said: its first account
 * was told of by name. */
static int say_setting(struct store_list *todo, const struct merge_setting *s, bool is_first_said)
{
        const struct catalogue_entry *entry = catalogue_find(catalogue_builtin(), s->name);
        bool is_shared = s->scope == MERGE_SITE || s->scope == MERGE_MODEL || s->scope == MERGE_PROFILE;
        bool is_own_account = s->scope == MERGE_PHONE && entry && entry->secret == CATALOGUE_SECRET_ACCOUNT;
        bool is_own_other = s->scope == MERGE_PHONE && (!entry || entry->secret == CATALOGUE_SECRET_SECRET);
        char sentence[SENTENCE_SIZE];

        if (is_own_account && s->index == 1 && is_first_said)
                return 0;
        if (!*s->value || s->scope == MERGE_BUILT_IN || !catalogue_is_secret(catalogue_builtin(), s->name))
                return 0;
        if (is_shared)
                (void)snprintf(sentence, sizeof sentence, "%.80s comes from the %s%.80s, so other phones have it too: change it where it is checked, and then "
                               "there.", s->name, scope_name(s->scope), s->owner);
        else if (is_own_account && s->index > 0)
                (void)snprintf(sentence, sizeof sentence, "Change the password of its account %d (setting %.80s) at the telephone system: the phone had it.",
                               s->index, s->name);
        else if (is_own_account || is_own_other)
                (void)snprintf(sentence, sizeof sentence, "Change what the setting %.80s of this phone held where it is checked: the phone had it.", s->name);
        else
                return 0;
        return say(todo, sentence);
}

static int say_settings(struct store *store, struct store_request *request, struct store_list *todo, const char *mac, bool is_first_said)
{
        struct store_document document = {0};
        int r = store_document_by_mac(store, request, mac, &document);

        if (r == 0)
                r = store_document_merge(store, &document);
        for (size_t i = 0; r == 0 && i < document.result.n_settings; i++)
                r = say_setting(todo, &document.result.settings[i], is_first_said);
        store_document_done(&document);
        return r;
}

/* A phone that was never approved was given nothing. */
static int gather_todo(struct store *store, struct store_request *request, const char *mac, enum phone_trust trust, sd_json_variant **ret_todo)
{
        char model[STORE_PHONE_MODEL_SIZE], sip_user[STORE_PHONE_SIP_USER_SIZE];
        struct store_list todo = {0};
        int r = store_phone_known(store, request, mac, model, sip_user);

        if (r == 0 && (trust == PHONE_TRUST_APPROVED || trust == PHONE_TRUST_REVOKED))
                r = say_account(store, &todo, mac, sip_user);
        /* What cannot be read any more must not keep a phone in. */
        if (r == 0 && trust == PHONE_TRUST_APPROVED && say_settings(store, request, &todo, mac, *sip_user) < 0)
                r = say(&todo, "Its settings could not be read: change every secret of the site, of its model and of its profiles that is checked elsewhere.");
        if (r == 0)
                r = store_list_take(&todo, ret_todo);
        store_list_done(&todo);
        return r;
}

/* --- revoke -------------------------------------------------------------- */

/* Serial and digest stay, so that session knows whom to close. */
int store_revoke(struct store *store, const char *mac)
{
        int r = store_db_run(store_db(store),
                             "UPDATE phone SET trust = 3, stranger = 0, expected = 0, revoked_at = ?2, window_until = NULL, certificate = NULL, "
                             "revision_served = 0 WHERE mac = ?1", "si", mac, store_now_s(store));

        if (r == 0)
                r = store_rollout_leave(store, mac);
        if (r == 0)
                r = store_secret_wipe(store, mac);
        store_leave_no_trace(store);
        return r < 0 ? r : store_phone_revise(store, mac);
}

static int reply(struct store *store, struct store_request *request, const char *mac, sd_json_variant *todo)
{
        sd_json_variant *phone = NULL;
        int r = store_phone_json(store, request, mac, &phone);

        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR("phone", SD_JSON_BUILD_VARIANT(phone)),
                                                       SD_JSON_BUILD_PAIR("todo", SD_JSON_BUILD_VARIANT(todo))));
        sd_json_variant_unref(phone);
        return r;
}

/* What is said of it is said also when the phone was revoked before. */
static int note(struct store *store, struct store_request *request, const char *mac, bool is_stolen)
{
        const char *reason = store_in_text(request, "reason");
        char told[REASON_MAX + 32];
        int r = 0;

        if (reason && (strlen(reason) > REASON_MAX || !text_is_printable(reason)))
                return store_invalid(request, "reason", "The reason must be at most %d printable bytes.", REASON_MAX);
        (void)snprintf(told, sizeof told, "%s%s%s", is_stolen ? "stolen" : "", is_stolen && reason && *reason ? ": " : "", reason ? reason : "");
        if (is_stolen)
                r = store_db_run(store_db(store), "UPDATE phone SET stolen = 1 WHERE mac = ?", "s", mac);
        if (r == 0)
                r = store_event_now(store, mac, "revoked", "by %s%s%s", request->actor, *told ? ", " : "", told);
        if (r == 0)
                r = store_audit(store, request, "revoke", mac, told);
        if (r == 0)
                store_change(store, "phone", mac);
        return r;
}

/* One that was known only because it was to take another's place is to be known as revoked. */
static int leave_replacement(struct store *store, struct store_request *request, const char *mac)
{
        int64_t one;
        int r = store_replace_leave(store, request, mac);

        if (r == 0)
                r = store_db_number(store_db(store), "SELECT 1 FROM phone WHERE mac = ?", &one, "s", mac);
        return r == PV_EUNSET ? store_phone_insert(store, mac, PHONE_TRUST_SEEN) : r;
}

int store_op_revoke_phone(struct store *store, struct store_request *request)
{
        bool is_stolen = store_in_bool(request, "stolen");
        sd_json_variant *todo = NULL;
        char mac[MAC_TEXT_SIZE];
        enum phone_trust trust = PHONE_TRUST_SEEN;
        int64_t known_stolen = 0;
        int r = store_in_mac(request, mac);

        if (r == 0)
                r = store_phone_trust(store, request, mac, &trust);
        if (r == 0)
                r = store_db_number(store_db(store), "SELECT stolen FROM phone WHERE mac = ?", &known_stolen, "s", mac);
        if (r == 0)
                r = gather_todo(store, request, mac, trust, &todo);
        if (r == 0)
                r = leave_replacement(store, request, mac);
        if (r == 0 && trust != PHONE_TRUST_REVOKED)
                r = store_revoke(store, mac);
        if (r == 0 && (trust != PHONE_TRUST_REVOKED || (is_stolen && !known_stolen)))
                r = note(store, request, mac, is_stolen);
        if (r == 0)
                r = reply(store, request, mac, todo);
        sd_json_variant_unref(todo);
        return r;
}

/* --- delete -------------------------------------------------------------- */

int store_op_delete_phone(struct store *store, struct store_request *request)
{
        enum phone_trust trust;
        char mac[MAC_TEXT_SIZE];
        int r = store_in_mac(request, mac);

        if (r == 0)
                r = store_phone_trust(store, request, mac, &trust);
        if (r == 0)
                r = store_version_check_phone(store, request, mac);
        if (r == 0)
                r = store_replace_leave(store, request, mac);
        if (r == 0)
                r = store_approve_rest(store, mac);
        if (r == 0)
                r = store_db_run(store_db(store), "DELETE FROM phone WHERE mac = ?", "s", mac);
        if (r < 0)
                return r;
        store_rollout_touch(store);
        if (r == 0)
                r = store_db_run(store_db(store), "DELETE FROM lease WHERE mac = ?", "s", mac);
        if (r == 0 && store_db_changes(store_db(store)))
                store_change(store, "leases", mac);
        if (r == 0)
                r = store_db_run(store_db(store), "DELETE FROM alarm WHERE subject = ?", "s", mac);
        if (r == 0 && store_db_changes(store_db(store)))
                store_change(store, "alarm", mac);
        if (r == 0)
                r = store_events_forget(store, mac);
        if (r == 0)
                r = store_audit(store, request, "delete", mac, "");
        if (r == 0)
                store_change(store, "phone", mac);
        store_leave_no_trace(store);
        return r;
}
