/*
 * test_xml_element: what is one element, what is none, and that whatever passes is sound to libxml2 as well.
 */
#include "provisioning/model/xml_element.h"

#include "provisioning/document/xml_fragment.h"
#include "tests/support/test.h"

#define ROUNDS 200000

static bool is(const char *text)
{
        return xml_element_is(text, "key", "setting_replacement");
}

static const char *const sound[] = {
        "<key/>", "<key />", "<key></key>", "<key  a = '1' b=\"2\"\n>x</key >", "<key id='>'/>", "<key a='\"' b=\"'\"/>",
        "<setting_replacement id=\"a\"><b c='d'>e &lt; &#228; &#xE4; &amp;&gt;&quot;&apos;</b>f<b/></setting_replacement>",
        "<key>]] > ]]&gt; caf\xc3\xa9</key>", "<key><key><key/></key></key>", "<key>&#1114111;&#x10FFFF;&#9;</key>", "<key x_1.2-3='a&amp;b'/>",
};
static const char *const broken[] = {
        "", "<", "<key", "<key>", "<key/", "</key>", "<key></keys>", "<key></key", "<key></key>x", "<key></key> ", " <key/>", "x<key/>", "<key/><key/>",
        "<other/>", "<keys/>", "<key><b></key></b>", "<key><b></key>", "<key a/>", "<key a=1/>", "<key a='1'b='2'/>", "<key a='1' a='2'/>", "<key a='<'/>",
        "<key a='1/>", "<key a='&'/>", "<key>&</key>", "<key>&;</key>", "<key>& amp;</key>", "<key>&nbsp;</key>", "<key>&#;</key>", "<key>&#x;</key>",
        "<key>&#0;</key>", "<key>&#xD800;</key>", "<key>&#xFFFE;</key>", "<key>&#x110000;</key>", "<key>&#99999999999999999999;</key>", "<key>&#-9;</key>",
        "<key>a]]>b</key>", "<key>\x01</key>", "<key><!-- x --></key>", "<key><![CDATA[x]]></key>", "<?xml version='1.0'?><key/>", "<key><?x y?></key>",
        "<!DOCTYPE key><key/>", "<key><1/></key>", "<key>< b/></key>", "<key></ key>", "<key xmlns='a'/>", "<key xmlns:a='b'/>", "<key a:b='c'/>", "<a:key/>",
        "<key / >", "<key /a='1'>", "<key\xc3\xa9/>",
};

TEST(sound_elements_are_taken)
{
        for (size_t i = 0; i < sizeof sound / sizeof *sound; i++) {
                if (!is(sound[i]))
                        TEST_FAIL("%s", sound[i]);
                CHECK(xml_fragment_is(sound[i], "key", "setting_replacement"));
        }
}

TEST(what_is_not_one_element_is_not_taken)
{
        for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
                if (is(broken[i]))
                        TEST_FAIL("%s", broken[i]);
}

static const char *repeated(const char *begin, const char *part, size_t n, const char *end)
{
        static char text[100000];
        size_t used = strlen(begin);

        memcpy(text, begin, used);
        for (size_t i = 0; i < n; i++, used += strlen(part))
                memcpy(text + used, part, strlen(part));
        strcpy(text + used, end);
        return text;
}

TEST(depth_count_and_names_are_bounded)
{
        char deep[400] = "";
        char name[80];

        for (size_t n = 15; n <= 16; n++) {
                strcpy(deep, repeated("", "<key>", n, "x"));
                strcat(deep, repeated("", "</key>", n, ""));
                CHECK(is(deep));
                CHECK(xml_fragment_is(deep, "key", "key"));
        }
        strcpy(deep, repeated("", "<key>", 17, "x"));
        strcat(deep, repeated("", "</key>", 17, ""));
        CHECK(!is(deep));
        CHECK(is(repeated("<key>", "<b/>", 4094, "</key>")));
        CHECK(!is(repeated("<key>", "<b/>", 4095, "</key>")));
        CHECK(!is(repeated("<key>", "<b>", 20000, "</key>")));
        for (size_t n = 64; n <= 65; n++) {
                char text[200];

                memset(name, 'a', n);
                name[n] = 0;
                snprintf(text, sizeof text, "<key><%s/></key>", name);
                CHECK_EQ_INT(is(text), n == 64);
        }
        strcpy(deep, "<key");
        for (int i = 0; i < 33; i++) {
                snprintf(deep + strlen(deep), sizeof deep - strlen(deep), " a%d=''", i);
                snprintf(name, sizeof name, "/>");
                strcat(deep, name);
                CHECK_EQ_INT(is(deep), i < 32);
                deep[strlen(deep) - 2] = 0;
        }
}

/* --- at random -------------------------------------------------------------- */

static unsigned seed;

static unsigned roll(unsigned n)
{
        seed = seed * 1103515245 + 12345;
        return (seed >> 12) % n;
}

/* Pieces of sound and of broken elements; most strings are nearly sound. */
static void make(char *ret, size_t size)
{
        static const char *const pieces[] = {
                "<key>", "</key>", "<b>", "</b>", "<b/>", "<key a='1'>", " ", "x", "&amp;", "&#10;", "&#x41;", "&#0;", "]]>", "]]&gt;", "<b a=\"&lt;\" c='d'>", "<b a='1' a='2'>",
                "&", "<", ">", "'", "\"", "/", "<!--", "-->", "<?x?>", "caf\xc3\xa9", "xmlns='u'", "<x:y/>", "<xml/>", "<b xml='1'/>", "\t", "\n", ";", "=", "<key", "#",
        };
        size_t used = 0, at;

        used += (size_t)snprintf(ret, size, "<key%s>", roll(2) ? "" : " a='&quot;x'");
        for (unsigned i = roll(8); i > 0 && used + 64 < size; i--) {
                const char *piece = pieces[roll(roll(3) ? 12 : sizeof pieces / sizeof *pieces)];

                used += (size_t)snprintf(ret + used, size - used, "%s", piece);
        }
        used += (size_t)snprintf(ret + used, size - used, "</key>");
        at = roll((unsigned)used);
        if (roll(4) == 0 && !(ret[at] & 0x80))
                ret[at] = "<>&'\"/= ;#x!?-]"[roll(15)];
}

TEST(whatever_passes_is_sound_to_libxml2_too)
{
        char text[512];
        unsigned n_taken = 0, n_only_xml = 0, n_broken = 0;

        seed = 20261121;
        for (unsigned round = 0; round < ROUNDS; round++) {
                bool taken, is_xml;

                make(text, sizeof text);
                taken = is(text);
                is_xml = xml_fragment_is(text, "key", "setting_replacement");
                if (taken && !is_xml)
                        TEST_FAIL("libxml2 does not take %s", text);
                n_taken += taken;
                n_only_xml += is_xml && !taken;
                n_broken += !is_xml;
        }
        fprintf(stderr, "%u taken, %u that libxml2 alone takes, %u broken\n", n_taken, n_only_xml, n_broken);
        CHECK(n_taken > ROUNDS / 20 && n_broken > ROUNDS / 20);
}
