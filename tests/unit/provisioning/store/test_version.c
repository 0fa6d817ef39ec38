/*
 * test_version: two people who change the same thing at once.
 */
#include "store_fixture.h"

#include "provisioning/store/store_import.h"
#include "provisioning/store/store_rollout.h"

static char present[32];

static const char *keep(const char *path)
{
        snprintf(present, sizeof present, "%s", fixture_get(path));
        return present;
}

/* json lacks its end: the version to go by. */
static const char *change(store_operation operation, const char *begin, const char *version)
{
        char json[400];

        snprintf(json, sizeof json, "%s,\"if_version\":%s}", begin, version);
        return fixture_call(true, operation, "root", json);
}

#define NAME_IF "{\"mac\":\"" MAC_A "\",\"name\":\"x\""
#define DELETE_IF "{\"mac\":\"" MAC_A "\""
#define SITE_IF "{\"values\":[{\"name\":\"name\",\"value\":\"x\"}]"
#define RING(value) "\"settings\":[{\"name\":\"ring_volume\",\"value\":\"" value "\",\"permission\":\"R\"}]"

TEST(of_two_who_change_a_phone_one_is_told)
{
        char old[32];

        fixture_begin();
        CHECK_STR(DO(add_phone, ADD(MAC_A)), "");
        snprintf(old, sizeof old, "%s", keep("phone.version"));
        CHECK_STR(change(store_op_change_phone, NAME_IF, old), "");
        CHECK(strcmp(keep("phone.version"), old) != 0);
        CHECK_STR(change(store_op_change_phone, NAME_IF, old), "Conflict");
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("phone.version"), present);
        CHECK_STR(change(store_op_delete_phone, DELETE_IF, old), "Conflict");
        CHECK_STR(change(store_op_delete_phone, DELETE_IF, present), "");
        fixture_end();
}

TEST(what_stations_report_of_a_phone_is_no_change_of_it)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_A)), "");
        keep("phone.version");
        fixture_connect(MAC_A);
        CHECK_STR(DO(mark_enrolled, MAC(MAC_A)), "");
        CHECK_STR(DO(mark_served, "{\"mac\":\"" MAC_A "\",\"revision\":1}"), "");
        CHECK_STR(change(store_op_change_phone, NAME_IF, present), "");
        fixture_end();
}

TEST(settings_of_a_phone_have_the_phones_version)
{
        fixture_begin();
        CHECK_STR(DO(add_phone, ADD(MAC_A)), "");
        CHECK_STR(ASK(list_settings, "{\"scope\":\"phone\",\"owner\":\"" MAC_A "\"}"), "");
        keep("version");
        CHECK_STR(change(store_op_set_settings, "{\"scope\":\"phone\",\"owner\":\"" MAC_A "\"," RING("3") "", present), "");
        CHECK_STR(change(store_op_set_settings, "{\"scope\":\"phone\",\"owner\":\"" MAC_A "\"," RING("4") "", present), "Conflict");
        CHECK_STR(change(store_op_change_phone, NAME_IF, present), "Conflict");
        CHECK_STR(ASK(list_settings, "{\"scope\":\"phone\",\"owner\":\"" MAC_A "\"}"), "");
        CHECK_STR(fixture_get("settings.0.value"), "3");
        fixture_end();
}

TEST(a_shared_scope_has_a_version_of_its_own)
{
        fixture_begin();
        CHECK_STR(DO(set_settings, "{\"scope\":\"profile\",\"owner\":\"p\"," RING("3") "}"), "");
        CHECK_STR(ASK(list_settings, "{\"scope\":\"profile\",\"owner\":\"p\"}"), "");
        keep("version");
        CHECK_STR(DO(set_settings, "{\"scope\":\"site\",\"owner\":\"\"," RING("5") "}"), "");
        CHECK_STR(change(store_op_set_settings, "{\"scope\":\"profile\",\"owner\":\"p\"," RING("4") "", present), "");
        CHECK_STR(change(store_op_set_settings, "{\"scope\":\"profile\",\"owner\":\"p\"," RING("5") "", present), "Conflict");
        CHECK_STR(ASK(list_settings, "{\"scope\":\"profile\",\"owner\":\"p\"}"), "");
        CHECK_STR(fixture_get("settings.0.value"), "4");
        keep("version");
        CHECK_STR(DO(restore_revision, "{\"number\":1}"), "");
        CHECK_STR(change(store_op_set_settings, "{\"scope\":\"profile\",\"owner\":\"p\"," RING("6") "", present), "Conflict");
        fixture_end();
}

TEST(a_dry_run_changes_no_version)
{
        fixture_begin();
        CHECK_STR(DO(set_settings, "{\"scope\":\"profile\",\"owner\":\"p\"," RING("3") "}"), "");
        CHECK_STR(ASK(list_settings, "{\"scope\":\"profile\",\"owner\":\"p\"}"), "");
        keep("version");
        CHECK_STR(DO(set_settings, "{\"scope\":\"profile\",\"owner\":\"p\"," RING("4") ",\"dry_run\":true}"), "");
        CHECK_STR(ASK(list_settings, "{\"scope\":\"profile\",\"owner\":\"p\"}"), "");
        CHECK_STR(fixture_get("version"), present);
        fixture_end();
}

TEST(of_two_who_change_the_site_one_is_told)
{
        fixture_begin();
        CHECK_STR(ASK(get_site, "{}"), "");
        keep("revision");
        CHECK_STR(change(store_op_set_site, SITE_IF, present), "");
        CHECK_STR(change(store_op_set_site, SITE_IF, present), "Conflict");
        CHECK_STR(ASK(get_site, "{}"), "");
        CHECK_STR(change(store_op_set_site, SITE_IF, keep("revision")), "");
        fixture_end();
}

TEST(a_phone_that_came_again_is_another_version)
{
        fixture_begin();
        CHECK_STR(DO(add_phone, ADD(MAC_A)), "");
        keep("phone.version");
        CHECK_STR(DO(delete_phone, MAC(MAC_A)), "");
        CHECK_STR(DO(add_phone, ADD(MAC_A)), "");
        CHECK_STR(change(store_op_change_phone, NAME_IF, present), "Conflict");
        fixture_end();
}

TEST(an_import_that_changes_a_phone_is_a_change_of_it)
{
        fixture_begin();
        CHECK_STR(DO(add_phone, ADD(MAC_A)), "");
        keep("phone.version");
        CHECK_STR(DO(import_phones, "{\"phones\":[{\"line\":1,\"mac\":\"" MAC_A "\",\"name\":\"n\"}],\"approve\":false,\"dry_run\":true}"), "");
        CHECK_STR(change(store_op_change_phone, NAME_IF, present), "");
        keep("phone.version");
        CHECK_STR(DO(import_phones, "{\"phones\":[{\"line\":1,\"mac\":\"" MAC_A "\",\"name\":\"n\"}],\"approve\":false,\"dry_run\":false}"), "");
        CHECK_STR(change(store_op_change_phone, NAME_IF, present), "Conflict");
        fixture_end();
}
