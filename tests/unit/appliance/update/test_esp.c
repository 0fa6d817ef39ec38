/*
 * test_esp: counters of kernel images, in a plain directory.
 */
#include "appliance/update/esp.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/test.h"

static char place[64];
static int folder;
static struct uki_name name;

static void begin(void)
{
        strcpy(place, "/tmp/esp-XXXXXX");
        CHECK(mkdtemp(place));
        folder = open(place, O_RDONLY | O_DIRECTORY);
}

static void put(const char *file)
{
        close(openat(folder, file, O_WRONLY | O_CREAT, 0600));
}

static bool has(const char *file)
{
        return faccessat(folder, file, F_OK, 0) == 0;
}

static void end(void)
{
        (void)!esp_keep_only(folder, "none");
        close(folder);
        CHECK_EQ_INT(rmdir(place), 0);
}

TEST(an_image_is_found_by_its_version_and_its_counter_set)
{
        begin();
        put("provost_0.6.1+2-1.efi");
        put("provost_0.6.2+0-0.efi");
        put("other.efi");
        CHECK_EQ_INT(esp_find(folder, "0.6.1", &name), 0);
        CHECK_EQ_INT(name.left, 2);
        CHECK_EQ_INT(esp_find(folder, "0.6.3", &name), PV_EUNSET);
        CHECK_EQ_INT(esp_mark(folder, "0.6.1", 3), 0);
        CHECK(has("provost_0.6.1+3-0.efi") && !has("provost_0.6.1+2-1.efi") && has("provost_0.6.2+0-0.efi"));
        CHECK_EQ_INT(esp_mark(folder, "0.6.1", 3), 0);
        CHECK_EQ_INT(esp_mark(folder, "0.6.3", 3), PV_EUNSET);
        end();
}

TEST(two_names_of_one_version_are_both_marked_and_none_is_lost)
{
        begin();
        put("provost_0.6.1+2-1.efi");
        put("provost_0.6.1+3-0.efi");
        CHECK_EQ_INT(esp_find(folder, "0.6.1", &name), 0);
        CHECK_EQ_INT(name.left, 3);
        CHECK_EQ_INT(esp_mark(folder, "0.6.1", 0), 0);
        CHECK(has("provost_0.6.1+0-0.efi") && has("provost_0.6.1+0-1.efi"));
        end();
}

TEST(everything_but_one_version_goes_with_what_an_interrupted_writing_left)
{
        begin();
        put("provost_0.6.1+2-1.efi");
        put("provost_0.6.2+0-0.efi");
        put(".#sysupdateprovost_0.6.3+0-0.efi46cd441853448ef0");
        CHECK_EQ_INT(esp_keep_only(folder, "0.6.1"), 0);
        CHECK(has("provost_0.6.1+2-1.efi") && !has("provost_0.6.2+0-0.efi") && !has(".#sysupdateprovost_0.6.3+0-0.efi46cd441853448ef0"));
        end();
}
