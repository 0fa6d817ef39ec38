/*
 * test_pki_upload: certificates of others for the page, made by the openssl command.
 */
#include <time.h>

#include "tests/support/test.h"
#include "tests/unit/vpn/pki/pki_scratch.h"
#include "vpn/pki/pki_ends.h"
#include "vpn/pki/pki_page.h"
#include "vpn/pki/pki_station.h"
#include "vpn/pki/pki_upload.h"

static struct pki_scratch scratch;

static void sh(const char *script)
{
        char *output;
        int status = pki_scratch_run(&output, "cd '%s' && { %s ; } 2>&1", scratch.path, script);

        if (status != 0)
                TEST_FAIL("%s: %s", script, output);
        free(output);
}

#define SELF "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key -out certificate -days 30 -subj '/CN=page.example' "
#define NAMES "-addext subjectAltName=DNS:page.example,IP:192.0.2.7,IP:2001:db8::1 "

static struct pki_certificate_pair pair;
static const char *problem;

/* The sentence of the refusal, "" when it is taken. */
static const char *check_at(const char *certificate_file, const char *key_file, int64_t now)
{
        char *certificate = pki_scratch_read(scratch.path, certificate_file), *key = pki_scratch_read(scratch.path, key_file);
        int r;

        CHECK(certificate && key);
        pki_certificate_pair_done(&pair);
        problem = "";
        r = pki_upload_check(certificate, key, now, &pair, &problem);
        CHECK(r == 0 || r == PV_EREFUSED);
        CHECK((r == 0) == !*problem);
        free(certificate);
        free(key);
        return problem;
}

static const char *check(void)
{
        return check_at("certificate", "key", time(NULL));
}

static void start(void)
{
        pki_scratch_make(&scratch);
}

static void end(void)
{
        pki_certificate_pair_done(&pair);
        pki_scratch_remove(&scratch);
}

TEST(a_pair_is_taken_and_written_anew_without_what_stood_around_it)
{
        struct pki_upload_facts facts;

        start();
        sh(SELF NAMES);
        sh("{ echo 'Subject: something'; cat certificate; echo trailing; } >more && mv more certificate");
        CHECK_STR(check(), "");
        CHECK(strncmp(pair.certificate, "-----BEGIN CERTIFICATE-----", 27) == 0 && !strstr(pair.certificate, "trailing"));
        CHECK(strncmp(pair.private_key, "-----BEGIN PRIVATE KEY-----", 27) == 0);
        CHECK_EQ_INT(pki_upload_read(pair.certificate, &facts), 0);
        CHECK_STR(facts.subject, "CN=page.example");
        CHECK_STR(facts.issuer, "CN=page.example");
        CHECK_EQ_INT(facts.n_names, 3);
        CHECK_STR(facts.names[0], "page.example");
        CHECK_STR(facts.names[1], "192.0.2.7");
        CHECK_STR(facts.names[2], "2001:db8::1");
        CHECK_EQ_INT(facts.span.not_after - facts.span.not_before, 30 * 86400);
        CHECK_EQ_INT(strlen(facts.sha256), 64);
        end();
}

TEST(what_is_no_certificate_or_no_key_is_said)
{
        start();
        sh(SELF NAMES "&& cp key good");
        sh("cp certificate kept && echo hello >certificate");
        CHECK(strstr(check(), "no certificate in PEM form"));
        sh("head -c 300 kept >certificate");
        CHECK(strstr(check(), "damaged"));
        sh("sed '3s/./!/g' kept >certificate");
        CHECK(strstr(check(), "damaged"));
        sh("cp kept certificate && echo hello >key");
        CHECK(strstr(check(), "no private key"));
        sh("openssl pkey -in good -aes256 -passout pass:one -out key");
        CHECK(strstr(check(), "passphrase"));
        sh("openssl ec -in good -aes256 -passout pass:one -out key");
        CHECK(strstr(check(), "passphrase"));
        sh("head -c 50000 /dev/zero | tr '\\0' x >certificate && cp good key");
        CHECK(strstr(check(), "too long"));
        end();
}

TEST(a_key_of_another_certificate_is_refused)
{
        start();
        sh(SELF NAMES "&& openssl ecparam -genkey -name prime256v1 -noout -out key");
        CHECK(strstr(check(), "does not belong"));
        end();
}

TEST(weak_and_unknown_keys_are_refused_and_usual_ones_taken)
{
        static const struct { const char *options, *said; } cases[] = {
                {"rsa:2048", ""}, {"rsa:1024", "too weak"}, {"ec -pkeyopt ec_paramgen_curve:P-384", ""},
                {"ec -pkeyopt ec_paramgen_curve:P-521", "must be RSA"}, {"ec -pkeyopt ec_paramgen_curve:secp256k1", "must be RSA"},
                {"ed25519", "must be RSA"},
        };
        char script[512];

        start();
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                snprintf(script, sizeof script, "openssl req -x509 -newkey %s -nodes -keyout key -out certificate -days 30 -subj /CN=a " NAMES,
                         cases[i].options);
                sh(script);
                CHECK(*cases[i].said ? strstr(check(), cases[i].said) != NULL : *check() == 0);
        }
        end();
}

TEST(a_certificate_holds_from_its_begin_to_its_end)
{
        start();
        sh(SELF NAMES);
        CHECK(strstr(check_at("certificate", "key", time(NULL) - 3600), "not hold yet"));
        CHECK_STR(check_at("certificate", "key", time(NULL) + 29 * 86400), "");
        CHECK(strstr(check_at("certificate", "key", time(NULL) + 31 * 86400), "has ended"));
        end();
}

TEST(a_certificate_without_names_or_for_something_else_is_refused)
{
        start();
        sh(SELF);
        CHECK(strstr(check(), "names no host"));
        sh(SELF NAMES "-addext extendedKeyUsage=clientAuth");
        CHECK(strstr(check(), "not for a web server"));
        end();
}

/* root → middle → leaf, each signed by the one before. */
static void make_chain(const char *digest)
{
        char script[1024];

        sh("openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root -days 60 -subj /CN=root");
        sh("openssl req -newkey rsa:2048 -nodes -keyout middle.key -out middle.csr -subj /CN=middle && "
           "printf 'basicConstraints=critical,CA:TRUE\n' >ca.ext && "
           "openssl x509 -req -in middle.csr -CA root -CAkey root.key -days 50 -extfile ca.ext -out middle");
        snprintf(script, sizeof script, "openssl req -newkey rsa:2048 -nodes -keyout key -out leaf.csr -subj /CN=leaf && "
                 "printf 'subjectAltName=DNS:page.example\nextendedKeyUsage=serverAuth\n' >leaf.ext && "
                 "openssl x509 -req -in leaf.csr -CA middle -CAkey middle.key -days 40 -extfile leaf.ext -%s -out leaf", digest);
        sh(script);
}

TEST(a_chain_stands_in_order_with_or_without_its_root)
{
        static const struct { const char *script, *said; } cases[] = {
                {"cat leaf middle root", ""}, {"cat leaf middle", ""}, {"cat leaf", ""}, {"cat leaf root middle", "not in order"},
                {"cat leaf root", "not in order"}, {"cat middle leaf", "does not belong"}, {"cat leaf leaf", "not in order"},
                {"cat leaf middle root root root root root root root", "more than 8"},
        };
        char script[128];

        start();
        make_chain("sha256");
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                snprintf(script, sizeof script, "{ %s; } >certificate", cases[i].script);
                sh(script);
                CHECK(*cases[i].said ? strstr(check(), cases[i].said) != NULL : *check() == 0);
        }
        end();
}

TEST(a_signature_with_sha1_is_refused)
{
        start();
        make_chain("sha1");
        sh("cat leaf middle >certificate");
        CHECK(strstr(check(), "SHA-1"));
        end();
}

TEST(the_uploaded_one_is_kept_encrypted_shown_and_counted_until_it_is_removed)
{
        const struct pki_station_paths paths = {.state = scratch.state, .credentials = scratch.credentials, .tls = scratch.tls};
        struct pki_station station;
        struct pki_certificate_pair kept = {0};
        struct pki_upload_facts facts;
        struct pki_end ends[PKI_ENDS_MAX];
        struct pki_times times;
        bool uploaded = false;
        char *on_disk;
        size_t n, at = 0;

        start();
        sh(SELF NAMES);
        CHECK_STR(check(), "");
        pki_station_open(&paths, time(NULL) - 86400, time(NULL), &station);
        CHECK_STR(station.trouble, "");
        CHECK_EQ_INT(pki_page_kept(&station.vault, &kept), PV_EUNSET);
        CHECK_EQ_INT(pki_page_shown(&station.vault, &uploaded, &facts), PV_EUNSET);
        CHECK_EQ_INT(pki_page_keep(&station.vault, &pair), 0);
        CHECK_EQ_INT(pki_page_kept(&station.vault, &kept), 0);
        CHECK_STR(kept.certificate, pair.certificate);
        CHECK_STR(kept.private_key, pair.private_key);
        pki_certificate_pair_done(&kept);
        on_disk = pki_scratch_read(scratch.state, "page-uploaded.sealed");
        CHECK(on_disk && !strstr(on_disk, "PRIVATE"));
        free(on_disk);
        CHECK_EQ_INT(pki_page_shown(&station.vault, &uploaded, &facts), 0);
        CHECK(uploaded);
        times = pki_station_times(&station, time(NULL));
        n = pki_ends(&station.vault, &station.authority, &times, ends);
        while (at < n && strcmp(ends[at].subject, "page") != 0)
                at++;
        CHECK(at < n && !ends[at].renews && ends[at].span.not_after == facts.span.not_after);
        CHECK_EQ_INT(pki_page_forget(&station.vault), 0);
        CHECK_EQ_INT(pki_page_forget(&station.vault), 0);
        CHECK_EQ_INT(pki_page_kept(&station.vault, &kept), PV_EUNSET);
        pki_station_close(&station);
        end();
}
