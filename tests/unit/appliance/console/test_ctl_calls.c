/*
 * ctl_calls: what each command asks of a station, and what it says of the answer.
 */
#include "tests/unit/appliance/console/stand_in.h"

#define MAC "000413aabbcc"

static const char changed[] = "{\"revision\":7,\"phones\":3,\"findings\":[]}";

/* One call was made, this one. */
#define CHECK_ASKED(text) CHECK_EQ_INT(n_asked, 1); CHECK_STR(asked[0], text)

/* --- settings --------------------------------------------------------------------- */

TEST(a_setting_goes_to_its_scope)
{
        stand_in_forget();
        stand_in_answers(changed);
        CHECK_EQ_INT(RUN("settings", "set", "site", "language:RW=Deutsch"), CTL_OK);
        CHECK_ASKED("SetSettings {\"scope\":\"site\",\"owner\":\"\",\"settings\":[{\"name\":\"language\",\"value\":\"Deutsch\","
                    "\"permission\":\"RW\"}]}");
        CHECK_STR(out, "Stored: revision 7.\n3 phones get other settings by it.\n");

        stand_in_forget();
        stand_in_answers(changed);
        CHECK_EQ_INT(RUN("settings", "set", "model", "snomD785", "a=b", "--remove", "c[1]", "--reason", "wanted so", "--replace"), CTL_OK);
        CHECK_ASKED("SetSettings {\"scope\":\"model\",\"owner\":\"snomD785\",\"settings\":[{\"name\":\"a\",\"value\":\"b\",\"permission\":\"\"},"
                    "{\"name\":\"c\",\"index\":1,\"permission\":\"\"}],\"replace\":true,\"reason\":\"wanted so\"}");
}

TEST(a_phone_is_named_in_any_form)
{
        stand_in_forget();
        stand_in_answers(changed);
        CHECK_EQ_INT(RUN("settings", "set", "phone", "00:04:13:AA:BB:CC", "fkey[3]{label=Anna,context=1}:RW=speed 100"), CTL_OK);
        CHECK_ASKED("SetSettings {\"scope\":\"phone\",\"owner\":\"" MAC "\",\"settings\":[{\"name\":\"fkey\",\"index\":3,\"value\":\"speed 100\","
                    "\"permission\":\"RW\",\"attributes\":{\"label\":\"Anna\",\"context\":\"1\"}}]}");
}

TEST(a_dry_run_says_what_would_be)
{
        stand_in_forget();
        stand_in_answers("{\"revision\":8,\"phones\":1,\"findings\":[{\"severity\":\"warning\",\"rule\":\"unknown\",\"name\":\"a\","
                         "\"reason\":\"The setting a is not in the catalogue.\"},{\"severity\":\"error\",\"rule\":\"weak\",\"name\":\"http_pass\","
                         "\"reason\":\"http_pass is weak.\"}]}");
        CHECK_EQ_INT(RUN("settings", "set", "profile", "reception", "a=b", "--dry-run"), CTL_OK);
        CHECK(strstr(asked[0], "\"dry_run\":true"));
        CHECK_STR(out, "Nothing is changed: this is what would be.\n1 phone would get other settings by it.\n\n"
                       "error    http_pass is weak.\n\nwarning  The setting a is not in the catalogue.\n"
                       "\nPhones with an error keep the settings they have.\n");
}

TEST(settings_are_taken_away)
{
        stand_in_forget();
        stand_in_answers(changed);
        CHECK_EQ_INT(RUN("settings", "remove", "site", "language", "fkey[2]"), CTL_OK);
        CHECK_ASKED("SetSettings {\"scope\":\"site\",\"owner\":\"\",\"settings\":[{\"name\":\"language\",\"permission\":\"\"},"
                    "{\"name\":\"fkey\",\"index\":2,\"permission\":\"\"}]}");
        stand_in_forget();
        stand_in_answers("{\"revision\":7,\"phones\":0}");
        CHECK_EQ_INT(RUN("settings", "clear", "profile", "old", "--reason=not used"), CTL_OK);
        CHECK_ASKED("RemoveScope {\"scope\":\"profile\",\"owner\":\"old\",\"reason\":\"not used\"}");
        CHECK_STR(out, "Stored: revision 7.\nNo phone gets other settings by it.\n");
}

TEST(the_short_forms_are_the_same_calls)
{
        stand_in_forget();
        stand_in_answers(changed);
        stand_in_answers(changed);
        stand_in_answers("{\"revision\":7,\"phones\":0}");
        CHECK_EQ_INT(RUN("profile", "set", "p", "a=b"), CTL_OK);
        CHECK_EQ_INT(RUN("phone", "set", MAC, "a=b", "--reason", "r"), CTL_OK);
        CHECK_EQ_INT(RUN("profile", "remove", "p"), CTL_OK);
        CHECK_STR(asked[0], "SetSettings {\"scope\":\"profile\",\"owner\":\"p\",\"settings\":[{\"name\":\"a\",\"value\":\"b\",\"permission\":\"\"}]}");
        CHECK_STR(asked[1], "SetSettings {\"scope\":\"phone\",\"owner\":\"" MAC "\",\"settings\":[{\"name\":\"a\",\"value\":\"b\",\"permission\":\"\"}],"
                            "\"reason\":\"r\"}");
        CHECK_STR(asked[2], "RemoveScope {\"scope\":\"profile\",\"owner\":\"p\"}");
}

TEST(secrets_come_from_standard_input_and_are_not_said)
{
        stand_in_forget();
        stand_in_answers(changed);
        CHECK_EQ_INT(RUN_WITH("Zq8!ruhig\n", "phone", "set", MAC, "http_pass:R=@-"), CTL_OK);
        CHECK(strstr(asked[0], "\"value\":\"Zq8!ruhig\""));
        CHECK(!strstr(out, "Zq8") && !strstr(err, "Zq8"));
        CHECK_STR(err, "");

        stand_in_forget();
        stand_in_answers(changed);
        CHECK_EQ_INT(RUN("phone", "set", MAC, "http_pass:R=Zq8!ruhig"), CTL_OK);
        CHECK(strstr(err, "http_pass is a secret: better write http_pass=@-") && !strstr(err, "Zq8"));
}

TEST(a_value_may_begin_with_an_at_sign)
{
        stand_in_forget();
        stand_in_answers(changed);
        CHECK_EQ_INT(RUN("phone", "set", MAC, "a=@@home"), CTL_OK);
        CHECK(strstr(asked[0], "\"value\":\"@home\""));
}

TEST(profiles_are_listed_without_their_secrets)
{
        stand_in_forget();
        stand_in_answers("{\"scopes\":[{\"scope\":\"site\",\"owner\":\"\",\"settings\":2,\"rows\":0,\"phones\":14},"
                         "{\"scope\":\"profile\",\"owner\":\"p\",\"settings\":3,\"rows\":1,\"phones\":2}]}");
        stand_in_answers("{\"settings\":[{\"name\":\"http_pass\",\"value\":\"\",\"permission\":\"R\",\"secret\":true,\"known\":true}]}");
        CHECK_EQ_INT(RUN("profile", "list"), CTL_OK);
        CHECK_STR(out, "PROFILE  SETTINGS  ROWS  PHONES\np        3         1     2\n");
        CHECK_EQ_INT(RUN("profile", "show", "p"), CTL_OK);
        CHECK_STR(asked[0], "ListScopes {}");
        CHECK_STR(asked[1], "ListSettings {\"scope\":\"profile\",\"owner\":\"p\"}");
        CHECK(strstr(out, "http_pass  R     (secret)\n"));
}

TEST(where_settings_are_is_listed)
{
        stand_in_forget();
        stand_in_answers("{\"scopes\":[{\"scope\":\"model\",\"owner\":\"snomD785\",\"settings\":2,\"rows\":1,\"phones\":14}]}");
        CHECK_EQ_INT(RUN("settings", "list"), CTL_OK);
        CHECK_ASKED("ListScopes {}");
        CHECK_STR(out, "SCOPE  OWNER     SETTINGS  ROWS  PHONES\nmodel  snomD785  2         1     14\n");
        stand_in_answers("{\"scopes\":[]}");
        CHECK_EQ_INT(RUN("scope", "list"), CTL_OK);
        CHECK_STR(asked[1], "ListScopes {}");
        stand_in_forget();
        stand_in_answers("{\"settings\":[{\"name\":\"fkey\",\"index\":0,\"value\":\"line\",\"permission\":\"RW\",\"attributes\":{\"label\":\"A\","
                         "\"context\":\"1\"},\"secret\":false,\"known\":true},{\"name\":\"http_pass\",\"value\":\"\",\"permission\":\"R\",\"secret\":true,"
                         "\"known\":true},{\"name\":\"new_one\",\"value\":\"\",\"permission\":\"\",\"secret\":false,\"known\":false}]}");
        CHECK_EQ_INT(RUN("settings", "list", "site"), CTL_OK);
        CHECK_ASKED("ListSettings {\"scope\":\"site\",\"owner\":\"\"}");
        CHECK_STR(out, "SETTING    PERM  VALUE     WITH\n"
                       "fkey[0]    RW    line      label=A,context=1\n"
                       "http_pass  R     (secret)\n"
                       "new_one                                       (not in the catalogue)\n");
}

/* --- rows ------------------------------------------------------------------------- */

TEST(a_row_is_switched_with_a_reason)
{
        stand_in_forget();
        stand_in_answers("{\"revision\":9,\"phones\":1}");
        stand_in_answers("{\"revision\":10,\"phones\":1}");
        stand_in_answers("{\"revision\":11,\"phones\":1}");
        CHECK_EQ_INT(RUN("row", "off", "keyboard-lock", "profile", "lobby", "--reason=phones of the lobby are watched"), CTL_OK);
        CHECK_EQ_INT(RUN("row", "on", "web", "site"), CTL_OK);
        CHECK_EQ_INT(RUN("row", "inherit", "web", "phone", MAC, "--dry-run"), CTL_OK);
        CHECK_STR(asked[0], "SetRow {\"scope\":\"profile\",\"owner\":\"lobby\",\"row\":\"keyboard-lock\",\"state\":\"off\","
                            "\"reason\":\"phones of the lobby are watched\"}");
        CHECK_STR(asked[1], "SetRow {\"scope\":\"site\",\"owner\":\"\",\"row\":\"web\",\"state\":\"on\"}");
        CHECK_STR(asked[2], "SetRow {\"scope\":\"phone\",\"owner\":\"" MAC "\",\"row\":\"web\",\"state\":\"inherit\",\"dry_run\":true}");
        CHECK_EQ_INT(RUN("row", "off", "web", "site"), CTL_USAGE);
        CHECK(strstr(err, "--reason"));
}

TEST(switched_rows_are_listed_with_who_and_why)
{
        stand_in_forget();
        stand_in_answers("{\"rows\":[{\"scope\":\"site\",\"owner\":\"\",\"row\":\"noise\",\"on\":false,\"reason\":\"CSTA is used\",\"actor\":\"root\","
                         "\"at\":86400}]}");
        CHECK_EQ_INT(RUN("row", "list"), CTL_OK);
        CHECK_ASKED("ListRows {}");
        CHECK(strstr(out, "noise  off  root") && strstr(out, "CSTA is used"));
        CHECK(strstr(out, "\nRows there are: web noise ") && strstr(out, " keyboard-lock ") && strstr(out, " seals. Each is on"));
        stand_in_forget();
        stand_in_answers("{\"rows\":[]}");
        CHECK_EQ_INT(RUN("row", "list", "model", "snom720"), CTL_OK);
        CHECK_ASKED("ListRows {\"scope\":\"model\",\"owner\":\"snom720\"}");
        CHECK(strstr(out, "(none)"));
}

/* --- revisions and roll-outs -------------------------------------------------------- */

#define REVISION "{\"number\":4,\"at\":86400,\"actor\":\"root\",\"summary\":\"1 setting of the site\",\"reason\":\"asked for\",\"phones\":9,\"state\":\"active\"}"

TEST(revisions_are_listed_shown_and_restored)
{
        stand_in_forget();
        stand_in_answers("{\"revisions\":[" REVISION "]}");
        stand_in_answers("{\"revision\":" REVISION ",\"changes\":[{\"scope\":\"site\",\"owner\":\"\",\"name\":\"language\",\"old\":null,"
                         "\"new\":\"Deutsch\",\"secret\":false},{\"scope\":\"profile\",\"owner\":\"p\",\"name\":\"fkey\",\"index\":1,\"old\":\"line\","
                         "\"new\":null,\"secret\":false},{\"scope\":\"site\",\"owner\":\"\",\"name\":\"http_pass\",\"old\":\"\",\"new\":\"\",\"secret\":true}]}");
        stand_in_answers("{\"revision\":12,\"phones\":2}");
        CHECK_EQ_INT(RUN("revision", "list", "--limit", "5"), CTL_OK);
        CHECK(strstr(out, "4         1970-01-02"));
        CHECK(strstr(out, "active  9       1 setting of the site  asked for"));
        CHECK_EQ_INT(RUN("revision", "show", "4"), CTL_OK);
        CHECK(strstr(out, "by root: active, 9 phones.\n1 setting of the site\nReason: asked for\n"));
        CHECK(strstr(out, "site            language   -         Deutsch\n"));
        CHECK(strstr(out, "profile  p      fkey[1]    line      -\n"));
        CHECK(strstr(out, "http_pass  (secret)  (secret)\n"));
        CHECK_EQ_INT(RUN("revision", "restore", "4", "--reason", "it broke"), CTL_OK);
        CHECK_STR(asked[0], "ListRevisions {\"limit\":5}");
        CHECK_STR(asked[1], "GetRevision {\"number\":4}");
        CHECK_STR(asked[2], "RestoreRevision {\"number\":4,\"reason\":\"it broke\"}");
        CHECK_EQ_INT(RUN("revision", "show", "last"), CTL_USAGE);
}

#define ROLLOUT(state, back, failed, reason) \
        "{\"rollout\":{\"revision\":5,\"previous\":4,\"state\":\"" state "\",\"ring\":2,\"rings\":3,\"ring_phones\":4,\"ring_back\":" back \
        ",\"total\":40,\"done\":3,\"waiting\":2,\"failed\":[" failed "],\"started_at\":86400,\"ring_ends_at\":90000,\"reason\":\"" reason "\"}}"

TEST(a_roll_out_says_how_far_it_is)
{
        stand_in_forget();
        stand_in_answers(ROLLOUT("running", "2", "", ""));
        CHECK_EQ_INT(RUN("rollout", "show"), CTL_OK);
        CHECK_ASKED("GetRollout {}");
        CHECK(strstr(out, "revision 5 running: ring 2 of 3, 2 of 4 back; 3 of 40 phones have it, 2 not connected\n"));
        CHECK(strstr(out, "Phones of this ring have until 1970-01-02 "));
        stand_in_forget();
        stand_in_answers(ROLLOUT("stopped", "2", "{\"mac\":\"" MAC "\",\"name\":\"Desk\",\"state\":\"connected\",\"reason\":\"It did not fetch.\"}",
                                 "Stopped in ring 2: 1 phone did not come back."));
        CHECK_EQ_INT(RUN("rollout", "show"), CTL_OK);
        CHECK(strstr(out, "Stopped in ring 2: 1 phone did not come back.\n"));
        CHECK(strstr(out, MAC "  Desk  connected  It did not fetch.\n"));
        stand_in_forget();
        stand_in_answers(ROLLOUT("none", "0", "", ""));
        CHECK_EQ_INT(RUN("rollout", "show"), CTL_OK);
        CHECK_STR(out, "Nothing has been rolled out.\n");
}

TEST(a_roll_out_is_watched_to_its_end)
{
        stand_in_forget();
        stand_in_answers(ROLLOUT("running", "2", "", ""));
        stand_in_answers(ROLLOUT("done", "4", "", ""));
        CHECK_EQ_INT(RUN("rollout", "watch"), CTL_OK);
        CHECK_EQ_INT(n_asked, 2);
        CHECK(strstr(out, "revision 5 running: ring 2") && strstr(out, "revision 5 done: 3 of 40"));
        stand_in_forget();
        stand_in_answers(ROLLOUT("stopped", "2", "", "One did not come back."));
        CHECK_EQ_INT(RUN("rollout", "watch"), CTL_FAILED);
        CHECK(strstr(out, "One did not come back."));
        stand_in_forget();
        stand_in_answers(ROLLOUT("running", "2", "", ""));
        CHECK_EQ_INT(RUN("rollout", "watch", "--timeout=0"), CTL_FAILED);
        CHECK_STR(err, "provostctl: The roll-out still runs: see provostctl rollout show.\n");
}

TEST(a_roll_out_is_steered)
{
        stand_in_forget();
        stand_in_answers(ROLLOUT("running", "2", "", ""));
        stand_in_answers(ROLLOUT("done", "2", "", ""));
        stand_in_answers(ROLLOUT("stopped", "2", "", ""));
        stand_in_refuses("NotAllowed", "{\"reason\":\"No roll-out is running.\"}");
        CHECK_EQ_INT(RUN("rollout", "next"), CTL_OK);
        CHECK_EQ_INT(RUN("rollout", "finish", "--reason", "tested"), CTL_OK);
        CHECK_EQ_INT(RUN("rollout", "back", "--reason=calls fail"), CTL_OK);
        CHECK_EQ_INT(RUN("rollout", "next"), CTL_FAILED);
        CHECK_STR(err, "provostctl: No roll-out is running.\n");
        CHECK_STR(asked[0], "ControlRollout {\"action\":\"next\"}");
        CHECK_STR(asked[1], "ControlRollout {\"action\":\"finish\",\"reason\":\"tested\"}");
        CHECK_STR(asked[2], "ControlRollout {\"action\":\"back\",\"reason\":\"calls fail\"}");
}

/* --- score and diff ------------------------------------------------------------------- */

TEST(the_score_goes_over_all_pages)
{
        stand_in_forget();
        stand_in_answers("{\"phones\":[{\"mac\":\"000413000001\",\"name\":\"A\",\"model\":\"snomD785\",\"met\":10,\"total\":10,\"rows\":["
                         "{\"row\":\"web\",\"state\":\"met\",\"missing\":\"\"},{\"row\":\"media\",\"state\":\"waived\",\"missing\":\"by root: old PBX\"}]}],"
                         "\"next\":\"000413000001\"}");
        stand_in_answers("{\"phones\":[{\"mac\":\"000413000002\",\"name\":\"B\",\"model\":\"snom720\",\"met\":5,\"total\":10,\"rows\":["
                         "{\"row\":\"web\",\"state\":\"open\",\"missing\":\"x\"},{\"row\":\"media\",\"state\":\"open\",\"missing\":\"y\"}]},"
                         "{\"mac\":\"000413000003\",\"name\":\"C\",\"model\":\"snom720\",\"met\":4,\"total\":10,\"rows\":["
                         "{\"row\":\"web\",\"state\":\"open\",\"missing\":\"x\"},{\"row\":\"media\",\"state\":\"impossible\",\"missing\":\"y\"}]}],\"next\":null}");
        CHECK_EQ_INT(RUN("score"), CTL_OK);
        CHECK_STR(asked[0], "ScorePhones {\"limit\":200}");
        CHECK_STR(asked[1], "ScorePhones {\"after\":\"000413000001\",\"limit\":200}");
        CHECK_STR(out, "Score of the site: 63 of 100 (19 of 30 rows met, 3 phones)\n\n"
                       "ROW    MET  OPEN  WAIVED  IMPOSSIBLE  UNUSED\n"
                       "web    1    2     0       0           0\n"
                       "media  0    1     1       1           0\n\n"
                       "WEAKEST       NAME  MODEL    SCORE  OPEN ROWS\n"
                       "000413000003  C     snom720  40     web\n"
                       "000413000002  B     snom720  50     web media\n");
}

TEST(the_score_lists_so_many_of_the_weakest)
{
        stand_in_forget();
        stand_in_answers("{\"phones\":[{\"mac\":\"000413000001\",\"name\":\"\",\"model\":\"\",\"met\":3,\"total\":4,\"rows\":[]},"
                         "{\"mac\":\"000413000002\",\"name\":\"\",\"model\":\"\",\"met\":1,\"total\":4,\"rows\":[]},"
                         "{\"mac\":\"000413000003\",\"name\":\"\",\"model\":\"\",\"met\":2,\"total\":4,\"rows\":[]}],\"next\":null}");
        CHECK_EQ_INT(RUN("score", "--worst=1", "--json"), CTL_OK);
        CHECK_STR(out, "{\"score\":50,\"met\":6,\"total\":12,\"phones\":3,\"rows\":[],\"weakest\":[{\"mac\":\"000413000002\",\"name\":\"\",\"model\":\"\","
                       "\"met\":1,\"total\":4}]}\n");
        stand_in_forget();
        stand_in_answers("{\"phones\":[],\"next\":null}");
        CHECK_EQ_INT(RUN("score"), CTL_OK);
        CHECK_STR(out, "No phone is approved: there is nothing to score.\n");
        CHECK_EQ_INT(RUN("score", "--worst", "many"), CTL_USAGE);
}

TEST(pages_that_do_not_go_on_end_the_score)
{
        stand_in_forget();
        stand_in_answers("{\"phones\":[],\"next\":\"000413000001\"}");
        stand_in_answers("{\"phones\":[],\"next\":\"000413000001\"}");
        CHECK_EQ_INT(RUN("score"), CTL_FAILED);
        CHECK_STR(err, "provostctl: store gave the same phones again.\n");
}

#define PREVIEW "{\"phone\":{\"mac\":\"" MAC "\"},\"settings\":[{\"name\":\"language\",\"value\":\"Deutsch\",\"permission\":\"RW\",\"origin\":" \
        "\"profile\",\"owner\":\"reception\",\"secret\":false,\"known\":true},{\"name\":\"http_pass\",\"value\":\"\",\"permission\":\"R\",\"origin\":" \
        "\"built-in\",\"owner\":\"\",\"secret\":true,\"known\":true}],\"findings\":[{\"severity\":\"error\",\"rule\":\"weak\",\"name\":\"x\"," \
        "\"reason\":\"x is weak.\"}],\"hardening\":[{\"row\":\"web\",\"state\":\"waived\",\"missing\":\"by root: lab\"}],\"hardening_met\":0," \
        "\"hardening_total\":1,\"revision\":3}"

TEST(a_preview_says_from_where_each_setting_is)
{
        stand_in_forget();
        stand_in_answers(PREVIEW);
        CHECK_EQ_INT(RUN("phone", "preview", MAC), CTL_OK);
        CHECK_ASKED("PreviewDocument {\"mac\":\"" MAC "\"}");
        CHECK_STR(out, "SETTING    PERM  FROM               VALUE\n"
                       "language   RW    profile reception  Deutsch\n"
                       "http_pass  R     built-in           (secret)\n\n"
                       "0 of 1 rows of the hardening profile are met.\n"
                       "HARDENING  STATE   MISSING\n"
                       "web        waived  by root: lab\n\n"
                       "error    x is weak.\n\n"
                       "The phone does not get these settings until the errors are gone; it keeps those it has.\n");
}

TEST(the_score_of_a_phone_is_part_of_its_preview)
{
        stand_in_forget();
        stand_in_answers(PREVIEW);
        stand_in_answers(PREVIEW);
        CHECK_EQ_INT(RUN("phone", "score", MAC), CTL_OK);
        CHECK_STR(out, "HARDENING  STATE   MISSING\nweb        waived  by root: lab\n\n0 of 1 rows are met.\n");
        CHECK_EQ_INT(RUN("phone", "score", MAC, "--json"), CTL_OK);
        CHECK_STR(out, "{\"mac\":\"" MAC "\",\"hardening\":[{\"row\":\"web\",\"state\":\"waived\",\"missing\":\"by root: lab\"}],"
                       "\"hardening_met\":0,\"hardening_total\":1}\n");
}

TEST(a_diff_shows_both_sides_and_no_secret)
{
        stand_in_forget();
        stand_in_answers("{\"revision_served\":3,\"revision\":4,\"rows\":[{\"name\":\"language\",\"was\":\"English\",\"will\":\"Deutsch\",\"origin\":"
                         "\"site\",\"secret\":false},{\"name\":\"http_pass\",\"was\":\"\",\"will\":\"\",\"origin\":\"phone\",\"secret\":true},"
                         "{\"name\":\"fkey\",\"index\":2,\"was\":null,\"will\":\"line\",\"origin\":\"profile\",\"secret\":false}]}");
        CHECK_EQ_INT(RUN("phone", "diff", MAC), CTL_OK);
        CHECK_ASKED("DiffDocument {\"mac\":\"" MAC "\"}");
        CHECK_STR(out, "The phone has revision 3 and would get revision 4:\n"
                       "SETTING    HAS       WILL GET  FROM\n"
                       "language   English   Deutsch   site\n"
                       "http_pass  (secret)  (secret)  phone\n"
                       "fkey[2]    -         line      profile\n");
        stand_in_forget();
        stand_in_answers("{\"revision_served\":4,\"revision\":4,\"rows\":[]}");
        CHECK_EQ_INT(RUN("phone", "diff", MAC), CTL_OK);
        CHECK_STR(out, "The phone has what it should have (revision 4).\n");
}

/* --- secrets ---------------------------------------------------------------------------- */

TEST(secrets_are_listed_by_name)
{
        stand_in_forget();
        stand_in_answers("{\"secrets\":[{\"name\":\"http_pass\",\"made_at\":86400,\"former\":true}]}");
        CHECK_EQ_INT(RUN("phone", "secrets", MAC), CTL_OK);
        CHECK_ASKED("ListSecrets {\"mac\":\"" MAC "\"}");
        CHECK(strstr(out, "http_pass  1970-01-02") && strstr(out, "the phone may still use the former one"));
}

TEST(a_secret_is_not_revealed_into_a_pipe)
{
        stand_in_forget();
        CHECK_EQ_INT(RUN("phone", "reveal", MAC, "http_pass"), CTL_USAGE);
        CHECK_EQ_INT(n_asked, 0);
        CHECK(strstr(err, "at a terminal only"));
        stand_in_answers("{\"value\":\"Zq8!ruhig\",\"former\":\"Yx7?vorher\"}");
        CHECK_EQ_INT(RUN("phone", "reveal", MAC, "http_pass", "--yes", "--reason", "on site"), CTL_OK);
        CHECK_ASKED("RevealSecret {\"mac\":\"" MAC "\",\"name\":\"http_pass\",\"reason\":\"on site\"}");
        CHECK_STR(out, "Zq8!ruhig\nthe phone may still use: Yx7?vorher\n");
}

TEST(secrets_are_rotated_for_one_or_all)
{
        stand_in_forget();
        stand_in_answers("{\"phones\":1,\"revision\":3}");
        stand_in_answers("{\"phones\":50,\"revision\":4}");
        CHECK_EQ_INT(RUN("phone", "rotate", MAC, "http_pass", "uboot_lock"), CTL_OK);
        CHECK_STR(out, "1 phone has new secrets; each phone uses the former ones until it has fetched them.\n");
        CHECK_EQ_INT(RUN("phone", "rotate", "--all", "--reason", "yearly"), CTL_OK);
        CHECK_STR(asked[0], "RotateSecrets {\"mac\":\"" MAC "\",\"names\":[\"http_pass\",\"uboot_lock\"]}");
        CHECK_STR(asked[1], "RotateSecrets {\"reason\":\"yearly\"}");
        CHECK_EQ_INT(RUN("phone", "rotate"), CTL_USAGE);
        CHECK_EQ_INT(RUN("phone", "rotate", "http_pass"), CTL_USAGE);
        CHECK_EQ_INT(n_asked, 2);
}

/* --- phones --------------------------------------------------------------------------------- */

#define PHONE "{\"phone\":{\"mac\":\"" MAC "\",\"name\":\"Desk\",\"model\":\"snomD785\",\"firmware\":\"\",\"state\":\"waiting\",\"profile\":\"a\"," \
        "\"profiles\":[\"a\",\"b\"],\"key_type\":\"p256\",\"sip_user\":\"\",\"has_sip_secret\":true,\"revision\":2,\"revision_served\":0,\"added_at\":1}}"

TEST(profiles_are_given_in_order)
{
        stand_in_forget();
        stand_in_answers(PHONE);
        CHECK_EQ_INT(RUN_WITH("geheim\n", "phone", "add", MAC, "--profiles=a,b", "--sip-secret-file=-"), CTL_OK);
        CHECK_ASKED("AddPhone {\"mac\":\"" MAC "\",\"profiles\":[\"a\",\"b\"],\"sip_secret\":\"geheim\",\"approve\":false}");
        CHECK(strstr(out, "profiles               a, b\n"));
        CHECK(strstr(out, "stored (never shown)") && !strstr(out, "geheim"));
        stand_in_forget();
        stand_in_answers(PHONE);
        CHECK_EQ_INT(RUN("phone", "change", MAC, "--profiles="), CTL_OK);
        CHECK_ASKED("ChangePhone {\"mac\":\"" MAC "\",\"profiles\":[]}");
        CHECK_EQ_INT(RUN("phone", "change", MAC, "--profiles=a,,b"), CTL_USAGE);
        CHECK_EQ_INT(RUN("phone", "change", MAC, "--profiles=a,"), CTL_USAGE);
        CHECK_EQ_INT(RUN("phone", "change", MAC, "--profiles=a", "--profile=b"), CTL_USAGE);
        CHECK_EQ_INT(n_asked, 1);
}

TEST(many_phones_are_approved_at_once)
{
        stand_in_forget();
        stand_in_answers("{\"approved\":49,\"problems\":[{\"line\":0,\"field\":\"" MAC "\",\"reason\":\"It is revoked.\"}]}");
        stand_in_answers("{\"approved\":2,\"problems\":[]}");
        CHECK_EQ_INT(RUN("phone", "approve", "--all"), CTL_FAILED);
        CHECK_STR(out, "49 approved.\n");
        CHECK_STR(err, "provostctl: " MAC ": It is revoked.\n");
        CHECK_EQ_INT(RUN("phone", "approve", MAC, "00-04-13-00-00-01"), CTL_OK);
        CHECK_STR(asked[0], "ApprovePhones {}");
        CHECK_STR(asked[1], "ApprovePhones {\"macs\":[\"" MAC "\",\"000413000001\"]}");
        CHECK_EQ_INT(RUN("phone", "approve"), CTL_USAGE);
        CHECK_EQ_INT(RUN("phone", "approve", "--all", MAC), CTL_USAGE);
}

TEST(one_phone_is_approved_and_shown)
{
        stand_in_forget();
        stand_in_answers(PHONE);
        CHECK_EQ_INT(RUN("phone", "approve", MAC), CTL_OK);
        CHECK_ASKED("ApprovePhone {\"mac\":\"" MAC "\"}");
        CHECK(text_starts(out, "MAC                    " MAC "\n"));
}

TEST(a_phone_is_told_to_fetch)
{
        stand_in_forget();
        stand_in_answers("{\"outcome\":\"taken\",\"detail\":\"the phone took it (200)\"}");
        stand_in_answers("{\"outcome\":\"silent\",\"detail\":\"it did not answer\"}");
        stand_in_refuses("NoSuchPhone", "{\"reason\":\"There is no phone " MAC ".\"}");
        CHECK_EQ_INT(RUN("phone", "resync", MAC), CTL_OK);
        CHECK_STR(out, "Told: the phone took it (200). That it fetched its settings shows on its timeline.\n");
        CHECK_EQ_INT(RUN("phone", "resync", MAC, "--reboot"), CTL_FAILED);
        CHECK_STR(err, "provostctl: The phone was not reached: it did not answer.\n");
        CHECK_EQ_INT(RUN("phone", "resync", MAC), CTL_FAILED);
        CHECK_STR(err, "provostctl: There is no phone " MAC ".\n");
        CHECK_STR(asked[0], "Resync {\"mac\":\"" MAC "\",\"reboot\":false}");
        CHECK_STR(asked[1], "Resync {\"mac\":\"" MAC "\",\"reboot\":true}");
}

/* --- seals ------------------------------------------------------------------------------------ */

#define SEAL "{\"seal\":{\"mac\":\"" MAC "\",\"name\":\"Desk\",\"number\":\"A 17\",\"place\":\"below\",\"inspected_at\":86400,\"due_at\":172800,\"overdue\":true}}"

TEST(seals_are_noted_looked_at_and_forgotten)
{
        stand_in_forget();
        stand_in_answers(SEAL);
        stand_in_answers(SEAL);
        stand_in_answers("{\"seal\":null}");
        stand_in_answers("{\"seals\":[{\"mac\":\"" MAC "\",\"name\":\"Desk\",\"number\":\"A 17\",\"place\":\"below\",\"inspected_at\":86400,"
                         "\"due_at\":172800,\"overdue\":true}]}");
        CHECK_EQ_INT(RUN("seal", "set", MAC, "A 17", "--place", "below"), CTL_OK);
        CHECK_EQ_INT(RUN("seal", "inspect", MAC), CTL_OK);
        CHECK_EQ_INT(RUN("seal", "remove", MAC), CTL_OK);
        CHECK_EQ_INT(RUN("seal", "list", "--overdue"), CTL_OK);
        CHECK(strstr(out, "A 17  below") && strstr(out, "overdue\n"));
        CHECK_STR(asked[0], "SetSeal {\"mac\":\"" MAC "\",\"number\":\"A 17\",\"place\":\"below\",\"inspected\":false}");
        CHECK_STR(asked[1], "SetSeal {\"mac\":\"" MAC "\",\"inspected\":true}");
        CHECK_STR(asked[2], "SetSeal {\"mac\":\"" MAC "\",\"number\":\"\",\"inspected\":false}");
        CHECK_STR(asked[3], "ListSeals {\"overdue\":true}");
}

/* --- refusals ------------------------------------------------------------------------------------ */

TEST(what_a_station_refuses_is_said_in_its_words)
{
        static const char *const lines[][6] = {
                {"settings", "list", "site"}, {"settings", "set", "site", "a=b"}, {"settings", "remove", "site", "a"},
                {"settings", "clear", "profile", "p"}, {"row", "list"}, {"row", "on", "web", "site"}, {"revision", "list"},
                {"revision", "show", "1"}, {"revision", "restore", "1"}, {"rollout", "show"}, {"rollout", "watch"}, {"rollout", "back"},
                {"score"}, {"phone", "diff", MAC}, {"phone", "score", MAC}, {"phone", "preview", MAC}, {"phone", "secrets", MAC},
                {"phone", "reveal", MAC, "x", "--yes"}, {"phone", "rotate", MAC}, {"phone", "approve", "--all"}, {"seal", "list"},
                {"seal", "inspect", MAC}, {"firmware", "list"}, {"firmware", "remove", "f"}, {"phone", "resync", MAC}, {"phone", "import", "-"},
                {"phone", "import-folder", "-"}, {"settings", "import", "site", "-"}, {"phone", "add", MAC}, {"phone", "change", MAC},
        };

        for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
                stand_in_forget();
                stand_in_refuses("NotAllowed", "{\"reason\":\"Not today.\"}");
                CHECK_EQ_INT(run_words(lines[i], "x", 1, false), CTL_FAILED);
                CHECK_EQ_INT(n_asked, 1);
                if (!text_equal(err, "provostctl: Not today.\n") || *out)
                        TEST_FAIL("%s %s says: %s%s", lines[i][0], lines[i][1] ? lines[i][1] : "", err, out);
        }
}

TEST(json_is_the_answer_unchanged)
{
        stand_in_forget();
        stand_in_answers(changed);
        stand_in_answers(ROLLOUT("running", "2", "", ""));
        stand_in_answers("{\"seals\":[]}");
        CHECK_EQ_INT(RUN("settings", "set", "site", "a=b", "--json"), CTL_OK);
        CHECK_STR(out, "{\"revision\":7,\"phones\":3,\"findings\":[]}\n");
        CHECK_EQ_INT(RUN("rollout", "show", "--json"), CTL_OK);
        CHECK(text_starts(out, "{\"rollout\":{\"revision\":5,"));
        CHECK_EQ_INT(RUN("seal", "list", "--json"), CTL_OK);
        CHECK_STR(out, "{\"seals\":[]}\n");
}

TEST(a_scope_is_refused_with_a_sentence)
{
        static const struct { const char *words[6], *sentence; } bad[] = {
                {{"settings", "list", "house"}, "\"house\" is none of site, model NAME, profile NAME, phone MAC."},
                {{"settings", "list", "model"}, "Behind \"model\" its name is missing."},
                {{"settings", "list", "phone"}, "Behind \"phone\" its MAC address is missing."},
                {{"settings", "list", "phone", "12"}, "\"12\" is not a MAC address; write it like 000413AABBCC or 00:04:13:aa:bb:cc."},
                {{"settings", "list", "site", "x"}, "\"x\" is one word too many here."},
                {{"settings", "set", "site"}, "There is no setting to change."},
                {{"settings", "set", "site", "a"}, "\"a\" is not a setting like NAME=VALUE, NAME[1]=VALUE, NAME:R=VALUE or 'NAME[1]{label=TEXT}:RW=VALUE'."},
                {{"settings", "set", "site", "http_pass:X=hunter2"}, "\"http_pass:X\" is not a setting like NAME=VALUE, NAME[1]=VALUE, NAME:R=VALUE"
                                                                     " or 'NAME[1]{label=TEXT}:RW=VALUE'."},
                {{"settings", "remove", "site", "a=b"}, "\"a=b\" is not the name of a setting like NAME or NAME[1]."},
                {{"row", "on", "web", "phone"}, "Behind \"phone\" its MAC address is missing."},
                {{"settings", "import", "model", "x"}, "Which file? Give its name, or - for standard input."},
        };

        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                char expected[300];

                stand_in_forget();
                CHECK_EQ_INT(run_words(bad[i].words, "", 0, false), CTL_USAGE);
                snprintf(expected, sizeof expected, "provostctl: %s\n", bad[i].sentence);
                CHECK_STR(err, expected);
                CHECK_EQ_INT(n_asked, 0);
        }
}

TEST(the_stand_in_refuses_what_the_interface_does_not_have)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        char *reason = NULL;

        stand_in_forget();
        stand_in_answers(PHONE);
        CHECK(sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("mac", MAC), SD_JSON_BUILD_PAIR_STRING("nam", "x"),
                             SD_JSON_BUILD_PAIR_BOOLEAN("approve", false)) >= 0);
        CHECK_EQ_INT(ctl_try("store", "io.provost.Store.AddPhone", parameters, 1000, &reply, &reason), CTL_FAILED);
        CHECK_STR(reason, "store does not take this value (nam).");
        free(reason);
        parameters = NULL;
        CHECK(sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("mac", MAC), SD_JSON_BUILD_PAIR_STRING("approve", "no")) >= 0);
        CHECK_EQ_INT(ctl_try("store", "io.provost.Store.AddPhone", parameters, 1000, &reply, &reason), CTL_FAILED);
        free(reason);
        CHECK_EQ_INT(n_asked, 0);
}

/* --- rogue ------------------------------------------------------------------------ */

TEST(a_rogue_is_shown_in_words)
{
        stand_in_forget();
        stand_in_answers("{\"rogues\":[{\"kind\":\"pnp\",\"mac\":\"3c22fb000001\",\"address\":\"192.0.2.9\",\"offered\":\"url=http://x/\","
                         "\"known\":false,\"first_at\":0,\"last_at\":0,\"count\":1}]}");
        CHECK_EQ_INT(RUN("rogue", "list"), CTL_OK);
        CHECK(strstr(out, "answers SIP PnP") && strstr(out, "3c22fb000001") && strstr(out, "url=http://x/"));
}

TEST(a_known_server_joins_the_others_once)
{
        stand_in_forget();
        stand_in_answers("{\"values\":[{\"name\":\"known_servers\",\"value\":\"3c:22:fb:00:00:01 3c22fb000002\"}],\"complete\":true,"
                         "\"missing\":[],\"revision\":1}");
        stand_in_answers("{\"revision\":2}");
        CHECK_EQ_INT(RUN("rogue", "known", "3C-22-FB-00-00-01"), CTL_OK);
        CHECK_STR(asked[1], "SetSite {\"values\":[{\"name\":\"known_servers\",\"value\":\"3c22fb000002 3c22fb000001\"}]}");
}

TEST(a_server_that_is_known_no_more_leaves_the_list)
{
        stand_in_forget();
        stand_in_answers("{\"values\":[{\"name\":\"known_servers\",\"value\":\"3c22fb000001\"}],\"complete\":true,\"missing\":[],\"revision\":1}");
        stand_in_answers("{\"revision\":2}");
        CHECK_EQ_INT(RUN("rogue", "unknown", "3c22fb000001"), CTL_OK);
        CHECK_STR(asked[1], "SetSite {\"values\":[{\"name\":\"known_servers\",\"value\":\"\"}]}");
        CHECK_STR(out, "No server is known now.\n");
        stand_in_forget();
        CHECK_EQ_INT(RUN("rogue", "known", "192.0.2.9"), CTL_USAGE);
}

/* --- dhcp ------------------------------------------------------------------------- */

static const char site_of_lan[] = "{\"values\":[{\"name\":\"lan_address\",\"value\":\"192.168.1.1/24\"}],\"complete\":true,\"missing\":[],\"revision\":1}";

TEST(the_lines_for_a_server_have_the_sites_url_in_them)
{
        stand_in_forget();
        stand_in_answers(site_of_lan);
        CHECK_EQ_INT(RUN("dhcp", "advise", "dnsmasq"), CTL_OK);
        CHECK(strstr(out, "\ndhcp-option=tag:snom-phones,66,\"https://192.168.1.1/{mac}.xml\"\n") && !strstr(out, "@URL@") && !strstr(out, "Kea"));
        stand_in_forget();
        stand_in_answers(site_of_lan);
        CHECK_EQ_INT(RUN("dhcp", "advise"), CTL_OK);
        CHECK(strstr(out, "dnsmasq") && strstr(out, "Kea") && strstr(out, "ISC") && strstr(out, "Windows") && strstr(out, "MikroTik") && strstr(out, "OPNsense"));
        stand_in_forget();
        stand_in_answers("{\"values\":[{\"name\":\"lan_address\",\"value\":\"192.168.1.1/24\"},{\"name\":\"bootstrap_url\",\"value\":\"https://p.example/x\"}],"
                         "\"complete\":true,\"missing\":[],\"revision\":1}");
        CHECK_EQ_INT(RUN("dhcp", "advise", "kea"), CTL_OK);
        CHECK(strstr(out, "\"data\": \"https://p.example/x\""));
        stand_in_forget();
        stand_in_answers(site_of_lan);
        CHECK_EQ_INT(RUN("dhcp", "advise", "fritzbox"), CTL_USAGE);
        CHECK(strstr(err, "option 66 = https://192.168.1.1/{mac}.xml"));
}

static const char *one_server(const char *kind, long long last_at)
{
        static char text[400];

        (void)snprintf(text, sizeof text,
                       "{\"rogues\":[{\"kind\":\"%s\",\"mac\":\"020000000250\",\"address\":\"192.168.1.2\",\"offered\":\"66=https://192.168.1.1/{mac}.xml\","
                       "\"known\":false,\"first_at\":0,\"last_at\":%lld,\"count\":1}]}",
                       kind, last_at);
        return text;
}

TEST(the_check_on_the_wire_ends_when_a_server_names_our_source)
{
        stand_in_forget();
        stand_in_answers("{}");
        stand_in_answers(one_server("dhcp-ours", (long long)time(NULL) + 1));
        CHECK_EQ_INT(RUN("dhcp", "check"), CTL_OK);
        CHECK_STR(asked[0], "AskRogues {}");
        CHECK(strstr(out, "192.168.1.2") && strstr(out, "names our source"));
}

TEST(what_a_server_said_before_the_question_does_not_count)
{
        stand_in_forget();
        stand_in_answers("{}");
        for (int i = 0; i < 12; i++)
                stand_in_answers(one_server("dhcp-ours", (long long)time(NULL) - 60));
        CHECK_EQ_INT(RUN("dhcp", "check"), CTL_FAILED);
        CHECK(strstr(out, "No other DHCP server"));
}
