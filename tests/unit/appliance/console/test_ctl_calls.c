/*
 * ctl_calls: what each command asks of a station, and what it says of the answer.
 */
#include "tests/unit/appliance/console/stand_in.h"

#define MAC "000413aabbcc"

static const char changed[] = "{\"revision\":7,\"phones\":3,\"findings\":[]}";

TEST(a_setting_goes_to_its_scope)
{
        stand_in_forget();
        stand_in_answers(changed);
        CHECK_EQ_INT(RUN("settings", "set", "site", "language:RW=Deutsch"), CTL_OK);
        CHECK_STR(asked[0], "SetSettings {\"scope\":\"site\",\"owner\":\"\",\"settings\":[{\"name\":\"language\",\"value\":\"Deutsch\","
                            "\"permission\":\"RW\"}]}");
        CHECK_STR(out, "Stored as revision 7.\n3 phones get other settings by it.\n");
}
