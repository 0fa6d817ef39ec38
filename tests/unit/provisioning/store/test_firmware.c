/*
 * test_firmware: which firmware files there are, and which may go.
 */
#include "store_fixture.h"

#include "provisioning/store/store_firmware.h"
#include "provisioning/store/store_layer.h"
#include "provisioning/store/store_scope.h"

#define FILE_OF(file, model, version, kind)                                                                              \
        "{\"file\":\"" file "\",\"model\":\"" model "\",\"version\":\"" version "\",\"kind\":\"" kind "\",\"size\":1000,\"sha256\":\"" DIGEST "\"}"
#define D785 FILE_OF("snomD785-10.1.175.16.bin", "snomD785", "10.1.175.16", "firmware")

static const char *add(const char *json)
{
        return fixture_call(true, store_op_add_firmware, "settings", json);
}

static const char *take_away(const char *file)
{
        char json[200];

        snprintf(json, sizeof json, "{\"file\":\"%s\"}", file);
        return fixture_call(true, store_op_remove_firmware, "settings", json);
}

static const char *set(const char *scope, const char *owner, const char *value)
{
        char json[400];

        snprintf(json, sizeof json, "{\"scope\":\"%s\",\"owner\":\"%s\",\"settings\":[{\"name\":\"firmware\",\"value\":%s,\"permission\":\"\"}],"
                 "\"reason\":\"the test\"}", scope, owner, value);
        return DO(set_settings, json);
}

TEST(files_are_listed_by_model_and_version)
{
        fixture_begin();
        CHECK_STR(add(D785), "");
        CHECK_STR(add(FILE_OF("snomD865.swu", "snomD865", "10.1.184.15", "firmware")), "");
        CHECK_STR(add(FILE_OF("snom760-vpnfeature-r.bin", "snom760", "8.7.5.35", "vpn-feature")), "");
        CHECK_STR(fixture_call(false, store_op_list_firmware, "bootstrap", "{}"), "");
        CHECK_EQ_INT(fixture_count("firmware"), 3);
        CHECK_STR(fixture_get("firmware.0.file"), "snom760-vpnfeature-r.bin");
        CHECK_STR(fixture_get("firmware.0.kind"), "vpn-feature");
        CHECK_STR(fixture_get("firmware.1.model"), "snomD785");
        CHECK_STR(fixture_get("firmware.1.size"), "1000");
        CHECK_STR(fixture_get("firmware.1.sha256"), DIGEST);
        CHECK_EQ_INT(atoll(fixture_get("firmware.1.added_at")), fixture_now_ms / 1000);
        CHECK_STR(ASK(list_audit, "{\"limit\":1}"), "");
        CHECK_STR(fixture_get("entries.0.actor"), "settings");
        CHECK_STR(fixture_get("entries.0.action"), "add-firmware");
        fixture_end();
}

TEST(a_name_that_is_no_plain_file_in_a_url_is_refused)
{
        static const char *const wrong[][2] = {
                {FILE_OF("../provost.db", "snomD785", "1", "firmware"), "InvalidValue file"},
                {FILE_OF(".hidden", "snomD785", "1", "firmware"), "InvalidValue file"},
                {FILE_OF("a b.bin", "snomD785", "1", "firmware"), "InvalidValue file"},
                {FILE_OF("a?b", "snomD785", "1", "firmware"), "InvalidValue file"},
                {FILE_OF("", "snomD785", "1", "firmware"), "InvalidValue file"},
                {FILE_OF("a.bin", "snom D785", "1", "firmware"), "InvalidValue model"},
                {FILE_OF("a.bin", "snomD785", "", "firmware"), "InvalidValue version"},
                {FILE_OF("a.bin", "snomD785", "1;2", "firmware"), "InvalidValue version"},
                {FILE_OF("a.bin", "snomD785", "1", "boot"), "InvalidValue kind"},
                {"{\"file\":\"a\",\"model\":\"b\",\"version\":\"1\",\"kind\":\"firmware\",\"size\":0,\"sha256\":\"" DIGEST "\"}", "InvalidValue size"},
                {"{\"file\":\"a\",\"model\":\"b\",\"version\":\"1\",\"kind\":\"firmware\",\"size\":1,\"sha256\":\"00\"}", "InvalidValue sha256"},
        };

        fixture_begin();
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
                CHECK_STR(add(wrong[i][0]), wrong[i][1]);
        fixture_end();
}

TEST(the_same_file_again_is_fine_and_another_in_its_place_is_not)
{
        fixture_begin();
        CHECK_STR(add(D785), "");
        CHECK_STR(add(D785), "");
        CHECK_STR(add(FILE_OF("other.bin", "snomD785", "10.1.175.16", "firmware")), "AlreadyThere");
        CHECK_STR(add(FILE_OF("snomD785-10.1.175.16.bin", "snomD785", "10.1.175.17", "firmware")), "AlreadyThere");
        CHECK_STR(take_away("snomD785-10.1.175.16.bin"), "");
        CHECK_STR(take_away("snomD785-10.1.175.16.bin"), "NoSuchName");
        CHECK_STR(add(FILE_OF("other.bin", "snomD785", "10.1.175.16", "firmware")), "");
        fixture_end();
}

TEST(a_file_that_a_setting_names_stays)
{
        static const char *const owners[][2] = {{"site", ""}, {"model", "snomD785"}, {"profile", "lobby"}, {"phone", MAC_A}};

        fixture_begin();
        CHECK_STR(add(D785), "");
        CHECK_STR(add(FILE_OF("d865.swu", "snomD865", "10.1.175.16", "firmware")), "");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"model\":\"snomD785\",\"approve\":false}"), "");
        for (size_t i = 0; i < 4; i++) {
                CHECK_STR(set(owners[i][0], owners[i][1], "\"10.1.175.16\""), "");
                CHECK_STR(take_away("snomD785-10.1.175.16.bin"), "NotAllowed");
                CHECK_STR(set(owners[i][0], owners[i][1], "\"10.1.184.15\""), "");
                CHECK_STR(take_away("snomD785-10.1.175.16.bin"), "");
                CHECK_STR(add(D785), "");
                CHECK_STR(set(owners[i][0], owners[i][1], "null"), "");
        }
        /* Another model's setting names another file. */
        CHECK_STR(set("model", "snomD865", "\"10.1.175.16\""), "");
        CHECK_STR(take_away("d865.swu"), "NotAllowed");
        CHECK_STR(take_away("snomD785-10.1.175.16.bin"), "");
        fixture_end();
}

TEST(a_file_is_found_to_be_named_also_when_no_more_layers_are_kept_in_memory)
{
        const struct store_layer *layer;
        char owner[STORE_OWNER_SIZE];
        int r = 0;

        fixture_begin();
        CHECK_STR(add(D785), "");
        CHECK_STR(set("profile", "lobby", "\"10.1.175.16\""), "");
        for (unsigned i = 0; r == 0; i++) {
                CHECK(i < 100000);
                snprintf(owner, sizeof owner, "p%u", i);
                r = store_layer_shared(fixture, 1, MERGE_PROFILE, owner, &layer);
        }
        CHECK_STR(take_away("snomD785-10.1.175.16.bin"), "NotAllowed");
        CHECK_STR(ASK(list_firmware, "{}"), "");
        CHECK_EQ_INT(fixture_count("firmware"), 1);
        fixture_end();
}
