/*
 * store_renewal_plan: when certificates are renewed and when their end is told.
 *
 * In:   facts, the time.
 * Out:  decisions.
 * Not:  no database, no clock, no sentences.
 */
#include "provisioning/store/store_renewal_plan.h"

#define DAY_S INT64_C(86400)

int64_t renewal_now(int64_t wall_s, int64_t floor_s)
{
        return wall_s > floor_s ? wall_s : floor_s;
}

static bool is_good(const struct renewal_certificate *certificate, int64_t now_s, int64_t before_s, int64_t generation)
{
        return !certificate->is_other_class && certificate->not_before <= now_s && certificate->not_after >= before_s &&
               certificate->generation == generation;
}

/* The bundle the phone took may have been written over its former one. */
static bool may_be_all_it_has(const struct renewal_facts *facts, int64_t now_s)
{
        return facts->was_fetched && !facts->came_with_former && !facts->next.is_other_class && facts->next.not_after > now_s;
}

bool renewal_is_due(const struct renewal_facts *facts, int64_t now_s, int64_t before_s, int64_t generation)
{
        if (is_good(&facts->present, now_s, before_s, generation))
                return false;
        if (!facts->has_next)
                return true;
        return !is_good(&facts->next, now_s, before_s, generation) && !may_be_all_it_has(facts, now_s);
}

enum end_level end_level_of(int64_t now_s, int64_t not_after_s)
{
        if (not_after_s <= now_s)
                return END_LEVEL_ENDED;
        if (not_after_s - now_s <= 3 * DAY_S)
                return END_LEVEL_3;
        if (not_after_s - now_s <= 14 * DAY_S)
                return END_LEVEL_14;
        return not_after_s - now_s <= 30 * DAY_S ? END_LEVEL_30 : END_LEVEL_NONE;
}

struct end_step end_step_of(const struct end_note *note, int64_t now_s, int64_t not_after_s)
{
        bool is_same = note->not_after_s == not_after_s;
        enum end_level said = is_same ? note->level : END_LEVEL_NONE, level = end_level_of(now_s, not_after_s);

        return (struct end_step){
                .level = level > said ? level : said,
                .say = level > said,
                .clear = !is_same && note->level != END_LEVEL_NONE,
        };
}

const char *end_state_text(int64_t now_s, int64_t not_after_s, bool renews)
{
        switch (end_level_of(now_s, not_after_s)) {
        case END_LEVEL_ENDED: return "ended";
        case END_LEVEL_3: return "urgent";
        case END_LEVEL_14:
        case END_LEVEL_30: return "soon";
        case END_LEVEL_NONE: break;
        }
        return renews ? "renewing" : "good";
}

int64_t end_days(int64_t now_s, int64_t not_after_s)
{
        return not_after_s <= now_s ? 0 : (not_after_s - now_s + DAY_S - 1) / DAY_S;
}
