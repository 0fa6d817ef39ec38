/*
 * ctl_ask: questions of provostctl.
 *
 * In:   lines of a terminal or of standard input.
 * Out:  a secret; or whether the right word was typed.
 * Not:  nothing is kept, and no secret is shown.
 */
#include "appliance/console/ctl_ask.h"

#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "appliance/base/text.h"

static bool is_terminal(const struct ctl *ctl)
{
        int fd = fileno(ctl->in);

        return fd >= 0 && isatty(fd);
}

/* Byte by byte as far as the buffer of the stream goes: what follows the line stays in it. */
static int read_line(struct ctl *ctl, char line[static CTL_ASK_MAX + 2])
{
        size_t size;

        if (!fgets(line, CTL_ASK_MAX + 2, ctl->in))
                return ctl_fail(ctl, "Standard input has ended before the answer.");
        size = strcspn(line, "\r\n");
        if (size > CTL_ASK_MAX || (!line[size] && !feof(ctl->in)))
                return ctl_fail(ctl, "The answer is longer than %d bytes.", CTL_ASK_MAX);
        line[size] = 0;
        return CTL_OK;
}

static int ask(struct ctl *ctl, const char *question, bool is_secret, char line[static CTL_ASK_MAX + 2])
{
        struct termios before, quiet;
        bool hide = is_secret && is_terminal(ctl) && tcgetattr(fileno(ctl->in), &before) == 0;
        int r;

        if (hide) {
                quiet = before;
                quiet.c_lflag &= ~(tcflag_t)ECHO;
                quiet.c_lflag |= ICANON | ECHONL;
                (void)tcsetattr(fileno(ctl->in), TCSAFLUSH, &quiet);
        }
        /* Only now: what is typed in answer is seen by nobody. */
        if (is_terminal(ctl)) {
                fprintf(ctl->err, "%s ", question);
                fflush(ctl->err);
        }
        r = read_line(ctl, line);
        if (hide)
                (void)tcsetattr(fileno(ctl->in), TCSAFLUSH, &before);
        return r;
}

int ctl_ask_word(struct ctl *ctl, const char *sentence, const char *word)
{
        char line[CTL_ASK_MAX + 2], question[CTL_ASK_MAX + 40];
        int r;

        if (is_terminal(ctl))
                fprintf(ctl->err, "%s\n", sentence);
        (void)snprintf(question, sizeof question, "Type %s to go on:", word);
        r = ask(ctl, question, false, line);
        if (r == CTL_OK && !text_equal(line, word))
                r = ctl_fail(ctl, "Nothing was done: that was not %s. %s", word, sentence);
        return r;
}

static int ask_again(struct ctl *ctl, const char *secret)
{
        char line[CTL_ASK_MAX + 2] = "";
        int r = ask(ctl, "Once more:", true, line);

        if (r == CTL_OK && !text_equal(line, secret))
                r = ctl_fail(ctl, "The two are not the same: nothing was done.");
        explicit_bzero(line, sizeof line);
        return r;
}

int ctl_ask_secret(struct ctl *ctl, const char *what, bool is_new, char **ret_secret)
{
        char line[CTL_ASK_MAX + 2] = "", question[80];
        int r;

        (void)snprintf(question, sizeof question, "%s:", what);
        r = ask(ctl, question, true, line);
        if (r == CTL_OK && is_new && is_terminal(ctl))
                r = ask_again(ctl, line);
        if (r == CTL_OK) {
                *ret_secret = strdup(line);
                if (!*ret_secret)
                        r = ctl_fail(ctl, "no memory");
        }
        explicit_bzero(line, sizeof line);
        return r;
}

void ctl_ask_forget(char *secret)
{
        if (secret)
                explicit_bzero(secret, strlen(secret));
        free(secret);
}
