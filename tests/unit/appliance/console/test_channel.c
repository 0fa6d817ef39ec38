/*
 * channel: lines from the hypervisor, well-formed and hostile.
 */
#include "appliance/console/channel.h"

#include "appliance/base/text.h"
#include "tests/support/test.h"

static int64_t id;

static int parse(const char *line, struct channel_request *request)
{
        return channel_request_parse(line, strlen(line), request, &id);
}

TEST(a_request_gives_words_and_input)
{
        struct channel_request request;

        CHECK_EQ_INT(parse("{\"id\": 7, \"argv\": [\"phone\", \"list\"], \"stdin\": \"a\\nb\"}", &request), 0);
        CHECK_EQ_INT(id, 7);
        CHECK_EQ_INT(request.n_words, 2);
        CHECK_STR(request.words[1], "list");
        CHECK_STR(request.input, "a\nb");
        channel_request_done(&request);
        CHECK_EQ_INT(parse("{\"argv\":[],\"id\":-1}", &request), 0);
        CHECK_EQ_INT(id, -1);
        CHECK_STR(request.input, "");
        channel_request_done(&request);
}

TEST(input_may_be_any_bytes)
{
        struct channel_request request;

        CHECK_EQ_INT(parse("{\"id\": 7, \"argv\": [\"x\"], \"stdin_base64\": \"AAH/Cg==\"}", &request), 0);
        CHECK_EQ_INT(request.input_size, 4);
        CHECK_MEM(request.input, "\0\1\xff\n", 4);
        channel_request_done(&request);
        CHECK_EQ_INT(parse("{\"id\": 7, \"argv\": [\"x\"], \"stdin_base64\": \"\"}", &request), 0);
        CHECK_EQ_INT(request.input_size, 0);
        channel_request_done(&request);
}

TEST(eight_mebibytes_of_input_fit)
{
        size_t size = (8u << 20) / 3 * 4 + 4, at;
        char *line = malloc(size + 100);
        struct channel_request request;

        at = (size_t)sprintf(line, "{\"id\":1,\"argv\":[\"x\"],\"stdin_base64\":\"");
        memset(line + at, 'A', size);
        at += size;
        at += (size_t)sprintf(line + at, "\"}");
        CHECK_EQ_INT(channel_request_parse(line, at, &request, &id), 0);
        CHECK(request.input_size >= 8u << 20);
        channel_request_done(&request);
        free(line);
}

TEST(hostile_lines_are_refused)
{
        static const char *const bad[] = {
                "", "x", "[]", "null", "{", "{}", "{\"id\":1}", "{\"argv\":[]}", "{\"id\":\"1\",\"argv\":[]}",
                "{\"id\":1,\"argv\":\"phone\"}", "{\"id\":1,\"argv\":[1]}", "{\"id\":1,\"argv\":[null]}",
                "{\"id\":1,\"argv\":[[\"a\"]]}", "{\"id\":1,\"argv\":[],\"stdin\":1}", "{\"id\":1,\"argv\":[],\"env\":{}}",
                "{\"id\":1,\"argv\":[],\"stdin_base64\":1}", "{\"id\":1,\"argv\":[],\"stdin_base64\":\"A\"}",
                "{\"id\":1,\"argv\":[],\"stdin_base64\":\"A===\"}", "{\"id\":1,\"argv\":[],\"stdin\":\"\",\"stdin_base64\":\"\"}",
                "{\"id\":1,\"argv\":[],\"stdin_base64\":\"AAAA\",\"stdin_base64\":\"AAAA\"}",
                "{\"id\":1,\"argv\":[]} {\"id\":2,\"argv\":[]}", "{\"id\":1.5,\"argv\":[]}",
                "{\"id\":99999999999999999999,\"argv\":[]}", "{\"id\":1,\"argv\":[\"\xff\"]}",
                "{\"id\":1,\"argv\":[\"\\u0000\"]}", "{\"id\":1,\"argv\":[\"\\ud800\"]}",
        };
        struct channel_request request;

        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
                if (parse(bad[i], &request) == 0)
                        TEST_FAIL("taken: %s", bad[i]);
}

TEST(bounds_hold)
{
        size_t size = CHANNEL_LINE_MAX + 1;
        char *line = malloc(size);
        struct channel_request request;
        size_t at = 0;

        memset(line, '[', size);
        CHECK_EQ_INT(channel_request_parse(line, size, &request, &id), PV_ETOOLARGE);
        CHECK_EQ_INT(channel_request_parse(line, size - 1, &request, &id), PV_EMALFORMED);
        CHECK_EQ_INT(channel_request_parse("{}\0", 3, &request, &id), PV_EMALFORMED);
        at = (size_t)sprintf(line, "{\"id\":1,\"argv\":[\"x\"");
        for (size_t i = 0; i < CHANNEL_WORDS_MAX; i++)
                at += (size_t)sprintf(line + at, ",\"x\"");
        sprintf(line + at, "]}");
        CHECK_EQ_INT(parse(line, &request), PV_ETOOLARGE);
        free(line);
}

TEST(an_answer_is_one_line)
{
        char *line = NULL;

        CHECK_EQ_INT(channel_answer(3, 1, "a\nb\t\"c\"", 7, "", &line), 0);
        CHECK_EQ_INT(strchr(line, '\n') - line, strlen(line) - 1);
        CHECK(strstr(line, "\"id\":3"));
        CHECK(strstr(line, "\"exit\":1"));
        free(line);
}

TEST(too_much_output_becomes_a_failure)
{
        char *out = malloc(CHANNEL_OUTPUT_MAX + 2), *line = NULL;

        memset(out, 'x', CHANNEL_OUTPUT_MAX + 1);
        out[CHANNEL_OUTPUT_MAX + 1] = 0;
        CHECK_EQ_INT(channel_answer(3, 0, out, CHANNEL_OUTPUT_MAX + 1, "", &line), 0);
        CHECK(strlen(line) < 200);
        CHECK(strstr(line, "\"exit\":1"));
        free(line);
        free(out);
}
