/*
 * test_pki_station: the CA, its leaves and the edge's files, judged by the openssl command.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/test.h"
#include "tests/unit/vpn/pki/pki_scratch.h"
#include "vpn/pki/pki_edge.h"
#include "vpn/pki/pki_leaf.h"
#include "vpn/pki/pki_station.h"

#define BUILD INT64_C(1780000000)

static struct pki_scratch scratch;
static struct pki_station station;

static void open_station(void)
{
        const struct pki_station_paths paths = {
                .state = scratch.state, .credentials = scratch.credentials, .tls = scratch.tls};

        pki_station_open(&paths, BUILD, BUILD + PKI_TIMES_DAY, &station);
}

static void start(void)
{
        pki_scratch_make(&scratch);
        open_station();
        CHECK_STR(station.trouble, "");
}

static void end(void)
{
        pki_station_close(&station);
        pki_scratch_remove(&scratch);
}

static void put(const char *name, const char *text)
{
        pki_scratch_write(scratch.path, name, text, strlen(text));
}

/* What openssl prints about this PEM file. */
static char *print(const char *name)
{
        char *output;

        CHECK_EQ_INT(pki_scratch_run(&output, "openssl x509 -noout -text -in '%s/%s' 2>&1", scratch.path, name), 0);
        return output;
}

static void check_client(enum pki_certificate_key key, const char *usage)
{
        struct pki_times times;
        struct pki_certificate_pair pair;
        struct pki_certificate_facts facts;
        char *output;

        start();
        times = pki_station_times(&station, BUILD + PKI_TIMES_DAY);
        CHECK_EQ_INT(pki_leaf_client(&station.authority.newest, PKI_LEAF_MODERN, &times, "000413aabbcc", key, &pair), 0);
        put("root.pem", station.authority.newest.root.certificate);
        put("issuing.pem", station.authority.newest.issuing.certificate);
        put("leaf.pem", pair.certificate);
        CHECK_EQ_INT(pki_scratch_run(&output, "cd '%s' && openssl verify -x509_strict -purpose sslclient -attime %lld "
                                     "-CAfile root.pem -untrusted issuing.pem leaf.pem 2>&1", scratch.path,
                                     (long long)BUILD), 0);
        free(output);
        CHECK(pki_scratch_run(&output, "cd '%s' && openssl verify -purpose sslserver -attime %lld -CAfile root.pem "
                              "-untrusted issuing.pem leaf.pem 2>&1", scratch.path, (long long)BUILD) != 0);
        free(output);
        output = print("leaf.pem");
        CHECK(strstr(output, usage));
        CHECK(strstr(output, "TLS Web Client Authentication"));
        CHECK(strstr(output, "CN=000413aabbcc") || strstr(output, "CN = 000413aabbcc"));
        CHECK(strstr(output, "CA:FALSE"));
        free(output);
        CHECK_EQ_INT(pki_certificate_read(pair.certificate, &facts), 0);
        CHECK_EQ_INT(strlen(facts.serial), 32);
        CHECK_EQ_INT(facts.span.not_before, BUILD - 2 * PKI_TIMES_DAY);
        CHECK(pki_certificate_is_sound(&pair, station.authority.newest.issuing.certificate));
        pki_certificate_pair_done(&pair);
        end();
}

TEST(a_p256_client_certificate_verifies_and_may_only_sign)
{
        check_client(PKI_CERTIFICATE_KEY_P256, "X509v3 Key Usage: critical\n                Digital Signature\n");
}

TEST(an_rsa_client_certificate_may_also_encipher_keys)
{
        check_client(PKI_CERTIFICATE_KEY_RSA2048,
                     "X509v3 Key Usage: critical\n                Digital Signature, Key Encipherment\n");
}

TEST(the_root_is_p384_and_the_issuing_authority_p256_with_path_length_0)
{
        char *output;

        start();
        put("root.pem", station.authority.newest.root.certificate);
        put("issuing.pem", station.authority.newest.issuing.certificate);
        output = print("root.pem");
        CHECK(strstr(output, "NIST CURVE: P-384"));
        CHECK(strstr(output, "CA:TRUE\n"));
        CHECK(strstr(output, "Certificate Sign, CRL Sign"));
        free(output);
        output = print("issuing.pem");
        CHECK(strstr(output, "NIST CURVE: P-256"));
        CHECK(strstr(output, "CA:TRUE, pathlen:0"));
        free(output);
        end();
}

TEST(the_ca_and_its_key_for_tls_auth_survive_a_restart)
{
        char *root, *tls_auth;

        start();
        root = strdup(station.authority.newest.root.certificate);
        tls_auth = strdup(station.tls_auth);
        pki_station_close(&station);
        open_station();
        CHECK_STR(station.trouble, "");
        CHECK_STR(station.authority.newest.root.certificate, root);
        CHECK_STR(station.tls_auth, tls_auth);
        CHECK_EQ_INT(pki_authority_start(&station.authority), BUILD);
        free(root);
        free(tls_auth);
        end();
}

TEST(the_key_for_tls_auth_has_the_form_that_openvpn_reads)
{
        unsigned rows = 0;

        start();
        CHECK(!strncmp(station.tls_auth, "-----BEGIN OpenVPN Static key V1-----\n", 38));
        for (const char *at = station.tls_auth; *at; at++)
                rows += *at == '\n';
        CHECK_EQ_INT(rows, 18);
        CHECK(strstr(station.tls_auth, "\n-----END OpenVPN Static key V1-----\n"));
        end();
}

static void check_refused(const char *file, const char *word)
{
        char *before, *after;

        start();
        pki_station_close(&station);
        before = pki_scratch_read(scratch.state, file);
        CHECK(before);
        pki_scratch_write(scratch.state, file, "broken", 6);
        open_station();
        CHECK(strstr(station.trouble, file));
        CHECK(strstr(station.trouble, word));
        after = pki_scratch_read(scratch.state, file);
        CHECK_STR(after, "broken");
        free(before);
        free(after);
        end();
}

TEST(a_broken_ca_is_refused_with_a_sentence_and_left_alone)
{
        check_refused("authority.sealed", "enrol every phone again");
}

TEST(a_broken_key_for_tls_auth_is_refused_with_a_sentence_and_left_alone)
{
        check_refused("tls-auth.sealed", "fetch its VPN bundle again");
}

TEST(a_missing_credential_is_told_in_a_sentence)
{
        char path[160];

        pki_scratch_make(&scratch);
        snprintf(path, sizeof path, "%s/pki.key", scratch.credentials);
        CHECK_EQ_INT(unlink(path), 0);
        open_station();
        CHECK(strstr(station.trouble, "is missing"));
        end();
}

static int vpn_server(const struct pki_times *times, struct pki_certificate_pair *ret_pair)
{
        bool made;

        return pki_leaf_server(&station.vault, pki_authority_shown(&station.authority), times, PKI_LEAF_VPN, NULL, &made, ret_pair);
}

TEST(the_vpn_server_certificate_is_kept_and_made_anew_when_due)
{
        struct pki_certificate_pair first, again, renewed;
        struct pki_times times;

        start();
        times = pki_station_times(&station, BUILD);
        CHECK_EQ_INT(vpn_server(&times, &first), 0);
        CHECK_EQ_INT(vpn_server(&times, &again), 0);
        CHECK_STR(again.certificate, first.certificate);
        times.now = BUILD + PKI_TIMES_LEAF - PKI_TIMES_LEAF / 4;
        CHECK_EQ_INT(vpn_server(&times, &renewed), 0);
        CHECK(strcmp(renewed.certificate, first.certificate) != 0);
        char *chain = pki_authority_chain(&station.authority);
        put("root.pem", chain);
        free(chain);
        put("leaf.pem", renewed.certificate);
        pki_certificate_pair_done(&first);
        pki_certificate_pair_done(&again);
        pki_certificate_pair_done(&renewed);
        char *output;
        CHECK_EQ_INT(pki_scratch_run(&output, "cd '%s' && openssl verify -x509_strict -purpose sslserver -attime %lld "
                                     "-CAfile root.pem leaf.pem 2>&1", scratch.path, (long long)BUILD), 0);
        free(output);
        end();
}

TEST(a_broken_server_certificate_is_made_anew)
{
        struct pki_certificate_pair pair;
        struct pki_times times;

        start();
        times = pki_station_times(&station, BUILD);
        pki_scratch_write(scratch.state, "vpn-server.sealed", "broken", 6);
        CHECK_EQ_INT(vpn_server(&times, &pair), 0);
        pki_certificate_pair_done(&pair);
        end();
}

static bool write_edge(char *const *hosts, size_t n_hosts, char *const *addresses, size_t n_addresses, int64_t now)
{
        struct pki_certificate_names names = {hosts, n_hosts, addresses, n_addresses};
        struct pki_times times = pki_station_times(&station, now);
        bool changed = false;

        for (enum pki_leaf_server kind = PKI_LEAF_EDGE_P256; kind <= PKI_LEAF_EDGE_RSA; kind++) {
                struct pki_certificate_pair pair;
                bool made;

                CHECK_EQ_INT(pki_leaf_server(&station.vault, &station.authority.newest, &times, kind, &names, &made, &pair), 0);
                CHECK_EQ_INT(pki_edge_put(station.tls_directory, &station.authority, kind, &pair, &changed), 0);
                pki_certificate_pair_done(&pair);
        }
        CHECK_EQ_INT(pki_edge_put_authorities(station.tls_directory, &station.authority, &changed), 0);
        return changed;
}

static char *const hosts[] = {(char[]){"provost.example.org"}};
static char *const addresses[] = {(char[]){"192.0.2.1"}, (char[]){"10.64.0.1"}};

TEST(the_edge_files_change_only_when_names_change_or_they_are_due)
{
        char *const turned[] = {addresses[1], addresses[0]};

        start();
        CHECK(write_edge(hosts, 1, addresses, 2, BUILD));
        CHECK(!write_edge(hosts, 1, turned, 2, BUILD));
        CHECK(write_edge(hosts, 1, addresses, 1, BUILD));
        CHECK(!write_edge(hosts, 1, addresses, 1, BUILD));
        CHECK(write_edge(hosts, 1, addresses, 1, BUILD + PKI_TIMES_LEAF - PKI_TIMES_LEAF / 4));
        end();
}

TEST(the_edge_files_lost_in_run_are_written_again_with_the_same_certificates)
{
        char *before, *after;

        start();
        CHECK(write_edge(hosts, 1, addresses, 2, BUILD));
        before = pki_scratch_read(scratch.tls, "edge-rsa.pem");
        CHECK_EQ_INT(unlinkat(station.tls_directory, "edge-rsa.pem", 0), 0);
        CHECK(write_edge(hosts, 1, addresses, 2, BUILD));
        after = pki_scratch_read(scratch.tls, "edge-rsa.pem");
        CHECK_STR(after, before);
        free(before);
        free(after);
        end();
}

TEST(the_edge_files_are_for_owner_and_group_and_verify_for_each_name)
{
        static const char *const files[] = {"edge-p256.pem", "edge-p256.key", "edge-rsa.pem", "edge-rsa.key",
                                            "authorities.pem"};
        struct stat status;
        char *output;

        start();
        write_edge(hosts, 1, addresses, 2, BUILD);
        for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
                CHECK_EQ_INT(fstatat(station.tls_directory, files[i], &status, 0), 0);
                CHECK_EQ_INT(status.st_mode & 0777, 0640);
        }
        for (unsigned i = 0; i < 2; i++) {
                const char *kind = i ? "rsa" : "p256";

                CHECK_EQ_INT(pki_scratch_run(&output, "cd '%s' && openssl verify -x509_strict -purpose sslserver "
                                             "-attime %lld -verify_ip 10.64.0.1 -CAfile authorities.pem edge-%s.pem 2>&1",
                                             scratch.tls, (long long)BUILD, kind), 0);
                free(output);
                CHECK_EQ_INT(pki_scratch_run(&output, "cd '%s' && openssl verify -verify_hostname provost.example.org "
                                             "-attime %lld -CAfile authorities.pem edge-%s.pem 2>&1", scratch.tls,
                                             (long long)BUILD, kind), 0);
                free(output);
        }
        CHECK_EQ_INT(pki_scratch_run(&output, "openssl x509 -noout -text -in '%s/edge-rsa.pem'", scratch.tls), 0);
        CHECK(strstr(output, "Digital Signature, Key Encipherment"));
        CHECK(strstr(output, "Public-Key: (2048 bit)"));
        free(output);
        end();
}

TEST(no_private_key_is_on_the_data_partition_in_the_clear)
{
        char *output;

        start();
        write_edge(hosts, 1, addresses, 2, BUILD);
        CHECK(pki_scratch_run(&output, "grep -rlaE 'PRIVATE KEY|Static key' '%s'", scratch.state) != 0);
        free(output);
        end();
}
