/*
 * ctl_files: imports, folders as tar and firmware, as stations get them.
 */
#include "tests/unit/appliance/console/stand_in.h"

#include <sys/stat.h>

#include "appliance/console/ctl_tar.h"

#define MAC "000413aabbcc"
#define PHONE "{\"line\":2,\"mac\":\"" MAC "\",\"name\":\"Desk\",\"model\":null,\"profiles\":[\"a\"],\"key_type\":null,\"lan_address\":null," \
        "\"sip_user\":\"100\",\"sip_secret\":\"geheim\",\"settings\":[{\"line\":9,\"name\":\"language\",\"index\":null,\"value\":\"Deutsch\"," \
        "\"permission\":\"\",\"attributes\":null}]}"
#define READ(phones, shared, problems) "{\"found\":\"phones\",\"settings\":[],\"phones\":[" phones "],\"shared\":[" shared "],\"problems\":[" problems "]}"
#define COUNTS(problems) "{\"added\":1,\"changed\":2,\"unchanged\":3,\"approved\":1,\"problems\":[" problems "]}"

static char folder[64];

static void make_folder(void)
{
        snprintf(folder, sizeof folder, "/tmp/ctl-files-XXXXXX");
        CHECK(mkdtemp(folder));
}

static void put(const char *name, const void *bytes, size_t size)
{
        char path[512];
        FILE *file;

        snprintf(path, sizeof path, "%s/%s", folder, name);
        file = fopen(path, "we");
        if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
                TEST_FAIL("%s: %s", path, strerror(errno));
}

static void drop_folder(void)
{
        char command[100];

        snprintf(command, sizeof command, "rm -rf %s", folder);
        if (system(command) != 0)
                TEST_FAIL("%s", command);
}

/* --- phones ------------------------------------------------------------------- */

TEST(a_csv_is_read_by_import_and_kept_by_the_store)
{
        stand_in_forget();
        stand_in_answers(READ(PHONE, "", "{\"file\":\"\",\"line\":4,\"severity\":\"warning\",\"what\":\"colour\",\"reason\":\"This column is not known.\"}"));
        stand_in_answers(COUNTS(""));
        CHECK_EQ_INT(RUN_WITH("mac,name\n", "phone", "import", "-", "--approve"), CTL_OK);
        CHECK_EQ_INT(n_asked, 2);
        CHECK_STR(asked[0], "Read {\"kind\":\"phones\",\"name\":\"standard input\",\"content\":\"bWFjLG5hbWUK\"}");
        CHECK_STR(asked[1], "ImportPhones {\"phones\":[{\"line\":2,\"mac\":\"" MAC "\",\"name\":\"Desk\",\"model\":null,\"profiles\":[\"a\"],"
                            "\"key_type\":null,\"lan_address\":null,\"sip_user\":\"100\",\"sip_secret\":\"geheim\",\"settings\":[{\"name\":\"language\","
                            "\"index\":null,\"value\":\"Deutsch\",\"permission\":\"\",\"attributes\":null}]}],\"approve\":true,\"dry_run\":false}");
        CHECK_STR(out, "Found: a table of phones, 1 phone.\nwarning  line 4, colour: This column is not known.\n"
                       "Imported: 1 new, 2 changed, 3 as they were; 1 approved.\n");
}

TEST(a_dry_run_of_an_import_keeps_nothing)
{
        stand_in_forget();
        stand_in_answers(READ(PHONE, "", ""));
        stand_in_answers(COUNTS(""));
        CHECK_EQ_INT(RUN_WITH("x", "phone", "import", "-", "--dry-run"), CTL_OK);
        CHECK_EQ_INT(n_asked, 2);
        CHECK(strstr(asked[1], "\"approve\":false,\"dry_run\":true}"));
        CHECK(strstr(out, "Nothing is imported: this is what would be. 1 new"));
}

TEST(an_error_in_the_file_ends_before_the_store_is_asked)
{
        stand_in_forget();
        stand_in_answers(READ(PHONE, "", "{\"file\":\"\",\"line\":3,\"severity\":\"error\",\"what\":\"mac\",\"reason\":\"This is not a MAC address.\"}"));
        CHECK_EQ_INT(RUN_WITH("x", "phone", "import", "-"), CTL_FAILED);
        CHECK_EQ_INT(n_asked, 1);
        CHECK(strstr(out, "error    line 3, mac: This is not a MAC address.\n"));
        CHECK_STR(err, "provostctl: Nothing is imported: correct the errors (1) and import it again.\n");
}

TEST(problems_of_the_store_are_told_by_line)
{
        stand_in_forget();
        stand_in_answers(READ(PHONE, "", ""));
        stand_in_answers(COUNTS("{\"line\":2,\"field\":\"profiles\",\"reason\":\"There is no profile a.\"}"));
        CHECK_EQ_INT(RUN_WITH("x", "phone", "import", "-"), CTL_FAILED);
        CHECK(strstr(out, "error    line 2, profiles: There is no profile a.\n") && !strstr(out, "Imported"));
        CHECK_STR(err, "provostctl: Nothing is imported: correct the errors (1) and import it again.\n");
}

TEST(the_json_of_an_import_holds_no_secret)
{
        stand_in_forget();
        stand_in_answers(READ(PHONE, "", ""));
        stand_in_answers(COUNTS(""));
        CHECK_EQ_INT(RUN_WITH("x", "phone", "import", "-", "--json"), CTL_OK);
        CHECK_STR(out, "{\"read\":{\"found\":\"phones\",\"phones\":1,\"settings\":0,\"shared\":0,\"problems\":[]},"
                       "\"import\":" COUNTS("") "}\n");
}

TEST(hostile_texts_of_a_file_are_made_fit_for_a_terminal)
{
        stand_in_forget();
        stand_in_answers("{\"found\":\"CSV\",\"settings\":[],\"phones\":[],\"shared\":[],\"problems\":[{\"file\":\"a\\u001b[2Jb\",\"line\":1,"
                         "\"severity\":\"error\",\"what\":\"\\u0007\",\"reason\":\"It is \\u001b[31mred.\"}]}");
        CHECK_EQ_INT(RUN_WITH("x", "phone", "import", "-"), CTL_FAILED);
        CHECK(!strchr(out, 0x1b) && !strchr(out, 7));
}

TEST(ten_thousand_phones_go_in_one_call)
{
        size_t n = 10000, at;
        char *json = malloc(n * sizeof PHONE + 200);

        at = (size_t)sprintf(json, "{\"found\":\"CSV\",\"settings\":[],\"shared\":[],\"problems\":[],\"phones\":[");
        for (size_t i = 0; i < n; i++)
                at += (size_t)sprintf(json + at, "%s" PHONE, i ? "," : "");
        sprintf(json + at, "]}");
        stand_in_forget();
        stand_in_answers(json);
        stand_in_answers(COUNTS(""));
        CHECK_EQ_INT(RUN_WITH("x", "phone", "import", "-"), CTL_OK);
        free(json);
        n = 0;
        for (const char *mac = asked[1]; (mac = strstr(mac, "\"mac\"")); mac++)
                n++;
        CHECK_EQ_INT(n, 10000);
}

TEST(eight_mebibytes_are_taken_and_no_more)
{
        size_t size = (8u << 20) + 1;
        char *bytes = malloc(size);
        const char *words[] = {"phone", "import", "-", NULL};

        memset(bytes, 0, size);
        stand_in_forget();
        stand_in_answers(READ("", "", "{\"file\":\"\",\"line\":0,\"severity\":\"error\",\"what\":\"\",\"reason\":\"No phones.\"}"));
        CHECK_EQ_INT(run_words(words, bytes, size - 1, true), CTL_FAILED);
        CHECK_EQ_INT(n_asked, 1);
        CHECK(strlen(asked[0]) > size / 3 * 4);
        CHECK_EQ_INT(run_words(words, bytes, size, true), CTL_FAILED);
        CHECK_EQ_INT(n_asked, 1);
        CHECK_STR(err, "provostctl: Standard input is too large: at most 8192 KiB are taken.\n");
        free(bytes);
}

/* --- folders ------------------------------------------------------------------------ */

static uint64_t octal(const char *field, size_t size)
{
        uint64_t value = 0;

        for (size_t i = 0; i < size && field[i] >= '0' && field[i] <= '7'; i++)
                value = value * 8 + (uint64_t)(field[i] - '0');
        return value;
}

TEST(a_folder_becomes_a_tar_in_the_order_of_names)
{
        char problem[CTL_TAR_PROBLEM_SIZE], *bytes = NULL, path[512], body[600];
        size_t size = 0;
        unsigned sum = 0;

        make_folder();
        snprintf(path, sizeof path, "%s/sub", folder);
        mkdir(path, 0700);
        memset(body, 'x', sizeof body);
        put("b.xml", "<b/>", 4);
        put("a.xml", body, sizeof body);
        put("sub/c.xml", "", 0);
        snprintf(path, sizeof path, "%s/link", folder);
        CHECK_EQ_INT(symlink("/etc/passwd", path), 0);
        CHECK_EQ_INT(ctl_tar_of_folder(folder, 1 << 20, &bytes, &size, problem), 0);
        CHECK_EQ_INT(size, 512 * (1 + 2 + 1 + 1 + 1 + 2));
        CHECK_STR(bytes, "a.xml");
        CHECK_EQ_INT(octal(bytes + 124, 11), 600);
        CHECK_MEM(bytes + 512, body, 600);
        CHECK_STR(bytes + 3 * 512, "b.xml");
        CHECK_STR(bytes + 4 * 512, "<b/>");
        CHECK_STR(bytes + 5 * 512, "sub/c.xml");
        CHECK_MEM(bytes + 257, "ustar\00000", 8);
        for (size_t i = 0; i < 512; i++)
                sum += i >= 148 && i < 156 ? ' ' : (unsigned char)bytes[i];
        CHECK_EQ_INT(octal(bytes + 148, 8), sum);
        free(bytes);
        drop_folder();
}

TEST(a_tar_has_bounds)
{
        char problem[CTL_TAR_PROBLEM_SIZE], *bytes = NULL;
        size_t size = 0;

        make_folder();
        CHECK_EQ_INT(ctl_tar_of_folder(folder, 4096, &bytes, &size, problem), PV_EUNSET);
        CHECK(strstr(problem, "There is no file in "));
        put("a", problem, sizeof problem);
        CHECK_EQ_INT(ctl_tar_of_folder(folder, 2047, &bytes, &size, problem), PV_ETOOLARGE);
        CHECK_STR(problem, "This folder is too large: its files together may have 1 KiB.");
        CHECK_EQ_INT(ctl_tar_of_folder(folder, 2048, &bytes, &size, problem), 0);
        free(bytes);
        drop_folder();
        CHECK_EQ_INT(ctl_tar_of_folder(folder, 4096, &bytes, &size, problem), PV_ESYSTEM);
        CHECK(strstr(problem, "cannot be read: No such file"));
}

TEST(long_names_are_parted_and_longer_ones_refused)
{
        char problem[CTL_TAR_PROBLEM_SIZE], *bytes = NULL, name[300], path[512];
        size_t size = 0;

        make_folder();
        memset(name, 'd', 90);
        name[90] = 0;
        snprintf(path, sizeof path, "%s/%s", folder, name);
        mkdir(path, 0700);
        memcpy(name + 90, "/file.xml-that-has-a-longer-name", 33);
        put(name, "x", 1);
        CHECK_EQ_INT(ctl_tar_of_folder(folder, 4096, &bytes, &size, problem), 0);
        CHECK_STR(bytes, "file.xml-that-has-a-longer-name");
        CHECK_EQ_INT(strspn(bytes + 345, "d"), 90);
        free(bytes);
        memset(name, 'f', 101);
        name[101] = 0;
        put(name, "x", 1);
        CHECK_EQ_INT(ctl_tar_of_folder(folder, 8192, &bytes, &size, problem), PV_ETOOLARGE);
        CHECK(text_starts(problem, "The name of this file is too long: fff"));
        drop_folder();
}

#define SHARED(file, model) "{\"file\":\"" file "\",\"model\":\"" model "\",\"settings\":[{\"line\":3,\"name\":\"a\",\"index\":null,\"value\":\"b\"," \
        "\"permission\":\"\",\"attributes\":null}]}"
static const char fits[] = "{\"revision\":5,\"phones\":0,\"findings\":[]}";

TEST(a_folder_is_one_call_so_that_all_of_it_or_nothing_is_kept)
{
        stand_in_forget();
        stand_in_answers(READ(PHONE, SHARED("all.xml", "") "," SHARED("snom720.htm", "snom720"), ""));
        stand_in_answers("{\"added\":1,\"changed\":0,\"unchanged\":0,\"approved\":0,\"problems\":[],\"revision\":5,\"shared_phones\":4,\"findings\":["
                         "{\"severity\":\"warning\",\"rule\":\"r\",\"name\":\"a\",\"index\":null,\"reason\":\"a is unknown.\"}]}");
        make_folder();
        put("a.xml", "x", 1);
        CHECK_EQ_INT(RUN("phone", "import-folder", folder), CTL_OK);
        drop_folder();
        CHECK_EQ_INT(n_asked, 2);
        CHECK(text_starts(asked[0], "Read {\"kind\":\"folder\",\"name\":\"ctl-files-"));
        CHECK(strstr(asked[1], "\"dry_run\":false,\"shared\":[{\"scope\":\"site\",\"owner\":\"\",\"settings\":[{\"name\":\"a\",\"index\":null,\"value\":\"b\","
                               "\"permission\":\"\",\"attributes\":null}],\"origin\":\"all.xml\"},{\"scope\":\"model\",\"owner\":\"snom720\","));
        CHECK(strstr(asked[1], "\"reason\":\"imported from ctl-files-"));
        CHECK(strstr(out, "all.xml: 1 setting of the site\nsnom720.htm: 1 setting of model snom720\nImported: 1 new"));
        CHECK(strstr(out, "Shared settings: revision 5, for 4 phones.\n\nwarning  a is unknown.\n"));
}

TEST(a_refused_part_of_a_folder_keeps_all_of_it_out)
{
        stand_in_forget();
        stand_in_answers(READ(PHONE, SHARED("all.xml", ""), ""));
        stand_in_refuses("NotAllowed", "{\"reason\":\"all.xml: A roll-out runs.\"}");
        CHECK_EQ_INT(RUN_WITH("x", "phone", "import-folder", "-"), CTL_FAILED);
        CHECK_EQ_INT(n_asked, 2);
        CHECK(strstr(err, "all.xml: A roll-out runs.") && strstr(err, "imported together or not at all; --phones-only leaves the settings out."));
        CHECK(!strstr(out, "Imported") && !strstr(out, "what would be"));
        stand_in_forget();
        stand_in_answers(READ(PHONE, SHARED("all.xml", ""), ""));
        stand_in_answers(COUNTS("{\"line\":0,\"field\":\"mac\",\"reason\":\"No.\"}"));
        CHECK_EQ_INT(RUN_WITH("x", "phone", "import-folder", "-"), CTL_FAILED);
        CHECK_EQ_INT(n_asked, 2);
        CHECK(!strstr(out, "Imported") && !strstr(out, "Shared settings"));
        stand_in_forget();
        stand_in_answers(READ(PHONE, SHARED("all.xml", ""), ""));
        stand_in_answers(COUNTS(""));
        CHECK_EQ_INT(RUN_WITH("x", "phone", "import-folder", "-", "--phones-only"), CTL_OK);
        CHECK_EQ_INT(n_asked, 2);
        CHECK(!strstr(asked[1], "shared"));
        CHECK(strstr(out, "all.xml: 1 setting of the site (left out)\n"));
}

/* --- settings ------------------------------------------------------------------------- */

TEST(a_settings_file_goes_to_its_scope)
{
        stand_in_forget();
        stand_in_answers("{\"found\":\"settings\",\"settings\":[{\"line\":3,\"name\":\"a\",\"index\":1,\"value\":\"b\",\"permission\":\"R\",\"attributes\":null}],"
                         "\"phones\":[],\"shared\":[],\"problems\":[]}");
        stand_in_answers("{\"revision\":5,\"phones\":2,\"findings\":[]}");
        CHECK_EQ_INT(RUN_WITH("<settings/>", "settings", "import", "profile", "p", "-", "--replace", "--dry-run"), CTL_OK);
        CHECK_STR(asked[0], "Read {\"kind\":\"settings\",\"name\":\"standard input\",\"content\":\"PHNldHRpbmdzLz4=\"}");
        CHECK_STR(asked[1], "SetSettings {\"scope\":\"profile\",\"owner\":\"p\",\"settings\":[{\"name\":\"a\",\"index\":1,\"value\":\"b\",\"permission\":\"R\","
                            "\"attributes\":null}],\"replace\":true,\"dry_run\":true}");
        CHECK_STR(out, "Found: a settings file, 1 setting.\nNothing is changed: this is what would be.\n2 phones would get other settings by it.\n");
}

TEST(a_settings_file_without_a_setting_clears_no_scope)
{
        static const char empty[] = "{\"found\":\"settings\",\"settings\":[],\"phones\":[],\"shared\":[],\"problems\":[]}";

        stand_in_forget();
        stand_in_answers(empty);
        stand_in_answers(fits);
        CHECK_EQ_INT(RUN_WITH("", "settings", "import", "site", "-"), CTL_FAILED);
        CHECK_EQ_INT(n_asked, 1);
        CHECK_STR(err, "provostctl: Nothing is imported: there is no setting in standard input.\n");
        stand_in_forget();
        stand_in_answers(empty);
        stand_in_answers(fits);
        CHECK_EQ_INT(RUN_WITH("<settings/>", "settings", "import", "site", "-", "--replace", "--json"), CTL_FAILED);
        CHECK_EQ_INT(n_asked, 1);
}

TEST(an_import_of_nothing_is_no_success)
{
        stand_in_forget();
        stand_in_answers("{\"found\":\"folder\",\"settings\":[],\"phones\":[],\"shared\":[],\"problems\":[]}");
        CHECK_EQ_INT(RUN_WITH("x", "phone", "import-folder", "-"), CTL_FAILED);
        CHECK_EQ_INT(n_asked, 1);
        CHECK_STR(err, "provostctl: Nothing is imported: there is no phone and no setting to take in standard input.\n");
        stand_in_forget();
        stand_in_answers("{\"found\":\"folder\",\"settings\":[],\"phones\":[],\"shared\":[" SHARED("all.xml", "") "],\"problems\":[]}");
        CHECK_EQ_INT(RUN_WITH("x", "phone", "import-folder", "-", "--phones-only"), CTL_FAILED);
        CHECK_EQ_INT(n_asked, 1);
}

TEST(a_broken_settings_file_names_line_and_tag)
{
        stand_in_forget();
        stand_in_answers("{\"found\":\"settings\",\"settings\":[],\"phones\":[],\"shared\":[],\"problems\":[{\"file\":\"old.xml\",\"line\":7,\"severity\":\"error\","
                         "\"what\":\"webserver_type\",\"reason\":\"It ends as http_user.\"}]}");
        CHECK_EQ_INT(RUN_WITH("x", "settings", "import", "site", "-"), CTL_FAILED);
        CHECK_EQ_INT(n_asked, 1);
        CHECK(strstr(out, "error    old.xml, line 7, webserver_type: It ends as http_user.\n"));
        CHECK_EQ_INT(RUN("settings", "import", "site", "/nowhere"), CTL_FAILED);
        CHECK_STR(err, "provostctl: /nowhere cannot be opened: No such file or directory.\n");
}

/* --- firmware --------------------------------------------------------------------------- */

TEST(firmware_goes_in_parts)
{
        size_t size = 512 * 1024 + 3;
        char *bytes = malloc(size);

        memset(bytes, 'f', size);
        make_folder();
        put("fw.bin", bytes, size);
        free(bytes);
        snprintf(folder + strlen(folder), sizeof folder - strlen(folder), "/fw.bin");
        stand_in_forget();
        stand_in_answers("{\"upload\":3}");
        stand_in_answers("{}");
        stand_in_answers("{}");
        stand_in_answers("{}");
        CHECK_EQ_INT(RUN("firmware", "add", folder, "--model", "snomD785", "--version=10.1.184.14"), CTL_OK);
        *strrchr(folder, '/') = 0;
        drop_folder();
        CHECK_EQ_INT(n_asked, 4);
        CHECK_STR(asked[0], "BeginFirmware {\"model\":\"snomD785\",\"version\":\"10.1.184.14\",\"kind\":\"firmware\",\"file\":\"fw.bin\",\"size\":524291,"
                            "\"sha256\":\"b6e8059ec3a19318015d1c0a972f1455db92c5d366f230df8c410086dac970ca\"}");
        CHECK(text_starts(asked[1], "AppendFirmware {\"upload\":3,\"offset\":0,\"content\":\"ZmZm"));
        CHECK_STR(asked[2], "AppendFirmware {\"upload\":3,\"offset\":524288,\"content\":\"ZmZm\"}");
        CHECK_STR(asked[3], "FinishFirmware {\"upload\":3}");
        CHECK(strstr(out, "Stored fw.bin: 524291 bytes, SHA-256 b6e8059e"));
}

TEST(firmware_from_standard_input_needs_a_name)
{
        stand_in_forget();
        CHECK_EQ_INT(RUN_WITH("x", "firmware", "add", "-", "--model=m", "--version=1"), CTL_USAGE);
        CHECK_EQ_INT(RUN_WITH("x", "firmware", "add", "-", "--name=f", "--version=1"), CTL_USAGE);
        CHECK_EQ_INT(n_asked, 0);
        CHECK_EQ_INT(RUN("firmware", "add", "-", "--model=m", "--version=1", "--name=f"), CTL_FAILED);
        CHECK_STR(err, "provostctl: The file is empty.\n");
        stand_in_answers("{\"upload\":3}");
        stand_in_answers("{}");
        stand_in_refuses("InvalidValue", "{\"name\":\"sha256\",\"reason\":\"The sum is another one.\"}");
        CHECK_EQ_INT(RUN_WITH("x", "firmware", "add", "-", "--model=m", "--version=1", "--kind=vpn-feature", "--name=f"), CTL_FAILED);
        CHECK(strstr(asked[0], "\"kind\":\"vpn-feature\",\"file\":\"f\",\"size\":1,\"sha256\":\"2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881\""));
        CHECK_STR(err, "provostctl: sha256: The sum is another one.\n");
}

TEST(firmware_goes_in_steps_through_a_channel)
{
        stand_in_forget();
        stand_in_answers("{\"upload\":9}");
        stand_in_answers("{}");
        stand_in_answers("{}");
        CHECK_EQ_INT(RUN("firmware", "begin", "f", "--model=m", "--version=1", "--size=2", "--sha256=ab"), CTL_OK);
        CHECK_STR(out, "9\n");
        CHECK_EQ_INT(RUN_WITH("xy", "firmware", "append", "9", "0", "-"), CTL_OK);
        CHECK_STR(out, "");
        CHECK_EQ_INT(RUN("firmware", "finish", "9", "--json"), CTL_OK);
        CHECK_STR(out, "{}\n");
        CHECK_STR(asked[0], "BeginFirmware {\"model\":\"m\",\"version\":\"1\",\"kind\":\"firmware\",\"file\":\"f\",\"size\":2,\"sha256\":\"ab\"}");
        CHECK_STR(asked[1], "AppendFirmware {\"upload\":9,\"offset\":0,\"content\":\"eHk=\"}");
        CHECK_STR(asked[2], "FinishFirmware {\"upload\":9}");
        CHECK_EQ_INT(RUN("firmware", "begin", "f", "--model=m", "--version=1", "--size=x", "--sha256=ab"), CTL_USAGE);
        CHECK_EQ_INT(RUN("firmware", "begin", "f"), CTL_USAGE);
        CHECK_EQ_INT(RUN("firmware", "append", "9", "-1", "-"), CTL_USAGE);
        CHECK_EQ_INT(RUN("firmware", "finish", "x"), CTL_USAGE);
}

TEST(firmware_is_listed_and_removed)
{
        stand_in_forget();
        stand_in_answers("{\"firmware\":[{\"file\":\"f.bin\",\"model\":\"snom720\",\"version\":\"8.9.3.80\",\"kind\":\"firmware\",\"size\":17,"
                         "\"sha256\":\"ab\",\"added_at\":86400}]}");
        stand_in_answers("{}");
        CHECK_EQ_INT(RUN("firmware", "list"), CTL_OK);
        CHECK(strstr(out, "f.bin  snom720  8.9.3.80  firmware  17     1970-01-02"));
        CHECK_EQ_INT(RUN("firmware", "remove", "f.bin"), CTL_OK);
        CHECK_STR(asked[1], "RemoveFirmware {\"file\":\"f.bin\"}");
}
