/*
 * ctl_admission: who is let in, replaced and put out, through provostctl.
 */
#include "tests/unit/appliance/console/stand_in.h"

#define MAC "000413aabbcc"
#define NEW "000413aabbdd"

#define CHECK_ASKED(text) CHECK_EQ_INT(n_asked, 1); CHECK_STR(asked[0], text)

static void forget(void)
{
        stand_in_forget();
        trial_status = 403;
        trial_result = 0;
}

/* --- evidence and lists --------------------------------------------------------------- */

#define PHONE(state, more) "{\"mac\":\"" MAC "\",\"name\":\"Desk\",\"model\":\"snomD785\",\"firmware\":\"10.1.33.33\",\"state\":\"" state "\"," \
        "\"profiles\":[\"a\"],\"revision\":2,\"revision_served\":0" more "}"

#define EVIDENCE(state, verdict, more) "{\"phone\":" PHONE(state, more) ",\"evidence\":[{\"kind\":\"how\",\"value\":\"dhcp\",\"first_at\":86400," \
        "\"last_at\":86400,\"count\":3},{\"kind\":\"agent\",\"value\":\"old\",\"first_at\":1,\"last_at\":2,\"count\":1},{\"kind\":\"agent\"," \
        "\"value\":\"snomD785-SIP | 10.1\",\"first_at\":1,\"last_at\":86401,\"count\":1},{\"kind\":\"hostname\",\"value\":\"\\u001b[31mred\"," \
        "\"first_at\":1,\"last_at\":1,\"count\":1}],\"verdict\":\"" verdict "\",\"vendor\":\"Snom\",\"missing\":[\"It is not approved.\"]}"

TEST(evidence_ends_with_what_to_do)
{
        forget();
        stand_in_answers(EVIDENCE("waiting", "genuine", ""));
        CHECK_EQ_INT(RUN("phone", "evidence", "00:04:13:AA:BB:CC"), CTL_OK);
        CHECK_ASKED("GetEvidence {\"mac\":\"" MAC "\"}");
        CHECK(strstr(out, "genuine: it showed the maker's certificate of this very MAC\n"));
        CHECK(strstr(out, "maker, by its prefix   Snom\n"));
        CHECK(strstr(out, "heard by"));
        CHECK(strstr(out, "\\x1b[31mred") && !strchr(out, 0x1b));
        CHECK(strstr(out, "Still missing:\n  - It is not approved.\n"));
        CHECK(strstr(out, "What to do: If it is one of yours: `provostctl phone approve " MAC "`.\n"));
}

TEST(each_state_has_its_next_step)
{
        static const struct { const char *answer, *step; } cases[] = {
                {EVIDENCE("waiting", "unproven", ""), "Compare the MAC on its label. If it is yours: `provostctl phone approve " MAC "`, then `provostctl phone "
                                                      "window " MAC " 600`"},
                {EVIDENCE("waiting", "doubtful", ""), "Look at the phone itself"},
                {EVIDENCE("expected", "unknown", ""), "provostctl enrol open"},
                {EVIDENCE("seen", "unknown", ""), "provostctl phone approve " MAC},
                {EVIDENCE("approved", "unproven", ""), "provostctl phone window " MAC " 600"},
                {EVIDENCE("approved", "genuine", ""), "Switch it on"},
                {EVIDENCE("enrolled", "genuine", ""), "provostctl timeline " MAC},
                {EVIDENCE("connected", "genuine", ""), "provostctl phone resync " MAC},
                {EVIDENCE("current", "genuine", ""), "What to do: Nothing.\n"},
                {EVIDENCE("revoked", "unknown", ""), "provostctl receipt show " MAC},
        };

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                forget();
                stand_in_answers(cases[i].answer);
                CHECK_EQ_INT(RUN("phone", "evidence", MAC), CTL_OK);
                if (!strstr(out, cases[i].step))
                        TEST_FAIL("not said: %s in %s", cases[i].step, out);
        }
}

TEST(the_report_has_a_line_for_each_phone)
{
        forget();
        stand_in_answers("{\"phones\":[" PHONE("waiting", "") "," PHONE("current", "") "]}");
        stand_in_answers(EVIDENCE("waiting", "doubtful", ",\"waiting_for\":\"Its certificate names another phone.\""));
        stand_in_answers("{\"phone\":" PHONE("current", "") ",\"evidence\":[],\"verdict\":\"genuine\",\"vendor\":\"Snom\",\"missing\":[]}");
        CHECK_EQ_INT(RUN("site", "report", "--markdown"), CTL_OK);
        CHECK_STR(asked[0], "ListPhones {}");
        CHECK_STR(asked[1], "GetEvidence {\"mac\":\"" MAC "\"}");
        CHECK_STR(out, "| phone | evidence | state | reason |\n| --- | --- | --- | --- |\n"
                       "| " MAC " Desk, snomD785 | certificate that is not its own, says snomD785 10.1.33.33, heard by DHCP | waiting | Its certificate "
                       "names another phone. |\n"
                       "| " MAC " Desk, snomD785 | factory certificate of this MAC, says snomD785 10.1.33.33 | current | It is in its tunnel and has its latest settings. |\n");
        forget();
        stand_in_answers("{\"phones\":[" PHONE("waiting", "") "]}");
        stand_in_answers(EVIDENCE("waiting", "unproven", ""));
        CHECK_EQ_INT(RUN("site", "report"), CTL_OK);
        CHECK(text_starts(out, "PHONE") && strstr(out, "It is not approved.\n"));
}

TEST(phones_are_listed_by_what_they_wait_for)
{
        static const char phones[] = "{\"phones\":[" PHONE("waiting", ",\"waiting_for\":\"Its \\\"certificate\\\" names another phone.\"") ","
                "{\"mac\":\"" NEW "\",\"name\":\"\",\"model\":\"\",\"state\":\"expected\",\"expected\":true,\"waiting_for\":\"\"}]}";

        forget();
        stand_in_answers(phones);
        stand_in_answers("{\"leases\":[]}");
        CHECK_EQ_INT(RUN("phone", "list", "waiting"), CTL_OK);
        CHECK(strstr(out, MAC) && !strstr(out, NEW) && strstr(out, "Its \"certificate\" names another phone.\n"));
        forget();
        stand_in_answers(phones);
        CHECK_EQ_INT(RUN("phone", "list", "expected", "--json"), CTL_OK);
        CHECK(!strstr(out, MAC) && strstr(out, NEW));
        forget();
        stand_in_answers(phones);
        CHECK_EQ_INT(RUN("phone", "list", "open", "--json"), CTL_OK);
        CHECK(strstr(out, MAC) && !strstr(out, NEW));
        CHECK_EQ_INT(RUN("phone", "list", "lost"), CTL_USAGE);
        CHECK(strstr(err, "seen, expected, waiting"));
}

/* --- expected phones -------------------------------------------------------------------- */

TEST(a_phone_is_expected_by_its_mac)
{
        forget();
        stand_in_answers("{\"phone\":" PHONE("expected", ",\"expected\":true") "}");
        CHECK_EQ_INT(RUN("phone", "expect", MAC, "--name", "Desk", "--profiles=a"), CTL_OK);
        CHECK_ASKED("AddPhone {\"mac\":\"" MAC "\",\"name\":\"Desk\",\"profiles\":[\"a\"],\"approve\":false,\"expected\":true}");
        CHECK(strstr(out, "listed beforehand      yes\n") && strstr(out, "provostctl enrol open"));
        CHECK_EQ_INT(RUN("phone", "expect", MAC, "--dry-run"), CTL_USAGE);
        CHECK_EQ_INT(RUN("phone", "expect", "01005e000001"), CTL_USAGE);
        CHECK_EQ_INT(RUN("phone", "expect", "note.csv", "--name", "x"), CTL_USAGE);
        CHECK_EQ_INT(n_asked, 1);
}

TEST(a_delivery_note_lists_its_phones)
{
        forget();
        stand_in_answers("{\"found\":\"delivery\",\"settings\":[],\"phones\":[{\"line\":2,\"mac\":\"" MAC "\"}],\"shared\":[],\"problems\":[]}");
        stand_in_answers("{\"added\":1,\"changed\":0,\"unchanged\":0,\"approved\":0,\"problems\":[]}");
        CHECK_EQ_INT(RUN_WITH("mac\n" MAC "\n", "phone", "expect", "-"), CTL_OK);
        CHECK(text_starts(asked[0], "Read {\"kind\":\"delivery\""));
        CHECK(text_starts(out, "Found: a delivery note, 1 phone.\n"));
        CHECK_STR(asked[1], "ImportPhones {\"phones\":[{\"line\":2,\"mac\":\"" MAC "\"}],\"approve\":false,\"dry_run\":false,\"expected\":true}");
        CHECK(strstr(out, "Listed: 1 new, 0 changed, 0 as they were.\nListed phones come in by themselves"));
}

/* --- enrolment ------------------------------------------------------------------------------ */

TEST(an_enrolment_is_opened_and_closed)
{
        forget();
        stand_in_answers("{\"enrolment\":{\"open_until\":32503680000,\"phones_left\":3,\"let_in\":[]}}");
        stand_in_answers("{\"enrolment\":{\"open_until\":32503680000,\"phones_left\":1,\"let_in\":[\"" MAC "\"]}}");
        stand_in_answers("{\"enrolment\":{\"open_until\":null,\"phones_left\":0,\"let_in\":[]}}");
        CHECK_EQ_INT(RUN("enrol", "open", "20", "--phones", "3"), CTL_OK);
        CHECK(strstr(out, "for 3 listed phones without a certificate.\n"));
        CHECK_EQ_INT(RUN("enrol", "show"), CTL_OK);
        CHECK(strstr(out, "for 1 listed phone without a certificate.\n") && strstr(out, "let in                 " MAC "\n"));
        CHECK_EQ_INT(RUN("enrol", "close"), CTL_OK);
        CHECK(text_starts(out, "Closed: "));
        CHECK_STR(asked[0], "OpenEnrolment {\"seconds\":1200,\"phones\":3}");
        CHECK_STR(asked[1], "GetEnrolmentWindow {}");
        CHECK_STR(asked[2], "OpenEnrolment {\"seconds\":0}");
        CHECK_EQ_INT(RUN("enrol", "open", "0"), CTL_USAGE);
        CHECK_EQ_INT(RUN("enrol", "open", "soon"), CTL_USAGE);
        CHECK_EQ_INT(RUN("enrol", "open", "--phones=0"), CTL_USAGE);
        CHECK_EQ_INT(n_asked, 3);
}

TEST(an_enrolment_that_is_used_up_or_over_is_closed)
{
        forget();
        stand_in_answers("{\"enrolment\":{\"open_until\":32503680000,\"phones_left\":0,\"let_in\":[\"" MAC "\"]}}");
        stand_in_answers("{\"enrolment\":{\"open_until\":1,\"phones_left\":1,\"let_in\":[]}}");
        CHECK_EQ_INT(RUN("enrol", "show"), CTL_OK);
        CHECK(text_starts(out, "Closed: "));
        CHECK_EQ_INT(RUN("enrol", "show"), CTL_OK);
        CHECK(text_starts(out, "Closed: "));
}

/* --- replacement ------------------------------------------------------------------------------ */

#define REPLACEMENT(state) "{\"old\":\"" MAC "\",\"new\":\"" NEW "\",\"state\":\"" state "\",\"started_at\":86400,\"until\":32503680000,\"reason\":\"\"}"

TEST(a_phone_is_replaced_and_taken_back)
{
        forget();
        stand_in_answers("{\"replacement\":" REPLACEMENT("pending") ",\"phone\":" PHONE("approved", "") "}");
        stand_in_answers("{\"replacement\":" REPLACEMENT("undone") "}");
        stand_in_answers("{\"replacements\":[" REPLACEMENT("pending") "]}");
        CHECK_EQ_INT(RUN("phone", "replace", MAC, "00:04:13:AA:BB:DD", "--without-certificate"), CTL_OK);
        CHECK(strstr(out, NEW " has the place of " MAC " now") && strstr(out, "provostctl phone replace undo " NEW "\n"));
        CHECK(strstr(out, "once without a factory certificate"));
        CHECK_EQ_INT(RUN("phone", "replace", "undo", NEW, "--reason", "wrong box"), CTL_OK);
        CHECK(text_starts(out, "Undone: " MAC " is as it was"));
        CHECK_EQ_INT(RUN("phone", "replace", "list"), CTL_OK);
        CHECK(strstr(out, "waits for the new phone"));
        CHECK_STR(asked[0], "ReplacePhone {\"old\":\"" MAC "\",\"new\":\"" NEW "\",\"without_certificate\":true}");
        CHECK_STR(asked[1], "UndoReplace {\"mac\":\"" NEW "\",\"reason\":\"wrong box\"}");
        CHECK_EQ_INT(RUN("phone", "replace", MAC, "x"), CTL_USAGE);
        CHECK_EQ_INT(n_asked, 3);
}

/* --- out ---------------------------------------------------------------------------------------- */

#define REVOKED "{\"phone\":" PHONE("revoked", ",\"revoked_at\":86400,\"tunnel_address\":\"10.64.0.2\",\"certificate_serial\":\"0a1b\"," \
        "\"certificate_sha256\":\"cafe\"") ",\"todo\":[\"Change the password of the account 101 at the PBX.\"]}"
#define CLOSED "{\"closed\":true,\"was_connected\":true,\"blocked\":true,\"closed_at_ms\":86400123}"
#define REFUSED "{\"admitted\":false,\"word\":\"tunnel-refused\",\"reason\":\"the phone is revoked\"}"

TEST(a_revoke_is_tried_and_its_receipt_kept)
{
        forget();
        stand_in_answers(REVOKED);
        stand_in_answers(CLOSED);
        stand_in_answers(REFUSED);
        stand_in_answers("{\"id\":7}");
        CHECK_EQ_INT(RUN("phone", "revoke", MAC, "--reason", "left us"), CTL_OK);
        CHECK_STR(err, "");
        CHECK_STR(asked[0], "RevokePhone {\"mac\":\"" MAC "\",\"reason\":\"left us\"}");
        CHECK_STR(asked[1], "ConfirmClosed {\"mac\":\"" MAC "\"}");
        CHECK_STR(asked[2], "TryCertificate {\"mac\":\"" MAC "\",\"sha256\":\"cafe\"}");
        CHECK_STR(asked[3], "HEAD /run/provost/http/bootstrap /000413AABBCC.xml lan 127.0.0.1 SUCCESS CN=000413AABBCC");
        CHECK_STR(asked[4], "HEAD /run/provost/http/bootstrap /vpn/000413AABBCC-0a1b.tar lan 127.0.0.1 SUCCESS CN=000413AABBCC");
        CHECK_STR(asked[5], "HEAD /run/provost/http/bootstrap /vpn/000413AABBCC-0a1b.tar lan 127.0.0.1 NONE ");
        CHECK_STR(asked[6], "HEAD /run/provost/http/settings /000413AABBCC.xml tunnel 10.64.0.2 NONE ");
        CHECK_STR(asked[7], "HEAD /run/provost/http/bootstrap /vpn/000413AABBCC-0a1b.tar tunnel 10.64.0.2 NONE ");
        CHECK(text_starts(asked[8], "KeepReceipt {\"mac\":\"" MAC "\",\"cause\":\"revoked\",\"lines\":[{\"at_ms\":86400000,\"word\":\"revoked\",\"ok\":true,"));
        CHECK(strstr(asked[8], "\"todo\":[\"Change the password of the account 101 at the PBX.\"]"));
        CHECK(text_starts(out, "Phone " MAC " (Desk) is revoked.\n\n"));
        CHECK(strstr(out, ".123  ok    Its tunnel was open and was closed.\n"));
        CHECK(strstr(out, "ok    A handshake with its certificate was tried and refused: the phone is revoked\n"));
        CHECK(strstr(out, "ok    Its settings, asked for as from its tunnel address: tried and refused (403).\n"));
        CHECK(strstr(out, "\nLeft for you to do:\n  - Change the password of the account 101 at the PBX.\n"));
        CHECK(strstr(out, "\nKept: provostctl receipt show 7\n"));
        CHECK(!strstr(out, "OPEN"));
}

TEST(what_could_not_be_confirmed_is_open_and_a_failure)
{
        forget();
        trial_result = PV_ESYSTEM;
        stand_in_answers(REVOKED);
        stand_in_refuses("Trouble", "{\"reason\":\"The management socket is away.\"}");
        stand_in_answers("{\"id\":8}");
        CHECK_EQ_INT(RUN("phone", "revoke", MAC), CTL_FAILED);
        CHECK(strstr(out, "OPEN  Session did not confirm that its tunnel is closed: The management socket is away. Repeat `provostctl phone revoke " MAC "`.\n"));
        CHECK(strstr(out, "OPEN  Its certificate was not tried: session does not answer."));
        CHECK(strstr(out, "OPEN  Its settings, asked for as from its tunnel address: could not be tried"));
        CHECK(strstr(err, "not all of it is confirmed (7 OPEN)"));
        CHECK(strstr(asked[n_asked - 1], "\"ok\":false"));
}

TEST(a_phone_that_would_still_be_served_is_said_loudly)
{
        forget();
        trial_status = 200;
        stand_in_answers(REVOKED);
        stand_in_answers("{\"closed\":false,\"was_connected\":true,\"blocked\":false,\"closed_at_ms\":0}");
        stand_in_answers("{\"admitted\":true,\"word\":\"tunnel-up\",\"reason\":\"\"}");
        stand_in_answers("{\"id\":9}");
        CHECK_EQ_INT(RUN("phone", "revoke", MAC), CTL_FAILED);
        CHECK(strstr(out, "OPEN  Its tunnel is NOT closed yet"));
        CHECK(strstr(out, "OPEN  Its certificate would still be ADMITTED"));
        CHECK(strstr(out, "OPEN  Its settings, asked for as from its tunnel address: would still be HANDED OUT (200)"));
        forget();
        trial_status = 503;
        stand_in_answers(REVOKED);
        stand_in_answers(CLOSED);
        stand_in_answers(REFUSED);
        stand_in_answers("{\"id\":9}");
        CHECK_EQ_INT(RUN("phone", "revoke", MAC), CTL_FAILED);
        CHECK(strstr(out, "could not be tried (settings answered 503)"));
}

TEST(a_receipt_that_is_not_kept_is_a_failure_and_still_shown)
{
        forget();
        stand_in_answers(REVOKED);
        stand_in_answers(CLOSED);
        stand_in_answers(REFUSED);
        stand_in_refuses("StorageTrouble", "{\"reason\":\"The disk is full.\"}");
        CHECK_EQ_INT(RUN("phone", "revoke", MAC), CTL_FAILED);
        CHECK(strstr(out, "Its tunnel was open and was closed.") && !strstr(out, "Kept:"));
        CHECK(strstr(err, "The disk is full."));
}

TEST(a_phone_without_certificate_or_address_is_put_out_too)
{
        forget();
        stand_in_answers("{\"phone\":" PHONE("revoked", ",\"revoked_at\":86400") ",\"todo\":[]}");
        stand_in_answers("{\"closed\":true,\"was_connected\":false,\"blocked\":false,\"closed_at_ms\":0}");
        stand_in_answers("{\"id\":1}");
        CHECK_EQ_INT(RUN("phone", "revoke", MAC), CTL_OK);
        CHECK(strstr(out, "It has no tunnel open.") && strstr(out, "It never had a VPN certificate"));
        CHECK(strstr(out, "\nNothing is left to do by hand.\n"));
        CHECK_EQ_INT(n_asked, 6);
}

TEST(stolen_is_said_to_the_store)
{
        forget();
        stand_in_answers(REVOKED);
        stand_in_answers(CLOSED);
        stand_in_answers(REFUSED);
        stand_in_answers("{\"id\":2}");
        CHECK_EQ_INT(RUN("phone", "revoke", MAC, "--stolen", "--json"), CTL_OK);
        CHECK_STR(asked[0], "RevokePhone {\"mac\":\"" MAC "\",\"stolen\":true}");
        CHECK(strstr(asked[8], "\"cause\":\"stolen\""));
        CHECK(strstr(out, "\"tunnel\":{\"closed\":true") && strstr(out, "\"receipt\":{\"id\":2,\"lines\":[{"));
}

TEST(a_deleted_phone_leaves_its_receipt)
{
        forget();
        stand_in_answers(REVOKED);
        stand_in_answers(CLOSED);
        stand_in_answers(REFUSED);
        stand_in_answers("{}");
        stand_in_answers("{\"id\":3}");
        CHECK_EQ_INT(RUN("phone", "delete", MAC), CTL_OK);
        CHECK_STR(asked[8], "DeletePhone {\"mac\":\"" MAC "\"}");
        CHECK(strstr(asked[9], "\"cause\":\"deleted\"") && strstr(asked[9], "\"word\":\"deleted\""));
        CHECK(text_starts(out, "Phone " MAC " (Desk) is deleted.\n"));
        forget();
        stand_in_refuses("NoSuchPhone", "{\"reason\":\"There is no phone " MAC ".\"}");
        CHECK_EQ_INT(RUN("phone", "delete", MAC), CTL_FAILED);
        CHECK_EQ_INT(n_asked, 1);
}

TEST(a_phone_that_is_out_but_could_not_be_deleted_has_its_receipt_too)
{
        forget();
        stand_in_answers(REVOKED);
        stand_in_answers(CLOSED);
        stand_in_answers(REFUSED);
        stand_in_refuses("Trouble", "{\"reason\":\"The disk is full.\"}");
        stand_in_answers("{\"id\":4}");
        CHECK_EQ_INT(RUN("phone", "delete", MAC), CTL_FAILED);
        CHECK_STR(asked[8], "DeletePhone {\"mac\":\"" MAC "\"}");
        CHECK(strstr(asked[9], "\"cause\":\"revoked\"") && strstr(asked[9], "Its rows are NOT deleted"));
        CHECK(strstr(err, "The disk is full."));
        CHECK(strstr(out, "Kept: provostctl receipt show 4\n"));
}

/* --- receipts ------------------------------------------------------------------------------------- */

#define RECEIPT(id) "{\"id\":" id ",\"mac\":\"" MAC "\",\"at\":86400,\"actor\":\"root\",\"cause\":\"stolen\",\"lines\":[{\"at_ms\":86400123," \
        "\"word\":\"revoked\",\"ok\":true,\"text\":\"Its rights ended.\"},{\"at_ms\":86400124,\"word\":\"x\",\"ok\":false,\"text\":\"\\u001b]0;x\"}]," \
        "\"todo\":[\"Change it.\"]}"

TEST(receipts_are_listed_and_shown)
{
        forget();
        stand_in_answers("{\"receipts\":[" RECEIPT("4") "]}");
        stand_in_answers("{\"receipts\":[" RECEIPT("5") "," RECEIPT("4") "]}");
        stand_in_answers("{\"receipts\":[" RECEIPT("4") "]}");
        stand_in_answers("{\"receipts\":[" RECEIPT("4") "]}");
        CHECK_EQ_INT(RUN("receipt", "list"), CTL_OK);
        CHECK(strstr(out, "revoked as stolen") && strstr(out, "1 of 2"));
        CHECK_EQ_INT(RUN("receipt", "show", "4"), CTL_OK);
        CHECK(text_starts(out, "Receipt 4: phone " MAC " was revoked as stolen by root at 1970-01-02 "));
        CHECK(strstr(out, ".123  ok    Its rights ended.\n") && strstr(out, "OPEN  \\x1b]0;x\n") && strstr(out, "  - Change it.\n"));
        CHECK_EQ_INT(RUN("receipt", "show", "00:04:13:AA:BB:CC"), CTL_OK);
        CHECK_EQ_INT(RUN("receipt", "show", "9"), CTL_FAILED);
        CHECK(strstr(err, "provostctl receipt list"));
        CHECK_STR(asked[0], "ListReceipts {\"mac\":\"\",\"limit\":50}");
        CHECK_STR(asked[2], "ListReceipts {\"mac\":\"" MAC "\",\"limit\":1000}");
        CHECK_EQ_INT(RUN("receipt", "show", "x"), CTL_USAGE);
        CHECK_EQ_INT(n_asked, 4);
}

/* --- alarms ----------------------------------------------------------------------------------------- */

#define ALARM(id, kind, closed) "{\"id\":" id ",\"kind\":\"" kind "\",\"subject\":\"" MAC "\",\"detail\":\"It came from 10.0.0.9.\",\"first_at\":86400," \
        "\"last_at\":86400,\"count\":2" closed ",\"closed_by\":\"root\",\"note\":\"it was us\"}"

TEST(alarms_say_what_to_do)
{
        forget();
        stand_in_answers("{\"alarms\":[" ALARM("2", "second-place", "") "," ALARM("1", "second-place", "") "]}");
        CHECK_EQ_INT(RUN("alarm", "list"), CTL_OK);
        CHECK_ASKED("ListAlarms {\"open\":true}");
        CHECK(strstr(out, "a phone's bundle is used in a second place") && strstr(out, "It came from 10.0.0.9.\n"));
        CHECK(strstr(out, "\nWhat to do:\na phone's bundle is used in a second place: one of the two has a copy"));
        CHECK(strstr(out, "Then: provostctl alarm close NUMBER \"what it was\"\n"));
        forget();
        stand_in_answers("{\"alarms\":[" ALARM("1", "strange", ",\"closed_at\":86400") "]}");
        CHECK_EQ_INT(RUN("alarm", "list", "--all"), CTL_OK);
        CHECK_ASKED("ListAlarms {\"open\":false}");
        CHECK(strstr(out, "closed by root") && strstr(out, "strange") && strstr(out, "it was us") && !strstr(out, "What to do"));
        forget();
        stand_in_answers("{\"alarms\":[]}");
        CHECK_EQ_INT(RUN("alarm", "list"), CTL_OK);
        CHECK_STR(out, "No alarm is open.\n");
}

TEST(every_kind_of_alarm_has_words_and_a_step)
{
        static const char *const kinds[] = {"rogue-dhcp", "rogue-pnp", "mac-scan", "second-place", "stolen-certificate", "revoked-certificate",
                                            "replayed-enrolment", "tunnel-flapping", "ends-soon", "ended", "clock", "renewal-stuck", "wrong-certificate"};
        char answer[400], bare[64];

        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
                forget();
                snprintf(answer, sizeof answer, "{\"alarms\":[{\"id\":1,\"kind\":\"%s\",\"subject\":\"x\",\"detail\":\"\",\"count\":1}]}", kinds[i]);
                stand_in_answers(answer);
                CHECK_EQ_INT(RUN("alarm", "list"), CTL_OK);
                snprintf(bare, sizeof bare, "  %s  ", kinds[i]);
                if (strstr(out, bare) || !strstr(out, "What to do:\n"))
                        TEST_FAIL("no words for %s: %s", kinds[i], out);
        }
}

TEST(an_alarm_is_closed_with_a_note)
{
        forget();
        stand_in_answers("{}");
        CHECK_EQ_INT(RUN("alarm", "close", "3", "it", "was", "the printer"), CTL_OK);
        CHECK_ASKED("CloseAlarm {\"note\":\"it was the printer\",\"id\":3}");
        CHECK_EQ_INT(RUN("alarm", "close", "x", "y"), CTL_USAGE);
        CHECK_EQ_INT(RUN("alarm", "close", "3"), CTL_USAGE);
        CHECK_EQ_INT(n_asked, 1);
}
