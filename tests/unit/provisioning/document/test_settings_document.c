/*
 * test_settings_document: documents against golden files, read back by another parser.
 */
#include "provisioning/document/settings_document.h"

#include <unistd.h>

#include "tests/support/golden.h"
#include "tests/support/test.h"

#define NONE SETTINGS_DOCUMENT_NO_INDEX

static struct settings_document_problem problem;
static char *bytes;
static size_t size;

static const char *const certificates[] = {
        "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUZ\nabc+/=\n-----END CERTIFICATE-----\n",
        "subject text\n-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----",
};

static const struct settings_document_setting settings[] = {
        {"auto_reboot_on_setting_change", NONE, "on", "R", NULL, 0},
        {"user_name", 1, "4<9>&\"'x", "", NULL, 0},
        {"user_pass", 1, "caf\xc3\xa9 ]]> \xf0\x9f\x93\x9e", "RW", NULL, 0},
        {"fkey", 0, "line", "", NULL, 0},
        {"phone_name", NONE, "a\tb\nc  ", "!", NULL, 0},
        {"empty", NONE, "", NULL, NULL, 0},
        {"fkey", 12, "speed 1&2", "R", NULL, 0},
};

static int write_it(const struct settings_document *document)
{
        settings_document_free(bytes, size);
        bytes = NULL;
        size = 0;
        memset(&problem, 0, sizeof problem);
        return settings_document_write(document, &bytes, &size, &problem);
}

static int write_one(const char *name, int index, const char *value, const char *permission)
{
        struct settings_document_setting one = {name, index, value, permission, NULL, 0};

        return write_it(&(struct settings_document){.settings = &one, .n_settings = 1});
}

static const struct settings_document whole = {certificates, 2, settings, sizeof settings / sizeof *settings};

TEST(a_whole_document_is_as_expected)
{
        CHECK_EQ_INT(write_it(&whole), 0);
        CHECK_GOLDEN("document/whole.xml", bytes, size);
        CHECK_EQ_INT(bytes[size], 0);
}

TEST(no_settings_are_a_sound_empty_document)
{
        CHECK_EQ_INT(write_it(&(struct settings_document){0}), 0);
        CHECK_GOLDEN("document/empty.xml", bytes, size);
}

TEST(another_parser_reads_every_value_back_unchanged)
{
        static const char script[] =
                "import sys, xml.etree.ElementTree as e\n"
                "r = e.parse(sys.argv[1]).getroot()\n"
                "p = r.find('phone-settings'); f = r.find('functionKeys'); c = r.find('certificates')\n"
                "assert [k.tag for k in r] == ['certificates', 'phone-settings', 'functionKeys'], 'order'\n"
                "assert p.get('e') == '2'\n"
                "assert [(k.tag, k.get('idx'), k.get('perm'), k.text) for k in p] == [\n"
                " ('auto_reboot_on_setting_change', None, 'R', 'on'), ('user_name', '1', '', '4<9>&\"\\'x'),\n"
                " ('user_pass', '1', 'RW', 'caf\\u00e9 ]]> \\U0001f4de'), ('phone_name', None, '!', 'a\\tb\\nc  '),\n"
                " ('empty', None, None, None)], [k.text for k in p]\n"
                "assert [(k.get('idx'), k.get('context'), k.text) for k in f] == [('0', 'active', 'line'),\n"
                " ('12', 'active', 'speed 1&2')]\n"
                "assert [(k.get('type'), ''.join(k.text.split())) for k in c] == [\n"
                " ('base64', 'MIIBszCCAVmgAwIBAgIUZabc+/='), ('base64', 'QUJD')]\n";
        char path[64], command[4096];
        FILE *file;

        CHECK_EQ_INT(write_it(&whole), 0);
        snprintf(path, sizeof path, "/tmp/provost-test-document-%d", getpid());
        file = fopen(path, "wb");
        CHECK(file && fwrite(bytes, 1, size, file) == size && !fclose(file));
        CHECK(setenv("SCRIPT", script, 1) == 0);
        snprintf(command, sizeof command, "python3 -c \"$SCRIPT\" %s", path);
        int status = system(command);
        (void)unlink(path);
        CHECK_EQ_INT(status, 0);
}

TEST(names_that_are_none_are_refused)
{
        static const char *const names[] = {"", "1name", "a b", "a><b", "a\"", "x:y", "-a", "caf\xc3\xa9",
                "a_name_that_is_longer_than_any_setting_a_phone_of_this_vendor_has_ever_had_in_it"};

        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                if (write_one(names[i], NONE, "on", "R") != PV_EREFUSED || !*problem.reason)
                        TEST_FAIL("%s", names[i]);
}

TEST(values_that_xml_cannot_carry_are_refused_without_being_shown)
{
        static const char *const values[] = {"a\x01" "secret", "a\x7f", "\r", "\xff", "\xc3", "\xed\xa0\x80", "\xef\xbf\xbe",
                "\xc0\x80", "\xf4\x90\x80\x80", "\x1b[0m"};

        for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
                if (write_one("user_pass", 1, values[i], "R") != PV_EREFUSED)
                        TEST_FAIL("value %zu", i);
                CHECK(strstr(problem.reason, "user_pass"));
                CHECK(!strstr(problem.reason, "secret"));
        }
}

TEST(long_values_are_cut_nowhere)
{
        static char value[9000];

        for (size_t i = 0; i + 3 < sizeof value; i += 3)
                memcpy(value + i, "\xe2\x82\xac", 3);
        CHECK_EQ_INT(write_one("webserver_cert", NONE, value, "R"), 0);
        CHECK(strstr(bytes, value));
        value[4097] = 'x';
        CHECK_EQ_INT(write_one("webserver_cert", NONE, value, "R"), PV_EREFUSED);
}

TEST(permissions_and_function_keys_are_checked)
{
        CHECK_EQ_INT(write_one("a", NONE, "1", "X"), PV_EREFUSED);
        CHECK_EQ_INT(write_one("a", NONE, "1", "RWRW"), PV_EREFUSED);
        CHECK_EQ_INT(write_one("a", NONE, "1", "RV"), 0);
        CHECK_EQ_INT(write_one("fkey", NONE, "line", ""), PV_EREFUSED);
}

TEST(what_is_not_one_pem_certificate_is_refused)
{
        static const char *const wrong[] = {
                "", "QU", "QU<D", "-----BEGIN CERTIFICATE-----\nQUJD\n", "-----BEGIN CERTIFICATE-----\nQU<JD\n-----END CERTIFICATE-----\n",
                "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
                "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n",
                "-----BEGIN PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----\n",
        };

        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
                if (write_it(&(struct settings_document){.certificates = &wrong[i], .n_certificates = 1}) != PV_EREFUSED)
                        TEST_FAIL("certificate %zu", i);
}

TEST(nothing_is_freed_twice)
{
        settings_document_free(bytes, size);
        settings_document_free(NULL, 0);
}
