/*
 * test_slots: what is said of the two slots.
 */
#include "appliance/update/slots.h"

#include "appliance/update/machine.h"
#include "tests/support/test.h"

TEST(a_slot_runs_would_start_would_not_or_is_empty)
{
        struct slot slot = {.version = "0.6.2", .has_kernel = true, .tries_left = 3};

        CHECK_STR(slots_state(&slot, "0.6.2"), "running");
        CHECK_STR(slots_state(&slot, "0.6.1"), "good");
        slot.tries_left = -1;
        CHECK_STR(slots_state(&slot, "0.6.1"), "good");
        slot.tries_left = 0;
        CHECK_STR(slots_state(&slot, "0.6.1"), "bad");
        slot = (struct slot){.version = "0.6.2", .tries_left = -1};
        CHECK_STR(slots_state(&slot, "0.6.1"), "bad");
        *slot.version = 0;
        CHECK_STR(slots_state(&slot, "0.6.1"), "empty");
}

TEST(slots_pass_between_the_processes_unchanged)
{
        struct slots slots = {.n = 2, .slot = {{"0.6.1", true, 3}, {"", false, -1}}}, again;
        sd_json_variant *list = NULL;

        CHECK_EQ_INT(slots_build(&slots, &list), 0);
        CHECK_EQ_INT(slots_parse(list, &again), 0);
        CHECK_STR(again.slot[0].version, "0.6.1");
        CHECK(again.slot[0].has_kernel && again.slot[0].tries_left == 3 && again.slot[1].tries_left == -1);
        CHECK(slots_find(&again, "0.6.1") == &again.slot[0] && !slots_find(&again, ""));
        CHECK(slots_other(&again, "0.6.1") == &again.slot[1]);
        sd_json_variant_unref(list);
}

TEST(the_start_says_where_the_slots_are)
{
        struct machine m = {0};

        machine_read_release("NAME=\"Provost\"\nVERSION_ID=\"0.6.7\"\nBUILD_ID=x\n", &m);
        CHECK_STR(m.version, "0.6.7");
        machine_read_boot("{\"slot\":\"a\",\"device\":\"/dev/vda2\",\"version\":\"0.6.8\",\"root_hash\":\"00\",\"verified\":true,\"esp\":\"/dev/vda1\",\"data\":"
                          "{\"device\":\"/dev/vda4\",\"encryption\":\"tpm\",\"created\":false},\"profile\":\"main\"}", &m);
        CHECK(m.has_slots && m.is_verified);
        CHECK_STR(m.version, "0.6.8");
        CHECK_STR(m.data_device, "/dev/vda4");
        CHECK_STR(m.encryption, "tpm");
        m = (struct machine){0};
        machine_read_boot("{", &m);
        CHECK(!m.has_slots);
}

TEST(secure_boot_is_one_of_four_words)
{
        CHECK_STR(machine_secure_boot(-1, -1), "none");
        CHECK_STR(machine_secure_boot(1, 0), "on");
        CHECK_STR(machine_secure_boot(0, 1), "setup");
        CHECK_STR(machine_secure_boot(0, 0), "off");
}
