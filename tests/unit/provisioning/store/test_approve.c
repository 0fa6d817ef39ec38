/*
 * test_approve: what a phone is given: its profiles, and the approval of one and of many.
 */
#include "store_fixture.h"

#include "provisioning/store/store_db.h"

static void make_profiles(void)
{
        CHECK_STR(DO(set_settings, "{\"scope\":\"profile\",\"owner\":\"sales\",\"settings\":[]}"), "");
        CHECK_STR(DO(set_settings, "{\"scope\":\"profile\",\"owner\":\"lobby\",\"settings\":[]}"), "");
}

/* "sales lobby" of the last answer. */
static const char *profiles(void)
{
        static char text[200];
        sd_json_variant *list = sd_json_variant_by_key(sd_json_variant_by_key(fixture_out, "phone"), "profiles");

        *text = 0;
        for (size_t i = 0; i < sd_json_variant_elements(list); i++)
                snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? " " : "",
                         sd_json_variant_string(sd_json_variant_by_index(list, i)));
        return text;
}

/* --- profiles ------------------------------------------------------------ */

TEST(a_phone_has_its_profiles_in_the_order_given)
{
        fixture_begin();
        make_profiles();
        CHECK_STR(DO(add_phone, ADD(MAC_B)), "");
        CHECK_STR(profiles(), "default");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"profiles\":[\"sales\",\"lobby\"],\"approve\":true}"), "");
        CHECK_STR(profiles(), "sales lobby");
        CHECK_STR(fixture_get("phone.profile"), "sales");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_A "\",\"profiles\":[\"lobby\",\"default\",\"sales\"]}"), "");
        CHECK_STR(profiles(), "lobby default sales");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_A "\",\"name\":\"Desk\"}"), "");
        CHECK_STR(profiles(), "lobby default sales");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_A "\",\"profile\":\"sales\"}"), "");
        CHECK_STR(profiles(), "sales");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_A "\",\"profiles\":[]}"), "");
        CHECK_STR(profiles(), "");
        CHECK_STR(fixture_get("phone.profile"), "");
        fixture_end();
}

TEST(wrong_lists_of_profiles_change_nothing)
{
        fixture_begin();
        make_profiles();
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"profile\":\"sales\",\"approve\":true}"), "");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_A "\",\"profiles\":[\"lobby\"],\"profile\":\"lobby\"}"), "InvalidValue profile");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_A "\",\"profiles\":[\"lobby\",\"lobby\"]}"), "InvalidValue profiles");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_A "\",\"profiles\":[\"lobby\",\"nowhere\"]}"), "NoSuchName");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_A "\",\"profiles\":[1]}"), "InvalidValue profiles");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_A "\",\"profiles\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\","
                                   "\"12\",\"13\",\"14\",\"15\",\"16\",\"17\"]}"), "InvalidValue profiles");
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
        CHECK_STR(profiles(), "sales");
        fixture_end();
}

/* --- many ---------------------------------------------------------------- */

static void insert_waiting(unsigned n)
{
        CHECK_EQ_INT(store_db_begin(store_db(fixture)), 0);
        for (unsigned i = 0; i < n; i++) {
                char mac[MAC_TEXT_SIZE];

                snprintf(mac, sizeof mac, "000413%06x", i & 0xffffffU);
                CHECK_EQ_INT(store_phone_insert(fixture, mac, PHONE_TRUST_WAITING), 0);
        }
        CHECK_EQ_INT(store_db_commit(store_db(fixture)), 0);
}

static int64_t number(const char *sql)
{
        int64_t n = -1;

        CHECK_EQ_INT(store_db_number(store_db(fixture), sql, &n, ""), 0);
        return n;
}

TEST(all_that_wait_are_approved_each_with_its_own_address_and_secrets)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        insert_waiting(600);
        CHECK_STR(DO(report_seen, "{\"mac\":\"" MAC_A "\",\"how\":\"dhcp\"}"), "");
        CHECK_STR(DO(approve_phones, "{}"), "");
        CHECK_STR(fixture_get("approved"), "600");
        CHECK_EQ_INT(fixture_count("problems"), 0);
        CHECK_EQ_INT(number("SELECT count(*) FROM phone WHERE trust = 2"), 600);
        CHECK_EQ_INT(number("SELECT count(DISTINCT tunnel_address) FROM phone WHERE trust = 2"), 600);
        CHECK_EQ_INT(number("SELECT max(tunnel_address) - min(tunnel_address) FROM phone"), 599);
        CHECK_EQ_INT(number("SELECT count(*) FROM secret"), 600 * 7);
        CHECK_EQ_INT(number("SELECT count(*) FROM phone WHERE revision = 0"), 1);
        CHECK_EQ_INT(number("SELECT trust FROM phone WHERE mac = '" MAC_A "'"), 0);
        CHECK_STR(DO(approve_phones, "{}"), "");
        CHECK_STR(fixture_get("approved"), "0");
        fixture_end();
}

TEST(a_problem_of_one_phone_stops_no_other)
{
        fixture_begin();
        insert_waiting(3);
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_A)), "");
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_B)), "");
        CHECK_STR(DO(revoke_phone, MAC(MAC_B)), "");
        CHECK_STR(DO(approve_phones, "{\"macs\":[\"00:04:13:00:00:00\",\"" MAC_B "\",\"000413ffffff\",\"" MAC_A "\",\"000413000002\"]}"), "");
        CHECK_STR(fixture_get("approved"), "2");
        CHECK_EQ_INT(fixture_count("problems"), 2);
        CHECK_STR(fixture_get("problems.0.line"), "2");
        CHECK(strstr(fixture_get("problems.0.reason"), "revoked") != NULL);
        CHECK_STR(fixture_get("problems.1.line"), "3");
        CHECK_STR(DO(approve_phones, "{\"macs\":[\"x\"]}"), "InvalidValue macs");
        CHECK_EQ_INT(number("SELECT trust FROM phone WHERE mac = '000413000001'"), 1);
        fixture_end();
}

/* A list of n phones from 000413000000 on, and something else at its end. */
static char *listed(unsigned n, const char *last)
{
        size_t size = 20 + n * 20 + strlen(last);
        char *json = malloc(size);

        CHECK(json != NULL);
        snprintf(json, size, "{\"macs\":[");
        for (unsigned i = 0; i < n; i++)
                snprintf(json + strlen(json), 20, "\"000413%06x\",", i & 0xffffffU);
        strcat(json, last);
        strcat(json, "]}");
        return json;
}

TEST(a_list_with_something_that_is_no_mac_approves_nobody_however_long_it_is)
{
        char *json = listed(300, "\"x\"");

        fixture_begin();
        insert_waiting(300);
        CHECK_STR(DO(approve_phones, json), "InvalidValue macs");
        CHECK_EQ_INT(number("SELECT count(*) FROM phone WHERE trust = 2"), 0);
        CHECK_EQ_INT(number("SELECT count(*) FROM audit WHERE action = 'approve-phones'"), 0);
        fixture_end();
        free(json);
}

TEST(each_slice_of_approvals_is_audited_with_what_it_approved)
{
        char *json = listed(300, "\"000413ffffff\"");

        fixture_begin();
        insert_waiting(600);
        CHECK_STR(DO(approve_phones, json), "");
        CHECK_STR(fixture_get("approved"), "300");
        CHECK_EQ_INT(number("SELECT count(*) FROM audit WHERE action = 'approve-phones' AND subject = 'listed'"), 2);
        CHECK_EQ_INT(number("SELECT count(*) FROM audit WHERE action = 'approve-phones' AND detail IN ('approved=250', 'approved=50')"), 2);
        CHECK_STR(DO(approve_phones, json), "");
        CHECK_EQ_INT(number("SELECT count(*) FROM audit WHERE action = 'approve-phones' AND detail = 'approved=0'"), 1);
        CHECK_STR(DO(approve_phones, "{}"), "");
        CHECK_EQ_INT(number("SELECT count(*) FROM audit WHERE action = 'approve-phones' AND subject = 'all'"), 2);
        fixture_end();
        free(json);
}

/* As when the store is stopped between two rounds. */
TEST(what_a_call_approved_before_it_broke_off_is_audited)
{
        struct store_write w = {.operation = store_op_approve_phones, .request = {.actor = "root"}};

        fixture_begin();
        insert_waiting(300);
        CHECK(sd_json_parse("{}", 0, &w.request.in, NULL, NULL) >= 0);
        store_write_round(fixture, &w, 1);
        CHECK(w.request.again);
        store_request_done(&w.request);
        sd_json_variant_unref(w.request.in);
        CHECK_EQ_INT(number("SELECT count(*) FROM phone WHERE trust = 2"), 250);
        CHECK_EQ_INT(number("SELECT count(*) FROM audit WHERE action = 'approve-phones' AND detail = 'approved=250'"), 1);
        fixture_end();
}

TEST(a_full_tunnel_network_is_told_for_each_phone_that_found_no_address)
{
        fixture_begin();
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"tunnel_address\",\"value\":\"10.64.0.2/29\"}]}"), "");
        insert_waiting(7);
        CHECK_STR(DO(approve_phones, "{}"), "");
        CHECK_STR(fixture_get("approved"), "5");
        CHECK_EQ_INT(fixture_count("problems"), 2);
        CHECK_EQ_INT(number("SELECT count(*) FROM phone WHERE trust = 1"), 2);
        fixture_end();
}

TEST(addresses_of_deleted_phones_are_left_out_while_they_rest)
{
        fixture_begin();
        insert_waiting(4);
        CHECK_STR(DO(approve_phones, "{\"macs\":[\"000413000000\",\"000413000001\",\"000413000002\"]}"), "");
        CHECK_STR(DO(delete_phone, MAC("000413000001")), "");
        CHECK_STR(DO(approve_phones, "{}"), "");
        CHECK_STR(ASK(get_phone, MAC("000413000003")), "");
        CHECK_STR(fixture_get("phone.tunnel_address"), "10.64.0.5");
        fixture_end();
}

TEST(an_event_that_was_undone_does_not_count)
{
        fixture_begin();
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"tunnel_address\",\"value\":\"10.64.0.1/30\"}]}"), "");
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_A)), "");
        int64_t n = store_events_rows(store_events(fixture));
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_B)), "NotAllowed");
        CHECK_EQ_INT(store_events_rows(store_events(fixture)), n);
        CHECK_EQ_INT(number("SELECT count(*) FROM event"), n);
        fixture_end();
}

/* --- the two classes of VPN ---------------------------------------------- */

TEST(an_old_phone_has_its_address_in_the_old_phones_network)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"vpn_class\":\"legacy\",\"approve\":true}"), "");
        CHECK_STR(fixture_get("phone.vpn_class"), "legacy");
        CHECK_STR(fixture_get("phone.tunnel_address"), "10.65.0.2");
        CHECK_STR(fixture_get("phone.key_type"), "rsa2048");
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_B)), "");
        CHECK_STR(fixture_get("phone.vpn_class"), "modern");
        CHECK_STR(fixture_get("phone.tunnel_address"), "10.64.0.2");
        CHECK_STR(DO(add_phone, "{\"mac\":\"000413aabbee\",\"vpn_class\":\"ancient\",\"approve\":true}"), "InvalidValue vpn_class");
        /* Neither network can move from under its phones, and each only from under its own. */
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"domain\",\"value\":\"phones.example\"}]}"), "");
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"legacy_address\",\"value\":\"10.70.0.1/16\"}]}"), "InvalidValue legacy_address");
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"tunnel_address\",\"value\":\"10.70.0.1/16\"}]}"), "InvalidValue tunnel_address");
        fixture_end();
}

TEST(another_class_is_another_address_and_the_bundle_is_fetched_again)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"sip_user\":\"201\",\"sip_secret\":\"jf83hf8HFD-x\",\"approve\":true}"), "");
        fixture_connect(MAC_A);
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_A "\",\"vpn_class\":\"modern\"}"), "");
        CHECK_STR(fixture_get("phone.certificate_serial"), "0a1b");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_A "\",\"vpn_class\":\"legacy\"}"), "");
        CHECK_STR(fixture_get("phone.state"), "approved");
        CHECK_STR(fixture_get("phone.tunnel_address"), "10.65.0.2");
        CHECK_STR(fixture_get("phone.certificate_serial"), "null");
        CHECK_STR(fixture_get("phone.has_sip_secret"), "true");
        CHECK_STR(fixture_call(false, store_op_get_enrolment, "bootstrap", MAC(MAC_A)), "");
        CHECK_STR(fixture_get("private_key"), "null");
        CHECK_STR(fixture_call(false, store_op_get_document, "settings", "{\"tunnel_address\":\"10.64.0.2\"}"), "NoSuchPhone");
        /* The former address rests. */
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_B)), "");
        CHECK_STR(fixture_get("phone.tunnel_address"), "10.64.0.3");
        /* One that nobody approved yet has nothing to fetch again. */
        CHECK_STR(DO(add_phone, ADD("000413aabbee")), "");
        CHECK_STR(DO(change_phone, "{\"mac\":\"000413aabbee\",\"vpn_class\":\"legacy\"}"), "");
        CHECK_STR(fixture_get("phone.state"), "waiting");
        CHECK_STR(fixture_get("phone.tunnel_address"), "null");
        fixture_end();
}

TEST(the_old_phones_listener_is_a_source_while_it_is_on)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(ASK(list_sources, "{}"), "");
        CHECK_EQ_INT(fixture_count("sources"), 1);
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"legacy\",\"value\":\"on\"}]}"), "");
        CHECK_STR(ASK(list_sources, "{}"), "");
        CHECK_STR(fixture_get("sources.1.url"), "https://192.168.7.1:8443/");
        CHECK_STR(DO(set_source, "{\"name\":\"appliance-legacy\",\"url\":\"https://192.168.7.9/\"}"), "NotAllowed");
        fixture_end();
}

TEST(every_value_of_the_site_is_read)
{
        size_t n = 0;

        fixture_begin();
        while (site_value_name(n, NULL, NULL))
                n++;
        CHECK_STR(ASK(get_site, "{}"), "");
        CHECK_EQ_INT(fixture_count("values"), n);
        fixture_end();
}
