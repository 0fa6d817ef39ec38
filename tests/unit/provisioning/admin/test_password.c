/*
 * test_password: Argon2id, its PHC form, and which passwords are not taken.
 *
 * In:   passwords; PHC texts, sound and broken.
 * Out:  whether one fits the other; sentences.
 * Not:  no store.
 */
#include "provisioning/admin/password.h"

#include "tests/support/test.h"

/* argon2id, 32 KiB, 3 passes, one lane, "password", "somesaltsomesalt". */
#define PHC(parameters) "$argon2id$v=19$" parameters "$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

TEST(a_password_fits_its_own_hash_alone)
{
        char phc[PASSWORD_PHC_SIZE], again[PASSWORD_PHC_SIZE];

        CHECK_EQ_INT(password_hash("correct horse", phc), 0);
        CHECK(!strncmp(phc, "$argon2id$v=19$m=19456,t=2,p=1$", 31));
        CHECK(password_is("correct horse", phc));
        CHECK(!password_is("correct hors", phc));
        CHECK(!password_is("correct horsf", phc));
        CHECK(!password_is("Correct horse", phc));
        CHECK(!password_is("", phc));
        CHECK_EQ_INT(password_hash("correct horse", again), 0);
        CHECK(strcmp(phc, again) != 0);
}

TEST(passwords_are_compared_whole_and_with_every_character)
{
        char phc[PASSWORD_PHC_SIZE], lengthy[257];

        memset(lengthy, 'x', 256);
        lengthy[256] = 0;
        CHECK_EQ_INT(password_hash(lengthy, phc), 0);
        CHECK(password_is(lengthy, phc));
        lengthy[255] = 'y';
        CHECK(!password_is(lengthy, phc));
        CHECK_EQ_INT(password_hash("  blanks count \xf0\x9f\x94\x91 ", phc), 0);
        CHECK(password_is("  blanks count \xf0\x9f\x94\x91 ", phc));
        CHECK(!password_is("blanks count \xf0\x9f\x94\x91", phc));
}

TEST(nobody_s_password_is_hashed_as_well_and_never_fits)
{
        CHECK(!password_is("correct horse", NULL));
        CHECK(!password_is("", NULL));
        CHECK(!password_is("!", "!"));
}

TEST(a_phc_text_is_read_and_written_back)
{
        struct password_phc phc;
        char text[PASSWORD_PHC_SIZE];

        CHECK_EQ_INT(password_phc_parse(PHC("m=19456,t=2,p=1"), &phc), 0);
        CHECK_EQ_INT(phc.memory_kib, 19456);
        CHECK_EQ_INT(phc.passes, 2);
        CHECK_MEM(phc.salt, "somesaltsomesalt", 16);
        CHECK_EQ_INT(password_phc_format(&phc, text), 0);
        CHECK_STR(text, PHC("m=19456,t=2,p=1"));
}

TEST(a_phc_text_that_breaks_its_form_or_costs_too_much_is_refused)
{
        static const char *const wrong[] = {
                "", "$", "!", "argon2id", PHC("m=19456,t=2,p=2"), PHC("m=1048576,t=2,p=1"), PHC("m=19456,t=11,p=1"), PHC("m=4,t=2,p=1"), PHC("m=19456,t=0,p=1"),
                PHC("t=2,m=19456,p=1"), PHC("m=19456,t=2"), PHC("m=19456,t=2,p=1") "A", PHC("m=19456,t=2,p=1") "$",
                "$argon2i$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "$argon2id$v=16$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2Fsd*$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB",
        };
        struct password_phc phc;

        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
                CHECK_EQ_INT(password_phc_parse(wrong[i], &phc), PV_EMALFORMED);
}

TEST(short_and_common_passwords_are_refused)
{
        static const char *const wrong[] = {
                "", "short", "elevenchars", "password1234", "Passw0rd!2026", "123456789012", "qwertyuiop12", "1qaz2wsx3edc", "aaaaaaaaaaaa", "abcabcabcabc",
                "administrator", "iloveyou1234", "letmein12345", "welcome2026!", "Sommer2026!!", "passwortpasswort", "correcthorsebatterystaple", "qwertzuiop123",
                "provost12345", "adminadmin12", "zxcvbnm123456", "annaschmidt1", "Musterfirma1", "monkeydragon1", "abcdefghijkl", "hallo hallo hallo",
                "a-a-a-a-a-a-a", "111111111111", "trustno1trustno1", "changeme2026", "Willkommen123!",
        };

        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
                if (!password_refusal(wrong[i], "annaschmidt", "Musterfirma"))
                        TEST_FAIL("\"%s\" is taken", wrong[i]);
}

TEST(passwords_that_have_to_be_guessed_are_taken)
{
        static const char *const right[] = {
                "gr\xc3\xbcnes Fahrrad im Regen", "xkQ7vtLm92pz", "teapot violin cactus", "w7#Kq!zR4m&u", "   quiet blanks   ", "d8f3k2l9m4n7",
                "\xd0\xbf\xd1\x80\xd0\xbe\xd1\x81\xd1\x82\xd0\xbe \xd1\x81\xd0\xbb\xd0\xbe\xd0\xb2\xd0\xbe", "lantern-gravel-otter",
        };

        for (size_t i = 0; i < sizeof right / sizeof right[0]; i++)
                if (password_refusal(right[i], "anna", "Site"))
                        TEST_FAIL("\"%s\" is refused", right[i]);
}

TEST(sixty_four_and_more_characters_are_taken_and_257_bytes_are_not)
{
        static const char words[] = "otter gravel lantern cactus violin teapot marble canyon ribbon falcon ";
        char text[300];

        for (size_t i = 0; i < sizeof text; i++)
                text[i] = words[i % (sizeof words - 1)];
        text[257] = 0;
        CHECK(password_refusal(text, NULL, NULL) != NULL);
        text[256] = 0;
        CHECK(!password_refusal(text, NULL, NULL));
        text[64] = 0;
        CHECK(!password_refusal(text, NULL, NULL));
}
