/*
 * prompt_key: a pseudo terminal, its keys, and a program on it.
 */
#include "appliance/console/prompt_key.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/test.h"

static const char *const echo[] = {"/bin/echo", "opened", NULL};
static unsigned n_closed;

static void on_closed(void *userdata)
{
        (void)userdata;
        n_closed++;
}

static int open_terminal(int *ret_person)
{
        int person = posix_openpt(O_RDWR | O_NOCTTY);

        CHECK(person >= 0);
        CHECK_EQ_INT(grantpt(person) + unlockpt(person), 0);
        *ret_person = person;
        return open(ptsname(person), O_RDWR | O_NOCTTY);
}

/* Everything the person sees until `text` came, or nothing more within 5 s. */
static bool sees(sd_event *event, int person, const char *text)
{
        static char seen[1024];
        size_t used = 0;

        for (int i = 0; i < 500; i++) {
                struct pollfd in = {.fd = person, .events = POLLIN};

                (void)sd_event_run(event, 10000);
                if (poll(&in, 1, 0) == 1) {
                        ssize_t n = read(person, seen + used, sizeof seen - 1 - used);

                        used += n > 0 ? (size_t)n : 0;
                        seen[used] = 0;
                }
                if (strstr(seen, text))
                        return true;
        }
        return false;
}

static struct prompt_key *key;
static sd_event *event;

TEST(enter_opens_the_program_and_its_end_is_told)
{
        int person, terminal = open_terminal(&person);

        n_closed = 0;
        CHECK(terminal >= 0 && sd_event_new(&event) >= 0);
        CHECK_EQ_INT(prompt_key_new(event, terminal, echo, on_closed, NULL, &key), 0);
        for (unsigned time = 1; time <= 2; time++) {
                CHECK(!prompt_key_is_open(key));
                CHECK_EQ_INT(write(person, "x\n", 2), 2);
                CHECK(sees(event, person, "opened"));
                for (int i = 0; i < 500 && n_closed < time; i++)
                        (void)sd_event_run(event, 10000);
                CHECK_EQ_INT(n_closed, time);
        }
        prompt_key_free(key);
        sd_event_unref(event);
        close(person);
        close(terminal);
}

TEST(no_terminal_no_prompt)
{
        int pair[2];

        CHECK_EQ_INT(pipe(pair), 0);
        CHECK(sd_event_new(&event) >= 0);
        CHECK_EQ_INT(prompt_key_new(event, pair[0], echo, on_closed, NULL, &key), PV_EREFUSED);
        CHECK(!prompt_key_is_open(NULL));
        sd_event_unref(event);
        close(pair[0]);
        close(pair[1]);
}

TEST(a_line_that_is_cut_off_is_waited_for_no_more)
{
        int person, terminal = open_terminal(&person);

        CHECK(sd_event_new(&event) >= 0);
        CHECK_EQ_INT(prompt_key_new(event, terminal, echo, on_closed, NULL, &key), 0);
        close(person);
        for (int i = 0; i < 5; i++)
                (void)sd_event_run(event, 10000);
        CHECK_EQ_INT(sd_event_run(event, 10000), 0);
        prompt_key_free(key);
        sd_event_unref(event);
        close(terminal);
}
