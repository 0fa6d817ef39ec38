/*
 * ops_catalogue: what is known of the settings of phones.
 *
 * In:   a word; provisioning/model/settings.catalogue.
 * Out:  the settings with it in their name or purpose, or of this row of the hardening profile; those whose name begins with it first.
 * Not:  no station is asked.
 */
#include "provisioning/admin/operations.h"
#include "provisioning/admin/ops.h"

#include <string.h>
#include <strings.h>

#include "provisioning/model/catalogue.h"

static const struct field search_catalogue_fields[] = {
        FIELD(QUERY, TEXT, "text", .max = 64),
        FIELD_LIMIT(500),
        FIELDS_END,
};

static const char *const indexes[] = {
        [CATALOGUE_INDEX_NONE] = "none", [CATALOGUE_INDEX_IDENTITY] = "identity", [CATALOGUE_INDEX_KEY] = "key",
        [CATALOGUE_INDEX_EITHER] = "either", [CATALOGUE_INDEX_ITEM] = "item",
};
static const char *const types[] = {
        [CATALOGUE_TYPE_TEXT] = "text", [CATALOGUE_TYPE_SWITCH] = "switch", [CATALOGUE_TYPE_NUMBER] = "number", [CATALOGUE_TYPE_CHOICE] = "choice",
        [CATALOGUE_TYPE_PASSWORD] = "password", [CATALOGUE_TYPE_PIN] = "pin", [CATALOGUE_TYPE_CLOCK] = "clock", [CATALOGUE_TYPE_URL] = "url",
        [CATALOGUE_TYPE_HOST] = "host",
};
static const char *const changes[] = {
        [CATALOGUE_CHANGE_ADMIN] = "admin", [CATALOGUE_CHANGE_USER] = "user", [CATALOGUE_CHANGE_RW] = "rw", [CATALOGUE_CHANGE_APPLIANCE] = "appliance",
};

/* 0: not meant; the more, the nearer. */
static int nearness(const struct catalogue_entry *entry, const char *word)
{
        if (!word || !*word)
                return 1;
        if (!strncasecmp(entry->name, word, strlen(word)))
                return 3;
        if (strcasestr(entry->name, word))
                return 2;
        return strcasestr(entry->purpose, word) || !strcasecmp(entry->row, word);
}

static int add_entry(sd_json_variant **list, const struct catalogue_entry *entry)
{
        return sd_json_variant_append_arraybo(
                list, SD_JSON_BUILD_PAIR_STRING("name", entry->name), SD_JSON_BUILD_PAIR_STRING("index", indexes[entry->index]),
                SD_JSON_BUILD_PAIR_STRING("type", types[entry->type]), SD_JSON_BUILD_PAIR_STRING("values", entry->values),
                SD_JSON_BUILD_PAIR_STRING("default", entry->default_text),
                SD_JSON_BUILD_PAIR_BOOLEAN("secret", entry->secret != CATALOGUE_SECRET_NO),
                SD_JSON_BUILD_PAIR_STRING("change", changes[entry->change]), SD_JSON_BUILD_PAIR_STRING("row", entry->row),
                SD_JSON_BUILD_PAIR_STRING("recommended", entry->is_own ? "own" : entry->recommended),
                SD_JSON_BUILD_PAIR_STRING("where", entry->where), SD_JSON_BUILD_PAIR_STRING("since", entry->since),
                SD_JSON_BUILD_PAIR_STRING("source", entry->source), SD_JSON_BUILD_PAIR_STRING("purpose", entry->purpose));
}

static void search_catalogue(struct call *call)
{
        const struct catalogue *catalogue = catalogue_builtin();
        int64_t left = call_integer(call, "limit", OPS_LIMIT_DEFAULT);
        const char *word = call_text(call, "text");
        sd_json_variant *list = NULL, *answer = NULL;
        int r = sd_json_variant_new_array(&list, NULL, 0);

        for (int wanted = 3; wanted > 0; wanted--)
                for (size_t i = 0; i < catalogue->n_entries && left > 0 && r >= 0; i++)
                        if (nearness(&catalogue->entries[i], word) == wanted) {
                                r = add_entry(&list, &catalogue->entries[i]);
                                left--;
                        }
        if (r >= 0)
                r = sd_json_buildo(&answer, SD_JSON_BUILD_PAIR_VARIANT("settings", list));
        if (r < 0)
                (void)ops_no_memory(call);
        else
                call_reply(call, 200, answer);
        sd_json_variant_unref(answer);
        sd_json_variant_unref(list);
}

const struct operation ops_catalogue_operations[] = {
        {"GET", "/catalogue", "searchCatalogue", ROLE_READER, 0, search_catalogue_fields, search_catalogue},
        OPERATIONS_END,
};
