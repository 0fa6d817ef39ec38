/*
 * import_folder: a tar of another system's provisioning folder.
 *
 * In:   the bytes of an archive, any bytes at all.
 * Out:  phones with their settings, files for models and for all; problems.
 * Not:  nothing is unpacked.
 */
#include "provisioning/import/import_folder.h"

#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/import/import_file.h"
#include "provisioning/import/settings_name.h"
#include "provisioning/import/settings_tar.h"

#define SHOWN_NAME_SIZE 200

#define SLOTS 32768     /* a power of two, well above IMPORT_PHONES_MAX */

struct folder {
        struct import_result *result;
        struct settings_tar_entry entry;
        unsigned slots[SLOTS];          /* phones by MAC: place in the result, from 1 */
};

/* Where this phone's number is or belongs. */
static unsigned *slot_of(struct folder *f, const struct mac *mac)
{
        uint32_t hash = 2166136261u;
        size_t at;

        for (size_t i = 0; i < sizeof mac->bytes; i++)
                hash = (hash ^ mac->bytes[i]) * 16777619u;
        for (at = hash % SLOTS; f->slots[at] && !mac_equal(&f->result->phones[f->slots[at] - 1].mac, mac); at = (at + 1) % SLOTS)
                continue;
        return &f->slots[at];
}

/* Two files of one phone: both count, the later one where both say something. */
static int read_phone(struct folder *f, const char *name, const struct mac *mac, const char *model, const struct cursor *content)
{
        struct import_result *result = f->result;
        unsigned *slot = slot_of(f, mac);
        struct import_phone *phone;
        int r;

        if (!*slot) {
                r = import_result_add_phone(result, &(struct import_phone){.file = name, .mac = *mac, .model = *model ? model : NULL});
                if (r)
                        return r;
                *slot = (unsigned)result->n_phones;
        }
        phone = &result->phones[*slot - 1];
        if (!phone->model && *model) {
                phone->model = import_result_text(result, model);
                if (!phone->model)
                        return PV_ETOOLARGE;
        }
        return import_file_read(result, &phone->settings, name, content->at, cursor_left(content));
}

static int read_shared(struct import_result *result, const char *name, const char *model, const struct cursor *content)
{
        int r = import_result_add_shared(result, name, model);

        return r ? r : import_file_read(result, &result->shared[result->n_shared - 1].settings, name, content->at, cursor_left(content));
}

static int read_entry(struct folder *f)
{
        const struct settings_tar_entry *entry = &f->entry;
        struct import_result *result = f->result;
        char shown[SHOWN_NAME_SIZE], model[SETTINGS_NAME_MODEL_SIZE];
        const char *last = strrchr(entry->name, '/');
        struct mac mac;

        text_escape(shown, sizeof shown, entry->name, strlen(entry->name));
        if (entry->refused) {
                import_result_problem(result, false, shown, 0, "", "%s", entry->refused);
                return 0;
        }
        switch (settings_name_of_file(entry->name, &mac, model)) {
        case SETTINGS_NAME_PHONE:
                return read_phone(f, shown, &mac, model, &entry->content);
        case SETTINGS_NAME_MODEL:
        case SETTINGS_NAME_ALL:
                return read_shared(result, shown, model, &entry->content);
        case SETTINGS_NAME_OTHER:
                if ((last ? last[1] : entry->name[0]) != '.')
                        import_result_problem(result, false, shown, 0, "", "only .xml, .htm, .html, .cfg and .txt are settings files; it was left out");
                return 0;
        }
        return 0;
}

/* --- what a phone's settings say of the phone ---------------------------------------- */

static struct import_setting *find_setting(struct import_phone *phone, const char *name, int index)
{
        for (size_t i = 0; i < phone->settings.n; i++)
                if (phone->settings.list[i].index == index && strcmp(phone->settings.list[i].name, name) == 0)
                        return &phone->settings.list[i];
        return NULL;
}

static void drop(struct import_settings *settings, struct import_setting *setting)
{
        size_t at = (size_t)(setting - settings->list);

        memmove(setting, setting + 1, (--settings->n - at) * sizeof *setting);
}

/* The first identity is the phone's account: its secret is sealed with the phone, and {ext} is its number. */
static void lift_account(struct import_phone *phone)
{
        struct import_setting *user = find_setting(phone, "user_name", 1), *secret;

        if (user && *user->value) {
                phone->sip_user = user->value;
                drop(&phone->settings, user);
        }
        secret = find_setting(phone, "user_pass", 1);
        if (phone->sip_user && secret && *secret->value) {
                phone->sip_secret = secret->value;
                drop(&phone->settings, secret);
        }
}

static void lift_name(struct import_phone *phone)
{
        const struct import_setting *name = find_setting(phone, "phone_name", IMPORT_NO_INDEX);

        if (!name || !*name->value)
                name = find_setting(phone, "user_realname", 1);
        if (name && *name->value)
                phone->name = name->value;
}

int import_folder_read(struct import_result *result, const char *file, const void *bytes, size_t size)
{
        struct settings_tar tar = settings_tar_of(bytes, size);
        struct folder *f = calloc(1, sizeof *f);
        const char *reason;
        int r = 0, v;

        if (!f)
                return PV_ENOMEM;
        f->result = result;
        while (!r && (v = settings_tar_next(&tar, &f->entry, &reason))) {
                if (v < 0) {
                        import_result_problem(result, true, file, 0, "", "%s", reason);
                        break;
                }
                r = read_entry(f);
        }
        free(f);
        if (!r && !result->n_phones && !result->n_shared && !result->n_problems)
                import_result_problem(result, true, file, 0, "", "no file is in the archive");
        for (size_t i = 0; i < result->n_phones; i++) {
                lift_account(&result->phones[i]);
                lift_name(&result->phones[i]);
        }
        return r;
}
