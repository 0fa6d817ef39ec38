/*
 * test_approve: what a phone is given: its profiles, and the approval of one and of many.
 */
#include "store_fixture.h"

static void make_profiles(void)
{
        CHECK_STR(DO(set_profile, "{\"name\":\"sales\",\"settings\":[]}"), "");
        CHECK_STR(DO(set_profile, "{\"name\":\"lobby\",\"settings\":[]}"), "");
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
