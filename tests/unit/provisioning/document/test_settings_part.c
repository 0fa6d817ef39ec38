/*
 * test_settings_part: the parts of a document beside plain settings, and the other documents.
 */
#include "provisioning/document/settings_document.h"
#include "provisioning/document/xml_fragment.h"

#include "tests/support/golden.h"
#include "tests/support/test.h"

#define NONE SETTINGS_DOCUMENT_NO_INDEX
#define A(...) (const struct settings_document_attribute[]){__VA_ARGS__}, sizeof((struct settings_document_attribute[]){__VA_ARGS__}) / sizeof(struct settings_document_attribute)
#define N(list) (sizeof(list) / sizeof(list)[0])

static struct settings_document_writer *writer;
static struct settings_document_problem problem;
static const char *bytes;
static size_t size;

static int render(const struct settings_document_setting *settings, size_t n)
{
        if (!writer)
                CHECK_EQ_INT(settings_document_writer_new(&writer), 0);
        memset(&problem, 0, sizeof problem);
        return settings_document_render(writer, &(struct settings_document){.settings = settings, .n_settings = n}, &bytes, &size, &problem);
}

static int render_one(const char *name, int index, const char *value, const struct settings_document_attribute *attributes, size_t n)
{
        return render(&(struct settings_document_setting){name, index, value, "R", attributes, n}, 1);
}

/* What a site with everything would have, in no particular order. */
static const struct settings_document_setting all[] = {
        {"upload", 2, "https://10.64.0.1/files/menu.xml", "R", A({"type", "gui_xml_state_settings"})},
        {"dialplan", 7, "*", "", A({"Timeout", "15"})},
        {"fkey", 3, "speed 110", "", A({"lp", "dest 110"}, {"label", "Fire"})},
        {"tls_server_authentication", NONE, "on", "R", NULL, 0},
        {"tbook", 1, "0228 123", "", A({"number_type", "business"}, {"name", "Smith & Sons"}, {"type", "vip"}, {"fav", "true"}, {"context", "line2"})},
        {"fkey", 0, "blf <sip:101@pbx>|*8", "R",
         A({"reg_label_mode", "icon_text"}, {"icon_type", "blf"}, {"short_label", "Bo"}, {"label", "\"Bob\" <b>"}, {"context", "2"}, {"zz_new", "1"}, {"aa_new", "2"})},
        {"user_name", 1, "101", "R", NULL, 0},
        {"certificate", 2, "https://10.64.0.1/files/ca.der", "", NULL, 0},
        {"tbook", 0, "110", "", NULL, 0},
        {"dialplan", 1, "9,11", "", A({"rewrite", "9911"}, {"user", "Phone"}, {"timeout", "0"})},
        {"replacement", 1, "<key id=\"Buddy\" wui_translation_key=\"buddy\"><general type='Buddy'/><action>a &amp; b</action></key>", "", NULL, 0},
        {"tbook", NONE, "complete", "", NULL, 0},
        {"certificate", 1, "-----BEGIN CERTIFICATE----- QUJD REVG -----END CERTIFICATE-----", "", NULL, 0},
        {"codec_priority_list", 1, "g722,pcma", "!", A({"action", "remove"})},
        {"upload", 1, "http://10.64.0.1/files/hold.raw", "", A({"type", "moh"})},
};

TEST(every_part_has_the_shape_a_phone_reads)
{
        CHECK_EQ_INT(render(all, N(all)), 0);
        CHECK_GOLDEN("document/parts.xml", bytes, size);
}

TEST(the_order_of_attributes_and_of_numbered_parts_does_not_matter)
{
        const struct settings_document_setting other[] = {
                {"fkey", 2, "line", "", A({"context", "1"}, {"b", "2"}, {"label", "x"}, {"a", "1"})},
                {"fkey", 1, "line", "", NULL, 0},
        };
        const struct settings_document_setting same[] = {
                {"fkey", 1, "line", "", NULL, 0},
                {"fkey", 2, "line", "", A({"a", "1"}, {"label", "x"}, {"b", "2"}, {"context", "1"})},
        };
        static char first[2048];

        CHECK_EQ_INT(render(other, 2), 0);
        CHECK(size < sizeof first);
        memcpy(first, bytes, size + 1);
        CHECK_EQ_INT(render(same, 2), 0);
        CHECK_STR(bytes, first);
}

static const struct {
        const char *name;
        int index;
        const char *value;
        struct settings_document_attribute attributes[3];
        const char *word;               /* of the sentence */
} refused[] = {
        {"fkey", NONE, "line", {{0}}, "number"},
        {"fkey", 0, "line", {{"idx", "3"}}, "idx"},
        {"fkey", 0, "line", {{"perm", "RW"}}, "perm"},
        {"fkey", 0, "line", {{"label", "a"}, {"label", "b"}}, "twice"},
        {"fkey", 0, "line", {{"label", "a"}, {"LABEL", "b"}}, "twice"},
        {"fkey", 0, "line", {{"a b", "1"}}, "name of an attribute"},
        {"fkey", 0, "line", {{"x:y", "1"}}, "name of an attribute"},
        {"fkey", 0, "line", {{"on=\"1\" x", "1"}}, "name of an attribute"},
        {"fkey", 0, "line", {{"label", "a\nb"}}, "character"},
        {"fkey", 0, "line", {{"label", "\xff"}}, "character"},
        {"tbook", NONE, "", {{0}}, "number"},
        {"tbook", NONE, "4711", {{"name", "x"}}, "number"},
        {"tbook", 0, "", {{"name", "x"}}, "number to dial"},
        {"tbook", 0, "1", {{"number", "2"}}, "number"},
        {"tbook", 0, "1", {{"index", "2"}}, "index"},
        {"tbook", 0, "1", {{"name", "a\x01"}}, "character"},
        {"tbook", 0, "1", {{"na<me", "a"}}, "name of an attribute"},
        {"dialplan", 0, "", {{0}}, "pattern"},
        {"dialplan", 0, "9", {{"Timeout", "soon"}}, "Timeout"},
        {"dialplan", 0, "9", {{"Timeout", "-1"}}, "Timeout"},
        {"dialplan", 0, "9", {{"User", "Root"}}, "User"},
        {"dialplan", 0, "9", {{"MATCH", "8"}}, "MATCH"},
        {"dialplan", 0, "9\n", {{0}}, "character"},
        {"upload", 0, "https://h/x", {{0}}, "type"},
        {"upload", 0, "https://h/x", {{"type", "a b"}}, "type"},
        {"upload", 0, "ftp://h/x", {{"type", "moh"}}, "URL"},
        {"upload", 0, "https://h/x y", {{"type", "moh"}}, "URL"},
        {"upload", 0, "https://", {{"type", "moh"}}, "URL"},
        {"upload", 0, "file:///etc/passwd", {{"type", "moh"}}, "URL"},
        {"certificate", 0, "hello there!", {{0}}, "PEM"},
        {"certificate", 0, "QUJD", {{"type", "base64"}}, "attributes"},
        {"replacement", 0, "<key>", {{0}}, "XML"},
        {"replacement", 0, "<other/>", {{0}}, "XML"},
        {"tone_scheme", NONE, "GER", {{"perm", "R"}}, "perm"},
        {"tone_scheme", NONE, "GER", {{"e", "2"}}, "attribute"},
};

TEST(what_a_part_cannot_carry_is_refused_with_a_sentence)
{
        for (size_t i = 0; i < N(refused); i++) {
                size_t n = 0;

                while (n < 3 && refused[i].attributes[n].name)
                        n++;
                if (render_one(refused[i].name, refused[i].index, refused[i].value, refused[i].attributes, n) != PV_EREFUSED ||
                    !strstr(problem.reason, refused[i].word) || !strstr(problem.reason, refused[i].name))
                        TEST_FAIL("row %zu: %s", i, problem.reason);
        }
}

TEST(a_writer_that_refused_writes_the_next_document_as_ever)
{
        static char first[8192];
        size_t first_size;

        CHECK_EQ_INT(render(all, N(all)), 0);
        first_size = size;
        CHECK(size < sizeof first);
        memcpy(first, bytes, size);
        for (size_t i = 0; i < N(refused); i++) {
                CHECK_EQ_INT(render_one(refused[i].name, 0, "\x01", NULL, 0), PV_EREFUSED);
                CHECK_EQ_INT(render(all, N(all)), 0);
                CHECK_EQ_INT(size, first_size);
                CHECK_MEM(bytes, first, size);
        }
}

TEST(a_wiped_document_is_gone_and_the_next_is_whole)
{
        size_t first_size;

        CHECK_EQ_INT(render(all, N(all)), 0);
        first_size = size;
        settings_document_writer_wipe(writer);
        for (size_t i = 0; i < first_size; i++)
                if (bytes[i])
                        TEST_FAIL("byte %zu is still there", i);
        CHECK_EQ_INT(render(all, N(all)), 0);
        CHECK_EQ_INT(size, first_size);
}

TEST(a_document_that_grows_too_large_is_refused)
{
        static struct settings_document_setting many[200];
        static char value[SETTINGS_DOCUMENT_VALUE_MAX + 2];

        memset(value, 'x', sizeof value - 1);
        CHECK_EQ_INT(render_one("phone_name", NONE, value, NULL, 0), PV_EREFUSED);
        CHECK(strstr(problem.reason, "too long"));
        value[SETTINGS_DOCUMENT_VALUE_MAX] = 0;
        CHECK_EQ_INT(render_one("phone_name", NONE, value, NULL, 0), 0);
        CHECK(size > SETTINGS_DOCUMENT_VALUE_MAX && strstr(bytes, value));
        for (size_t i = 0; i < N(many); i++)
                many[i] = (struct settings_document_setting){"phone_name", NONE, value, "R", NULL, 0};
        CHECK_EQ_INT(render(many, N(many)), PV_EREFUSED);
        CHECK(strstr(problem.reason, "8 MiB"));
        CHECK_EQ_INT(render(many, 100), 0);
}

TEST(only_one_sound_element_is_a_fragment)
{
        static const char *const wrong[] = {
                "", "key", "<key", "<key>", "<key></kei>", "<key/><key/>", "<key/>x", "x<key/>", " <key/>", "<key/> ", "<other/>", "<?xml version='1.0'?><key/>",
                "<!DOCTYPE key><key/>", "<key><!-- x --></key>", "<key><![CDATA[x]]></key>", "<key><?php x?></key>", "<key>&foo;</key>",
                "<key>&#1;</key>", "<key a='1' a='2'/>", "<key a=1/>", "<x:key/>", "<key><x:y/></key>", "<key>\xff</key>", "<key>\x01</key>",
                "<!DOCTYPE key [<!ENTITY a 'b'>]><key>&a;</key>", "</settings><key/>", "<key/></settings>",
        };
        static char deep[1024];

        CHECK(xml_fragment_is("<key/>", "key", "setting_replacement"));
        CHECK(xml_fragment_is("<setting_replacement id=\"a\">\n <b c='d'>e &lt; &#228;</b>\n</setting_replacement>", "key", "setting_replacement"));
        for (size_t i = 0; i < N(wrong); i++)
                if (xml_fragment_is(wrong[i], "key", "setting_replacement"))
                        TEST_FAIL("row %zu: %s", i, wrong[i]);
        for (int i = 0; i < 100; i++)
                memcpy(deep + 5 * i, "<key>", 5), memcpy(deep + 500 + 5 * i, "</key", 5);
        CHECK(!xml_fragment_is(deep, "key", "setting_replacement"));
}

TEST(other_documents_are_as_expected)
{
        static const char *const urls[] = {"https://10.64.0.1/000413AABBCC.xml", "https://10.64.0.1/x?a=1&b=2"};
        static const char *const wrong[] = {"", "https://", "ftp://x/", "/x", "https://a b", "https://a\n", "https://a\x01", "https://\xff", "javascript:x"};

        CHECK_EQ_INT(render(NULL, 0), 0);
        CHECK_EQ_INT(settings_document_render_files(writer, urls, 2, &bytes, &size, &problem), 0);
        CHECK_GOLDEN("document/files.xml", bytes, size);
        CHECK_EQ_INT(settings_document_render_firmware(writer, "https://10.64.0.1/firmware/a-1.bin", &bytes, &size, &problem), 0);
        CHECK_GOLDEN("document/firmware.xml", bytes, size);
        for (size_t i = 0; i < N(wrong); i++) {
                if (settings_document_render_firmware(writer, wrong[i], &bytes, &size, &problem) != PV_EREFUSED)
                        TEST_FAIL("firmware %zu", i);
                if (settings_document_render_files(writer, &wrong[i], 1, &bytes, &size, &problem) != PV_EREFUSED)
                        TEST_FAIL("file %zu", i);
        }
        settings_document_writer_free(writer);
        settings_document_writer_free(NULL);
}
