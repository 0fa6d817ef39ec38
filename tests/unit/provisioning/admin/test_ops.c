/*
 * ops_*: what operations ask of stations and what they make of the answers.
 */
#include "tests/unit/provisioning/admin/ops_stand_in.h"

#include "provisioning/admin/operations.h"
#include "provisioning/admin/site_words.h"
#include "provisioning/model/site.h"

#define A "000413aabb01"
#define PHONE "{\"phone\":{\"mac\":\"" A "\",\"version\":7,\"profiles\":[\"a\",\"b\"],\"revoked_at\":5,\"certificate_sha256\":\"\",\"tunnel_address\":\"\"},\"todo\":[]}"

static void say_out(void)
{
        say("RevokePhone", PHONE, "");
        say("ConfirmClosed", "{\"closed\":true,\"was_connected\":false,\"blocked\":false,\"closed_at_ms\":0}", "");
        say("KeepReceipt", "{\"id\":3}", "");
        say("DeletePhone", "{}", "");
        say("GetPhone", PHONE, "");
}

static bool was_asked(const char *text)
{
        return strstr(asked, text) != NULL;
}

/* The i-th result of a bulk operation. */
static sd_json_variant *result(size_t i)
{
        sd_json_variant *v = reply_item(it.reply, "results", i);

        if (!v)
                TEST_FAIL("there is no result %zu", i);
        return v;
}

/* --- many phones ------------------------------------------------------------------------ */

TEST(a_bulk_operation_has_a_result_for_each_phone_and_goes_on_after_a_refusal)
{
        begin(ROLE_HELPDESK, "{\"action\":\"approve\",\"macs\":[\"00:04:13:AA:BB:01\",\"nothing\",\"000413aabb02\"]}");
        say("ApprovePhone", "{\"reason\":\"It was revoked.\"}", "io.provost.Store.NotAllowed");
        run(ops_bulk_operations, "changePhones");
        CHECK_EQ_INT(it.status, 200);
        CHECK_EQ_INT(reply_items(it.reply, "results"), 3);
        CHECK_STR(reply_text(result(0), "mac"), A);
        CHECK_EQ_INT(reply_number(result(0), "status"), 409);
        CHECK_STR(reply_text(result(0), "detail"), "It was revoked.");
        CHECK_EQ_INT(reply_number(result(1), "status"), 422);
        CHECK_STR(reply_text(result(1), "mac"), "nothing");
        CHECK_EQ_INT(reply_number(result(2), "status"), 409);
        CHECK(was_asked("ApprovePhone as anna {\"mac\":\"000413aabb02\"}"));
}

TEST(helpdesk_may_approve_and_resync_many_and_nothing_else)
{
        static const char *const others[] = {"revoke", "delete", "reboot", "add-profile", "remove-profile", "window"};
        char fields[100];

        for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
                snprintf(fields, sizeof fields, "{\"action\":\"%s\",\"macs\":[\"" A "\"],\"profile\":\"x\"}", others[i]);
                begin(ROLE_HELPDESK, fields);
                it.is_fresh = true;
                run(ops_bulk_operations, "changePhones");
                if (it.status != 403 || *asked)
                        TEST_FAIL("%s: %u, %s", others[i], it.status, asked);
        }
}

TEST(many_phones_are_deleted_only_by_who_confirmed)
{
        begin(ROLE_ADMIN, "{\"action\":\"delete\",\"macs\":[\"" A "\"]}");
        say_out();
        run(ops_bulk_operations, "changePhones");
        CHECK_EQ_INT(it.status, 403);
        CHECK_STR(it.code, "confirm");
        CHECK_STR(asked, "");
        begin(ROLE_ADMIN, "{\"action\":\"delete\",\"macs\":[\"" A "\"]}");
        say_out();
        it.is_fresh = true;
        run(ops_bulk_operations, "changePhones");
        CHECK_EQ_INT(reply_number(result(0), "status"), 200);
        CHECK(was_asked("DeletePhone as anna"));
}

TEST(more_than_five_hundred_phones_at_once_are_refused)
{
        char fields[8000] = "{\"action\":\"approve\",\"macs\":[\"" A "\"";

        for (size_t i = 0; i < 500; i++)
                strcat(fields, ",\"" "1" "\"");
        strcat(fields, "]}");
        begin(ROLE_ADMIN, fields);
        run(ops_bulk_operations, "changePhones");
        CHECK_EQ_INT(it.status, 422);
        CHECK_STR(it.field, "macs");
}

TEST(a_profile_is_added_behind_the_others_and_what_somebody_changed_meanwhile_is_not_overwritten)
{
        begin(ROLE_ADMIN, "{\"action\":\"add-profile\",\"macs\":[\"" A "\"],\"profile\":\"c\"}");
        say("GetPhone", PHONE, "");
        say("ChangePhone", PHONE, "");
        run(ops_bulk_operations, "changePhones");
        CHECK(was_asked("\"profiles\":[\"a\",\"b\",\"c\"]"));
        CHECK(was_asked("\"if_version\":7"));
        begin(ROLE_ADMIN, "{\"action\":\"remove-profile\",\"macs\":[\"" A "\"],\"profile\":\"a\"}");
        say("GetPhone", PHONE, "");
        say("ChangePhone", "{\"reason\":\"changed\",\"version\":8}", "io.provost.Store.Conflict");
        run(ops_bulk_operations, "changePhones");
        CHECK(was_asked("\"profiles\":[\"b\"]"));
        CHECK_EQ_INT(reply_number(result(0), "status"), 412);
        begin(ROLE_ADMIN, "{\"action\":\"add-profile\",\"macs\":[\"" A "\"],\"profile\":\"a\"}");
        say("GetPhone", PHONE, "");
        run(ops_bulk_operations, "changePhones");
        CHECK_EQ_INT(reply_number(result(0), "status"), 200);
        CHECK(!was_asked("ChangePhone"));
}

TEST(an_export_goes_through_all_pages_and_is_guarded)
{
        begin(ROLE_READER, "{\"text\":\"x\",\"state\":[\"current\"]}");
        say("SearchPhones", "{\"phones\":[{\"mac\":\"" A "\",\"name\":\"=1+1\",\"profiles\":[]}],\"next\":null,\"total\":1}", "");
        run(ops_phones_operations, "exportPhones");
        CHECK_EQ_INT(it.status, 200);
        CHECK(strstr(it.file, A ",\"'=1+1\","));
        CHECK(was_asked("\"states\":[\"current\"]"));
        CHECK(!was_asked("\"state\":"));
}

/* --- out ------------------------------------------------------------------------------------ */

TEST(rights_end_before_anything_is_tried_and_the_receipt_is_kept)
{
        begin(ROLE_ADMIN, "{\"mac\":\"" A "\",\"stolen\":true,\"reason\":\"gone\"}");
        say_out();
        run(ops_out_operations, "revokePhone");
        CHECK_EQ_INT(it.status, 200);
        CHECK(!strncmp(asked, "RevokePhone as anna", 19));
        CHECK(was_asked("\"stolen\":true"));
        CHECK_STR(reply_text(it.reply, "cause"), "stolen");
        CHECK_EQ_INT(reply_number(it.reply, "id"), 3);
        CHECK_STR(reply_text(reply_item(it.reply, "lines", 0), "word"), "revoked");
        CHECK(reply_flag(reply_item(it.reply, "lines", 2), "ok"));
}

TEST(what_would_still_be_handed_out_stands_in_the_receipt_with_what_to_do_on_the_page)
{
        begin(ROLE_ADMIN, "{\"mac\":\"" A "\"}");
        say_out();
        trial_status = 200;
        run(ops_out_operations, "revokePhone");
        CHECK(!reply_flag(reply_item(it.reply, "lines", 3), "ok"));
        CHECK(strstr(reply_text(reply_item(it.reply, "lines", 3), "text"), "HANDED OUT (200): repeat \"Revoke\""));
}

TEST(a_phone_that_somebody_changed_meanwhile_is_not_deleted)
{
        begin(ROLE_ADMIN, "{\"mac\":\"" A "\"}");
        say_out();
        it.match = 6;
        run(ops_out_operations, "deletePhone");
        CHECK_EQ_INT(it.status, 412);
        CHECK_EQ_INT(it.version, 7);
        CHECK(!was_asked("RevokePhone"));
        begin(ROLE_ADMIN, "{\"mac\":\"" A "\"}");
        say_out();
        it.match = 7;
        run(ops_out_operations, "deletePhone");
        CHECK_EQ_INT(it.status, 200);
        CHECK_STR(reply_text(sd_json_variant_by_key(it.reply, "receipt"), "cause"), "deleted");
}

TEST(rows_that_were_not_deleted_are_an_open_line_of_a_receipt_that_is_kept_all_the_same)
{
        begin(ROLE_ADMIN, "{\"mac\":\"" A "\"}");
        say_out();
        say("DeletePhone", "{\"reason\":\"full\"}", "io.provost.Store.StorageTrouble");
        run(ops_out_operations, "deletePhone");
        CHECK_EQ_INT(it.status, 200);
        CHECK_STR(reply_text(sd_json_variant_by_key(it.reply, "receipt"), "cause"), "revoked");
        CHECK(was_asked("Its rows are NOT deleted"));
}

TEST(a_phone_that_is_not_there_is_answered_once)
{
        begin(ROLE_ADMIN, "{\"mac\":\"" A "\"}");
        say("RevokePhone", "{\"reason\":\"There is no such phone.\"}", "io.provost.Store.NoSuchPhone");
        run(ops_out_operations, "revokePhone");
        CHECK_STR(it.code, "io.provost.Store.NoSuchPhone");
        CHECK(!was_asked("KeepReceipt"));
}

/* --- settings ---------------------------------------------------------------------------------- */

#define SITE_SCOPE "\"scope\":\"site\",\"owner\":\"-\""

TEST(the_owner_of_the_site_has_no_name)
{
        begin(ROLE_READER, "{" SITE_SCOPE "}");
        say("ListSettings", "{\"settings\":[],\"version\":4}", "");
        run(ops_scopes_operations, "getScopeSettings");
        CHECK_EQ_INT(it.version, 4);
        CHECK(was_asked("\"owner\":\"\""));
        begin(ROLE_READER, "{\"scope\":\"profile\",\"owner\":\"-\"}");
        say("ListSettings", "{\"settings\":[],\"version\":4}", "");
        run(ops_scopes_operations, "getScopeSettings");
        CHECK(was_asked("\"owner\":\"-\""));
}

TEST(changes_of_settings_are_read_strictly)
{
        static const char *const wrong[] = {
                "{}", "{\"name\":1}", "{\"name\":\"a\",\"value\":1}", "{\"name\":\"a\",\"index\":\"1\"}", "{\"name\":\"a\",\"index\":-1}",
                "{\"name\":\"a\",\"index\":65536}", "{\"name\":\"a\",\"more\":true}", "{\"name\":\"a\",\"attributes\":{\"x\":1}}",
                "{\"name\":\"a\",\"attributes\":[]}", "\"a\"", "[]", "null",
        };
        char fields[200];

        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
                snprintf(fields, sizeof fields, "{" SITE_SCOPE ",\"settings\":[%s]}", wrong[i]);
                begin(ROLE_ADMIN, fields);
                run(ops_scopes_operations, "setScopeSettings");
                if (it.status != 400 || *asked)
                        TEST_FAIL("%s: %u %s", wrong[i], it.status, asked);
        }
}

TEST(changes_go_to_the_store_with_what_was_read_and_null_takes_away)
{
        begin(ROLE_ADMIN, "{" SITE_SCOPE ",\"settings\":[{\"name\":\"a\",\"index\":0,\"value\":\"\"},{\"name\":\"b\",\"value\":null}],\"dry_run\":true}");
        say("SetSettings", "{\"revision\":2,\"phones\":1,\"findings\":[]}", "");
        say("ListSettings", "{\"settings\":[],\"version\":5}", "");
        it.match = 4;
        run(ops_scopes_operations, "setScopeSettings");
        CHECK_EQ_INT(it.status, 200);
        CHECK_EQ_INT(it.version, 5);
        CHECK(was_asked("{\"name\":\"a\",\"index\":0,\"value\":\"\",\"permission\":\"\"}"));
        CHECK(was_asked("{\"name\":\"b\",\"permission\":\"\"}"));
        CHECK(was_asked("\"if_version\":4"));
        CHECK(was_asked("\"dry_run\":true"));
}

TEST(who_was_slower_is_told_what_is_there_now)
{
        begin(ROLE_ADMIN, "{" SITE_SCOPE ",\"settings\":[]}");
        say("SetSettings", "{\"reason\":\"x\",\"version\":9}", "io.provost.Store.Conflict");
        say("ListSettings", "{\"settings\":[],\"version\":9}", "");
        it.match = 4;
        run(ops_scopes_operations, "setScopeSettings");
        CHECK_EQ_INT(it.status, 412);
        CHECK_EQ_INT(it.version, 9);
        CHECK_EQ_INT(reply_number(it.reply, "version"), 9);
}

TEST(with_a_star_nothing_is_compared)
{
        begin(ROLE_ADMIN, "{" SITE_SCOPE ",\"settings\":[]}");
        say("SetSettings", "{\"revision\":2,\"phones\":1,\"findings\":[]}", "");
        say("ListSettings", "{\"settings\":[],\"version\":5}", "");
        run(ops_scopes_operations, "setScopeSettings");
        CHECK(!was_asked("if_version"));
}

/* --- the site -------------------------------------------------------------------------------------- */

TEST(every_value_of_the_site_says_what_it_is_for)
{
        const char *name, *otherwise;
        bool needed;

        for (size_t i = 0; (name = site_value_name(i, &needed, &otherwise)); i++)
                if (!*site_words_purpose(name))
                        TEST_FAIL("%s has no purpose in site_words.c", name);
        CHECK_STR(site_words_purpose("nothing"), "");
}

TEST(values_of_the_site_are_texts)
{
        begin(ROLE_ADMIN, "{\"values\":{\"name\":\"Office\",\"seal_days\":90}}");
        run(ops_site_operations, "changeSite");
        CHECK_EQ_INT(it.status, 400);
        CHECK_STR(asked, "");
        begin(ROLE_ADMIN, "{\"values\":{\"name\":\"Office\",\"domain\":\"\"}}");
        say("SetSite", "{\"revision\":8}", "");
        say("GetSite", "{\"values\":[{\"name\":\"name\",\"value\":\"Office\"}],\"complete\":false,\"missing\":[],\"revision\":8}", "");
        run(ops_site_operations, "changeSite");
        CHECK_EQ_INT(it.status, 200);
        CHECK_EQ_INT(it.version, 8);
        CHECK(was_asked("{\"values\":[{\"name\":\"name\",\"value\":\"Office\"},{\"name\":\"domain\",\"value\":\"\"}]}"));
}

TEST(the_phones_ca_is_shown_to_who_may_change_it)
{
        char *text = NULL;

        for (enum role role = ROLE_READER; role <= ROLE_OWNER; role++) {
                begin(role, "{}");
                say("GetSite", "{\"values\":[{\"name\":\"phone_ca\",\"value\":\"PEM\"}],\"complete\":true,\"missing\":[],\"revision\":8}", "");
                run(ops_site_operations, "getSite");
                CHECK(sd_json_variant_format(it.reply, 0, &text) >= 0);
                CHECK_EQ_INT(strstr(text, "PEM") != NULL, role >= ROLE_ADMIN);
                free(text);
        }
}

/* --- what is not the store's --------------------------------------------------------------------------- */

TEST(a_rollover_that_would_lose_phones_has_to_be_told_how_many)
{
        static const char counted[] = "{\"holding\":3,\"total\":5,\"lost\":[\"" A "\",\"000413aabb02\"]}";
        static const char rollover[] = "{\"rollover\":{\"state\":\"spreading\",\"generation\":2,\"former\":1}}";

        begin(ROLE_OWNER, "{\"step\":\"switch\",\"lose\":1}");
        say("GetRollover", rollover, "");
        say("CountGenerations", counted, "");
        run(ops_authority_operations, "stepRollover");
        CHECK_EQ_INT(it.status, 409);
        CHECK(!was_asked("StepRollover"));
        begin(ROLE_OWNER, "{\"step\":\"switch\",\"lose\":2}");
        say("GetRollover", rollover, "");
        say("CountGenerations", counted, "");
        say("StepRollover", rollover, "");
        say("NoteAudit", "{}", "");
        run(ops_authority_operations, "stepRollover");
        CHECK_EQ_INT(it.status, 200);
        CHECK_EQ_INT(reply_number(it.reply, "holding"), 3);
        CHECK(was_asked("NoteAudit as anna {\"action\":\"ca-rollover\""));
}

TEST(a_restart_stands_in_the_audit_before_it_happens)
{
        begin(ROLE_ADMIN, "{}");
        say("Reboot", "{}", "");
        run(ops_system_operations, "reboot");
        CHECK_EQ_INT(it.status, 503);           /* the store did not take the line */
        CHECK(!was_asked("Reboot"));
        begin(ROLE_ADMIN, "{}");
        say("Reboot", "{}", "");
        say("NoteAudit", "{}", "");
        run(ops_system_operations, "reboot");
        CHECK_EQ_INT(it.status, 202);
}

TEST(an_overview_goes_without_the_stations_that_are_away)
{
        begin(ROLE_READER, "{}");
        say("CountPhones", "{\"states\":[{\"name\":\"waiting\",\"count\":2},{\"name\":\"current\",\"count\":5}],\"models\":[],\"profiles\":[],\"score_met\":1,"
            "\"score_total\":2,\"scored\":1}", "");
        say("GetSite", "{\"values\":[],\"complete\":true,\"missing\":[],\"revision\":1}", "");
        say("ListAlarms", "{\"alarms\":[]}", "");
        say("ListEnds", "{\"ends\":[{\"state\":\"good\"},{\"state\":\"soon\"},{\"state\":\"renewing\"}],\"now\":1}", "");
        say("GetRollout", "{\"rollout\":{}}", "");
        say("ListReach", "{\"reach\":[]}", "");
        run(ops_overview_operations, "getOverview");
        CHECK_EQ_INT(it.status, 200);
        CHECK_EQ_INT(reply_number(it.reply, "phones"), 7);
        CHECK_EQ_INT(reply_items(it.reply, "ends"), 1);
        CHECK(sd_json_variant_is_null(sd_json_variant_by_key(it.reply, "box")));
        CHECK(sd_json_variant_is_null(sd_json_variant_by_key(it.reply, "tunnels")));
}

TEST(the_diagnostics_ask_for_nothing_that_gives_secrets_and_say_who_did_not_answer)
{
        static const char *const secret[] = {"RevealSecret", "ListSettings", "GetEnrolment", "GetDocument", "GetUserSecrets", "PreviewDocument", "IssueClient",
                                             "GetVpnServer", "GetVpnKeys", "GetSeed", "SearchAudit", "NewRecoveryKey", "ReadBackup", "Create"};

        begin(ROLE_ADMIN, "{}");
        say("NoteAudit", "{}", "");
        run(ops_diagnostics_operations, "getDiagnostics");
        CHECK_EQ_INT(it.status, 200);
        for (size_t i = 0; i < sizeof secret / sizeof *secret; i++)
                if (was_asked(secret[i]))
                        TEST_FAIL("%s is asked for", secret[i]);
        CHECK(was_asked("GetFacts") && was_asked("ReadLog"));
        CHECK(was_asked("NoteAudit as anna {\"action\":\"diagnostics\""));
}
