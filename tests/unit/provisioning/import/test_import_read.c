/*
 * test_import_read: files of elsewhere, from bytes to phones, settings and problems.
 */
#include "provisioning/import/import_read.h"

#include "appliance/base/mac.h"
#include "tests/support/golden.h"
#include "tests/unit/provisioning/import/tar_made.h"

static char dump[1 << 18];
static size_t n_dump;
static struct import_result result;
static const char *why;

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
        va_list args;

        va_start(args, format);
        n_dump += (size_t)vsnprintf(dump + n_dump, sizeof dump - n_dump, format, args);
        va_end(args);
        if (n_dump >= sizeof dump)
                n_dump = sizeof dump - 1;
}

static void note_settings(const struct import_settings *settings)
{
        for (size_t i = 0; i < settings->n; i++) {
                const struct import_setting *s = &settings->list[i];

                note(" %u %s", s->line, s->name);
                if (s->index != IMPORT_NO_INDEX)
                        note("[%d]", s->index);
                note(" (%s) = %s", s->permission, s->value);
                for (size_t k = 0; k < s->n_attributes; k++)
                        note(" {%s=%s}", s->attributes[k].name, s->attributes[k].value);
                note("\n");
        }
}

/* The first problem, for results that are too long to be noted. */
#define CHECK_FIRST_PROBLEM(first_line, first_reason)                                                            \
        do {                                                                                                     \
                CHECK(result.n_problems > 0 && result.problems[0].is_error);                                     \
                CHECK_EQ_INT(result.problems[0].line, (first_line));                                             \
                CHECK(strstr(result.problems[0].reason, (first_reason)));                                        \
        } while (0)

static void note_result(void)
{
        char mac[MAC_TEXT_SIZE];

        note("%s\n", result.found);
        note_settings(&result.settings);
        for (size_t i = 0; i < result.n_phones; i++) {
                const struct import_phone *p = &result.phones[i];

                note("phone %u %s name=%s model=%s key=%s address=%s user=%s secret=%s profiles=", p->line, mac_format(&p->mac, mac),
                     p->name ? p->name : "-", p->model ? p->model : "-", p->key_type ? p->key_type : "-",
                     p->lan_address ? p->lan_address : "-", p->sip_user ? p->sip_user : "-", p->sip_secret ? p->sip_secret : "-");
                for (size_t k = 0; k < p->n_profiles; k++)
                        note("%s%s", k ? "," : "", p->profiles[k]);
                note("\n");
                note_settings(&p->settings);
        }
        for (size_t i = 0; i < result.n_shared; i++) {
                note("shared %s model=%s\n", result.shared[i].file, result.shared[i].model);
                note_settings(&result.shared[i].settings);
        }
        for (size_t i = 0; i < result.n_problems; i++)
                note("%s %s:%u %s: %s\n", result.problems[i].is_error ? "ERROR" : "warning", result.problems[i].file, result.problems[i].line,
                     result.problems[i].what, result.problems[i].reason);
}

static int read_as(const char *kind, const void *bytes, size_t size)
{
        int r;

        n_dump = 0;
        dump[0] = 0;
        import_result_done(&result);
        r = import_read(kind, "f", bytes, size, &result, &why);
        if (!r)
                note_result();
        return r;
}

#define READ_LITERAL(kind, text) read_as((kind), (text), sizeof(text) - 1)

static int read_text(const char *text)
{
        return read_as("auto", text, strlen(text));
}

#define CHECK_SAID(text)                                                                                         \
        do {                                                                                                     \
                if (!strstr(dump, (text)))                                                                       \
                        TEST_FAIL("\"%s\" is not in \"%s\"", (text), dump);                                      \
        } while (0)

/* --- tables of phones -------------------------------------------------------------- */

TEST(a_table_of_phones_is_read_with_names_secrets_profiles_and_settings)
{
        CHECK_EQ_INT(read_text("MAC address;Name;Model;Extension;Secret;Profiles;Address;key type;language;fkey[3]\n"
                               "00:04:13:AA:BB:01;\"Reception, \"\"front\"\"\";D785;101; s3cret ;sales, night;192.0.2.11;p256;Deutsch;speed 112\n"
                               "000413aabb02;;snom720;102;;;;;;\n"
                               "\n"
                               ";;;;;;;;;\n"
                               "0004.13aa.bb03\n"), 0);
        CHECK_STR(dump, "phones\n"
                        "phone 2 000413aabb01 name=Reception, \"front\" model=snomD785 key=p256 address=192.0.2.11 user=101 secret=s3cret profiles=sales,night\n"
                        " 2 language () = Deutsch\n 2 fkey[3] () = speed 112\n"
                        "phone 3 000413aabb02 name=- model=snom720 key=- address=- user=102 secret=- profiles=\n"
                        "phone 6 000413aabb03 name=- model=- key=- address=- user=- secret=- profiles=\n");
        CHECK(!result.has_error);
}

TEST(tables_come_with_commas_tabs_byte_order_marks_and_latin_1)
{
        CHECK_EQ_INT(read_text("\xef\xbb\xbfmac,name\r\n000413000001,J\xc3\xbcrgen\r\n"), 0);
        CHECK_SAID("name=J\xc3\xbcrgen");
        CHECK_EQ_INT(read_text("mac\tname\r000413000001\tJ\xfcrgen\r"), 0);
        CHECK_SAID("name=J\xc3\xbcrgen");
        CHECK_EQ_INT(READ_LITERAL("auto", "\xff\xfem\0a\0c\0\n\0" "0\0" "0\0" "0\0" "4\0" "1\0" "3\0" "0\0" "0\0" "0\0" "0\0" "0\0" "1\0"), 0);
        CHECK_SAID("phone 2 000413000001");
}

TEST(the_apostrophe_before_a_formula_in_a_table_of_ours_is_no_part_of_the_name)
{
        CHECK_EQ_INT(read_text("mac,name,sip_user,secret\n000413aabb01,\"'=1+1\",\"'+49301\",\"'=kept\"\n000413aabb02,'s Hertogenbosch,102,x\n"), 0);
        CHECK_SAID("=1+1");
        CHECK(!strstr(dump, "'=1+1"));
        CHECK_SAID("+49301");
        CHECK(!strstr(dump, "'+49301"));
        CHECK_SAID("'=kept");
        CHECK_SAID("'s Hertogenbosch");
}

TEST(what_is_wrong_in_a_table_is_told_by_line_and_column_without_the_cell)
{
        CHECK_EQ_INT(read_text("mac,secret,address,key,name,Room,languag\n"
                               "hunter2,x,,,,,\n"
                               "413112233,x,,,,,\n"
                               "4.13E+08,x,,,,,\n"
                               "01005e000001,x,,,,,\n"
                               ",x,,,,,\n"
                               "000413000001,x,192.0.2.300,,,,\n"
                               "000413000002,x,,dsa,,,\n"
                               "000413000003,x,,,\"a\nb\",,\n"
                               "000413000004,x,,,,,,,\n"
                               "000413000005,x,,,,,\n"
                               "00-04-13-00-00-05,x,,,,,\n"), 0);
        CHECK(result.has_error);
        CHECK_SAID("ERROR f:2 mac: this is no MAC address; it has 12 digits");
        CHECK_SAID("ERROR f:3 mac: this is no MAC address: a table program took it for a number");
        CHECK_SAID("ERROR f:4 mac: this is no MAC address: a table program took it for a number");
        CHECK_SAID("ERROR f:5 mac: this is no address of a single device");
        CHECK_SAID("ERROR f:6 mac: the MAC address is missing");
        CHECK_SAID("ERROR f:7 address: this is no IPv4 address");
        CHECK_SAID("ERROR f:8 key_type: a key is p256 or rsa2048");
        CHECK_SAID("ERROR f:9 name: the cell has more than one line");
        CHECK_SAID("ERROR f:11 : this line has 9 cells, the first line names 7 columns");
        CHECK_SAID("ERROR f:13 mac: this MAC address stands in line 12 already");
        CHECK_SAID("warning f:1 Room: no column of phones and no setting is called like this; the column was left out");
        CHECK_SAID("warning f:1 languag: no column of phones and no setting is called like this (did you mean language?)");
        CHECK(!strstr(dump, "hunter2"));
}

TEST(a_header_that_cannot_be_used_ends_the_reading)
{
        CHECK_EQ_INT(READ_LITERAL("phones", "name;model\nx;y\n"), 0);
        CHECK_STR(dump, "phones\nERROR f:1 mac: the first line must name the columns, and one of them must be mac\n");
        CHECK_EQ_INT(read_text("mac;name;phone name\n000413000001;x;y\n"), 0);
        CHECK_SAID("ERROR f:1 phone name: two columns say the same");
        CHECK_EQ_INT(read_text("mac;fkey[1];fkey[1]\n000413000001;x;y\n"), 0);
        CHECK_SAID("ERROR f:1 fkey[1]: two columns say the same");
        CHECK_EQ_INT(read_text("mac;\"name\n000413000001;x\n"), PV_EREFUSED);
        CHECK_EQ_INT(READ_LITERAL("phones", "mac;\"name\n000413000001;x\n"), 0);
        CHECK_SAID("ERROR f:1 : a quote (\") is opened and never closed");
        CHECK_EQ_INT(READ_LITERAL("phones", ""), 0);
        CHECK_SAID("ERROR f:1 mac: the file is empty");
        CHECK_EQ_INT(result.n_phones, 0);
}

TEST(a_column_may_be_made_a_setting_by_its_name)
{
        CHECK_EQ_INT(read_text("mac,setting:my_own,other_own[2],plain_own\n000413000001,a,b,c\n"), 0);
        CHECK_SAID(" 2 my_own () = a\n 2 other_own[2] () = b\n");
        CHECK_SAID("warning f:1 plain_own");
}

static char table[4 << 20];

static size_t make_table(unsigned n)
{
        size_t size = (size_t)sprintf(table, "mac,name,model,sip_user,sip_secret,profile,user_realname[1]\n");

        for (unsigned i = 0; i < n; i++)
                size += (size_t)sprintf(table + size, "000413%06x,Desk %u,snomD785,%u,Secret-%u,sales,Person %u\n", i, i, 1000 + i, i, i);
        return size;
}

TEST(ten_thousand_phones_fit_and_one_more_does_not)
{
        CHECK_EQ_INT(read_as("auto", table, make_table(10000)), 0);
        CHECK_EQ_INT(result.n_phones, 10000);
        CHECK_EQ_INT(result.n_problems, 0);
        CHECK_EQ_INT(result.phones[9999].settings.n, 1);
        CHECK_EQ_INT(read_as("auto", table, make_table(10001)), 0);
        CHECK(result.has_error);
        CHECK_FIRST_PROBLEM(10002, "this is more than one import can hold (10000 phones");
        CHECK_EQ_INT(result.n_phones, 0);
}

TEST(more_problems_than_can_be_told_end_with_a_word_about_it)
{
        size_t size = (size_t)sprintf(table, "mac\n");

        for (unsigned i = 0; i < 5000; i++)
                size += (size_t)sprintf(table + size, "x\n");
        CHECK_EQ_INT(read_as("phones", table, size), 0);
        CHECK_EQ_INT(result.n_problems, IMPORT_PROBLEMS_MAX);
        CHECK_STR(result.problems[IMPORT_PROBLEMS_MAX - 1].reason,
                  "there are more problems than can be told; put these right first, then import again");
}

/* --- delivery notes ------------------------------------------------------------------ */

static int read_note(const char *text)
{
        return read_as("delivery", text, strlen(text));
}

#define PHONE(line, mac, name, model) \
        "phone " #line " " mac " name=" name " model=" model " key=- address=- user=- secret=- profiles=\n"

TEST(a_german_delivery_note_after_its_letter_is_read)
{
        CHECK_EQ_INT(read_note("Lieferschein Nr. 4711, vom 3.11.2026\n"
                               "\n"
                               "Bestellung;450012345678\n"
                               "Pos.;Artikelnr.;Bezeichnung;Menge;Seriennummer;MAC-Adresse;Ger\xc3\xa4tename\n"
                               "1;00004350;Snom D785 IP-Telefon, schwarz;1;0081D1A2B3C4D5;00:04:13:AA:BB:01;Empfang\n"
                               "2;00004349;snom 720;1;0081D1A2B3C4D6;0004-13AA-BB02;\n"
                               "3;4353;Netzteil;1;;;\n"
                               "Summe;;;3;;;\n"), 0);
        CHECK_STR(dump, "delivery\n" PHONE(5, "000413aabb01", "Empfang", "snomD785") PHONE(6, "000413aabb02", "-", "snom720")
                        "warning f:7 mac: this line names no MAC address; it was left out\n"
                        "warning f:8 mac: this line names no MAC address; it was left out\n");
        CHECK(!result.has_error);
}

TEST(an_english_delivery_note_with_any_spelling_of_an_address_is_read)
{
        CHECK_EQ_INT(read_note("Item,S/N,MAC ID,Name\n"
                               "D735,1,00 04 13 AA BB 01,Snom D735 Desk Telephone\n"
                               "D735,2,00.04.13.aa.bb.02,\n"
                               "D735,3,\"=\"\"000413AABB03\"\"\",\n"
                               "D735,4,'000413AABB04,Lobby\n"
                               "D735,5,MAC: 000413AABB05,\n"
                               "D735,6,0x000413AABB06,\n"
                               "M700,7,000413-AABB07,\n"), 0);
        CHECK_STR(dump, "delivery\n" PHONE(2, "000413aabb01", "-", "snomD735") PHONE(3, "000413aabb02", "-", "snomD735")
                        PHONE(4, "000413aabb03", "-", "snomD735") PHONE(5, "000413aabb04", "Lobby", "snomD735")
                        PHONE(6, "000413aabb05", "-", "snomD735") PHONE(7, "000413aabb06", "-", "snomD735")
                        PHONE(8, "000413aabb07", "-", "snomM700"));
}

TEST(a_note_without_headings_is_read_by_what_its_cells_hold)
{
        CHECK_EQ_INT(read_note("000413AABB01\n00:04:13:AA:BB:02\n\n0004.13aa.bb03\n"), 0);
        CHECK_STR(dump, "delivery\n" PHONE(1, "000413aabb01", "-", "-") PHONE(2, "000413aabb02", "-", "-") PHONE(4, "000413aabb03", "-", "-"));
        CHECK_EQ_INT(read_note("snom D785\t00A0D1A2B3C4\t00:04:13:AA:BB:01\t720\nsnom 720\t00A0D1A2B3C6\t00:04:13:AA:BB:02\t1\n"), 0);
        CHECK_STR(dump, "delivery\n" PHONE(1, "000413aabb01", "-", "snomD785") PHONE(2, "000413aabb02", "-", "snom720"));
        CHECK_EQ_INT(read_text("1;D785;000413AABB01\n"), 0);
        CHECK_SAID("delivery\nphone 1 000413aabb01 name=- model=snomD785");
}

TEST(several_addresses_of_a_line_or_a_cell_are_as_many_phones)
{
        CHECK_EQ_INT(read_note("D785;000413AABB01;000413AABB02\nD735;000413AABB03;\n"), 0);
        CHECK_STR(dump, "delivery\n" PHONE(1, "000413aabb01", "-", "snomD785") PHONE(1, "000413aabb02", "-", "snomD785")
                        PHONE(2, "000413aabb03", "-", "snomD735"));
        CHECK_EQ_INT(read_note("Modell;MACs\nD785;\"000413AABB01\n000413AABB02, 00:04:13:AA:BB:03\"\n"), 0);
        CHECK_STR(dump, "delivery\n" PHONE(2, "000413aabb01", "-", "snomD785") PHONE(2, "000413aabb02", "-", "snomD785")
                        PHONE(2, "000413aabb03", "-", "snomD785"));
}

TEST(an_address_that_is_broken_is_an_error_without_its_cell)
{
        static const char *const bad[] = {"MAC\n000413AABB0\n", "MAC\n4,13213E+11\n", "MAC\n000413AABB0G\n", "MAC\n413112233\n", "MAC\n010413AABB01\n",
                                          "MAC\nsecret word\n", "000413AABB01\n000413AABB0\n", "000413AABB01\n4.13E+11\n",
                                          "MAC\n000413AABB01 x\n", "MAC\n\"000413AABB01\n"};

        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                CHECK_EQ_INT(read_note(bad[i]), 0);
                if (!result.has_error || strstr(dump, "secret word") || strstr(dump, "13213") || result.problems[0].line != 2)
                        TEST_FAIL("%zu: %s", i, dump);
        }
}

TEST(a_phone_that_stands_there_twice_is_taken_once)
{
        CHECK_EQ_INT(read_note("MAC;Modell\n000413AABB01;D785\n000413AABB02;\n00:04:13:aa:bb:01;\n"), 0);
        CHECK_STR(dump, "delivery\n" PHONE(2, "000413aabb01", "-", "snomD785") PHONE(3, "000413aabb02", "-", "-")
                        "warning f:4 mac: this MAC address stands in line 2 already; it is taken once\n");
}

TEST(a_note_that_is_none_or_could_mean_two_things_says_what_to_do)
{
        CHECK_EQ_INT(read_note("Sehr geehrte Damen und Herren\n4500123456\n"), 0);
        CHECK_FIRST_PROBLEM(1, "is this a delivery note?");
        CHECK_EQ_INT(read_note(""), 0);
        CHECK(result.has_error);
        CHECK_EQ_INT(read_note("00A0D1A2B3C4;00A0D1AABB01\n"), 0);
        CHECK_FIRST_PROBLEM(1, "names the columns, one of them MAC");
        CHECK_EQ_INT(result.n_phones, 0);
}

TEST(a_table_that_says_more_than_a_delivery_note_is_read_as_what_it_is)
{
        CHECK_EQ_INT(read_note("mac;name;extension;secret\n000413AABB01;Ann;101;s3\n"), 0);
        CHECK_STR(dump, "delivery\nphone 2 000413aabb01 name=Ann model=- key=- address=- user=101 secret=s3 profiles=\n");
        CHECK_EQ_INT(read_note("mac;number;address\n000413AABB01;3;Main street 5\n"), 0);
        CHECK_STR(dump, "delivery\n" PHONE(2, "000413aabb01", "-", "-"));
        CHECK_EQ_INT(read_text("<settings>\n000413AABB01\n</settings>"), 0);
        CHECK_STR(result.found, "settings");
}

TEST(many_lines_without_an_address_hide_no_phone_behind_them)
{
        static char text[40000];
        size_t n = (size_t)snprintf(text, sizeof text, "Pos.;MAC\n");

        for (unsigned i = 0; i < 3000; i++)
                n += (size_t)snprintf(text + n, sizeof text - n, "%u;\n", i);
        n += (size_t)snprintf(text + n, sizeof text - n, "x;000413AABB01\n");
        CHECK_EQ_INT(read_as("delivery", text, n), 0);
        CHECK_EQ_INT(result.n_phones, 1);
        CHECK(!result.has_error);
        CHECK_EQ_INT(result.n_problems, 21);
        CHECK_SAID("2980 more lines name no MAC address");
}

TEST(a_delivery_of_ten_thousand_phones_fits_and_one_more_does_not)
{
        static char text[300000];
        size_t n = 0;

        for (unsigned i = 1; i <= 10001; i++) {
                if (i == 10001) {
                        CHECK_EQ_INT(read_as("delivery", text, n), 0);
                        CHECK_EQ_INT(result.n_phones, 10000);
                }
                n += (size_t)snprintf(text + n, sizeof text - n, "000413%06X;D785\n", i);
        }
        CHECK_EQ_INT(read_as("delivery", text, n), 0);
        CHECK(result.has_error);
        CHECK_EQ_INT(result.n_phones, 0);
}

/* --- the classic text form --------------------------------------------------------- */

TEST(the_classic_text_form_is_read_with_its_permissions_and_indexes)
{
        CHECK_EQ_INT(read_text("# settings\n"
                               "language&: Deutsch\n"
                               "http_user!: keeper\n"
                               "timezone$: GER+1\n"
                               "tone_scheme: GER\n"
                               "dns_server1&: 192.0.2.1\n"
                               "user_name1&: 401\n"
                               "user_host12&: pbx.example\n"
                               "user_unheard_of2&: x\n"
                               "action_dnd_on_url!: \n"
                               "fkey0!: dest <sip:201@192.0.2.5;user=phone>\n"
                               "fkey1!: line\n"
                               "fkey_context0!: active\n"
                               "fkey_context1!: 2\n"
                               "tn_0!: Adrian\ntn_1!: \n"
                               "tu_0!: 42965\ntu_1!: \n"
                               "tc_0!: vip\nto_0!: active\n"), 0);
        CHECK_STR(dump, "settings\n"
                        " 2 language (R) = Deutsch\n 3 http_user (!) = keeper\n 4 timezone (RW) = GER+1\n 5 tone_scheme (R) = GER\n"
                        " 6 dns_server1 (R) = 192.0.2.1\n 7 user_name[1] (R) = 401\n 8 user_host[12] (R) = pbx.example\n"
                        " 9 user_unheard_of[2] (R) = x\n 10 action_dnd_on_url (!) = \n"
                        " 11 fkey[0] (!) = dest <sip:201@192.0.2.5;user=phone> {context=active}\n 12 fkey[1] (!) = line {context=2}\n"
                        " 17 tbook[0] () = 42965 {name=Adrian} {type=vip} {context=active}\n");
        CHECK(!result.has_error);
}

TEST(the_htm_form_is_the_same_inside_of_html)
{
        CHECK_EQ_INT(read_text("<html><pre>\nlanguage&: English\ntimezone!: GER+1<br>\nfirmware_interval&: 2880 </pre></html>\n"), 0);
        CHECK_STR(dump, "settings\n 2 language (R) = English\n 3 timezone (!) = GER+1\n 4 firmware_interval (R) = 2880\n");
        CHECK_EQ_INT(read_text("<HTML>\n<head><title>x</title></head>\n<pre>action_onhook_url&: http://h/?a=1&amp;b=&lt;x&gt;\n</pre>\n</HTML>\n"), 0);
        CHECK_STR(dump, "settings\n 3 action_onhook_url (R) = http://h/?a=1&b=<x>\n");
        CHECK_EQ_INT(read_text("<pre>action_onhook_url&: http://h/?a=1&amp;b=&lt;x&gt;\n</pre>"), 0);
        CHECK_SAID("= http://h/?a=1&b=<x>\n");
}

TEST(a_htm_file_that_holds_xml_is_xml)
{
        CHECK_EQ_INT(read_text("<?xml version=\"1.0\"?>\n<settings><phone-settings><language>English</language></phone-settings></settings>"), 0);
        CHECK_STR(dump, "settings\n 2 language () = English\n");
        CHECK_EQ_INT(read_text("<!DOCTYPE html><html><pre>language&: English</pre></html>"), 0);
        CHECK_SAID("ERROR f:1 <!DOCTYPE>: a document type (DOCTYPE) is not taken");
        CHECK_EQ_INT(result.settings.n, 0);
}

TEST(lines_that_are_no_settings_are_told_and_nothing_of_the_file_is_used)
{
        CHECK_EQ_INT(READ_LITERAL("settings", "language&: English\nwhat is this\n1x&: y\n"), 0);
        CHECK_SAID("ERROR f:2 : this is no setting; a line reads name&: value");
        CHECK_SAID("warning f:3 1x: this is no name of a setting");
        CHECK_EQ_INT(result.settings.n, 0);
}

/* --- one settings file ------------------------------------------------------------- */

TEST(what_the_appliance_alone_decides_is_left_out_with_a_word)
{
        CHECK_EQ_INT(read_text("<phone-settings><setting_server>http://old/</setting_server><language>English</language>\n"
                               "<firmware>http://old/fw.bin</firmware><user_name>1</user_name></phone-settings>"), 0);
        CHECK_SAID(" 1 language () = English\n");
        CHECK_SAID("warning f:1 setting_server: this appliance alone decides this setting; it was left out");
        CHECK_SAID("warning f:2 firmware: firmware is given to this appliance as a file");
        CHECK_SAID("warning f:2 user_name: this setting belongs to an identity and does not say to which");
        CHECK(!strstr(dump, "http://old"));
}

TEST(of_two_settings_with_one_name_the_last_counts)
{
        CHECK_EQ_INT(read_text("edit_alpha_mode!: off\nlanguage&: English\nuser_name1&: 1\nuser_name2&: 1\nedit_alpha_mode!: on\n"), 0);
        CHECK_STR(dump, "settings\n 2 language (R) = English\n 3 user_name[1] (R) = 1\n 4 user_name[2] (R) = 1\n 5 edit_alpha_mode (!) = on\n"
                        "warning f:1 edit_alpha_mode: it is set again in line 5; the last one counts\n");
}

TEST(the_broken_sample_of_the_guide_gives_no_settings_and_says_why)
{
        size_t size;
        const char *bytes = golden_read("import/guide_broken.xml", &size);

        CHECK(bytes);
        CHECK_EQ_INT(read_as("auto", bytes, size), 0);
        CHECK_EQ_INT(result.settings.n, 0);
        CHECK_SAID("ERROR f:5 <http_pass>: <http_pass> is opened a second time where it should end: write </http_pass> here");
        CHECK(!strstr(dump, "Not-In-The-Guide"));
}

/* --- folders ----------------------------------------------------------------------- */

static uint8_t tar[1 << 20];

TEST(a_folder_becomes_phones_models_and_settings_for_all)
{
        struct tar_made t = {tar, sizeof tar, 0};

        tar_made_add(&t, "prov/", NULL, 0, '5');
        tar_made_text(&t, "prov/000413AABB01.xml", "<settings><phone-settings><user_name idx=\"1\">401</user_name><user_pass idx=\"1\">sec</user_pass>"
                          "<user_realname idx=\"1\">Ann</user_realname><user_name idx=\"2\">9</user_name></phone-settings></settings>");
        tar_made_text(&t, "prov/00-04-13-aa-bb-02.htm", "<html><pre>user_name1&: 402\nlanguage&: English</pre></html>");
        tar_made_text(&t, "prov/snomD785-000413AABB03.htm", "language&: English\n");
        tar_made_text(&t, "prov/snomD785.xml", "<phone-settings><language>Deutsch</language></phone-settings>");
        tar_made_text(&t, "prov/general.cfg", "timezone&: GER+1\n");
        tar_made_text(&t, "prov/fw.bin", "x");
        tar_made_text(&t, "prov/._junk.xml", "x");
        tar_made_add(&t, "prov/other.xml", "general.cfg", 0, '2');
        tar_made_text(&t, "prov/../../etc/x.xml", "x");
        tar_made_text(&t, "prov/000413aabb02.xml", "<phone-settings><language>Deutsch</language></phone-settings>");
        tar_made_end(&t);
        CHECK_EQ_INT(read_as("auto", tar, t.size), 0);
        CHECK_STR(dump, "folder\n"
                        "phone 0 000413aabb01 name=Ann model=- key=- address=- user=401 secret=sec profiles=\n"
                        " 1 user_realname[1] () = Ann\n 1 user_name[2] () = 9\n"
                        "phone 0 000413aabb02 name=- model=- key=- address=- user=402 secret=- profiles=\n 1 language () = Deutsch\n"
                        "phone 0 000413aabb03 name=- model=snomD785 key=- address=- user=- secret=- profiles=\n 1 language (R) = English\n"
                        "shared prov/snomD785.xml model=snomD785\n 1 language () = Deutsch\n"
                        "shared prov/general.cfg model=\n 1 timezone (R) = GER+1\n"
                        "warning prov/fw.bin:0 : only .xml, .htm, .html, .cfg and .txt are settings files; it was left out\n"
                        "warning prov/other.xml:0 : it is a link, and links are not followed; put the file itself into the archive\n"
                        "warning prov/../../etc/x.xml:0 : its name leads out of the folder; it was left out\n"
                        "warning prov/000413aabb02.xml:1 language: a file before this one sets it too; this one counts\n");
}

TEST(a_broken_file_in_a_folder_is_told_by_its_name)
{
        struct tar_made t = {tar, sizeof tar, 0};

        tar_made_text(&t, "000413AABB01.xml", "<settings>\n<phone-settings>");
        tar_made_text(&t, "000413AABB02.xml", "<settings/>");
        tar_made_end(&t);
        CHECK_EQ_INT(read_as("auto", tar, t.size), 0);
        CHECK(result.has_error);
        CHECK_SAID("ERROR 000413AABB01.xml:2 <phone-settings>: <phone-settings> is never ended");
        CHECK_EQ_INT(result.n_phones, 2);
}

TEST(a_damaged_archive_is_an_error)
{
        struct tar_made t = {tar, sizeof tar, 0};

        tar_made_text(&t, "000413AABB01.xml", "<settings/>");
        tar_made_text(&t, "000413AABB02.xml", "<settings/>");
        CHECK_EQ_INT(read_as("auto", tar, t.size - 700), 0);
        CHECK_SAID("ERROR f:0 : the archive");
        tar[t.size - 1024 + 3] ^= 1;
        CHECK_EQ_INT(read_as("auto", tar, t.size), 0);
        CHECK_SAID("ERROR f:0 : the archive is damaged here");
}

/* --- kinds ------------------------------------------------------------------------- */

TEST(what_is_none_of_ours_is_refused_in_words)
{
        CHECK_EQ_INT(READ_LITERAL("auto", "\x1f\x8b\x08"), PV_EREFUSED);
        CHECK(strstr(why, "unpack it"));
        CHECK_EQ_INT(READ_LITERAL("auto", "PK\3\4xxxx"), PV_EREFUSED);
        CHECK(strstr(why, "save a table as CSV"));
        CHECK_EQ_INT(read_text("hello world\n"), PV_EREFUSED);
        CHECK(strstr(why, "mac among them"));
        CHECK_EQ_INT(READ_LITERAL("auto", ""), PV_EREFUSED);
        CHECK_EQ_INT(READ_LITERAL("pictures", "x"), PV_EREFUSED);
        CHECK(strstr(why, "phones, delivery, settings, folder or auto"));
}

static uint8_t huge[IMPORT_READ_MAX + 1];

TEST(a_file_larger_than_eight_mebibytes_is_refused_before_it_is_looked_at)
{
        CHECK_EQ_INT(read_as("auto", huge, sizeof huge), PV_ETOOLARGE);
        CHECK(strstr(why, "8 MiB"));
}

TEST(more_settings_than_an_answer_can_carry_are_refused)
{
        size_t size = 0;

        for (unsigned i = 0; size < IMPORT_READ_MAX - 64; i++)
                size += (size_t)sprintf((char *)huge + size, "a%u&: x\n", i);
        CHECK_EQ_INT(read_as("settings", huge, size), 0);
        CHECK(result.n_problems == 1 && strstr(result.problems[0].reason, "this is more than one import can hold"));
        CHECK(result.answer_size < 13U << 20);
        CHECK_EQ_INT(result.settings.n, 0);
        CHECK(result.has_error);
}

TEST(the_result_is_empty_after_it_is_freed)
{
        import_result_done(&result);
        CHECK_EQ_INT(result.n_phones + result.n_problems + result.n_shared + result.settings.n, 0);
}
