/*
 * test_tamper: tamper seals, their inspections, and which are overdue.
 */
#include "store_fixture.h"

#include "provisioning/store/store_tamper.h"

#define DAY_MS INT64_C(86400000)
#define SEAL(mac, rest) "{\"mac\":\"" mac "\"," rest "}"

static void begin(void)
{
        fixture_begin();
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"name\":\"Lobby\",\"approve\":true}"), "");
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_B)), "");
}

static struct store_tamper facts(const char *mac)
{
        struct store_tamper facts;

        CHECK_EQ_INT(store_tamper_of(fixture, mac, 180, &facts), 0);
        return facts;
}

TEST(a_seal_is_due_when_its_last_inspection_is_old)
{
        begin();
        CHECK(!facts(MAC_A).is_good && !facts(MAC_A).is_overdue);
        CHECK_STR(DO(set_seal, SEAL(MAC_A, "\"number\":\"S-0042\",\"place\":\"under the stand\",\"inspected\":false")), "");
        CHECK_STR(fixture_get("seal.name"), "Lobby");
        CHECK_STR(fixture_get("seal.number"), "S-0042");
        CHECK_STR(fixture_get("seal.place"), "under the stand");
        CHECK_STR(fixture_get("seal.inspected_at"), "null");
        CHECK_STR(fixture_get("seal.overdue"), "false");
        CHECK_EQ_INT(atoll(fixture_get("seal.due_at")), (fixture_now_ms + 180 * DAY_MS) / 1000);
        CHECK(facts(MAC_A).is_good && !facts(MAC_A).is_overdue);
        fixture_now_ms += 180 * DAY_MS;
        CHECK(!facts(MAC_A).is_good && facts(MAC_A).is_overdue);
        CHECK_STR(ASK(list_seals, "{\"overdue\":true}"), "");
        CHECK_EQ_INT(fixture_count("seals"), 1);
        CHECK_STR(fixture_get("seals.0.overdue"), "true");
        CHECK_STR(DO(set_seal, SEAL(MAC_A, "\"inspected\":true")), "");
        CHECK_EQ_INT(atoll(fixture_get("seal.inspected_at")), fixture_now_ms / 1000);
        CHECK(facts(MAC_A).is_good);
        CHECK_STR(ASK(list_seals, "{\"overdue\":true}"), "");
        CHECK_EQ_INT(fixture_count("seals"), 0);
        fixture_end();
}

TEST(the_site_says_how_often_seals_are_inspected)
{
        begin();
        CHECK_STR(DO(set_seal, SEAL(MAC_A, "\"number\":\"1\",\"inspected\":true")), "");
        fixture_now_ms += 10 * DAY_MS;
        CHECK_STR(DO(set_seal, SEAL(MAC_B, "\"number\":\"2\",\"inspected\":true")), "");
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"seal_days\",\"value\":\"10\"}]}"), "");
        CHECK_STR(ASK(list_seals, "{\"overdue\":true}"), "");
        CHECK_EQ_INT(fixture_count("seals"), 1);
        CHECK_STR(fixture_get("seals.0.mac"), MAC_A);
        CHECK_STR(ASK(list_seals, "{\"overdue\":false}"), "");
        CHECK_EQ_INT(fixture_count("seals"), 2);
        CHECK_STR(fixture_get("seals.0.mac"), MAC_A);
        fixture_end();
}

TEST(a_new_number_is_a_new_seal_and_the_same_one_is_not)
{
        begin();
        CHECK_STR(DO(set_seal, SEAL(MAC_A, "\"number\":\"1\",\"place\":\"side\",\"inspected\":true")), "");
        fixture_now_ms += 20 * DAY_MS;
        CHECK_STR(DO(set_seal, SEAL(MAC_A, "\"number\":\"1\",\"place\":\"back\",\"inspected\":false")), "");
        CHECK_EQ_INT(atoll(fixture_get("seal.inspected_at")), (fixture_now_ms - 20 * DAY_MS) / 1000);
        CHECK_STR(DO(set_seal, SEAL(MAC_A, "\"number\":\"2\",\"inspected\":false")), "");
        CHECK_STR(fixture_get("seal.inspected_at"), "null");
        CHECK_STR(fixture_get("seal.place"), "back");
        CHECK_EQ_INT(atoll(fixture_get("seal.due_at")), (fixture_now_ms + 180 * DAY_MS) / 1000);
        fixture_end();
}

TEST(wrong_seals_are_refused_and_all_is_told)
{
        begin();
        CHECK_STR(DO(set_seal, SEAL(MAC_A, "\"inspected\":true")), "InvalidValue number");
        CHECK_STR(DO(set_seal, SEAL(MAC_A, "\"place\":\"x\",\"inspected\":false")), "InvalidValue number");
        CHECK_STR(DO(set_seal, SEAL(MAC_A, "\"number\":\"a\\nb\",\"inspected\":false")), "InvalidValue number");
        CHECK_STR(DO(set_seal, SEAL("000413aabbee", "\"number\":\"1\",\"inspected\":false")), "NoSuchPhone");
        CHECK_STR(DO(set_seal, SEAL(MAC_A, "\"number\":\"1\",\"inspected\":false")), "");
        CHECK_STR(DO(set_seal, SEAL(MAC_A, "\"number\":\"\",\"inspected\":false")), "");
        CHECK_STR(fixture_get("seal"), "null");
        CHECK(!facts(MAC_A).is_good && !facts(MAC_A).is_overdue);
        CHECK_STR(ASK(list_audit, "{\"limit\":2}"), "");
        CHECK_STR(fixture_get("entries.0.action"), "set-seal");
        CHECK_STR(fixture_get("entries.1.action"), "remove-seal");
        CHECK_STR(ASK(timeline, "{\"mac\":\"" MAC_A "\",\"limit\":1}"), "");
        CHECK_STR(fixture_get("events.0.word"), "seal");
        CHECK_STR(DO(set_seal, SEAL(MAC_A, "\"number\":\"1\",\"inspected\":false")), "");
        CHECK_STR(DO(delete_phone, MAC(MAC_A)), "");
        CHECK_STR(ASK(list_seals, "{\"overdue\":false}"), "");
        CHECK_EQ_INT(fixture_count("seals"), 0);
        fixture_end();
}
