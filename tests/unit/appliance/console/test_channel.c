/*
 * channel: lines from the hypervisor, well-formed and hostile.
 */
#include "appliance/console/channel.h"

#include "appliance/base/text.h"
#include "tests/support/test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

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

/* A terminal's two ends stand for the port: bytes go both ways, in pieces. */
static int open_port(char *ret_path, size_t size)
{
        int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), other;
        struct termios raw;

        if (fd < 0 || grantpt(fd) < 0 || unlockpt(fd) < 0 || ptsname_r(fd, ret_path, size) != 0)
                TEST_SKIP("no terminals here");
        other = open(ret_path, O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (other < 0 || tcgetattr(other, &raw) < 0)
                TEST_SKIP("no terminals here");
        cfmakeraw(&raw);
        tcsetattr(other, TCSANOW, &raw);
        return fd;              /* the other end stays open, so that the port is never hung up */
}

static void write_all(int fd, const char *text, size_t size)
{
        while (size) {
                ssize_t n = write(fd, text, size);

                if (n <= 0)
                        TEST_FAIL("the port takes no more");
                text += n;
                size -= (size_t)n;
        }
}

static void read_line(int fd, char *ret, size_t size)
{
        size_t at = 0;

        while (at + 1 < size && read(fd, ret + at, 1) == 1 && ret[at] != '\n')
                at++;
        ret[at] = 0;
}

TEST(the_port_carries_eight_mebibytes_and_goes_on_after_them)
{
        size_t size = (8u << 20) / 3 * 4, at;
        char path[64], answer[2000], *line;
        int fd = open_port(path, sizeof path);
        pid_t server = fork();

        if (server == 0)
                _exit(channel_serve(path));
        line = malloc(size + 200);
        at = (size_t)sprintf(line, "{\"id\":1,\"argv\":[\"phone\",\"import\",\"-\"],\"stdin_base64\":\"");
        memset(line + at, 'A', size);
        at += size;
        at += (size_t)sprintf(line + at, "\"}\n{\"id\":2,\"argv\":[\"help\",\"fly\"]}\nnot a request\n");
        write_all(fd, line, at);
        free(line);
        read_line(fd, answer, sizeof answer);
        CHECK(text_starts(answer, "{\"id\":1,\"exit\":1,\"stdout\":\"\",\"stderr\":\"provostctl: import does not answer"));
        read_line(fd, answer, sizeof answer);
        CHECK(text_starts(answer, "{\"id\":2,\"exit\":2,"));
        read_line(fd, answer, sizeof answer);
        CHECK(text_starts(answer, "{\"id\":0,\"exit\":2,"));
        kill(server, SIGTERM);
        waitpid(server, NULL, 0);
        close(fd);
}
