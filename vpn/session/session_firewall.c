/*
 * session_firewall: the sets of reach in the kernel.
 *
 * In:   rules, phones and tunnels of the core.
 * Out:  one nftables transaction when they changed.
 * Not:  no rule of the firewall: those are box's.
 */
#include "vpn/session/session_firewall.h"

#include <stdlib.h>
#include <string.h>

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/base/writer.h"

/* 40,000 elements: nftables takes 100 MB and 1.5 s for them, and this station has 256 MB and phones that wait. */
#define TEXT_SIZE (2u * 1024 * 1024)
#define ADD "add element inet provost phone_group4 { "
#define DELETE "delete element inet provost phone_group4 { "

struct member {
        uint32_t address, group;
};

struct session_firewall {
        struct session_block *block;
        struct member *members;         /* what stands in phone_group4, sorted by address */
        size_t n_members;
        char *rules;                    /* commands that made reach4 and reach_icmp4; NULL: nobody knows what is there */
};

int session_firewall_new(struct session_block *block, struct session_firewall **ret_firewall)
{
        struct session_firewall *firewall = calloc(1, sizeof *firewall);

        if (!firewall)
                return PV_ENOMEM;
        firewall->block = block;
        *ret_firewall = firewall;
        return 0;
}

static void forget(struct session_firewall *firewall)
{
        free(firewall->members);
        free(firewall->rules);
        firewall->members = NULL;
        firewall->rules = NULL;
        firewall->n_members = 0;
}

void session_firewall_free(struct session_firewall *firewall)
{
        if (!firewall)
                return;
        forget(firewall);
        free(firewall);
}

/* --- what should be --------------------------------------------------------- */

/* Groups are numbered by the phones that may have a tunnel, so the numbers stay the same while tunnels come and go. */
static void find_groups(const struct session_core *core, struct session_reach_groups *ret)
{
        ret->n_items = 0;
        for (size_t i = 0; core->reach.n_items > 0 && i < core->phones.n_items; i++)
                if (core->phones.items[i].allowed && session_reach_group_of(ret, &core->phones.items[i].reach) == 0)
                        log_event(LOG_LEVEL_ERROR, "reach-groups-full", "mac", core->phones.items[i].mac, NULL);
}

static int write_rules(const struct session_core *core, const struct session_reach_groups *groups, char *text)
{
        struct writer w = writer_of(text, TEXT_SIZE);

        for (size_t i = 0; i < groups->n_items; i++) {
                int result = session_reach_write(&w, &core->reach, &groups->items[i], (uint32_t)i + 1, &core->site);

                if (result < 0)
                        return result;
        }
        return writer_finish_text(&w);
}

static int compare_members(const void *a, const void *b)
{
        const struct member *one = a, *other = b;

        return (one->address > other->address) - (one->address < other->address);
}

/* Every phone whose tunnel is up, also those without a rule: another phone's rule may name them. */
static size_t find_members(const struct session_core *core, struct session_reach_groups *groups, struct member *ret)
{
        size_t n = 0, n_different = 0;

        for (size_t i = 0; core->reach.n_items > 0 && i < core->tunnels.n_items; i++) {
                const struct session_tunnel *tunnel = core->tunnels.items[i];
                const struct session_phone *phone = session_phones_find(&core->phones, tunnel->common_name);
                uint32_t group = phone && phone->allowed ? session_reach_group_of(groups, &phone->reach) : 0;

                if (group && tunnel->state == SESSION_TUNNEL_UP && tunnel->address == phone->address)
                        ret[n++] = (struct member){tunnel->address, group};
        }
        qsort(ret, n, sizeof *ret, compare_members);
        for (size_t i = 0; i < n; i++)
                if (i == 0 || ret[i].address != ret[n_different - 1].address)
                        ret[n_different++] = ret[i];
        return n_different;
}

/* --- from what is to what should be ------------------------------------------ */

static void write_list(struct writer *w, const char *command, const struct member *list, size_t n)
{
        char text[TEXT_IPV4_SIZE];

        for (size_t i = 0; i < n; i++)
                writer_format(w, "%s%s : %u", i ? ", " : command, text_from_ipv4(list[i].address, text), list[i].group);
        if (n > 0)
                writer_text(w, " }\n");
}

/* Those of one list that are not in the other, both sorted. */
static size_t find_missing(const struct member *list, size_t n, const struct member *other, size_t n_other, struct member *ret)
{
        size_t n_missing = 0;

        for (size_t i = 0, at = 0; i < n; i++) {
                while (at < n_other && other[at].address < list[i].address)
                        at++;
                if (at == n_other || other[at].address != list[i].address || other[at].group != list[i].group)
                        ret[n_missing++] = list[i];
        }
        return n_missing;
}

static int write_changes(const struct session_firewall *firewall, const struct member *members, size_t n_members, char *text)
{
        struct writer w = writer_of(text, TEXT_SIZE);
        struct member *missing = calloc(n_members + firewall->n_members + 1, sizeof *missing);

        if (!missing)
                return PV_ENOMEM;
        write_list(&w, DELETE, missing, find_missing(firewall->members, firewall->n_members, members, n_members, missing));
        write_list(&w, ADD, missing, find_missing(members, n_members, firewall->members, firewall->n_members, missing));
        free(missing);
        return writer_finish_text(&w);
}

static int write_all(const char *rules, const struct member *members, size_t n_members, char *text)
{
        struct writer w = writer_of(text, TEXT_SIZE);

        writer_text(&w, "flush map inet provost phone_group4\n"
                        "flush set inet provost reach4\n"
                        "flush set inet provost reach_icmp4\n");
        writer_text(&w, rules);
        write_list(&w, ADD, members, n_members);
        return writer_finish_text(&w);
}

struct work {
        struct session_reach_groups groups;
        struct member members[SESSION_TUNNELS_MAX];
        size_t n_members;
        char rules[TEXT_SIZE], commands[TEXT_SIZE];
};

static int keep(struct session_firewall *firewall, const struct work *work)
{
        struct member *members = calloc(work->n_members + 1, sizeof *members);
        char *rules = strdup(work->rules);

        forget(firewall);
        if (!members || !rules) {
                free(members);
                free(rules);
                return PV_ENOMEM;
        }
        memcpy(members, work->members, work->n_members * sizeof *members);
        firewall->members = members;
        firewall->n_members = work->n_members;
        firewall->rules = rules;
        return 0;
}

static int sync(struct session_firewall *firewall, const struct session_core *core, struct work *work)
{
        int result;

        find_groups(core, &work->groups);
        result = write_rules(core, &work->groups, work->rules);
        if (result < 0)
                return result;
        work->n_members = find_members(core, &work->groups, work->members);
        if (firewall->rules && !strcmp(firewall->rules, work->rules))
                result = write_changes(firewall, work->members, work->n_members, work->commands);
        else
                result = write_all(work->rules, work->members, work->n_members, work->commands);
        if (result == 0 && *work->commands)
                result = session_block_run(firewall->block, work->commands);
        return result < 0 ? result : keep(firewall, work);
}

int session_firewall_sync(struct session_firewall *firewall, const struct session_core *core)
{
        struct work *work = malloc(sizeof *work);
        int result = work ? sync(firewall, core, work) : PV_ENOMEM;

        free(work);
        if (result == 0)
                return 0;
        forget(firewall);
        log_reason(LOG_LEVEL_ERROR, "reach-failed", "What phones may reach could not be told to the firewall; it is tried again. "
                   "If this goes on, take rules away: there may be too many different ones.");
        return result;
}
