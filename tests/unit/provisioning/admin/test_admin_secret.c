/*
 * test_admin_secret: tokens, codes, base32.
 *
 * In:   random numbers, texts that people type, the vectors of RFC 4648.
 * Out:  spellings that are what they should be.
 * Not:  no passwords.
 */
#include "provisioning/admin/secret.h"

#include "tests/support/test.h"

TEST(tokens_have_256_bits_in_43_characters_and_are_never_the_same)
{
        static char tokens[200][SECRET_TOKEN_SIZE];
        unsigned used[128] = {0}, n_used = 0;

        for (size_t i = 0; i < 200; i++) {
                CHECK_EQ_INT(secret_token(tokens[i]), 0);
                CHECK_EQ_INT(strlen(tokens[i]), 43);
                CHECK_EQ_INT(strspn(tokens[i], "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), 43);
                for (size_t k = 0; k < i; k++)
                        CHECK(strcmp(tokens[i], tokens[k]) != 0);
                for (const char *c = tokens[i]; *c; c++)
                        n_used += !used[(unsigned char)*c]++;
        }
        CHECK_EQ_INT(n_used, 64);
}

TEST(codes_have_no_letters_that_can_be_taken_for_others)
{
        char code[SECRET_CODE_SIZE], setup[SECRET_SETUP_SIZE];

        for (int i = 0; i < 100; i++) {
                CHECK_EQ_INT(secret_code(code), 0);
                CHECK_EQ_INT(strlen(code), 19);
                CHECK_EQ_INT(strspn(code, "23456789ABCDEFGHJKMNPQRSTVWXYZ-"), 19);
                CHECK(code[4] == '-' && code[9] == '-' && code[14] == '-');
                CHECK_EQ_INT(secret_setup(setup), 0);
                CHECK_EQ_INT(strlen(setup), 11);
                CHECK(setup[5] == '-');
                CHECK(!strpbrk(setup, "01ILOU"));
        }
}

TEST(what_people_type_is_read_as_it_was_given_out)
{
        char typed[SECRET_TYPED_SIZE];

        CHECK_EQ_INT(secret_typed(" abcd-ef 23 ", typed), 0);
        CHECK_STR(typed, "ABCDEF23");
        CHECK_EQ_INT(secret_typed("", typed), PV_EMALFORMED);
        CHECK_EQ_INT(secret_typed(" - ", typed), PV_EMALFORMED);
        CHECK_EQ_INT(secret_typed("a.b", typed), PV_EMALFORMED);
        CHECK_EQ_INT(secret_typed("\xc3\xbc", typed), PV_EMALFORMED);
        CHECK_EQ_INT(secret_typed("123456789012345678901234567890123", typed), PV_EMALFORMED);
}

TEST(base32_is_that_of_rfc_4648_without_padding)
{
        static const struct { const char *plain, *coded; } vectors[] = {{"", ""}, {"f", "MY"}, {"fo", "MZXQ"}, {"foo", "MZXW6"}, {"foob", "MZXW6YQ"},
                                                                        {"fooba", "MZXW6YTB"}, {"foobar", "MZXW6YTBOI"}};
        uint8_t back[16];
        char coded[32];

        for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
                secret_base32((const uint8_t *)vectors[i].plain, strlen(vectors[i].plain), coded);
                CHECK_STR(coded, vectors[i].coded);
                CHECK_EQ_INT(secret_base32_read(coded, back, sizeof back), (int)strlen(vectors[i].plain));
                CHECK_MEM(back, vectors[i].plain, strlen(vectors[i].plain));
        }
        CHECK_EQ_INT(secret_base32_read("MZ1", back, sizeof back), PV_EMALFORMED);
        CHECK_EQ_INT(secret_base32_read("MZXW6YTB", back, 4), PV_ETOOLARGE);
}

TEST(hashes_are_sha256_in_lower_case_hex)
{
        char hex[SECRET_HASH_TEXT_SIZE];

        secret_hash_text("abc", hex);
        CHECK_STR(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        CHECK(secret_equal_text("abc", "abc"));
        CHECK(!secret_equal_text("abc", "abd"));
        CHECK(!secret_equal_text("abc", "abcd"));
}
