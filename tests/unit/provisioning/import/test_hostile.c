/*
 * test_hostile: the W3C XML conformance documents and a set of attacks, read where nothing but computing is possible.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "tests/unit/provisioning/import/jail.h"

#define DOCUMENTS_MAX 1024
#define CPU_MAX_US 1000000              /* of one file, with sanitizers */
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

enum verdict { NOT_WELL_FORMED, WELL_FORMED };

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
        return bytes;
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
        snprintf(d->name, sizeof d->name, "%s", path + strlen(DATA_DIR) + 1);
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
                if (documents[i].verdict == WELL_FORMED || documents[i].has_doctype)
                        continue;
                n++;
                if (is_well_formed(&reports[i]))
                        TEST_FAIL("%s was taken for XML", documents[i].name);
        }
        printf("%u documents that are not well-formed and have no DOCTYPE\n", n);
        CHECK(n > 50);
}
