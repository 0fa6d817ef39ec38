/*
 * prompt: provostctl's commands at the appliance's own screen and serial line.
 *
 * In:   keys of a terminal.
 * Out:  what the commands say.
 * Not:  no shell: nothing but commands of provostctl is run, and no file of the appliance is read.
 *
 * The only place that sees libedit: it edits the line, keeps what was typed until the prompt is left, and asks for completions.
 */
#include "appliance/console/prompt.h"

#include <errno.h>
#include <histedit.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "appliance/base/text.h"
#include "appliance/console/complete.h"
#include "appliance/console/ctl.h"
#include "appliance/console/prompt_line.h"
#include "appliance/console/screen.h"

#define IDLE_MS (5 * 60 * 1000)
#define LINES_KEPT 100
#define COMMON_MAX 64
#define DISKS_MS 5000

struct prompt {
        EditLine *edit;
        History *history;
        bool is_idle;           /* nobody typed for too long */
};

static const char *prompt_text(EditLine *edit)
{
        static const char text[] = "provost> ";

        (void)edit;
        return text;
}

/* One byte of the terminal, for libedit; 0 at the end, or when nobody types. Commands and names are ASCII. */
static int read_key(EditLine *edit, wchar_t *ret_key)
{
        struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
        struct prompt *prompt = NULL;
        unsigned char byte;
        ssize_t n;
        int r;

        (void)el_get(edit, EL_CLIENTDATA, &prompt);
        do
                r = poll(&input, 1, IDLE_MS);
        while (r < 0 && errno == EINTR);
        if (r == 0)
                prompt->is_idle = true;
        if (r <= 0)
                return 0;
        do
                n = read(STDIN_FILENO, &byte, 1);
        while (n < 0 && errno == EINTR);
        if (n != 1)
                return 0;
        *ret_key = byte;
        return 1;
}

/* --- Tab ------------------------------------------------------------------------ */

struct candidates {
        FILE *out;              /* NULL: they are only compared */
        char common[COMMON_MAX];
        size_t n;
};

static void take_candidate(const char *word, void *userdata)
{
        struct candidates *c = userdata;

        if (c->out)
                fprintf(c->out, "%s%s", c->n ? "  " : "\n", word);
        if (c->n++ == 0)
                (void)snprintf(c->common, sizeof c->common, "%s", word);
        for (size_t i = 0; c->common[i]; i++)
                if (c->common[i] != word[i])
                        c->common[i] = 0;
}

static unsigned char on_tab(EditLine *edit, int key)
{
        const LineInfo *info = el_line(edit);
        struct candidates found = {0};
        struct prompt_line line;
        const char *prefix;
        size_t n;

        (void)key;
        if (prompt_line_split(info->buffer, (size_t)(info->cursor - info->buffer), &line) < 0 || line.is_in_quotes)
                return CC_ERROR;
        n = line.is_open ? line.n_words - 1 : line.n_words;
        prefix = line.is_open ? line.words[n] : "";
        if (!complete_word(n, line.words, prefix, take_candidate, &found))
                return CC_ERROR;
        if (found.n == 1 && found.common[strlen(found.common) - 1] != '=' && strlen(found.common) + 1 < sizeof found.common)
                strcat(found.common, " ");
        if (strlen(found.common) > strlen(prefix))
                return el_insertstr(edit, found.common + strlen(prefix)) < 0 ? CC_ERROR : CC_REFRESH;
        found = (struct candidates){.out = stdout};
        (void)complete_word(n, line.words, prefix, take_candidate, &found);
        fputc('\n', stdout);
        fflush(stdout);
        return CC_REDISPLAY;
}

/* --- lines ---------------------------------------------------------------------- */

static void run_line(const char *text, size_t size)
{
        struct ctl ctl = {.in = stdin, .out = stdout, .err = stderr, .is_remote = true};
        struct prompt_line line;
        size_t skip;

        if (prompt_line_split(text, size, &line) < 0) {
                fputs("This line is too long.\n", stderr);
                return;
        }
        if (line.is_in_quotes) {
                fputs("A quotation mark is missing at the end.\n", stderr);
                return;
        }
        skip = line.n_words && text_equal(line.words[0], "provostctl") ? 1 : 0;
        if (line.n_words > skip)
                (void)ctl_run(&ctl, line.n_words - skip, line.words + skip);
        clearerr(stdin);
        fflush(stdout);
}

static bool is_exit(const char *text)
{
        size_t size = strcspn(text, " \t\r\n");

        return (size == 4 && strncmp(text, "exit", 4) == 0) || (size == 4 && strncmp(text, "quit", 4) == 0);
}

static void read_lines(struct prompt *prompt)
{
        HistEvent event;
        const char *text;
        int size = 0;

        while ((text = el_gets(prompt->edit, &size)) && size > 0 && !prompt->is_idle && !is_exit(text)) {
                if (text[strspn(text, " \t\r\n")])
                        (void)history(prompt->history, &event, H_ENTER, text);
                run_line(text, (size_t)size);
        }
}

static int begin(struct prompt *prompt)
{
        HistEvent event;

        prompt->edit = el_init("provostctl", stdin, stdout, stderr);
        prompt->history = history_init();
        if (!prompt->edit || !prompt->history)
                return CTL_FAILED;
        (void)history(prompt->history, &event, H_SETSIZE, LINES_KEPT);
        (void)el_set(prompt->edit, EL_CLIENTDATA, prompt);
        (void)el_set(prompt->edit, EL_PROMPT, prompt_text);
        (void)el_set(prompt->edit, EL_EDITOR, "emacs");
        (void)el_set(prompt->edit, EL_HIST, history, prompt->history);
        (void)el_set(prompt->edit, EL_GETCFN, read_key);
        (void)el_set(prompt->edit, EL_ADDFN, "complete", "completes the word", on_tab);
        (void)el_set(prompt->edit, EL_BIND, "^I", "complete", NULL);
        return CTL_OK;
}

/* What nobody would look for among the commands. */
static void offer(void)
{
        sd_json_variant *reply = NULL;
        char line[SCREEN_LINE_SIZE], shown[SCREEN_LINE_SIZE], *reason = NULL;

        if (access("/run/provost/boot.json", F_OK) < 0)
                return;
        if (ctl_try("update", "io.provost.Update.ListDisks", NULL, DISKS_MS, &reply, &reason) == CTL_OK) {
                screen_install(reply, line);
                if (*line)
                        puts(text_is_printable(line) ? line : text_escape(shown, sizeof shown, line, strlen(line)));
                puts("\"reset\" wipes all data of this appliance (factory reset).");
        }
        free(reason);
        sd_json_variant_unref(reply);
}

int prompt_run(void)
{
        struct prompt prompt = {0};
        int r;

        /* What is read here goes to libedit and to commands in turn: nothing may stay in a buffer. */
        (void)setvbuf(stdin, NULL, _IONBF, 0);
        r = begin(&prompt);
        if (r == CTL_OK) {
                puts("Commands of provostctl; \"help\" lists them, Tab completes, \"exit\" leaves.");
                offer();
                read_lines(&prompt);
                puts(prompt.is_idle ? "\nNobody typed for five minutes. Enter opens the prompt again." : "\nEnter opens the prompt again.");
        }
        if (prompt.history)
                history_end(prompt.history);
        if (prompt.edit)
                el_end(prompt.edit);
        return r;
}
