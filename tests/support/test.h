/*
 * test: the smallest unit test frame.
 *
 *     TEST(option_longer_than_the_packet_is_refused)
 *     {
 *             CHECK_EQ_INT(parse(...), -PV_EMALFORMED);
 *     }
 *
 * One program per tested module; including this header gives it main(). Every
 * TEST registers itself and runs in the order of the file; arguments choose
 * tests by name. A failed CHECK ends its test, not the program. Values are
 * printed by CHECK_EQ_INT, CHECK_STR and CHECK_MEM. Each argument is
 * evaluated once.
 *
 * Output, read by tests/support/run_units: `ok NAME` or `not ok NAME
 * FILE:LINE: why`, and at the end `N passed, N failed`. TEST_SKIP("why") in a
 * test gives `skip NAME why`.
 */
#pragma once

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct test {
        const char *name;
        void (*run)(void);
        struct test *next;
};

static struct test *test_first, **test_end = &test_first;
static jmp_buf test_leave;
static char test_why[512];
static bool test_skipped;

static inline void test_add(struct test *t)
{
        *test_end = t;
        test_end = &t->next;
}

#define TEST(test_name)                                                                                          \
        static void test_run_##test_name(void);                                                                  \
        __attribute__((constructor)) static void test_add_##test_name(void)                                      \
        {                                                                                                        \
                static struct test t = {.name = #test_name, .run = test_run_##test_name};                        \
                test_add(&t);                                                                                    \
        }                                                                                                        \
        static void test_run_##test_name(void)

/* Ends the running test. A cut-off or many-line text is put on one line. */
__attribute__((noreturn, format(printf, 3, 4))) static inline void test_fail(const char *file, int line,
                                                                             const char *format, ...)
{
        int at = snprintf(test_why, sizeof test_why, "%s:%d: ", file, line);
        va_list values;

        va_start(values, format);
        vsnprintf(test_why + at, sizeof test_why - (size_t)at, format, values);
        va_end(values);
        for (char *c = test_why; *c; c++)
                if (*c == '\n' || *c == '\r')
                        *c = ' ';
        longjmp(test_leave, 1);
}

#define TEST_FAIL(...) test_fail(__FILE__, __LINE__, __VA_ARGS__)

#define TEST_SKIP(why)                                                                                           \
        do {                                                                                                     \
                snprintf(test_why, sizeof test_why, "%s", (why));                                                \
                test_skipped = true;                                                                             \
                longjmp(test_leave, 1);                                                                          \
        } while (0)

#define CHECK(condition)                                                                                         \
        do {                                                                                                     \
                if (!(condition))                                                                                \
                        TEST_FAIL("%s", #condition);                                                             \
        } while (0)

#define CHECK_EQ_INT(actual, expected)                                                                           \
        do {                                                                                                     \
                intmax_t test_a = (intmax_t)(actual), test_b = (intmax_t)(expected);                             \
                if (test_a != test_b)                                                                            \
                        TEST_FAIL("%s is %" PRIdMAX ", not %" PRIdMAX, #actual, test_a, test_b);                 \
        } while (0)

#define CHECK_STR(actual, expected)                                                                              \
        do {                                                                                                     \
                const char *test_a = (actual), *test_b = (expected);                                             \
                if (!test_a || !test_b ? test_a != test_b : strcmp(test_a, test_b) != 0)                         \
                        TEST_FAIL("%s is \"%s\", not \"%s\"", #actual, test_a ? test_a : "(null)",               \
                                  test_b ? test_b : "(null)");                                                   \
        } while (0)

#define CHECK_MEM(actual, expected, size)                                                                        \
        do {                                                                                                     \
                const uint8_t *test_a = (const void *)(actual), *test_b = (const void *)(expected);              \
                for (size_t test_i = 0, test_n = (size); test_i < test_n; test_i++)                              \
                        if (test_a[test_i] != test_b[test_i])                                                    \
                                TEST_FAIL("%s: byte %zu is %02x, not %02x", #actual, test_i, test_a[test_i],     \
                                          test_b[test_i]);                                                       \
        } while (0)

static bool test_is_chosen(const struct test *t, int n_names, char **names)
{
        for (int i = 0; i < n_names; i++)
                if (!strcmp(t->name, names[i]))
                        return true;
        return n_names == 0;
}

int main(int argc, char **argv)
{
        static volatile unsigned passed, failed, skipped;
        static struct test *volatile t;

        setvbuf(stdout, NULL, _IOLBF, 0);
        for (t = test_first; t; t = t->next) {
                if (!test_is_chosen(t, argc - 1, argv + 1))
                        continue;
                test_skipped = false;
                if (!setjmp(test_leave)) {
                        t->run();
                        passed++;
                        printf("ok %s\n", t->name);
                } else if (test_skipped) {
                        skipped++;
                        printf("skip %s %s\n", t->name, test_why);
                } else {
                        failed++;
                        printf("not ok %s %s\n", t->name, test_why);
                }
        }
        if (skipped)
                printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
        else
                printf("%u passed, %u failed\n", passed, failed);
        return failed || !(passed + skipped) ? EXIT_FAILURE : EXIT_SUCCESS;
}
