/*
 * test_settings_reader: documents of elsewhere, sound and broken.
 */
#include "provisioning/document/settings_reader.h"

#include "provisioning/document/settings_document.h"
#include "tests/support/golden.h"

static char dump[1 << 16];
static size_t n_dump;
static unsigned n_items, n_errors;

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
        va_list args;

        va_start(args, format);
        n_dump += (size_t)vsnprintf(dump + n_dump, sizeof dump - n_dump, format, args);
        va_end(args);
        if (n_dump >= sizeof dump)
                n_dump = sizeof dump - 1;
}

static int on_item(const struct settings_reader_item *item, void *userdata)
{
        (void)userdata;
        n_items++;
        note("%u %s", item->line, item->name);
        if (item->index != SETTINGS_READER_NO_INDEX)
                note("[%d]", item->index);
        note(" (%s) = %s", item->permission, item->value);
        for (size_t i = 0; i < item->n_attributes; i++)
                note(" {%s=%s}", item->attributes[i].name, item->attributes[i].value);
        note("\n");
        return 0;
}

static void on_trouble(const struct settings_reader_trouble *trouble, void *userdata)
{
        (void)userdata;
        n_errors += trouble->is_error;
        note("%s %u %s: %s\n", trouble->is_error ? "ERROR" : "warning", trouble->line, trouble->what, trouble->reason);
}

static int read_bytes(const char *bytes, size_t size)
{
        n_dump = 0;
        n_items = n_errors = 0;
        dump[0] = 0;
        return settings_reader_read(&(struct settings_reader){.item = on_item, .trouble = on_trouble}, bytes, size);
}

static int read_text(const char *text)
{
        return read_bytes(text, strlen(text));
}

static int read_golden(const char *name)
{
        size_t size;
        const char *bytes = golden_read(name, &size);

        CHECK(bytes);
        return read_bytes(bytes, size);
}

TEST(every_part_of_a_settings_file_is_read_and_what_is_left_out_is_said)
{
        CHECK_EQ_INT(read_golden("import/whole.xml"), 0);
        CHECK_EQ_INT(n_errors, 0);
        CHECK_GOLDEN("import/whole.items", dump, n_dump);
}

TEST(the_broken_sample_of_the_guide_gets_a_message_for_each_of_its_mistakes)
{
        CHECK_EQ_INT(read_golden("import/guide_broken.xml"), PV_EMALFORMED);
        CHECK(n_errors > 0);
        CHECK(strstr(dump, "ERROR 5 <http_pass>: <http_pass> is opened a second time where it should end: write </http_pass> here\n"));
        CHECK(strstr(dump, "ERROR 6 <use_hidden_tags>"));
        CHECK(strstr(dump, "ERROR 9 <service_mode_login>"));
        CHECK(strstr(dump, "ERROR 13 <user_savp>"));
        CHECK(strstr(dump, "ERROR 3 <webserver_type>: settings stand here without anything around them: put <settings><phone-settings>"));
        CHECK(strstr(dump, "warning 11 <user_outbound>: this setting belongs to an identity"));
        CHECK(!strstr(dump, "Not-In-The-Guide"));
        CHECK_GOLDEN("import/guide_broken.items", dump, n_dump);
}

TEST(an_inner_tag_may_be_a_file_of_its_own)
{
        CHECK_EQ_INT(read_text("<functionKeys><fkey idx=\"3\">line</fkey></functionKeys>"), 0);
        CHECK_STR(dump, "1 fkey[3] () = line\n");
        CHECK_EQ_INT(read_text("<?xml version=\"1.0\"?>\n<phone-settings>\n<language>English</language></phone-settings>\n"), 0);
        CHECK_STR(dump, "3 language () = English\n");
        CHECK_EQ_INT(read_text("<tbook/>"), 0);
        CHECK_EQ_INT(read_text("<settings/>"), 0);
        CHECK_EQ_INT(n_items + n_errors, 0);
}

TEST(another_kind_of_xml_is_refused_by_name)
{
        CHECK_EQ_INT(read_text("<html><body/></html>"), PV_EREFUSED);
        CHECK(strstr(dump, "ERROR 1 <html>: a settings file begins with <settings>"));
        CHECK_EQ_INT(read_text("<sysConf>\n<x>1</x>\n</sysConf>"), PV_EREFUSED);
        CHECK_EQ_INT(n_items, 0);
}

TEST(every_doctype_is_refused_wherever_it_stands)
{
        static const char *const texts[] = {
                "<!DOCTYPE settings><settings/>",
                "\n<!doctype html>\n<settings/>",
                "<?xml version=\"1.0\"?><!-- x --><!DOCTYPE settings SYSTEM \"file:///etc/passwd\"><settings/>",
                "<!DOCTYPE settings [<!ENTITY a \"b\">]><settings><phone-settings><a>&a;</a></phone-settings></settings>",
                "<settings><!DOCTYPE x></settings>",
                "<settings/><!DOCTYPE x>",
                "<!ENTITY a \"b\"><settings/>",
                "<!ELEMENT a ANY><settings/>",
        };

        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
                CHECK_EQ_INT(read_text(texts[i]), PV_EREFUSED);
                CHECK_EQ_INT(n_errors, 1);
                CHECK_EQ_INT(n_items, 0);
                CHECK(strstr(dump, "not taken"));
        }
}

TEST(a_doctype_that_is_only_text_is_text)
{
        CHECK_EQ_INT(read_text("<phone-settings><a><![CDATA[<!DOCTYPE x>]]></a><!-- <!DOCTYPE y> --></phone-settings>"), 0);
        CHECK_STR(dump, "1 a () = <!DOCTYPE x>\n");
}

TEST(entities_are_the_five_and_numbers)
{
        CHECK_EQ_INT(read_text("<phone-settings><a>&amp;&lt;&gt;&quot;&apos;&#65;&#x42;</a></phone-settings>"), 0);
        CHECK_STR(dump, "1 a () = &<>\"'AB\n");
        CHECK_EQ_INT(read_text("<phone-settings>\n<a>&nbsp;</a></phone-settings>"), PV_EMALFORMED);
        CHECK(strstr(dump, "ERROR 2 <a>: an & in a value must be written &amp;"));
        CHECK_EQ_INT(read_text("<phone-settings><a>&#0;</a></phone-settings>"), PV_EMALFORMED);
        CHECK_EQ_INT(read_text("<phone-settings><a>&#xFFFFFFFF;</a></phone-settings>"), PV_EMALFORMED);
        CHECK(strstr(dump, "a character that XML does not allow"));
}

TEST(mistakes_of_hands_are_named_with_line_and_tag)
{
        static const struct {
                const char *text, *said;
        } rows[] = {
                {"<settings>\n<phone-settings>\n<a>1</b>\n</phone-settings></settings>", "ERROR 3 </b>: </b> does not fit: <a> of line 3 is open here; write </a>"},
                {"<settings>\n<phone-settings>\n<a>1\n</phone-settings>\n</settings>", "ERROR 3 <a>: <a> is not ended before </phone-settings> in line 4"},
                {"<settings>\n<phone-settings>\n<a>1</a>\n", "ERROR 2 <phone-settings>: <phone-settings> is never ended"},
                {"<settings>\n<phone-settings>\n<a>http://h/?a=1&b=2</a>\n</phone-settings></settings>", "ERROR 3 <a>: an & in a value must be written &amp;"},
                {"<phone-settings>\n<a perm=R>1</a></phone-settings>", "ERROR 2 : the value of an attribute must stand in quotes"},
                {"<phone-settings>\n<a perm=\"R\" perm=\"W\">1</a></phone-settings>", "ERROR 2 : an attribute stands twice in one tag"},
                {"<phone-settings>\n<a perm=\"R>1</a></phone-settings>", "has no end: a > or --> is missing"},
                {"<phone-settings>\n<a perm>1</a></phone-settings>", "ERROR 2 : an attribute has no value"},
                {"<phone-settings>\n<!-- <a>1</a></phone-settings>", "ERROR 2 : what begins here has no end"},
                {" <?xml version=\"1.0\"?>\n<phone-settings/>", "the XML declaration must be the very first thing"},
                {"<phone-settings/>\n<phone-settings/>", "ERROR 2 : something follows after the end of the first tag"},
                {"", "no tag was found; is this a settings file?"},
                {"language&: English\n", "no tag was found; is this a settings file?"},
        };

        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                CHECK_EQ_INT(read_text(rows[i].text), PV_EMALFORMED);
                if (!strstr(dump, rows[i].said))
                        TEST_FAIL("row %zu: \"%s\" is not in \"%s\"", i, rows[i].said, dump);
        }
}

TEST(a_file_is_read_in_the_encoding_it_was_saved_in)
{
        static const char le[] = "\xff\xfe<\0t\0b\0o\0o\0k\0/\0>\0", be[] = "\xfe\xff\0<\0t\0b\0o\0o\0k\0/\0>";

        CHECK_EQ_INT(read_text("\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"UTF-8\"?><phone-settings><a>\xc3\xa4</a></phone-settings>"), 0);
        CHECK_STR(dump, "1 a () = \xc3\xa4\n");
        CHECK_EQ_INT(read_text("<?xml version='1.0' encoding='ISO-8859-1'?><phone-settings><a>\xe4\x80</a></phone-settings>"), 0);
        CHECK_STR(dump, "1 a () = \xc3\xa4\xe2\x82\xac\n");
        CHECK_EQ_INT(read_bytes(le, sizeof le - 1), 0);
        CHECK_EQ_INT(read_bytes(be, sizeof be - 1), 0);
        CHECK_EQ_INT(read_text("<phone-settings>\r\n<a>1</a>\r\n<b>2</b></phone-settings>"), 0);
        CHECK_STR(dump, "2 a () = 1\n3 b () = 2\n");
}

TEST(an_encoding_that_is_not_taken_or_not_true_is_said)
{
        static const struct {
                const char *bytes;
                size_t size;
        } rows[] = {
#define ROW(literal) {literal, sizeof literal - 1}
                ROW("<?xml version=\"1.0\" encoding=\"UTF-7\"?><settings/>"),
                ROW("<?xml version=\"1.0\" encoding=\"utf-16\"?><settings/>"),
                ROW("<?xml version=\"1.0\" encoding=\"EBCDIC-CP-US\"?><settings/>"),
                ROW("\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><settings/>"),
                ROW("\xff\xfe\0\0<\0\0\0"),
                ROW("\0\0\xfe\xff\0\0\0<"),
                ROW("<\0t\0b\0o\0o\0k\0/\0>\0"),
                ROW("\0<\0t\0b\0o\0o\0k\0/\0>"),
                ROW("\x4c\x6f\xa7\x94\x93"),
#undef ROW
        };

        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                CHECK_EQ_INT(read_bytes(rows[i].bytes, rows[i].size), PV_EREFUSED);
                CHECK(strstr(dump, "save the file as UTF-8"));
        }
}

TEST(bytes_that_are_no_text_are_told_with_their_line)
{
        CHECK_EQ_INT(read_text("<settings>\n\n\xff</settings>"), PV_EMALFORMED);
        CHECK(strstr(dump, "ERROR 3 : there is a byte that is no character"));
        CHECK_EQ_INT(read_text("<settings>\n\x01</settings>"), PV_EMALFORMED);
        CHECK(strstr(dump, "ERROR 2 : there is a control character"));
        CHECK_EQ_INT(read_bytes("<settings>\0</settings>", 22), PV_EMALFORMED);
        CHECK_EQ_INT(read_text("<settings>\xc0\x80</settings>"), PV_EMALFORMED);
        CHECK_EQ_INT(read_text("<settings>\xed\xa0\x80</settings>"), PV_EMALFORMED);
        CHECK_EQ_INT(read_text("<phone-settings><a>&#x202e;x</a></phone-settings>"), 0);
        CHECK(strstr(dump, "warning 1 <a>: its value holds a character that no phone shows"));
        CHECK_EQ_INT(n_items, 0);
}

TEST(a_broken_declaration_is_an_error)
{
        CHECK_EQ_INT(read_text("<?xml version=\"1.0\" ><!DOCTYPE a [ ?><settings/>"), PV_EMALFORMED);
        CHECK(strstr(dump, "the XML declaration is broken"));
        CHECK_EQ_INT(read_text("<?xml encoding=\"utf-8\"?><settings/>"), PV_EMALFORMED);
        CHECK_EQ_INT(read_text("<?xml version=\"2.0\"?><settings/>"), PV_EMALFORMED);
        CHECK_EQ_INT(read_text("<?xml version=\"1.0\" standalone=\"maybe\"?><settings/>"), PV_EMALFORMED);
}

static char big[1 << 21];

static int read_repeated(const char *before, const char *what, size_t times, const char *after)
{
        size_t n = 0;

        n += (size_t)snprintf(big, sizeof big, "%s", before);
        for (size_t i = 0; i < times && n < sizeof big; i++)
                n += (size_t)snprintf(big + n, sizeof big - n, "%s", what);
        CHECK(n < sizeof big);
        n += (size_t)snprintf(big + n, sizeof big - n, "%s", after);
        CHECK(n < sizeof big);
        return read_bytes(big, n);
}

TEST(what_is_too_large_deep_or_many_is_refused_before_it_is_parsed)
{
        CHECK_EQ_INT(read_repeated("<settings>", "<x>", 15, ""), PV_EMALFORMED);
        CHECK_EQ_INT(read_repeated("<settings>", "<x>", 16, ""), PV_ETOOLARGE);
        CHECK_EQ_INT(read_repeated("<phone-settings><a", " b=\"\"", 33, "/></phone-settings>"), PV_ETOOLARGE);
        CHECK(strstr(dump, "attributes"));
        CHECK_EQ_INT(read_repeated("<phone-settings><", "a", 129, "/></phone-settings>"), PV_ETOOLARGE);
        CHECK_EQ_INT(read_repeated("<phone-settings><a ", "a", 129, "=\"\"/></phone-settings>"), PV_ETOOLARGE);
        CHECK_EQ_INT(read_repeated("<phone-settings><a b=\"", "a", 16384, "\"/></phone-settings>"), PV_ETOOLARGE);
        CHECK_EQ_INT(read_repeated("<phone-settings><a>", "a", 65536, "</a></phone-settings>"), 0);
        CHECK_EQ_INT(n_items, 1);
        CHECK_EQ_INT(read_repeated("<phone-settings><a>", "a", 65537, "</a></phone-settings>"), PV_ETOOLARGE);
        CHECK_EQ_INT(n_errors, 1);
        CHECK_EQ_INT(read_repeated("<phone-settings><a>", "a", 131073, "</a></phone-settings>"), PV_ETOOLARGE);
        CHECK_EQ_INT(read_repeated("<phone-settings>", "<a/>", 50001, "</phone-settings>"), PV_ETOOLARGE);
        CHECK_EQ_INT(read_repeated("<!--", "a", 1 << 20, "--><settings/>"), PV_ETOOLARGE);
}

TEST(attributes_at_their_bound_are_taken_without_a_leak)
{
        CHECK_EQ_INT(read_repeated("<phone-settings><a ", "", 0, "a1='' a2='' a3='' a4='' a5='' a6='' a7='' a8='' a9='' b1='' b2='' b3='' b4='' b5='' b6='' "
                                   "b7='' b8='' b9='' c1='' c2='' c3='' c4='' c5='' c6='' c7='' c8='' c9='' d1='' d2='' d3='' d4='' d5=''>x</a></phone-settings>"), 0);
        CHECK_EQ_INT(n_items, 1);
}

/* --- there and back ---------------------------------------------------------------- */

#define KEPT_MAX 64

static struct settings_document_setting kept[KEPT_MAX];
static struct settings_document_attribute kept_attributes[KEPT_MAX][SETTINGS_READER_ATTRIBUTES_MAX];
static size_t n_kept;

static int keep_item(const struct settings_reader_item *item, void *userdata)
{
        struct settings_document_setting *k = &kept[n_kept];

        (void)userdata;
        if (n_kept == KEPT_MAX)
                return PV_ETOOLARGE;
        for (size_t i = 0; i < item->n_attributes; i++)
                kept_attributes[n_kept][i] = (struct settings_document_attribute){strdup(item->attributes[i].name), strdup(item->attributes[i].value)};
        *k = (struct settings_document_setting){.name = strdup(item->name), .index = item->index, .value = strdup(item->value),
                                                .permission = strdup(item->permission), .attributes = kept_attributes[n_kept],
                                                .n_attributes = item->n_attributes};
        n_kept++;
        return 0;
}

static void forget_kept(void)
{
        for (size_t i = 0; i < n_kept; i++) {
                for (size_t k = 0; k < kept[i].n_attributes; k++) {
                        free((char *)(uintptr_t)kept[i].attributes[k].name);
                        free((char *)(uintptr_t)kept[i].attributes[k].value);
                }
                free((char *)(uintptr_t)kept[i].name);
                free((char *)(uintptr_t)kept[i].value);
                free((char *)(uintptr_t)kept[i].permission);
        }
        n_kept = 0;
}

static int write_kept(char **ret_bytes, size_t *ret_size, struct settings_document_problem *problem)
{
        return settings_document_write(&(struct settings_document){.settings = kept, .n_settings = n_kept}, ret_bytes, ret_size, problem);
}

TEST(what_is_read_is_written_and_read_again_the_same)
{
        static const struct settings_reader keeping = {.item = keep_item, .trouble = on_trouble};
        struct settings_document_problem problem = {.reason = ""};
        char *once = NULL, *twice = NULL;
        size_t size, once_size = 0, twice_size = 0;
        const char *bytes = golden_read("import/whole.xml", &size);
        int r, s = 1;

        CHECK(bytes && settings_reader_read(&keeping, bytes, size) == 0);
        CHECK(n_kept > 15);
        r = write_kept(&once, &once_size, &problem);
        forget_kept();
        if (!r) {
                s = settings_reader_read(&keeping, once, once_size);
                if (!s)
                        r = write_kept(&twice, &twice_size, &problem);
                forget_kept();
        }
        bool is_same = !r && !s && once_size == twice_size && memcmp(once, twice, once_size) == 0;
        settings_document_free(once, once_size);
        settings_document_free(twice, twice_size);
        if (!is_same)
                TEST_FAIL("written %d, read %d: %s", r, s, problem.reason);
}

TEST(the_library_never_asked_for_a_file)
{
        CHECK_EQ_INT(settings_reader_n_opened(), 0);
}
