/*
 * test_render: the documents of a site of 10,000 phones that are all different (tests/bench/render_phones).
 */
#include "provisioning/document/settings_document.h"
#include "provisioning/settings/settings_hold.h"
#include "provisioning/settings/settings_plan.h"
#include "tests/bench/render_phones.h"
#include "tests/support/test.h"

/* Of the address sanitizer, which every unit test carries. */
size_t __sanitizer_get_current_allocated_bytes(void);

#define PHONES 10000
#define MAX 512

static struct settings_document_setting given[MAX], planned[MAX + SETTINGS_PLAN_EXTRA];
static struct settings_document_writer *writer;
static struct merge *merge;
static uint64_t digests[PHONES];
static const char *bytes;
static size_t size;

static void render(size_t number)
{
        static struct render_phone phone;
        struct settings_document document = {.settings = planned};
        struct settings_document_problem problem;
        struct merge_result result;
        char url[SETTINGS_PLAN_URL_SIZE];

        render_phone_make(number, &phone);
        CHECK_EQ_INT(merge_settings(merge, &phone.input, &result), 0);
        CHECK(result.n_settings < MAX);
        for (size_t i = 0; i < result.n_settings; i++) {
                const struct merge_setting *s = &result.settings[i];

                given[i] = (struct settings_document_setting){s->name, s->index, s->value, s->permission,
                                                              (const struct settings_document_attribute *)s->attributes, s->n_attributes};
        }
        CHECK_EQ_INT(settings_plan(given, result.n_settings, phone.input.phone.model, 0x0a400001, url, planned, MAX + SETTINGS_PLAN_EXTRA, &document.n_settings), 0);
        if (settings_hold(planned, document.n_settings, &(struct lint_phone){phone.mac, phone.input.phone.model, phone.extension}, &problem))
                TEST_FAIL("phone %zu is held: %s", number, problem.reason);
        CHECK_EQ_INT(settings_document_render(writer, &document, &bytes, &size, &problem), 0);
}

static uint64_t digest(void)
{
        uint64_t sum = 14695981039346656037U;

        for (size_t i = 0; i < size; i++)
                sum = (sum ^ (unsigned char)bytes[i]) * 1099511628211U;
        return sum;
}

static int by_number(const void *a, const void *b)
{
        const uint64_t *one = a, *two = b;

        return *one < *two ? -1 : *one > *two;
}

TEST(ten_thousand_documents_are_all_different_and_take_no_more_memory_than_a_thousand)
{
        size_t after_thousand = 0;

        render_phones_prepare();
        CHECK_EQ_INT(merge_new(&merge), 0);
        CHECK_EQ_INT(settings_document_writer_new(&writer), 0);
        for (size_t i = 0; i < PHONES; i++) {
                if (i == 1000)
                        after_thousand = __sanitizer_get_current_allocated_bytes();
                render(i);
                digests[i] = digest();
        }
        CHECK_EQ_INT(__sanitizer_get_current_allocated_bytes(), after_thousand);
        qsort(digests, PHONES, sizeof *digests, by_number);
        for (size_t i = 1; i < PHONES; i++)
                CHECK(digests[i - 1] != digests[i]);
}

TEST(the_same_phone_has_the_same_bytes_whatever_was_written_between)
{
        for (size_t i = 0; i < PHONES; i += 997) {
                uint64_t first;

                render(i);
                first = digest();
                render(PHONES - i);
                render(i);
                CHECK(digest() == first);
        }
        settings_document_writer_free(writer);
        merge_free(merge);
}
