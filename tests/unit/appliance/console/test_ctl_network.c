/*
 * ctl_network: what phones reach, old phones, certificates and their CA, clock, DHCP modes, through provostctl.
 */
#include "tests/unit/appliance/console/stand_in.h"

#define MAC "000413aabbcc"
#define OTHER "000413aabbdd"

#define CHECK_ASKED(text) CHECK_EQ_INT(n_asked, 1); CHECK_STR(asked[0], text)

/* --- reach ------------------------------------------------------------------------------ */

#define RULE(n, scope, owner, means) "{\"number\":" n ",\"scope\":\"" scope "\",\"owner\":\"" owner "\",\"to\":\"192.168.1.0/24\",\"protocol\":\"udp\"," \
        "\"ports\":\"5060\",\"sentence\":\"" means "\"}"

TEST(a_rule_is_added_for_a_network_or_one_address)
{
        stand_in_forget();
        for (int i = 0; i < 3; i++)
                stand_in_answers("{\"reach\":" RULE("4", "site", "", "UDP 5060 in 192.168.1.0/24.") "}");
        CHECK_EQ_INT(RUN("reach", "add", "site", "192.168.1.10", "udp", "5060", "10000-20000"), CTL_OK);
        CHECK(text_starts(out, "Rule 4, from now on: UDP 5060 in 192.168.1.0/24.\n"));
        CHECK_EQ_INT(RUN("reach", "add", "profile", "sales", "10.0.0.0/8"), CTL_OK);
        CHECK_EQ_INT(RUN("reach", "add", "site", "phones", "udp"), CTL_OK);
        CHECK_STR(asked[0], "AddReach {\"scope\":\"site\",\"owner\":\"\",\"to\":\"192.168.1.10/32\",\"protocol\":\"udp\",\"ports\":\"5060 10000-20000\"}");
        CHECK_STR(asked[1], "AddReach {\"scope\":\"profile\",\"owner\":\"sales\",\"to\":\"10.0.0.0/8\",\"protocol\":\"any\",\"ports\":\"\"}");
        CHECK_STR(asked[2], "AddReach {\"scope\":\"site\",\"owner\":\"\",\"to\":\"phones\",\"protocol\":\"udp\",\"ports\":\"\"}");
        CHECK_EQ_INT(RUN("reach", "add", "phone", MAC, "10.0.0.0/8"), CTL_USAGE);
        CHECK_EQ_INT(RUN("reach", "add", "profile", "sales"), CTL_USAGE);
        CHECK_EQ_INT(n_asked, 3);
}

TEST(rules_are_listed_as_sentences_and_removed)
{
        stand_in_forget();
        stand_in_answers("{\"reach\":[" RULE("4", "profile", "sales", "UDP 5060 in 192.168.1.0/24.") "]}");
        stand_in_answers("{\"reach\":[]}");
        stand_in_answers("{}");
        CHECK_EQ_INT(RUN("reach", "list"), CTL_OK);
        CHECK(strstr(out, "profile sales") && strstr(out, "UDP 5060 in 192.168.1.0/24.\n"));
        CHECK_EQ_INT(RUN("reach", "list"), CTL_OK);
        CHECK_STR(out, "No rule: through its tunnel a phone reaches this appliance and nothing else.\n");
        CHECK_EQ_INT(RUN("reach", "remove", "4"), CTL_OK);
        CHECK_STR(asked[2], "RemoveReach {\"number\":4}");
        CHECK_EQ_INT(RUN("reach", "remove", "all"), CTL_USAGE);
}

TEST(a_phone_has_the_rules_of_the_site_and_of_its_profiles)
{
        stand_in_forget();
        stand_in_answers("{\"phone\":{\"mac\":\"" MAC "\",\"profiles\":[\"sales\"]}}");
        stand_in_answers("{\"reach\":[" RULE("1", "site", "", "One.") "," RULE("2", "profile", "sales", "Two.") "," RULE("3", "profile", "lobby", "Three.") "]}");
        stand_in_answers("{\"server_up\":true,\"tunnels\":[{\"mac\":\"" MAC "\",\"reach\":\"One and two.\"}]}");
        CHECK_EQ_INT(RUN("phone", "reach", MAC), CTL_OK);
        CHECK_STR(out, "Through its tunnel phone " MAC " reaches this appliance, and:\n  - One.  (rule 1)\n  - Two.  (rule 2)\nIn force now: One and two.\n");
        stand_in_forget();
        stand_in_answers("{\"phone\":{\"mac\":\"" MAC "\",\"profiles\":[]}}");
        stand_in_answers("{\"reach\":[" RULE("2", "profile", "sales", "Two.") "]}");
        stand_in_refuses("Trouble", "{\"reason\":\"It starts.\"}");
        CHECK_EQ_INT(RUN("phone", "reach", MAC), CTL_OK);
        CHECK(strstr(out, "  - nothing else: no rule of the site or of its profiles.\nIt has no tunnel now.\n"));
        CHECK(strstr(err, "What is in force now is not known: It starts."));
}

/* --- old phones ---------------------------------------------------------------------------- */

#define PHONE(mac, model, firmware, class, state) "{\"mac\":\"" mac "\",\"name\":\"\",\"model\":\"" model "\",\"firmware\":\"" firmware \
        "\",\"vpn_class\":\"" class "\",\"state\":\"" state "\"}"
#define FIRMWARE "{\"firmware\":[{\"file\":\"a.bin\",\"model\":\"snom370\",\"version\":\"8.7.5.35\",\"kind\":\"firmware\",\"size\":1,\"sha256\":\"\",\"added_at\":1}," \
        "{\"file\":\"b.bin\",\"model\":\"snom370\",\"version\":\"8.10.1\",\"kind\":\"firmware\",\"size\":1,\"sha256\":\"\",\"added_at\":1}," \
        "{\"file\":\"c.bin\",\"model\":\"snom370\",\"version\":\"9.1\",\"kind\":\"vpn-feature\",\"size\":1,\"sha256\":\"\",\"added_at\":1}]}"
#define SHOWED(mac, version, ciphers) "{\"phone\":{\"mac\":\"" mac "\"},\"evidence\":[{\"kind\":\"tunnel_version\",\"value\":\"" version "\",\"last_at\":1}," \
        "{\"kind\":\"tunnel_ciphers\",\"value\":\"" ciphers "\",\"last_at\":1}],\"verdict\":\"genuine\",\"vendor\":\"\",\"missing\":[]}"
#define ON "{\"values\":[{\"name\":\"legacy\",\"value\":\"on\"}],\"missing\":[]}"

TEST(the_counter_says_who_needs_the_old_process_and_what_lifts_them_out)
{
        stand_in_forget();
        stand_in_answers(ON);
        stand_in_answers("{\"phones\":[" PHONE(MAC, "snom370", "8.7.5.35", "legacy", "current") "," PHONE(OTHER, "snom320", "8.4.18", "legacy", "current") ","
                         PHONE("000413aabbee", "snomD785", "10.1", "legacy", "current") "," PHONE("000413aabbff", "snomD785", "10.1", "modern", "current") ","
                         PHONE("000413aabb00", "snom760", "8.7", "modern", "enrolled") "]}");
        stand_in_answers(FIRMWARE);
        stand_in_answers("{\"server_up\":true,\"legacy_up\":true,\"tunnels\":[]}");
        stand_in_answers(SHOWED(MAC, "2.3.18", "AES-256-CBC"));
        stand_in_answers(SHOWED(OTHER, "2.3.2", ""));
        stand_in_answers(SHOWED("000413aabbee", "2.6.3", "AES-256-GCM:AES-128-GCM"));
        stand_in_answers(SHOWED("000413aabb00", "2.3.2", "BF-CBC"));
        CHECK_EQ_INT(RUN("legacy", "show"), CTL_OK);
        CHECK(text_starts(out, "3 phones still need this; 1 of them can be moved now.\nThe old phones' OpenVPN process runs, on UDP port 1195.\n"));
        CHECK(strstr(out, "  no        Version 8.10.1 for its model is on this appliance"));
        CHECK(strstr(out, "No newer firmware for snom320 is on this appliance"));
        CHECK(strstr(out, "yes") && strstr(out, "provostctl phone class 000413aabbee modern"));
        CHECK(strstr(out, "Too old for the modern process, and not moved: 000413aabb00."));
        CHECK(!strstr(out, "000413aabbff"));
}

TEST(what_an_old_phone_speaks_is_not_guessed)
{
        stand_in_forget();
        stand_in_answers(ON);
        stand_in_answers("{\"phones\":[" PHONE(MAC, "snom370", "8.7.5.35", "legacy", "approved") "]}");
        stand_in_answers(FIRMWARE);
        stand_in_answers("{\"server_up\":true,\"legacy_up\":false,\"tunnels\":[]}");
        stand_in_answers(SHOWED(MAC, "", ""));
        CHECK_EQ_INT(RUN("legacy", "show"), CTL_OK);
        CHECK(text_starts(out, "1 phone still needs this.\nThe old phones' OpenVPN process is on, and not up"));
        CHECK(strstr(out, "not known  It has not been in a tunnel yet, so what its OpenVPN speaks is not known.\n"));
}

TEST(nobody_needs_it_any_more)
{
        stand_in_forget();
        stand_in_answers(ON);
        stand_in_answers("{\"phones\":[]}");
        stand_in_answers("{\"firmware\":[]}");
        stand_in_answers("{\"server_up\":true,\"legacy_up\":true,\"tunnels\":[]}");
        CHECK_EQ_INT(RUN("phone", "legacy"), CTL_OK);
        CHECK(text_starts(out, "0 phones still need this.\n") && strstr(out, "provostctl site set legacy=off\n"));
        stand_in_forget();
        stand_in_answers("{\"values\":[],\"missing\":[]}");
        stand_in_answers("{\"phones\":[]}");
        stand_in_answers("{\"firmware\":[]}");
        stand_in_answers("{\"server_up\":true,\"legacy_up\":false,\"tunnels\":[]}");
        CHECK_EQ_INT(RUN("legacy", "show", "--json"), CTL_OK);
        CHECK_STR(out, "{\"needing\":0,\"movable\":0,\"shut_out\":0,\"phones\":[]}\n");
}

TEST(a_phone_is_moved_from_one_class_to_the_other)
{
        stand_in_forget();
        stand_in_answers("{\"phone\":" PHONE(MAC, "snom370", "8.7", "legacy", "approved") "}");
        stand_in_answers("{\"values\":[],\"missing\":[]}");
        CHECK_EQ_INT(RUN("phone", "class", MAC, "legacy"), CTL_OK);
        CHECK_STR(asked[0], "ChangePhone {\"mac\":\"" MAC "\",\"vpn_class\":\"legacy\"}");
        CHECK(strstr(out, "provostctl site set legacy=on\n"));
        CHECK(strstr(out, "OpenVPN class          old phones' process (legacy)\n") && strstr(out, "has to fetch its bundle again"));
        CHECK_EQ_INT(RUN("phone", "class", MAC, "ancient"), CTL_USAGE);
        CHECK_EQ_INT(n_asked, 2);
}

/* --- ends and the CA ---------------------------------------------------------------------------- */

TEST(what_ends_is_listed_with_what_that_means)
{
        stand_in_forget();
        stand_in_answers("{\"ends\":[{\"subject\":\"" MAC "\",\"kind\":\"phone\",\"name\":\"Desk\",\"not_after\":90000,\"state\":\"ended\",\"text\":\"It is over.\"},"
                         "{\"subject\":\"vpn-server\",\"kind\":\"own\",\"name\":\"\",\"not_after\":1000000,\"state\":\"good\",\"text\":\"\"}],\"now\":100000}");
        CHECK_EQ_INT(RUN("ends"), CTL_OK);
        CHECK_ASKED("ListEnds {\"limit\":100}");
        CHECK(strstr(out, "Desk") && strstr(out, "ended  It is over.\n"));
        CHECK(strstr(out, "our VPN server"));
        CHECK_EQ_INT(RUN("ends", "--limit", "0"), CTL_USAGE);
}

#define ROLLOVER(state) "{\"rollover\":{\"state\":\"" state "\",\"generation\":2,\"former\":1,\"started_at\":86400,\"switched_at\":null}}"
#define COUNT_41 "{\"holding\":41,\"total\":43,\"lost\":[\"" MAC "\",\"" OTHER "\"]}"
#define COUNT_ALL "{\"holding\":43,\"total\":43,\"lost\":[]}"

TEST(the_meter_names_those_that_are_missing)
{
        stand_in_forget();
        stand_in_answers("{\"root\":\"\",\"issuing\":\"\",\"chain\":\"\",\"root_sha256\":\"cafe\",\"generation\":2,\"roots\":\"\",\"legacy\":null}");
        stand_in_answers("{\"ends\":[{\"subject\":\"root\",\"not_before\":1,\"not_after\":32503680000,\"renews\":false}]}");
        stand_in_answers(ROLLOVER("spreading"));
        stand_in_answers(COUNT_41);
        CHECK_EQ_INT(RUN("ca", "show"), CTL_OK);
        CHECK(strstr(out, "41 of 43 phones hold the new CA; missing: " MAC ", " OTHER ".\n"));
        CHECK(strstr(out, "provostctl ca rollover switch"));
        CHECK(strstr(out, "our root               until "));
        CHECK_STR(asked[3], "CountGenerations {\"generation\":2}");
}

TEST(a_rollover_does_not_go_on_while_a_phone_would_be_lost)
{
        stand_in_forget();
        stand_in_answers(ROLLOVER("spreading"));
        stand_in_answers(COUNT_41);
        CHECK_EQ_INT(RUN("ca", "rollover", "switch"), CTL_FAILED);
        CHECK_EQ_INT(n_asked, 2);
        CHECK(strstr(out, "missing: " MAC ", " OTHER "."));
        CHECK(strstr(err, "Not done: 2 phones would lose the way to us") && strstr(err, "--lose 2"));
        stand_in_forget();
        stand_in_answers(ROLLOVER("switched"));
        stand_in_answers(COUNT_41);
        CHECK_EQ_INT(RUN("ca", "rollover", "finish", "--lose", "1"), CTL_FAILED);
        CHECK_EQ_INT(n_asked, 2);
}

TEST(phones_beyond_the_names_that_are_listed_are_lost_as_well)
{
        stand_in_forget();
        stand_in_answers(ROLLOVER("switched"));
        stand_in_answers("{\"holding\":500,\"total\":4000,\"lost\":[\"" MAC "\",\"" OTHER "\"]}");
        CHECK_EQ_INT(RUN("ca", "rollover", "finish", "--lose", "2"), CTL_FAILED);
        CHECK_EQ_INT(n_asked, 2);
        CHECK(strstr(err, "Not done: 3500 phones would lose the way to us") && strstr(err, "--lose 3500"));
}

TEST(a_rollover_goes_on_when_all_hold_it_or_somebody_said_how_many_may_not)
{
        stand_in_forget();
        stand_in_answers(ROLLOVER("spreading"));
        stand_in_answers(COUNT_ALL);
        stand_in_answers(ROLLOVER("switched"));
        CHECK_EQ_INT(RUN("ca", "rollover", "switch"), CTL_OK);
        CHECK_STR(asked[2], "StepRollover {\"step\":\"switch\"}");
        stand_in_forget();
        stand_in_answers(ROLLOVER("switched"));
        stand_in_answers(COUNT_41);
        stand_in_answers(ROLLOVER("none"));
        CHECK_EQ_INT(RUN("ca", "rollover", "finish", "--lose=2"), CTL_OK);
        CHECK_STR(asked[2], "StepRollover {\"step\":\"finish\"}");
        stand_in_forget();
        stand_in_answers(ROLLOVER("spreading"));
        stand_in_refuses("NotAllowed", "{\"reason\":\"No rollover is under way.\"}");
        CHECK_EQ_INT(RUN("ca", "rollover", "start"), CTL_OK);
        CHECK_STR(asked[0], "StepRollover {\"step\":\"start\"}");
        CHECK_EQ_INT(RUN("ca", "rollover", "back"), CTL_FAILED);
        CHECK_STR(err, "provostctl: No rollover is under way.\n");
        CHECK_EQ_INT(RUN("ca", "rollover", "sideways"), CTL_USAGE);
        CHECK_EQ_INT(RUN("ca", "rollover", "finish", "--lose", "some"), CTL_USAGE);
}

TEST(back_says_whether_the_new_ca_is_gone_or_trusted_still)
{
        stand_in_forget();
        stand_in_answers(ROLLOVER("none"));
        CHECK_EQ_INT(RUN("ca", "rollover", "back"), CTL_OK);
        CHECK(strstr(out, "The new CA is dropped; everything is as it was.\n"));
        stand_in_forget();
        stand_in_answers(ROLLOVER("switched"));         /* phones have its certificates already */
        CHECK_EQ_INT(RUN("ca", "rollover", "back"), CTL_OK);
        CHECK(!strstr(out, "as it was"));
        CHECK(strstr(out, "The new CA is trusted still") && strstr(out, "provostctl ca rollover finish"));
}

/* --- the clock ------------------------------------------------------------------------------------- */

TEST(a_clock_that_cannot_be_believed_says_what_to_do)
{
        stand_in_forget();
        stand_in_answers("{\"now\":1800000000,\"source\":\"floor\",\"said\":86400,\"floor\":1800000000,\"settable\":true,\"text\":\"It said 1970.\"}");
        stand_in_answers("{\"now\":1800000000,\"source\":\"ntp\",\"said\":null,\"floor\":1700000000,\"settable\":false,\"text\":\"\"}");
        CHECK_EQ_INT(RUN("clock", "show"), CTL_OK);
        CHECK(strstr(out, "the machine said       1970-01-02") && strstr(out, "It said 1970.\n") && strstr(out, "provostctl clock set"));
        CHECK_EQ_INT(RUN("clock", "show"), CTL_OK);
        CHECK(strstr(out, "a time server (NTP)") && strstr(out, "in a container") && !strstr(out, "provostctl clock set"));
}

TEST(the_clock_is_set_as_a_person_writes_it)
{
        stand_in_forget();
        for (int i = 0; i < 3; i++)
                stand_in_answers("{}");
        CHECK_EQ_INT(RUN("clock", "set", "2026-11-22T08:30:00Z"), CTL_OK);
        CHECK_EQ_INT(RUN("clock", "set", "2026-11-22", "08:30Z", "--force"), CTL_OK);
        CHECK_EQ_INT(RUN("clock", "set", "2026-11-22 08:30:07Z"), CTL_OK);
        CHECK_STR(asked[0], "SetClock {\"now\":1795336200}");
        CHECK_STR(asked[1], "SetClock {\"now\":1795336200,\"force\":true}");
        CHECK_STR(asked[2], "SetClock {\"now\":1795336207}");
        CHECK_EQ_INT(RUN("clock", "set", "tomorrow"), CTL_USAGE);
        CHECK_EQ_INT(RUN("clock", "set", "2026-11-22 08:30 later"), CTL_USAGE);
        CHECK_EQ_INT(RUN("clock", "set", "22.11.2026 08:30"), CTL_USAGE);
        CHECK_EQ_INT(n_asked, 3);
}

/* --- who is the DHCP server -------------------------------------------------------------------------- */

TEST(a_dhcp_mode_sets_three_values_together)
{
        stand_in_forget();
        stand_in_answers("{\"revision\":2}");
        stand_in_answers("{\"values\":[{\"name\":\"dhcp_mode\",\"value\":\"server\"},{\"name\":\"unknown_clients\",\"value\":\"silent\"}],\"missing\":[\"pool_first\"]}");
        CHECK_EQ_INT(RUN("dhcp", "mode", "ours"), CTL_OK);
        CHECK_STR(asked[0], "SetSite {\"values\":[{\"name\":\"dhcp_mode\",\"value\":\"server\"},{\"name\":\"unknown_clients\",\"value\":\"silent\"},"
                            "{\"name\":\"pnp_mode\",\"value\":\"on\"}]}");
        CHECK(text_starts(out, "ours    We serve only our phones: ") && strstr(out, "Still needed before anybody is served: pool_first"));
        stand_in_forget();
        stand_in_answers("{\"revision\":2}");
        stand_in_answers("{\"values\":[{\"name\":\"dhcp_mode\",\"value\":\"off\"}],\"missing\":[]}");
        CHECK_EQ_INT(RUN("dhcp", "mode", "pnp"), CTL_OK);
        CHECK(strstr(asked[0], "{\"name\":\"dhcp_mode\",\"value\":\"off\"}") && text_starts(out, "pnp     Somebody else is the DHCP server"));
        CHECK_EQ_INT(RUN("dhcp", "mode", "both"), CTL_USAGE);
        CHECK_EQ_INT(n_asked, 2);
}

TEST(the_mode_that_holds_is_said_in_plain_words)
{
        stand_in_forget();
        stand_in_answers("{\"values\":[],\"missing\":[]}");
        stand_in_answers("{\"values\":[{\"name\":\"pnp_mode\",\"value\":\"off\"}],\"missing\":[]}");
        CHECK_EQ_INT(RUN("dhcp", "mode"), CTL_OK);
        CHECK(text_starts(out, "server  We are the DHCP server"));
        CHECK_EQ_INT(RUN("dhcp", "mode"), CTL_OK);
        CHECK(text_starts(out, "A mixture of its own: dhcp_mode=server unknown_clients=plain pnp_mode=off."));
}
