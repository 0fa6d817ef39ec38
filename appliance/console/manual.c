/*
 * manual: the man page of provostctl.
 *
 * In:   the tables of commands.
 * Out:  man(7) source.
 * Not:  nothing that help does not say as well, except how it is run.
 */
#include "appliance/console/manual.h"

#include "appliance/console/ctl.h"

/* A line that begins with a dot or an apostrophe would be an order to the formatter; backslashes and hyphens mean something to it. */
static void text(FILE *file, const char *t)
{
        for (bool at_start = true; *t; at_start = *t == '\n', t++) {
                if (at_start && (*t == '.' || *t == '\''))
                        fputs("\\&", file);
                if (*t == '\\')
                        fputs("\\e", file);
                else if (*t == '-')
                        fputs("\\-", file);
                else
                        fputc(*t, file);
        }
}

static void command(FILE *file, const struct ctl_command *c)
{
        fputs(".TP\n.B ", file);
        text(file, c->words);
        if (*c->usage) {
                fputs("\\fR ", file);
                text(file, c->usage);
        }
        fputc('\n', file);
        text(file, c->help);
}

void manual_write(FILE *file)
{
        fputs(".TH PROVOSTCTL 1 \"\" Provost \"The appliance's console\"\n"
              ".SH NAME\nprovostctl \\- manages a Provost appliance\n"
              ".SH SYNOPSIS\n.B provostctl\n.I COMMAND\n[\\fIWORD\\fR...] [\\fIOPTION\\fR...]\n"
              ".SH DESCRIPTION\n"
              "Asks the stations of the appliance, as root, and says what they answered. The same can be done on the page.\n"
              "Changes are answered when they are on the disk, and stand in the audit as made by root.\n"
              ".PP\nAt the appliance's screen and serial line, Enter opens a prompt that takes these commands without the first word;\n"
              "Tab completes them.\n"
              ".SH OPTIONS\n"
              ".TP\n.B \\-\\-json\nThe stations' answer unchanged, for programs.\n"
              ".TP\n.B \\-\\-help\nWhat this command does.\n"
              ".SH COMMANDS\n", file);
        for (size_t g = 0; ctl_groups[g]; g++)
                for (const struct ctl_command *c = ctl_groups[g]; c->words; c++)
                        command(file, c);
        fputs(".SH EXIT STATUS\n0 done, 1 refused or failed (the sentence is on standard error), 2 wrong use.\n", file);
}
