/*
 * ctl_complete: provostctl complete, completion and manual.
 *
 * In:   the tables of commands.
 * Out:  candidates a line each; a script for bash; the man page.
 * Not:  no station is asked.
 */
#include "appliance/console/ctl_groups.h"

#include "appliance/console/complete.h"
#include "appliance/console/manual.h"

static void print_candidate(const char *word, void *userdata)
{
        fprintf(userdata, "%s\n", word);
}

/* The last word is the one that is being typed; -- stands before the words, so that options among them are not this command's. */
static int complete(struct ctl *ctl, const struct args *args)
{
        size_t n = args->n_words ? args->n_words - 1 : 0;

        (void)complete_word(n, args->words, args->n_words ? args->words[n] : "", print_candidate, ctl->out);
        return CTL_OK;
}

static int completion(struct ctl *ctl, const struct args *args)
{
        (void)args;
        fputs("_provostctl() {\n"
              "        local IFS=$'\\n'\n"
              "        COMPREPLY=($(provostctl complete -- \"${COMP_WORDS[@]:1:COMP_CWORD}\"))\n"
              "        [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n"
              "}\n"
              "complete -o default -F _provostctl provostctl\n", ctl->out);
        return CTL_OK;
}

static int manual(struct ctl *ctl, const struct args *args)
{
        (void)args;
        manual_write(ctl->out);
        return CTL_OK;
}

const struct ctl_command ctl_groups_complete[] = {
        {"complete", "-- [WORD...]", "The words that could stand in the place of the last one, a line each.\n", "", 0, ARGS_WORDS_MAX, complete},
        {"completion", "", "A script for bash that completes commands of provostctl.\n", "", 0, 0, completion},
        {"manual", "", "This command's man page.\n", "", 0, 0, manual},
        {0},
};
