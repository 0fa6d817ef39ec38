/*
 * test_pki_rollover: two generations of the CA, judged by the openssl command in each state.
 */
#include "tests/support/test.h"
#include "tests/unit/vpn/pki/pki_scratch.h"
#include "vpn/pki/pki_ends.h"
#include "vpn/pki/pki_leaf.h"
#include "vpn/pki/pki_station.h"

#define BUILD INT64_C(1780000000)

static struct pki_scratch scratch;
static struct pki_station station;
static int64_t now;

static void open_station(void)
{
        const struct pki_station_paths paths = {
                .state = scratch.state, .credentials = scratch.credentials, .tls = scratch.tls};

        pki_station_open(&paths, BUILD, now, &station);
        CHECK_STR(station.trouble, "");
}

static void start(void)
{
        now = BUILD + PKI_TIMES_DAY;
        pki_scratch_make(&scratch);
        open_station();
}

static void end(void)
{
        pki_station_close(&station);
        pki_scratch_remove(&scratch);
}

static void restart(void)
{
        pki_station_close(&station);
        open_station();
}

static struct pki_times times(void)
{
        return pki_station_times(&station, now);
}

static void step(enum pki_authority_step what)
{
        struct pki_times at = times();

        CHECK_EQ_INT(pki_authority_step(&station.authority, &station.vault, &at, what), 0);
        restart();
}

static void put(const char *name, const char *text)
{
        pki_scratch_write(scratch.path, name, text, strlen(text));
}

static void put_and_free(const char *name, char *text)
{
        CHECK(text);
        put(name, text);
        free(text);
}

/* A phone's certificate of the newest generation, in NAME.pem; what the phone was given to trust, in NAME-ca.pem. */
static void issue(const char *name, enum pki_leaf_signer signer)
{
        struct pki_times at = times();
        struct pki_certificate_pair pair;
        char file[48];

        CHECK_EQ_INT(pki_authority_mark_used(&station.authority, &station.vault), 0);
        CHECK_EQ_INT(pki_leaf_client(&station.authority.newest, signer, &at, "000413aabbcc", PKI_CERTIFICATE_KEY_P256, &pair), 0);
        snprintf(file, sizeof file, "%s.pem", name);
        put(file, pair.certificate);
        snprintf(file, sizeof file, "%s-ca.pem", name);
        put_and_free(file, signer == PKI_LEAF_LEGACY ? pki_authority_legacy(&station.authority)
                                                     : pki_authority_roots(&station.authority));
        pki_certificate_pair_done(&pair);
}

static bool verifies(const char *purpose, const char *authorities, const char *chain, const char *leaf)
{
        char *output;
        int status = pki_scratch_run(&output, "cd '%s' && openssl verify -x509_strict -purpose %s -attime %lld -no-CApath "
                                     "-no-CAstore -CAfile %s %s %s %s.pem 2>&1", scratch.path, purpose, (long long)now,
                                     authorities, *chain ? "-untrusted" : "", chain, leaf);

        free(output);
        return status == 0;
}

/* The server's side: its authorities alone, with nothing but the leaf from the phone. */
static bool server_takes(const char *phone)
{
        put_and_free("server-ca.pem", pki_authority_chain(&station.authority));
        return verifies("sslclient", "server-ca.pem", "", phone);
}

/* The phone's side: the server shows its leaf and the issuing authority. */
static bool phone_takes_server(const char *phone)
{
        const struct pki_generation *shown = pki_authority_shown(&station.authority);
        struct pki_times at = times();
        struct pki_certificate_pair pair;
        char file[48];
        bool made;

        CHECK_EQ_INT(pki_leaf_server(&station.vault, shown, &at, PKI_LEAF_VPN, NULL, &made, &pair), 0);
        put("server.pem", pair.certificate);
        put("server-chain.pem", shown->issuing.certificate);
        pki_certificate_pair_done(&pair);
        snprintf(file, sizeof file, "%s-ca.pem", phone);
        return verifies("sslserver", file, "server-chain.pem", "server");
}

static bool connects(const char *phone)
{
        return server_takes(phone) && phone_takes_server(phone);
}

TEST(while_spreading_old_phones_and_renewed_ones_both_connect)
{
        start();
        issue("old", PKI_LEAF_MODERN);
        CHECK(connects("old"));
        step(PKI_AUTHORITY_START);
        CHECK_EQ_INT(station.authority.rollover, PKI_ROLLOVER_SPREADING);
        CHECK_EQ_INT(station.authority.newest.number, 2);
        issue("new", PKI_LEAF_MODERN);
        CHECK(connects("old"));
        CHECK(connects("new"));
        end();
}

TEST(after_the_switch_a_renewed_phone_connects_and_one_that_was_never_told_does_not_trust_the_server)
{
        start();
        issue("old", PKI_LEAF_MODERN);
        step(PKI_AUTHORITY_START);
        issue("new", PKI_LEAF_MODERN);
        step(PKI_AUTHORITY_SWITCH);
        CHECK(connects("new"));
        CHECK(server_takes("old"));
        CHECK(!phone_takes_server("old"));
        end();
}

TEST(after_the_end_only_the_new_generation_is_taken)
{
        start();
        issue("old", PKI_LEAF_MODERN);
        step(PKI_AUTHORITY_START);
        issue("new", PKI_LEAF_MODERN);
        step(PKI_AUTHORITY_SWITCH);
        step(PKI_AUTHORITY_FINISH);
        CHECK_EQ_INT(station.authority.rollover, PKI_ROLLOVER_NONE);
        CHECK_EQ_INT(station.authority.former.number, 0);
        CHECK(connects("new"));
        CHECK(!server_takes("old"));
        issue("later", PKI_LEAF_MODERN);
        CHECK(connects("later"));
        end();
}

TEST(going_back_before_any_phone_was_given_the_new_one_drops_it)
{
        start();
        issue("old", PKI_LEAF_MODERN);
        step(PKI_AUTHORITY_START);
        step(PKI_AUTHORITY_BACK);
        CHECK_EQ_INT(station.authority.rollover, PKI_ROLLOVER_NONE);
        CHECK_EQ_INT(station.authority.newest.number, 1);
        CHECK(connects("old"));
        end();
}

TEST(going_back_when_phones_have_the_new_one_loses_neither_kind)
{
        start();
        issue("old", PKI_LEAF_MODERN);
        step(PKI_AUTHORITY_START);
        issue("new", PKI_LEAF_MODERN);
        step(PKI_AUTHORITY_BACK);
        CHECK_EQ_INT(station.authority.rollover, PKI_ROLLOVER_SWITCHED);
        CHECK_EQ_INT(station.authority.newest.number, 3);
        CHECK(connects("old"));
        CHECK(connects("new"));
        issue("returned", PKI_LEAF_MODERN);
        step(PKI_AUTHORITY_FINISH);
        CHECK(connects("old"));
        CHECK(connects("returned"));
        CHECK(!server_takes("new"));
        end();
}

TEST(a_step_in_any_other_state_is_refused)
{
        static const bool allowed[][4] = {
                [PKI_ROLLOVER_NONE] = {[PKI_AUTHORITY_START] = true},
                [PKI_ROLLOVER_SPREADING] = {[PKI_AUTHORITY_SWITCH] = true, [PKI_AUTHORITY_BACK] = true},
                [PKI_ROLLOVER_SWITCHED] = {[PKI_AUTHORITY_FINISH] = true},
        };
        struct pki_authority authority = {0};
        struct pki_times at = {BUILD, BUILD};

        for (enum pki_rollover state = PKI_ROLLOVER_NONE; state <= PKI_ROLLOVER_SWITCHED; state++)
                for (enum pki_authority_step what = PKI_AUTHORITY_START; what <= PKI_AUTHORITY_BACK; what++) {
                        authority.rollover = state;
                        CHECK_EQ_INT(pki_authority_may(&authority, what), allowed[state][what]);
                        if (!allowed[state][what])
                                CHECK_EQ_INT(pki_authority_step(&authority, NULL, &at, what), PV_EREFUSED);
                }
}

TEST(the_issuing_authority_is_renewed_under_the_same_root_and_nobody_notices)
{
        char *root, *issuing;

        start();
        root = strdup(station.authority.newest.root.certificate);
        issuing = strdup(station.authority.newest.issuing.certificate);
        now = BUILD + 9 * PKI_TIMES_YEAR;
        CHECK_EQ_INT(pki_station_renew(&station, now), 0);
        CHECK_STR(station.authority.newest.issuing.certificate, issuing);
        issue("old", PKI_LEAF_MODERN);
        now = BUILD + 10 * PKI_TIMES_YEAR + 2 * PKI_TIMES_DAY;
        CHECK_EQ_INT(pki_station_renew(&station, now), 0);
        CHECK(strcmp(station.authority.newest.issuing.certificate, issuing) != 0);
        CHECK_STR(station.authority.newest.root.certificate, root);
        restart();
        issue("new", PKI_LEAF_MODERN);
        CHECK(connects("old"));
        CHECK(connects("new"));
        free(root);
        free(issuing);
        end();
}

static struct pki_end end_of(const char *subject)
{
        struct pki_times at = times();
        struct pki_end ends[PKI_ENDS_MAX];
        size_t n = pki_ends(&station.vault, &station.authority, &at, ends);

        for (size_t i = 0; i < n; i++)
                if (!strcmp(ends[i].subject, subject))
                        return ends[i];
        return (struct pki_end){0};
}

TEST(no_issuing_authority_outlives_its_root_and_the_last_one_is_said_not_to_renew)
{
        char *last;

        start();
        CHECK(end_of("issuing").renews);
        now = BUILD + 11 * PKI_TIMES_YEAR;
        CHECK_EQ_INT(pki_station_renew(&station, now), 0);
        CHECK_EQ_INT(end_of("issuing").span.not_after, end_of("root").span.not_after);
        CHECK(!end_of("issuing").renews);
        CHECK(!end_of("root").renews);
        last = strdup(station.authority.newest.issuing.certificate);
        now = BUILD + 24 * PKI_TIMES_YEAR;
        CHECK_EQ_INT(pki_station_renew(&station, now), 0);
        CHECK_STR(station.authority.newest.issuing.certificate, last);
        free(last);
        end();
}

TEST(ends_name_what_exists)
{
        static const char *const subjects[] = {"vpn-server", "issuing", "root", "former-root", "legacy"};
        struct pki_times at;
        bool changed;

        start();
        CHECK(!end_of("vpn-server").subject && !end_of("legacy").subject && !end_of("former-root").subject);
        at = times();
        CHECK_EQ_INT(pki_authority_need_legacy(&station.authority, &station.vault, &at, &changed), 0);
        step(PKI_AUTHORITY_START);
        issue("phone", PKI_LEAF_MODERN);
        CHECK(connects("phone"));
        for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
                CHECK(end_of(subjects[i]).subject);
        CHECK_EQ_INT(end_of("vpn-server").span.not_after, now + PKI_TIMES_LEAF);
        end();
}

/* --- old phones ------------------------------------------------------------ */

static void need_legacy(bool expected)
{
        struct pki_times at = times();
        bool changed;

        CHECK_EQ_INT(pki_authority_need_legacy(&station.authority, &station.vault, &at, &changed), 0);
        CHECK_EQ_INT(changed, expected);
}

static void put_legacy_server(void)
{
        struct pki_times at = times();
        struct pki_certificate_pair pair;
        bool made;

        CHECK_EQ_INT(pki_leaf_server(&station.vault, pki_authority_shown(&station.authority), &at, PKI_LEAF_VPN_LEGACY, NULL,
                                     &made, &pair), 0);
        put("server.pem", pair.certificate);
        pki_certificate_pair_done(&pair);
        put_and_free("server-ca.pem", pki_authority_legacy(&station.authority));
}

/* Both sides: one layer, no chain. */
static bool legacy_connects(const char *phone)
{
        char file[48];

        snprintf(file, sizeof file, "%s-ca.pem", phone);
        put_legacy_server();
        return verifies("sslclient", "server-ca.pem", "", phone) && verifies("sslserver", file, "", "server");
}

TEST(the_old_phones_authority_is_rsa_with_sha256_of_one_layer_and_signs_nothing_of_the_modern_one)
{
        char *output;

        start();
        CHECK_STR(station.authority.newest.legacy.certificate, NULL);
        need_legacy(true);
        need_legacy(false);
        restart();
        issue("old", PKI_LEAF_LEGACY);
        issue("modern", PKI_LEAF_MODERN);
        CHECK(legacy_connects("old"));
        put_legacy_server();
        CHECK(!verifies("sslclient", "server-ca.pem", "", "modern"));
        CHECK(!server_takes("old"));
        CHECK_EQ_INT(pki_scratch_run(&output, "openssl x509 -noout -text -in '%s/old-ca.pem'", scratch.path), 0);
        CHECK(strstr(output, "sha256WithRSAEncryption") && strstr(output, "Public-Key: (2048 bit)"));
        CHECK(strstr(output, "CA:TRUE, pathlen:0"));
        free(output);
        CHECK_EQ_INT(pki_scratch_run(&output, "openssl x509 -noout -text -in '%s/old.pem'", scratch.path), 0);
        CHECK(strstr(output, "sha256WithRSAEncryption") && strstr(output, "Public-Key: (2048 bit)"));
        free(output);
        end();
}

TEST(the_old_phones_authority_is_renewed_with_its_key_so_that_old_bundles_go_on)
{
        char *first;

        start();
        need_legacy(true);
        first = strdup(station.authority.newest.legacy.certificate);
        now = BUILD + 11 * PKI_TIMES_YEAR;
        issue("old", PKI_LEAF_LEGACY);
        CHECK_EQ_INT(pki_station_renew(&station, now), 0);
        CHECK(strcmp(station.authority.newest.legacy.certificate, first) != 0);
        restart();
        issue("new", PKI_LEAF_LEGACY);
        CHECK(legacy_connects("old"));
        CHECK(legacy_connects("new"));
        free(first);
        end();
}

TEST(a_rollover_takes_old_phones_along)
{
        start();
        need_legacy(true);
        issue("old", PKI_LEAF_LEGACY);
        step(PKI_AUTHORITY_START);
        need_legacy(false);
        issue("new", PKI_LEAF_LEGACY);
        CHECK(legacy_connects("old"));
        CHECK(legacy_connects("new"));
        step(PKI_AUTHORITY_SWITCH);
        CHECK(legacy_connects("new"));
        CHECK(!legacy_connects("old"));
        step(PKI_AUTHORITY_FINISH);
        CHECK(legacy_connects("new"));
        end();
}

TEST(old_phones_that_come_during_a_rollover_get_an_authority_in_both_generations)
{
        start();
        step(PKI_AUTHORITY_START);
        need_legacy(true);
        issue("new", PKI_LEAF_LEGACY);
        CHECK(legacy_connects("new"));
        step(PKI_AUTHORITY_SWITCH);
        CHECK(legacy_connects("new"));
        end();
}

/* --- the floor -------------------------------------------------------------- */

TEST(the_floor_moves_up_by_what_is_told_survives_a_restart_and_certificates_begin_there)
{
        struct pki_certificate_pair pair;
        struct pki_certificate_facts facts;
        struct pki_times at;

        start();
        CHECK_EQ_INT(times().floor, BUILD);
        CHECK_EQ_INT(pki_station_tell(&station, BUILD + PKI_TIMES_YEAR, false), 0);
        restart();
        CHECK_EQ_INT(times().floor, BUILD + PKI_TIMES_YEAR);
        CHECK_EQ_INT(pki_station_tell(&station, BUILD + PKI_TIMES_DAY, false), 0);
        at = times();
        CHECK_EQ_INT(at.floor, BUILD + PKI_TIMES_YEAR);
        CHECK_EQ_INT(pki_leaf_client(&station.authority.newest, PKI_LEAF_MODERN, &at, "a", PKI_CERTIFICATE_KEY_P256, &pair), 0);
        CHECK_EQ_INT(pki_certificate_read(pair.certificate, &facts), 0);
        CHECK_EQ_INT(facts.span.not_before, at.floor - PKI_TIMES_BACK);
        CHECK_EQ_INT(facts.span.not_after, at.floor + PKI_TIMES_LEAF);
        pki_certificate_pair_done(&pair);
        end();
}

TEST(a_person_can_take_a_wrong_year_back_but_not_below_the_build)
{
        start();
        CHECK_EQ_INT(pki_station_tell(&station, INT64_C(4102444800), false), 0);
        CHECK_EQ_INT(pki_station_tell(&station, BUILD + 30 * PKI_TIMES_DAY, true), 0);
        restart();
        CHECK_EQ_INT(times().floor, BUILD + 30 * PKI_TIMES_DAY);
        CHECK_EQ_INT(pki_station_tell(&station, 0, true), 0);
        CHECK_EQ_INT(times().floor, BUILD);
        end();
}

TEST(an_older_image_does_not_lower_the_floor)
{
        const struct pki_station_paths paths = {
                .state = scratch.state, .credentials = scratch.credentials, .tls = scratch.tls};

        start();
        pki_station_close(&station);
        pki_station_open(&paths, BUILD - PKI_TIMES_YEAR, now, &station);
        CHECK_EQ_INT(times().floor, BUILD);
        end();
}

TEST(a_broken_floor_counts_from_the_start_of_the_ca_again)
{
        start();
        CHECK_EQ_INT(pki_station_tell(&station, BUILD + PKI_TIMES_YEAR, false), 0);
        pki_scratch_write(scratch.state, "floor.sealed", "broken", 6);
        restart();
        CHECK_EQ_INT(times().floor, BUILD);
        end();
}

/* --- renewal by itself ------------------------------------------------------- */

static unsigned n_changes;

static void count_change(void *userdata)
{
        (void)userdata;
        n_changes++;
}

TEST(who_watches_is_told_when_a_server_certificate_is_due_and_only_then)
{
        start();
        issue("phone", PKI_LEAF_MODERN);
        CHECK(connects("phone"));
        station.changed = count_change;
        n_changes = 0;
        now += PKI_TIMES_YEAR;
        CHECK_EQ_INT(pki_station_renew(&station, now), 0);
        CHECK_EQ_INT(n_changes, 0);
        now += PKI_TIMES_YEAR / 2;
        CHECK_EQ_INT(pki_station_renew(&station, now), 0);
        CHECK_EQ_INT(n_changes, 1);
        CHECK_EQ_INT(end_of("vpn-server").span.not_after, now + PKI_TIMES_LEAF);
        CHECK_EQ_INT(pki_station_renew(&station, now), 0);
        CHECK_EQ_INT(n_changes, 1);
        end();
}
