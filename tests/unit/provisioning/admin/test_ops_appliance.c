/*
 * ops_update, ops_data, ops_backup: what they ask of update and backup, and what stands in the audit before and after.
 */
#include "tests/unit/provisioning/admin/ops_stand_in.h"

#include "provisioning/admin/backup_made.h"
#include "provisioning/admin/operations.h"

static bool was_asked(const char *text)
{
        return strstr(asked, text) != NULL;
}

static bool in_order(const char *first, const char *then)
{
        const char *a = strstr(asked, first), *b = strstr(asked, then);

        return a && b && a < b;
}

/* --- updates ------------------------------------------------------------------------ */

TEST(a_bundle_goes_to_update_in_parts_under_its_names)
{
        begin(ROLE_ADMIN, "{\"size\":8,\"sha256\":\"aa\"}");
        say("BeginUpload", "{\"upload\":\"u1\"}", "");
        run(ops_update_operations, "beginUpdate");
        CHECK_EQ_INT(it.status, 201);
        CHECK_STR(reply_text(it.reply, "upload"), "u1");
        begin(ROLE_ADMIN, "{\"upload\":\"u1\",\"offset\":4,\"content\":\"AAAA\"}");
        say("AppendUpload", "{\"offset\":7}", "");
        run(ops_update_operations, "appendUpdate");
        CHECK_EQ_INT(it.status, 200);
        CHECK_EQ_INT(reply_number(it.reply, "offset"), 7);
        CHECK_STR(asked, "AppendUpload {\"upload\":\"u1\",\"offset\":4,\"data\":\"AAAA\"}\n");
}

TEST(a_bundle_that_was_taken_stands_in_the_audit_with_its_version_and_a_refused_one_does_not)
{
        begin(ROLE_ADMIN, "{\"upload\":\"u1\"}");
        say("FinishUpload", "{\"bundle\":{\"version\":\"0.6.9\"}}", "");
        say("NoteAudit", "{}", "");
        run(ops_update_operations, "finishUpdate");
        CHECK_EQ_INT(it.status, 200);
        CHECK_STR(reply_text(it.reply, "version"), "0.6.9");
        CHECK(was_asked("NoteAudit as anna {\"action\":\"update-uploaded\",\"subject\":\"0.6.9\""));
        begin(ROLE_ADMIN, "{\"upload\":\"u1\"}");
        say("FinishUpload", "{\"reason\":\"Its signature is not ours.\",\"field\":\"\"}", "io.provost.Update.Refused");
        run(ops_update_operations, "finishUpdate");
        CHECK_STR(it.code, "io.provost.Update.Refused");
        CHECK(!was_asked("NoteAudit"));
}

TEST(without_an_address_the_sites_own_is_used)
{
        begin(ROLE_ADMIN, "{}");
        say("Download", "{}", "");
        say("NoteAudit", "{}", "");
        run(ops_update_operations, "downloadUpdate");
        CHECK_EQ_INT(it.status, 202);
        CHECK(!was_asked("url"));
        begin(ROLE_ADMIN, "{\"url\":\"https://updates.example/u\"}");
        say("Download", "{}", "");
        say("NoteAudit", "{}", "");
        run(ops_update_operations, "downloadUpdate");
        CHECK(was_asked("Download {\"url\":\"https://updates.example/u\"}"));
        CHECK(was_asked("\"subject\":\"https://updates.example/u\""));
}

TEST(what_ends_this_system_stands_in_the_audit_before_it_happens)
{
        static const struct { const struct operation *table; const char *id, *fields, *method, *action; unsigned status; } all[] = {
                {ops_update_operations, "restartUpdate", "{}", "Restart", "update-restart", 202},
                {ops_update_operations, "goBack", "{}", "GoBack", "update-back", 202},
                {ops_data_operations, "installDisk", "{\"device\":\"/dev/sda\",\"erase\":true}", "InstallOn", "disk-install", 202},
                {ops_data_operations, "factoryReset", "{\"site\":\"Office\"}", "FactoryReset", "factory-reset", 202},
                {ops_data_operations, "newRecoveryKey", "{}", "NewRecoveryKey", "recovery-key", 200},
                {ops_backup_operations, "restoreBackup", "{\"upload\":\"u1\",\"passphrase\":\"canary-word\"}", "Restore", "backup-restore", 202},
        };

        for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
                begin(ROLE_OWNER, all[i].fields);
                say("GetSite", "{\"values\":[{\"name\":\"name\",\"value\":\"Office\"}]}", "");
                say(all[i].method, "{\"key\":\"abcd\",\"report\":{\"ok\":true}}", "");
                run(all[i].table, all[i].id);
                if (it.status != 503 || strstr(asked, all[i].method))
                        TEST_FAIL("%s without an audit: %u %s", all[i].id, it.status, asked);
                begin(ROLE_OWNER, all[i].fields);
                say("GetSite", "{\"values\":[{\"name\":\"name\",\"value\":\"Office\"}]}", "");
                say(all[i].method, "{\"key\":\"abcd\",\"report\":{\"ok\":true}}", "");
                say("NoteAudit", "{}", "");
                run(all[i].table, all[i].id);
                if (it.status != all[i].status || !in_order(all[i].action, all[i].method))
                        TEST_FAIL("%s: %u %s", all[i].id, it.status, asked);
        }
}

TEST(what_goes_on_in_the_background_is_accepted_and_noted)
{
        static const struct { const struct operation *table; const char *id, *fields, *method, *action; } all[] = {
                {ops_update_operations, "takeUpdate", "{\"device\":\"/dev/sdb1\",\"name\":\"a.update\"}", "TakeFromStick", "update-taken"},
                {ops_update_operations, "installUpdate", "{\"restart\":true}", "Install {\"restart\":true}", "update-install"},
                {ops_update_operations, "discardUpdate", "{}", "Discard", "update-discard"},
                {ops_backup_operations, "runBackup", "{}", "RunNow", "backup-run"},
        };
        char method[32];

        for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
                begin(ROLE_ADMIN, all[i].fields);
                snprintf(method, sizeof method, "%.*s", (int)strcspn(all[i].method, " "), all[i].method);
                say(method, "{}", "");
                say("NoteAudit", "{}", "");
                run(all[i].table, all[i].id);
                if (it.status != 202 || !in_order(all[i].method, all[i].action))
                        TEST_FAIL("%s: %u %s", all[i].id, it.status, asked);
        }
}

/* --- data and disks ------------------------------------------------------------------- */

TEST(a_factory_reset_needs_the_sites_name_exactly)
{
        static const char *const wrong[] = {"office", "Office ", "", "Site"};
        char fields[64];

        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
                snprintf(fields, sizeof fields, "{\"site\":\"%s\"}", wrong[i]);
                begin(ROLE_OWNER, fields);
                say("GetSite", "{\"values\":[{\"name\":\"name\",\"value\":\"Office\"}]}", "");
                say("NoteAudit", "{}", "");
                say("FactoryReset", "{}", "");
                run(ops_data_operations, "factoryReset");
                if (it.status != 422 || strcmp(it.field, "site") || was_asked("FactoryReset") || was_asked("NoteAudit"))
                        TEST_FAIL("\"%s\": %u %s", wrong[i], it.status, asked);
        }
        begin(ROLE_OWNER, "{\"site\":\"Site\"}");
        say("GetSite", "{\"values\":[]}", "");
        say("NoteAudit", "{}", "");
        say("FactoryReset", "{}", "");
        run(ops_data_operations, "factoryReset");
        CHECK_EQ_INT(it.status, 202);
}

TEST(a_recovery_key_is_answered_and_stands_in_no_audit)
{
        begin(ROLE_OWNER, "{}");
        say("NoteAudit", "{}", "");
        say("NewRecoveryKey", "{\"key\":\"canary-key\"}", "");
        run(ops_data_operations, "newRecoveryKey");
        CHECK_STR(reply_text(it.reply, "key"), "canary-key");
        CHECK(!was_asked("canary-key"));
}

/* --- backups ----------------------------------------------------------------------------- */

TEST(a_schedule_says_only_what_was_sent_and_no_passphrase_in_the_audit)
{
        begin(ROLE_OWNER, "{\"to\":\"stick\",\"passphrase\":\"canary-passphrase\"}");
        say("SetSchedule", "{}", "");
        say("NoteAudit", "{}", "");
        say("Status", "{\"state\":{\"step\":\"idle\"}}", "");
        run(ops_backup_operations, "setBackupSchedule");
        CHECK_EQ_INT(it.status, 200);
        CHECK_STR(reply_text(it.reply, "step"), "idle");
        CHECK(was_asked("SetSchedule {\"to\":\"stick\",\"passphrase\":\"canary-passphrase\"}"));
        CHECK(!strstr(strstr(asked, "NoteAudit"), "canary"));
}

TEST(a_backup_that_was_made_is_the_sessions_alone)
{
        struct backup_made made;

        begin(ROLE_OWNER, "{\"passphrase\":\"canary-passphrase\"}");
        say("Create", "{\"backup\":\"b1\",\"name\":\"office.backup\",\"size\":12,\"sha256\":\"aa\"}", "");
        say("NoteAudit", "{}", "");
        run(ops_backup_operations, "createBackup");
        CHECK_EQ_INT(it.status, 200);
        CHECK_EQ_INT(backup_made_find("b1", 7, &made), 0);
        CHECK_EQ_INT(made.size, 12);
        CHECK_EQ_INT(backup_made_find("b1", 8, &made), PV_EUNSET);
        CHECK(!strstr(strstr(asked, "NoteAudit"), "canary"));
        begin(ROLE_OWNER, "{}");
        say("Create", "{\"reason\":\"No passphrase is set.\",\"field\":\"passphrase\",\"code\":\"\"}", "io.provost.Backup.Refused");
        run(ops_backup_operations, "createBackup");
        CHECK_STR(it.code, "io.provost.Backup.Refused");
        CHECK(!was_asked("NoteAudit"));
}

TEST(a_restore_whose_report_is_not_good_is_no_restore)
{
        begin(ROLE_OWNER, "{\"upload\":\"u1\",\"passphrase\":\"canary-word\"}");
        say("NoteAudit", "{}", "");
        say("Restore", "{\"report\":{\"ok\":false,\"checks\":[]}}", "");
        run(ops_backup_operations, "restoreBackup");
        CHECK_EQ_INT(it.status, 200);
        CHECK(!strstr(strstr(asked, "NoteAudit") + 1, "canary-word\"}\nNoteAudit"));
        begin(ROLE_OWNER, "{\"upload\":\"u1\",\"passphrase\":\"canary-word\"}");
        say("NoteAudit", "{}", "");
        say("Drill", "{\"report\":{\"ok\":true,\"content\":{\"site\":\"Office\"},\"checks\":[]}}", "");
        run(ops_backup_operations, "drillBackup");
        CHECK_EQ_INT(it.status, 200);
        CHECK(was_asked("\"action\":\"backup-drill\",\"subject\":\"Office\",\"detail\":\"good\""));
}
