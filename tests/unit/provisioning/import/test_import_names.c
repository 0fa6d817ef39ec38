/*
 * test_import_names: what names of settings, models, files and columns mean.
 */
#include "provisioning/import/phones_csv.h"
#include "provisioning/import/settings_name.h"

#include "tests/support/test.h"

TEST(numbers_at_the_end_of_a_name_are_an_index_where_there_can_be_one)
{
        static const struct {
                const char *name, *base;
                int index;
                const char *part;
        } rows[] = {
                {"user_name1", "user_name", 1, ""}, {"user_host12", "user_host", 12, ""}, {"fkey33", "fkey", 33, ""}, {"language", "language", -1, ""},
                {"dns_server1", "dns_server1", -1, ""}, {"fkey_context2", "fkey", 2, "context"}, {"fkey_label2", "fkey", 2, "label"},
                {"tn_4", "tbook", 4, "name"}, {"tu_4", "tbook", 4, ""}, {"tc_4", "tbook", 4, "type"}, {"to_4", "tbook", 4, "context"},
                {"user_new7", "user_new", 7, ""}, {"user_name", "user_name", -1, ""}, {"user_name99999", "user_name99999", -1, ""}, {"7", "7", -1, ""},
        };

        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                struct settings_name name;

                settings_name_split(rows[i].name, &name);
                CHECK_STR(name.name, rows[i].base);
                CHECK_EQ_INT(name.index, rows[i].index);
                CHECK_STR(name.part, rows[i].part);
        }
}

static const char *model_of(const char *text)
{
        static char model[SETTINGS_NAME_MODEL_SIZE];

        return settings_name_model(text, strlen(text), model) ? model : NULL;
}

TEST(a_model_is_known_in_all_its_spellings)
{
        CHECK_STR(model_of("D785"), "snomD785");
        CHECK_STR(model_of("snomD785"), "snomD785");
        CHECK_STR(model_of("Snom D785"), "snomD785");
        CHECK_STR(model_of("SNOM-d785"), "snomD785");
        CHECK_STR(model_of("720"), "snom720");
        CHECK_STR(model_of("m900"), "snomM900");
        CHECK_STR(model_of("snomMP"), "snomMP");
        CHECK_STR(model_of("pa1"), "snomPA1");
        CHECK_STR(model_of("snom"), NULL);
        CHECK_STR(model_of("general"), NULL);
        CHECK_STR(model_of("D"), NULL);
        CHECK_STR(model_of("12345"), NULL);
        CHECK_STR(model_of("T48G"), NULL);
        CHECK_STR(model_of(""), NULL);
}

TEST(a_file_is_for_a_phone_a_model_or_all_by_its_last_name)
{
        static const struct {
                const char *path;
                enum settings_name_file file;
                const char *mac, *model;
        } rows[] = {
                {"000413AABB01.xml", SETTINGS_NAME_PHONE, "000413aabb01", ""}, {"a/b/00-04-13-aa-bb-01.htm", SETTINGS_NAME_PHONE, "000413aabb01", ""},
                {"0004.13aa.bb01.cfg", SETTINGS_NAME_PHONE, "000413aabb01", ""}, {"00:04:13:AA:BB:01.TXT", SETTINGS_NAME_PHONE, "000413aabb01", ""},
                {"snomD785-000413AABB01.htm", SETTINGS_NAME_PHONE, "000413aabb01", "snomD785"}, {"cfg_000413AABB01.xml", SETTINGS_NAME_PHONE, "000413aabb01", ""},
                {"snomD785.xml", SETTINGS_NAME_MODEL, NULL, "snomD785"}, {"320.htm", SETTINGS_NAME_MODEL, NULL, "snom320"},
                {"general.xml", SETTINGS_NAME_ALL, NULL, ""}, {"a1000413AABB01.xml", SETTINGS_NAME_ALL, NULL, ""}, {"000000000000.xml", SETTINGS_NAME_ALL, NULL, ""},
                {"fw.bin", SETTINGS_NAME_OTHER, NULL, ""}, {"000413AABB01", SETTINGS_NAME_OTHER, NULL, ""}, {".xml", SETTINGS_NAME_OTHER, NULL, ""},
                {"a/.hidden.xml", SETTINGS_NAME_OTHER, NULL, ""}, {"", SETTINGS_NAME_OTHER, NULL, ""},
        };

        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                char model[SETTINGS_NAME_MODEL_SIZE], text[MAC_TEXT_SIZE];
                struct mac mac;

                if (settings_name_of_file(rows[i].path, &mac, model) != rows[i].file)
                        TEST_FAIL("%s is something else", rows[i].path);
                CHECK_STR(model, rows[i].model);
                if (rows[i].mac)
                        CHECK_STR(mac_format(&mac, text), rows[i].mac);
        }
}

TEST(a_column_is_known_by_many_names)
{
        CHECK_EQ_INT(phones_csv_column_of("MAC Address"), PHONES_CSV_MAC);
        CHECK_EQ_INT(phones_csv_column_of("mac-addr"), PHONES_CSV_MAC);
        CHECK_EQ_INT(phones_csv_column_of("SIP_User"), PHONES_CSV_SIP_USER);
        CHECK_EQ_INT(phones_csv_column_of("Extension"), PHONES_CSV_SIP_USER);
        CHECK_EQ_INT(phones_csv_column_of("SIP password"), PHONES_CSV_SIP_SECRET);
        CHECK_EQ_INT(phones_csv_column_of("Profile"), PHONES_CSV_PROFILES);
        CHECK_EQ_INT(phones_csv_column_of("room"), PHONES_CSV_UNKNOWN);
        CHECK_EQ_INT(phones_csv_column_of("a name that is longer than any column's name can be"), PHONES_CSV_UNKNOWN);
}

TEST(a_column_of_a_setting_has_a_name_and_perhaps_an_index)
{
        char name[16];
        int index;

        CHECK(phones_csv_setting_of("fkey[3]", name, sizeof name, &index));
        CHECK_STR(name, "fkey");
        CHECK_EQ_INT(index, 3);
        CHECK(phones_csv_setting_of("language", name, sizeof name, &index));
        CHECK_EQ_INT(index, -1);
        CHECK(!phones_csv_setting_of("fkey[]", name, sizeof name, &index));
        CHECK(!phones_csv_setting_of("fkey[1", name, sizeof name, &index));
        CHECK(!phones_csv_setting_of("fkey[10000]", name, sizeof name, &index));
        CHECK(!phones_csv_setting_of("fkey[1]x", name, sizeof name, &index));
        CHECK(!phones_csv_setting_of("1x", name, sizeof name, &index));
        CHECK(!phones_csv_setting_of("two words", name, sizeof name, &index));
        CHECK(!phones_csv_setting_of("a_name_of_more_than_that", name, sizeof name, &index));
        CHECK(!phones_csv_setting_of("", name, sizeof name, &index));
}
