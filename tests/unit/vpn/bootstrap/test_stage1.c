/*
 * test_stage1: the first document and the bundle, against golden files and other programs.
 */
#include "vpn/bootstrap/stage1.h"

#include <unistd.h>

#include "tests/support/golden.h"
#include "tests/support/test.h"
#include "vpn/bootstrap/bundle.h"
#include "vpn/bootstrap/bundle_tar.h"

#define PEM(kind, body) "-----BEGIN " kind "-----\n" body "\n-----END " kind "-----\n"
#define ROOT PEM("CERTIFICATE", "Um9vdA==")
#define ISSUING PEM("CERTIFICATE", "SXNzdWluZw==")

static const struct bundle sample = {
        .remotes = {{"192.168.7.1", 1194, false}}, .n_remotes = 1, .authorities = ISSUING ROOT, .certificate = PEM("CERTIFICATE", "TGVhZg=="),
        .issuing = ISSUING, .private_key = PEM("PRIVATE KEY", "S2V5"), .tls_auth = "-----BEGIN OpenVPN Static key V1-----\n"
        "00112233445566778899aabbccddeeff\n-----END OpenVPN Static key V1-----\n",
};

static char buffer[BUNDLE_MAX_BYTES];

static void make_site(struct site *site, const char *time_zone)
{
        const struct site_value values[] = {
                {"lan_address", "192.168.7.1/24"}, {"pool_first", "192.168.7.100"}, {"pool_last", "192.168.7.200"},
                {"time_zone", time_zone},
        };
        struct site_problem problem;

        CHECK_EQ_INT(site_from_values(values, sizeof values / sizeof *values, site, &problem), 0);
        CHECK(site->complete);
}

static void check_stage1(const char *golden, const char *time_zone)
{
        struct settings_document_problem problem;
        struct site site;
        char *bytes;
        size_t size;

        make_site(&site, time_zone);
        CHECK_EQ_INT(stage1_write(&(struct stage1){.site = &site, .mac = {{0, 4, 0x13, 0xaa, 0xbb, 0xcc}}, .serial = "00ff", .roots = ROOT,
                                                      .chain = ISSUING ROOT}, &bytes, &size, &problem), 0);
        CHECK_GOLDEN(golden, bytes, size);
        settings_document_free(bytes, size);
}

TEST(stage_1_is_as_expected)
{
        check_stage1("bootstrap/stage1.xml", "");
}

TEST(a_time_zone_is_sent_when_the_site_has_one)
{
        check_stage1("bootstrap/stage1_time_zone.xml", "GER+1");
}

#define ROOT_2 PEM("CERTIFICATE", "Um9vdDI=")
#define ISSUING_2 PEM("CERTIFICATE", "SXNzdWluZzI=")
#define OLD_AUTHORITY PEM("CERTIFICATE", "T2xk")

/* Which of these bodies stand in the document, in this order. */
static void check_order(const char *bytes, const char *const *bodies)
{
        const char *at = bytes;

        for (; *bodies; bodies++) {
                at = strstr(at, *bodies);
                if (!at)
                        TEST_FAIL("%s is not there, or not in its order", *bodies);
                CHECK(!strstr(at + strlen(*bodies), *bodies));
        }
}

TEST(during_a_rollover_stage_1_carries_every_authority_once_the_roots_first)
{
        const struct stage1 stage1 = {.mac = {{0, 4, 0x13, 0xaa, 0xbb, 0xcc}}, .serial = "00ff", .roots = ROOT_2 ROOT,
                                      .chain = ISSUING_2 ROOT_2 ISSUING ROOT, .legacy = OLD_AUTHORITY};
        struct settings_document_problem problem;
        struct stage1 with_site = stage1;
        struct site site;
        char *bytes;
        size_t size;

        make_site(&site, "");
        with_site.site = &site;
        CHECK_EQ_INT(stage1_write(&with_site, &bytes, &size, &problem), 0);
        check_order(bytes, (const char *const[]){"Um9vdDI=", "Um9vdA==", "SXNzdWluZzI=", "SXNzdWluZw==", "<vpn_tarball_url", NULL});
        CHECK(!strstr(bytes, "T2xk"));
        settings_document_free(bytes, size);
}

static void make_old_site(struct site *site)
{
        const struct site_value values[] = {
                {"lan_address", "192.168.7.1/24"}, {"pool_first", "192.168.7.100"}, {"pool_last", "192.168.7.200"}, {"legacy", "on"},
                {"vpn_public_host", "vpn.example.org"}, {"vpn_tcp_port", "1194"},
        };
        struct site_problem problem;

        CHECK_EQ_INT(site_from_values(values, sizeof values / sizeof *values, site, &problem), 0);
}

TEST(an_old_phone_is_led_to_its_own_listener_and_network)
{
        struct settings_document_problem problem;
        struct site site;
        char *bytes;
        size_t size;

        make_old_site(&site);
        CHECK_EQ_INT(stage1_write(&(struct stage1){.site = &site, .mac = {{0, 4, 0x13, 0xaa, 0xbb, 0xcc}}, .serial = "00ff", .roots = ROOT,
                                                      .chain = ISSUING ROOT, .legacy = OLD_AUTHORITY, .is_legacy = true,
                                                      .on_legacy_listener = true}, &bytes, &size, &problem), 0);
        check_order(bytes, (const char *const[]){"T2xk", "Um9vdA==", "SXNzdWluZw==", ">https://192.168.7.1:8443/vpn/000413AABBCC-00ff.tar<",
                                                 ">https://10.65.0.1/{mac}.xml<", NULL});
        settings_document_free(bytes, size);
        CHECK_EQ_INT(stage1_write_update(&site, &(struct mac){{0, 4, 0x13, 0xaa, 0xbb, 0xcc}}, true, &bytes, &size, &problem), 0);
        CHECK(strstr(bytes, "https://192.168.7.1:8443/firmware/000413AABBCC.xml"));
        settings_document_free(bytes, size);
}

/* --- where it dials ------------------------------------------------------------- */

static const char *remotes_of(const struct site *site, bool is_legacy)
{
        static char text[BUNDLE_MAX_BYTES];
        struct bundle bundle = sample;
        size_t size, used = 0;

        bundle.n_remotes = bundle_remotes(site, is_legacy, bundle.remotes);
        CHECK_EQ_INT(bundle_write_configuration(&bundle, buffer, sizeof buffer - 1, &size), 0);
        buffer[size] = 0;
        *text = 0;
        for (const char *line = buffer; *line; line += strcspn(line, "\n") + 1)
                if (!strncmp(line, "remote ", 7) || !strncmp(line, "server-poll", 11))
                        used += (size_t)snprintf(text + used, sizeof text - used, "%.*s|", (int)strcspn(line, "\n"), line);
        return text;
}

TEST(a_phone_dials_the_site_first_then_the_public_name_then_tcp)
{
        struct site site;

        make_site(&site, "");
        CHECK_STR(remotes_of(&site, false), "remote 192.168.7.1 1194 udp|");
        make_old_site(&site);
        CHECK_STR(remotes_of(&site, false), "remote 192.168.7.1 1194 udp|remote vpn.example.org 1194 udp|remote vpn.example.org 443 tcp-client|"
                                            "server-poll-timeout 10|");
        CHECK_STR(remotes_of(&site, true), "remote 192.168.7.1 1195 udp|");
        *site.vpn_public_host = 0;
        CHECK_STR(remotes_of(&site, false), "remote 192.168.7.1 1194 udp|remote 192.168.7.1 443 tcp-client|server-poll-timeout 10|");
        site.vpn_tcp_port = 0;
        CHECK_STR(remotes_of(&site, false), "remote 192.168.7.1 1194 udp|");
}

TEST(a_certificate_that_is_none_is_refused_with_a_reason)
{
        struct settings_document_problem problem = {""};
        struct site site;
        char *bytes;
        size_t size;

        make_site(&site, "");
        CHECK_EQ_INT(stage1_write(&(struct stage1){.site = &site, .mac = {{0, 4, 0x13, 0xaa, 0xbb, 0xcc}}, .serial = "00ff", .roots = ROOT,
                                                      .chain = "x"}, &bytes, &size, &problem), PV_EMALFORMED);
        CHECK_STR(problem.reason, "pki's authorities are no certificates, or too many");
}

TEST(the_vpn_configuration_is_as_expected)
{
        size_t size;

        CHECK_EQ_INT(bundle_write_configuration(&sample, buffer, sizeof buffer, &size), 0);
        CHECK_GOLDEN("bootstrap/vpn.cnf", buffer, size);
}

TEST(the_bundle_is_the_same_bytes_each_time)
{
        static char again[BUNDLE_MAX_BYTES];
        size_t size, size_again;

        CHECK_EQ_INT(bundle_write(&sample, buffer, sizeof buffer, &size), 0);
        CHECK_EQ_INT(bundle_write(&sample, again, sizeof again, &size_again), 0);
        CHECK_EQ_INT(size, 10240);
        CHECK_EQ_INT(size_again, size);
        CHECK_MEM(again, buffer, size);
        CHECK_GOLDEN("bootstrap/bundle.tar", buffer, size);
}

static int run_on(const void *bytes, size_t size, const char *command)
{
        char path[64], line[2048];
        FILE *file;
        int status;

        snprintf(path, sizeof path, "/tmp/provost-test-bundle-%d", getpid());
        file = fopen(path, "wb");
        if (!file || fwrite(bytes, 1, size, file) != size || fclose(file))
                return -1;
        snprintf(line, sizeof line, "F=%s; %s", path, command);
        status = system(line);
        (void)unlink(path);
        return status;
}

TEST(tar_and_python_read_the_one_member_back)
{
        static const char script[] =
                "import sys, tarfile\n"
                "t = tarfile.open(sys.argv[1], 'r:'); m = t.getmembers()\n"
                "assert [(k.name, k.isreg(), oct(k.mode), k.uid, k.gid, k.uname, k.gname, k.mtime) for k in m] == [\n"
                " ('vpn.cnf', True, '0o700', 0, 0, 'root', 'root', 1577836800)], m[0].get_info()\n"
                "assert t.extractfile(m[0]).read() == open('tests/golden/bootstrap/vpn.cnf', 'rb').read()\n";
        size_t size;

        CHECK_EQ_INT(bundle_write(&sample, buffer, sizeof buffer, &size), 0);
        CHECK(setenv("SCRIPT", script, 1) == 0);
        CHECK_EQ_INT(run_on(buffer, size, "python3 -c \"$SCRIPT\" $F"), 0);
        CHECK_EQ_INT(run_on(buffer, size, "test \"$(tar -tf $F 2>&1)\" = vpn.cnf"), 0);
        CHECK_EQ_INT(run_on(buffer, size, "test \"$(tar -xOf $F vpn.cnf)\" = \"$(cat tests/golden/bootstrap/vpn.cnf)\""), 0);
}

TEST(archives_of_every_size_around_a_block_are_sound)
{
        static const size_t sizes[] = {0, 1, 511, 512, 513, 8704, 8705, 9215, 9216, 9217, 20000};
        static char data[20000], out[40960];

        memset(data, 'x', sizeof data);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
                struct writer w = writer_of(out, sizeof out);
                char command[128];

                bundle_tar_write(&w, "vpn.cnf", data, sizes[i]);
                CHECK_EQ_INT(w.error, 0);
                CHECK_EQ_INT(writer_used(&w) % 10240, 0);
                snprintf(command, sizeof command, "test $(tar -xOf $F vpn.cnf | wc -c) = %zu", sizes[i]);
                CHECK_EQ_INT(run_on(out, writer_used(&w), command), 0);
        }
}

TEST(a_bundle_that_does_not_fit_is_refused)
{
        size_t size;

        CHECK_EQ_INT(bundle_write(&sample, buffer, 10239, &size), PV_ETOOLARGE);
        CHECK_EQ_INT(bundle_write(&sample, buffer, 100, &size), PV_ETOOLARGE);
}

TEST(texts_that_would_change_the_configuration_are_refused)
{
        static const char *const hosts[] = {"", "a b", "a\nup /bin/sh", "a#", "a\"", "a;b", "<ca>", "h\xc3\xa4"};
        static const char *const inlines[] = {"", "no line feed", "a\n</key>\nup /bin/sh\n", "a\r\n", "a\tb\n", "\x01\n", "\x80\n"};
        size_t size;

        for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
                struct bundle bundle = sample;

                bundle.remotes[0].host = hosts[i];
                if (bundle_write(&bundle, buffer, sizeof buffer, &size) != PV_EREFUSED)
                        TEST_FAIL("host %s", hosts[i]);
        }
        for (size_t i = 0; i < sizeof inlines / sizeof *inlines; i++)
                for (int field = 0; field < 5; field++) {
                        struct bundle bundle = sample;
                        const char **fields[] = {&bundle.authorities, &bundle.certificate, &bundle.issuing,
                                                 &bundle.private_key, &bundle.tls_auth};

                        if (fields[field] == &bundle.issuing && !*inlines[i])
                                continue;               /* nothing is sent along, or certificate has it */
                        *fields[field] = inlines[i];
                        if (bundle_write(&bundle, buffer, sizeof buffer, &size) != PV_EREFUSED)
                                TEST_FAIL("text %zu as field %d", i, field);
                }
}

TEST(a_phone_without_a_vpn_client_is_told_to_load_one_and_nothing_else)
{
        struct settings_document_problem problem;
        struct site site;
        char *bytes;
        size_t size;

        make_site(&site, "GER+1");
        CHECK_EQ_INT(stage1_write_update(&site, &(struct mac){{0, 4, 0x13, 0xaa, 0xbb, 0xcc}}, false, &bytes, &size, &problem), 0);
        CHECK_GOLDEN("bootstrap/stage1_update.xml", bytes, size);
        settings_document_free(bytes, size);
}
