/*
 * test_session_channel: who encrypts, by the ciphers and by what /sys says.
 */
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/test.h"
#include "vpn/session/session_channel.h"
#include "vpn/session/session_class.h"

static char sys[64];

static void make(const char *name)
{
        char path[256];

        snprintf(path, sizeof path, "%s/%s", sys, name);
        CHECK_EQ_INT(mkdir(path, 0700), 0);
}

static int drop(const char *path, const struct stat *status, int kind, struct FTW *place)
{
        (void)status, (void)kind, (void)place;
        return remove(path);
}

static void begin(void)
{
        if (*sys)
                nftw(sys, drop, 8, FTW_DEPTH | FTW_PHYS);
        snprintf(sys, sizeof sys, "/tmp/channel-XXXXXX");
        CHECK(mkdtemp(sys) != NULL);
        make("module");
}

TEST(every_cipher_of_the_list_has_to_be_one_of_the_kernels)
{
        CHECK(session_channel_suits(session_class_facts(SESSION_CLASS_MODERN)->ciphers));
        CHECK(!session_channel_suits(session_class_facts(SESSION_CLASS_LEGACY)->ciphers));
        CHECK(session_channel_suits("AES-256-GCM"));
        CHECK(!session_channel_suits("AES-256-GCM:BF-CBC"));
        CHECK(!session_channel_suits("AES-256-CBC:AES-256-GCM"));
        CHECK(!session_channel_suits("AES-256-GC"));
        CHECK(!session_channel_suits("AES-256-GCM:"));
        CHECK(!session_channel_suits(""));
}

TEST(without_the_module_openvpn_does_it_and_with_it_the_kernel)
{
        begin();
        CHECK_EQ_INT(session_channel_look(sys, false), SESSION_CHANNEL_USER);
        make("module/ovpn");
        CHECK_EQ_INT(session_channel_look(sys, false), SESSION_CHANNEL_KERNEL);
}

TEST(the_module_of_a_containers_host_is_not_used)
{
        begin();
        make("module/ovpn");
        CHECK_EQ_INT(session_channel_look(sys, true), SESSION_CHANNEL_USER);
}

TEST(each_way_has_its_own_configuration_and_word)
{
        CHECK_STR(session_channel_file(SESSION_CHANNEL_KERNEL), "kernel.conf");
        CHECK_STR(session_channel_file(SESSION_CHANNEL_USER), "server.conf");
        CHECK_STR(session_channel_word(SESSION_CHANNEL_KERNEL), "kernel");
        CHECK_STR(session_channel_word(SESSION_CHANNEL_USER), "user");
        nftw(sys, drop, 8, FTW_DEPTH | FTW_PHYS);
}
