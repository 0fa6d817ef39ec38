/*
 * test_bundle_check: good bundles are unpacked; forty kinds of bad ones, a hundred that end early and a thousand with one bit changed are not taken.
 */
#include "appliance/update/bundle_check.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/base/text.h"
#include "appliance/update/bundle_header.h"
#include "tests/support/test.h"
#include "tests/unit/appliance/update/bundle_made.h"

static struct bundle_made made;
static struct bundle_manifest manifest;
static char reason[BUNDLE_REASON_SIZE], place[64];
static int folder = -1;

static void clean(void)
{
        static const char *const names[] = {"root", "kernel.efi", "boot.efi"};

        if (folder < 0) {
                strcpy(place, "/tmp/bundle-check-XXXXXX");
                folder = mkdtemp(place) ? open(place, O_RDONLY | O_DIRECTORY) : -1;
        }
        for (size_t i = 0; i < 3; i++)
                (void)unlinkat(folder, names[i], 0);
}

__attribute__((destructor)) static void leave(void)
{
        if (folder >= 0) {
                clean();
                close(folder);
                rmdir(place);
        }
}

static int check_file(int file)
{
        const struct bundle_policy policy = {.product = "provost", .architecture = "amd64", .floor = "0.6.1", .now = BUNDLE_MADE_NOW};
        int r;

        clean();
        *reason = 0;
        r = bundle_check(file, folder, &policy, bundle_made_authority(), NULL, NULL, &manifest, reason);
        close(file);
        return r;
}

static int check_bytes(const uint8_t *bytes, size_t size)
{
        int file = memfd_create("bundle", MFD_CLOEXEC);

        if (write(file, bytes, size) != (ssize_t)size)
                abort();
        return check_file(file);
}

static int check_made(void)
{
        return check_bytes(made.bytes, made.size);
}

static int check(const struct bundle_wanted *wanted)
{
        bundle_make(wanted, &made);
        return check_made();
}

#define REFUSED(part, ...) \
        do { \
                CHECK_EQ_INT(check(&(struct bundle_wanted){__VA_ARGS__}), PV_EREFUSED); \
                if (!strstr(reason, part)) \
                        TEST_FAIL("\"%s\" does not say \"%s\"", reason, part); \
        } while (0)

static bool holds(const char *name, size_t i)
{
        uint8_t bytes[8192];
        int file = openat(folder, name, O_RDONLY);
        ssize_t n = read(file, bytes, sizeof bytes);
        size_t size;
        const uint8_t *part = bundle_made_part(i, &size);

        close(file);
        return n == (ssize_t)size && memcmp(bytes, part, size) == 0;
}

TEST(a_bundle_of_its_maker_is_unpacked)
{
        CHECK_EQ_INT(check(&(struct bundle_wanted){0}), 0);
        CHECK_STR(manifest.version, "0.6.2");
        CHECK_STR(manifest.notes, "Notes.");
        CHECK_STR(reason, "");
        CHECK(holds("root", 0) && holds("kernel.efi", 1) && holds("boot.efi", 2));
        CHECK_EQ_INT(check(&(struct bundle_wanted){.signer = BUNDLE_SIGNER_RSA}), 0);
}

/* --- who signed -------------------------------------------------------------------- */

TEST(a_bundle_without_a_signature_is_refused)
{
        REFUSED("manifest.p7s", .is_unsigned = true);
}

TEST(a_bundle_of_another_authority_of_the_same_name_is_refused)
{
        REFUSED("does not believe", .signer = BUNDLE_SIGNER_STRANGER);
}

TEST(a_certificate_that_is_not_for_code_or_has_ended_signs_nothing)
{
        REFUSED("does not believe", .signer = BUNDLE_SIGNER_NOT_FOR_CODE);
        REFUSED("does not believe", .signer = BUNDLE_SIGNER_ENDED);
}

TEST(signed_attributes_are_another_form_and_refused)
{
        REFUSED("a form that its maker does not write", .has_attributes = true);
}

static void make_with_signature(const void *signature, size_t size)
{
        char *text = bundle_made_manifest(&(struct bundle_wanted){0});

        made.size = 0;
        bundle_made_add(&made, "manifest", text, strlen(text), '0', NULL);
        bundle_made_add(&made, "manifest.p7s", signature, size, '0', NULL);
        for (size_t i = 0; i < 3; i++) {
                size_t part_size;
                const uint8_t *part = bundle_made_part(i, &part_size);

                bundle_made_add(&made, bundle_part_name((enum bundle_part)i), part, part_size, '0', NULL);
        }
        bundle_made_end(&made);
        free(text);
}

TEST(a_signature_of_another_manifest_is_refused)
{
        uint8_t signature[16384];
        size_t size = bundle_made_sign("{}", BUNDLE_SIGNER_OURS, false, signature, sizeof signature);

        make_with_signature(signature, size);
        CHECK_EQ_INT(check_made(), PV_EREFUSED);
        CHECK(strstr(reason, "not one of its manifest"));
}

TEST(what_is_no_signature_is_refused)
{
        uint8_t zeros[100] = {0};

        make_with_signature(zeros, sizeof zeros);
        CHECK_EQ_INT(check_made(), PV_EREFUSED);
        make_with_signature("-----BEGIN CMS-----\n", 20);
        CHECK_EQ_INT(check_made(), PV_EREFUSED);
}

TEST(bytes_behind_a_signature_are_refused)
{
        char *text = bundle_made_manifest(&(struct bundle_wanted){0});
        uint8_t signature[16384];
        size_t size = bundle_made_sign(text, BUNDLE_SIGNER_OURS, false, signature, sizeof signature - 1);

        free(text);
        make_with_signature(signature, size);
        CHECK_EQ_INT(check_made(), 0);
        signature[size] = 0;
        make_with_signature(signature, size + 1);
        CHECK_EQ_INT(check_made(), PV_EREFUSED);
}

TEST(an_appliance_without_an_authority_takes_nothing)
{
        const struct bundle_policy policy = {.product = "provost", .architecture = "amd64", .floor = "", .now = BUNDLE_MADE_NOW};
        int file = memfd_create("bundle", MFD_CLOEXEC);

        bundle_make(&(struct bundle_wanted){0}, &made);
        CHECK_EQ_INT(write(file, made.bytes, made.size), (ssize_t)made.size);
        clean();
        CHECK_EQ_INT(bundle_check(file, folder, &policy, "", NULL, NULL, &manifest, reason), PV_EREFUSED);
        close(file);
        CHECK(strstr(reason, "knows no authority"));
}

/* --- what the manifest says ----------------------------------------------------------- */

TEST(another_product_or_architecture_is_refused)
{
        REFUSED("another product", .product = "router");
        REFUSED("another product", .product = "");
        REFUSED("another architecture", .architecture = "arm64");
}

TEST(a_bundle_whose_time_is_over_is_refused)
{
        REFUSED("was to be installed before", .ends_at = BUNDLE_MADE_NOW);
        REFUSED("was to be installed before", .ends_at = 1);
}

TEST(a_version_before_the_floor_is_refused_and_the_floor_itself_is_taken)
{
        REFUSED("is older than 0.6.1", .version = "0.6.0");
        REFUSED("is older than 0.6.1", .version = "0.5.9999");
        CHECK_EQ_INT(check(&(struct bundle_wanted){.version = "0.6.1"}), 0);
        CHECK_EQ_INT(check(&(struct bundle_wanted){.version = "0.10.0"}), 0);
}

TEST(a_version_that_is_none_is_refused)
{
        REFUSED("version", .version = "../../0.6.2");
        REFUSED("version", .version = "0.6.2-evil");
        REFUSED("version", .version = "");
        REFUSED("version", .version = "1.2.3.4.5.6.7.8.9.10.11.12");
        REFUSED("floor", .floor = "none");
}

TEST(a_signed_manifest_that_lies_or_lacks_something_is_refused)
{
        REFUSED("JSON", .manifest = "not json");
        REFUSED("JSON", .manifest = "[]");
        REFUSED("product", .manifest = "{}");
        REFUSED("files", .manifest = "{\"product\":\"provost\",\"architecture\":\"amd64\",\"version\":\"0.6.2\",\"build_id\":\"\",\"made_at\":1,\"ends_at\":1900000000,"
                                     "\"floor\":\"0.6.0\",\"schema\":1,\"root_hash\":\"\",\"notes\":\"\",\"files\":[]}");
}

/* --- the archive's form ------------------------------------------------------------------ */

static void begin_signed(const struct bundle_wanted *wanted)
{
        char *text = bundle_made_manifest(wanted);
        uint8_t signature[16384];
        size_t size = bundle_made_sign(text, BUNDLE_SIGNER_OURS, false, signature, sizeof signature);

        made.size = 0;
        bundle_made_add(&made, "manifest", text, strlen(text), '0', NULL);
        bundle_made_add(&made, "manifest.p7s", signature, size, '0', NULL);
        free(text);
}

static void add_part(size_t i, const char *name, char type, const char *link)
{
        size_t size;
        const uint8_t *part = bundle_made_part(i, &size);

        bundle_made_add(&made, name, part, size, type, link);
}

TEST(members_with_paths_links_and_other_types_are_refused_and_make_nothing)
{
        static const struct { const char *name, *link; char type; } bad[] = {
                {"../root", NULL, '0'}, {"/root", NULL, '0'}, {"./root", NULL, '0'}, {"root/", NULL, '5'}, {"root", "/etc/passwd", '2'},
                {"root", "kernel.efi", '1'}, {"root", NULL, '3'}, {"root", NULL, '4'}, {"root", NULL, '6'}, {"root", NULL, 'x'},
                {"root", NULL, 'g'}, {"root", NULL, 'L'}, {"root", NULL, 'S'}, {"root", NULL, 'K'}, {"ROOT", NULL, '0'}, {"root ", NULL, '0'},
                {"kernel.efi", NULL, '0'}, {"roo", NULL, '0'}, {"rootx", NULL, '0'},
        };

        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
                begin_signed(&(struct bundle_wanted){0});
                add_part(0, bad[i].name, bad[i].type, bad[i].link);
                add_part(1, "kernel.efi", '0', NULL);
                add_part(2, "boot.efi", '0', NULL);
                bundle_made_end(&made);
                CHECK_EQ_INT(check_made(), PV_EREFUSED);
                CHECK(faccessat(folder, "root", F_OK, 0) < 0 && access("/tmp/root", F_OK) < 0);
        }
}

TEST(members_in_another_order_twice_missing_or_too_many_are_refused)
{
        static const size_t orders[][4] = {{1, 0, 2, 9}, {0, 2, 1, 9}, {0, 0, 1, 2}, {0, 1, 9, 9}, {0, 1, 2, 2}};

        for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
                begin_signed(&(struct bundle_wanted){0});
                for (size_t k = 0; k < 4 && orders[i][k] != 9; k++)
                        add_part(orders[i][k], bundle_part_name((enum bundle_part)orders[i][k]), '0', NULL);
                bundle_made_end(&made);
                CHECK_EQ_INT(check_made(), PV_EREFUSED);
        }
}

TEST(a_part_that_is_not_what_the_manifest_says_is_refused)
{
        uint8_t longer[6000] = {0};
        size_t size;

        begin_signed(&(struct bundle_wanted){0});
        bundle_made_add(&made, "root", longer, sizeof longer, '0', NULL);
        bundle_made_end(&made);
        CHECK_EQ_INT(check_made(), PV_EREFUSED);
        begin_signed(&(struct bundle_wanted){0});
        memcpy(longer, bundle_made_part(0, &size), 4000);
        bundle_made_add(&made, "root", longer, 4000, '0', NULL);
        bundle_made_end(&made);
        CHECK_EQ_INT(check_made(), PV_EREFUSED);
        CHECK(strstr(reason, "another size"));
        begin_signed(&(struct bundle_wanted){0});
        bundle_made_add(&made, "root", longer, size, '0', NULL);
        bundle_made_end(&made);
        CHECK_EQ_INT(check_made(), PV_EREFUSED);
        CHECK(strstr(reason, "not what its manifest says"));
}

TEST(something_between_or_behind_the_members_is_refused)
{
        bundle_make(&(struct bundle_wanted){0}, &made);
        made.bytes[made.size - 1] = 1;
        CHECK_EQ_INT(check_made(), PV_EREFUSED);
        bundle_make(&(struct bundle_wanted){0}, &made);
        made.bytes[made.size] = 0;
        made.size++;
        CHECK_EQ_INT(check_made(), PV_EREFUSED);
        CHECK(strstr(reason, "behind the bundle's end"));
        bundle_make(&(struct bundle_wanted){0}, &made);
        made.bytes[made.size - 2 * BUNDLE_BLOCK - 1] = 'x';     /* the filling behind boot.efi */
        CHECK_EQ_INT(check_made(), PV_EREFUSED);
}

TEST(no_file_an_empty_one_and_one_that_is_too_large_are_refused)
{
        int ends[2], large = memfd_create("large", MFD_CLOEXEC);

        CHECK_EQ_INT(check_bytes(made.bytes, 0), PV_EREFUSED);
        CHECK_EQ_INT(pipe(ends), 0);
        CHECK_EQ_INT(check_file(ends[0]), PV_EREFUSED);
        close(ends[1]);
        CHECK_EQ_INT(ftruncate(large, BUNDLE_SIZE_MAX + 1), 0);
        CHECK_EQ_INT(check_file(large), PV_EREFUSED);
        CHECK(strstr(reason, "larger than any"));
}

TEST(a_bundle_is_refused_wherever_it_ends_too_early)
{
        bundle_make(&(struct bundle_wanted){0}, &made);
        size_t whole = made.size;

        for (size_t i = 0; i < 100; i++) {
                CHECK_EQ_INT(check_bytes(made.bytes, whole * i / 100), PV_EREFUSED);
                CHECK(*reason);
        }
        CHECK_EQ_INT(check_bytes(made.bytes, whole - 1), PV_EREFUSED);
        CHECK_EQ_INT(check_bytes(made.bytes, whole), 0);
}

/* A bit in each place in turn, and all of the signature, whose form has the most freedom. */
TEST(no_bit_of_a_bundle_can_be_changed)
{
        bundle_make(&(struct bundle_wanted){.signer = BUNDLE_SIGNER_RSA}, &made);
        size_t whole = made.size, taken = 0;

        for (size_t i = 0; i < 1000; i++) {
                size_t bit = whole * 8 * i / 1000 + i % 8;

                made.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
                taken += check_bytes(made.bytes, whole) == 0;
                made.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        CHECK_EQ_INT(taken, 0);
        CHECK_EQ_INT(check_bytes(made.bytes, whole), 0);
}

TEST(no_bit_of_the_signature_can_be_changed)
{
        size_t from = 0, taken = 0;
        int64_t size = 0;

        bundle_make(&(struct bundle_wanted){.signer = BUNDLE_SIGNER_RSA}, &made);
        while (bundle_header_parse(made.bytes + from, "manifest.p7s", &size) < 0)
                from += BUNDLE_BLOCK;
        from += BUNDLE_BLOCK;
        for (size_t bit = from * 8; bit < (from + (size_t)size) * 8; bit++) {
                made.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
                taken += check_bytes(made.bytes, made.size) == 0;
                made.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        CHECK_EQ_INT(taken, 0);
}
