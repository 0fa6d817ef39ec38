/*
 * people: what the machine is and does, for the page and the console.
 *
 * In:   calls of root and of station admin.
 * Out:  cards, the page's addresses, facts, lines of the journal, the file of an unattended site.
 * Not:  nothing is changed here.
 */
#include "appliance/box/people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/box/facts.h"
#include "appliance/box/log_read.h"
#include "appliance/box/seed_place.h"

#define TROUBLE "io.provost.Box.Trouble"
#define NOT_ALLOWED "io.provost.Box.NotAllowed"
#define N_PENDING_MAX 4         /* questions to the journal, and to systemd, at a time */

/* A caller whose answer comes later. */
struct pending {
        struct people *people;
        sd_varlink *link;               /* NULL: free */
        struct log_read *read;
};

struct people {
        struct service *service;
        struct box *box;
        struct pending logs[N_PENDING_MAX];
        sd_varlink *facts[N_PENDING_MAX];
        sd_event_source *seed_watch;
        void (*seeded)(void *userdata);
        void *userdata;
};

static int on_seed_place(sd_event_source *source, const struct inotify_event *event, void *userdata)
{
        struct people *people = userdata;

        (void)source;
        if (event->len && text_equal(event->name, SEED_PLACE_LAST))
                people->seeded(people->userdata);
        return 0;
}

int people_new(struct service *service, struct box *box, void (*seeded)(void *userdata), void *userdata, struct people **ret_people)
{
        struct people *people = calloc(1, sizeof *people);

        if (!people)
                return PV_ENOMEM;
        people->seeded = seeded;
        people->userdata = userdata;
        /* Without it a stick that comes later is not heard of; one that was there at the start is. */
        if (sd_event_add_inotify(service_event(service), &people->seed_watch, SEED_PLACE, IN_MOVED_TO | IN_ONLYDIR, on_seed_place, people) < 0)
                log_event(LOG_LEVEL_WARNING, "seed-unwatched", "path", SEED_PLACE, NULL);
        people->service = service;
        people->box = box;
        for (size_t i = 0; i < N_PENDING_MAX; i++)
                people->logs[i].people = people;
        *ret_people = people;
        return 0;
}

static void forget_log(struct pending *pending)
{
        log_read_free(pending->read);
        pending->read = NULL;
        pending->link = sd_varlink_unref(pending->link);
}

void people_disconnected(struct people *people, sd_varlink *link)
{
        for (size_t i = 0; people && i < N_PENDING_MAX; i++) {
                if (people->logs[i].link == link)
                        forget_log(&people->logs[i]);
                if (people->facts[i] == link)
                        people->facts[i] = sd_varlink_unref(link);
        }
}

void people_free(struct people *people)
{
        if (!people)
                return;
        sd_event_source_disable_unref(people->seed_watch);
        for (size_t i = 0; i < N_PENDING_MAX; i++) {
                forget_log(&people->logs[i]);
                sd_varlink_unref(people->facts[i]);
        }
        free(people);
}

static int no_parameters(sd_varlink *link, sd_json_variant *parameters)
{
        static const sd_json_dispatch_field none[] = {{0}};

        return sd_varlink_dispatch(link, parameters, none, NULL);
}

/* --- cards and the page -------------------------------------------------------- */

static int append_card(sd_json_variant **list, const struct box_model *m, const struct card *card)
{
        char address[TEXT_IPV4_SIZE], mac[13], texts[CARDS_ADDRESSES_MAX][TEXT_IPV4_SIZE + 4], *addresses[CARDS_ADDRESSES_MAX + 1] = {NULL};

        for (size_t i = 0; i < card->n_addresses; i++) {
                (void)snprintf(texts[i], sizeof texts[i], "%s/%u", text_from_ipv4(card->addresses[i].address, address),
                               card->addresses[i].prefix);
                addresses[i] = texts[i];
        }
        return sd_json_variant_append_arraybo(list, SD_JSON_BUILD_PAIR_STRING("name", card->name),
                                              SD_JSON_BUILD_PAIR_STRING("mac", text_hex(mac, card->mac, sizeof card->mac)),
                                              SD_JSON_BUILD_PAIR_STRING("role", m ? cards_role(m, card->name) : ""),
                                              SD_JSON_BUILD_PAIR_BOOLEAN("carrier", card->has_carrier),
                                              SD_JSON_BUILD_PAIR("addresses", SD_JSON_BUILD_STRV(addresses)));
}

/* A list that nothing was appended to is null, and the contract says a list. */
static int need_array(sd_json_variant **list)
{
        return *list ? 0 : sd_json_variant_new_array(list, NULL, 0);
}

int people_list_cards(struct people *people, sd_varlink *link, sd_json_variant *parameters)
{
        struct card cards[CARDS_MAX];
        sd_json_variant *list = NULL;
        size_t n = 0;
        int r = no_parameters(link, parameters);

        if (r != 0)
                return r;
        if (cards_list(cards, &n) < 0)
                return service_refuse(link, TROUBLE, "The kernel did not say which network cards there are; try again.");
        for (size_t i = 0; i < n && r >= 0; i++)
                r = append_card(&list, box_model_now(people->box), &cards[i]);
        if (r >= 0)
                r = need_array(&list);
        if (r >= 0)
                r = sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_VARIANT("cards", list));
        sd_json_variant_unref(list);
        return r;
}

int people_get_page(struct people *people, sd_varlink *link, sd_json_variant *parameters)
{
        char texts[CARDS_PAGE_MAX + 1][64], address[TEXT_IPV4_SIZE], *urls[CARDS_PAGE_MAX + 2] = {NULL};
        const struct box_page *page = box_page(people->box);
        size_t n = 0;
        int r = no_parameters(link, parameters);

        if (r != 0)
                return r;
        for (; n < page->n_addresses; n++)
                (void)snprintf(texts[n], sizeof texts[n], "https://%s:%u/", text_from_ipv4(page->addresses[n], address), page->port);
        if (n && page->has_name)
                (void)snprintf(texts[n++], sizeof texts[0], "https://" BOX_MODEL_PAGE_NAME ":%u/", page->port);
        for (size_t i = 0; i < n; i++)
                urls[i] = texts[i];
        return sd_varlink_replybo(link, SD_JSON_BUILD_PAIR("urls", SD_JSON_BUILD_STRV(urls)),
                                  SD_JSON_BUILD_PAIR_BOOLEAN("listening", page->is_listening));
}

/* --- facts ----------------------------------------------------------------------- */

static int reply_facts(sd_varlink *link, const struct facts *f, sd_json_variant *units)
{
        return sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_STRING("version", f->version), SD_JSON_BUILD_PAIR_STRING("way", f->way),
                                  SD_JSON_BUILD_PAIR_STRING("architecture", f->architecture), SD_JSON_BUILD_PAIR_STRING("kernel", f->kernel),
                                  SD_JSON_BUILD_PAIR_INTEGER("booted_at", f->booted_at),
                                  SD_JSON_BUILD_PAIR_UNSIGNED("memory_total", f->memory_total),
                                  SD_JSON_BUILD_PAIR_UNSIGNED("memory_available", f->memory_available),
                                  SD_JSON_BUILD_PAIR_UNSIGNED("data_total", f->data_total),
                                  SD_JSON_BUILD_PAIR_UNSIGNED("data_free", f->data_free), SD_JSON_BUILD_PAIR_VARIANT("units", units));
}

static void on_described(const struct units_row *rows, size_t n, void *userdata)
{
        struct people *people = userdata;
        sd_json_variant *units = NULL;
        struct facts facts;
        int r = 0;

        facts_read(clock_wall_s(), &facts);
        for (size_t i = 0; i < n && r >= 0; i++)
                r = sd_json_variant_append_arraybo(&units, SD_JSON_BUILD_PAIR_STRING("name", rows[i].name),
                                                   SD_JSON_BUILD_PAIR_STRING("state", rows[i].state),
                                                   SD_JSON_BUILD_PAIR_INTEGER("since", rows[i].since),
                                                   SD_JSON_BUILD_PAIR_UNSIGNED("restarts", rows[i].restarts));
        if (r >= 0)
                r = need_array(&units);
        for (size_t i = 0; i < N_PENDING_MAX; i++)
                if (people->facts[i]) {
                        if (r < 0)
                                (void)service_refuse(people->facts[i], TROUBLE, "There is not enough memory; try again.");
                        else
                                (void)reply_facts(people->facts[i], &facts, units);
                        people->facts[i] = sd_varlink_unref(people->facts[i]);
                }
        sd_json_variant_unref(units);
}

int people_get_facts(struct people *people, sd_varlink *link, sd_json_variant *parameters)
{
        int r = no_parameters(link, parameters);

        if (r != 0)
                return r;
        for (size_t i = 0; i < N_PENDING_MAX; i++) {
                if (people->facts[i])
                        continue;
                r = units_describe(box_units(people->box), on_described, people);
                if (r < 0 && r != PV_EBUSY)
                        return service_refuse(link, TROUBLE, "systemd did not answer; try again in a moment.");
                people->facts[i] = sd_varlink_ref(link);
                return 1;
        }
        return service_refuse(link, TROUBLE, "Too many ask at once; try again in a moment.");
}

/* --- the journal ------------------------------------------------------------------ */

static void on_log(sd_json_variant *entries, const char *next, const char *problem, void *userdata)
{
        struct pending *pending = userdata;
        sd_varlink *link = pending->link;
        sd_json_variant *list = sd_json_variant_ref(entries);

        pending->link = NULL;
        pending->read = NULL;
        if (*problem)
                (void)service_refuse(link, TROUBLE, "%s", problem);
        else if (need_array(&list) >= 0)
                (void)sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_VARIANT("entries", list),
                                         SD_JSON_BUILD_PAIR_CONDITION(*next, "next", SD_JSON_BUILD_STRING(next)));
        sd_json_variant_unref(list);
        sd_varlink_unref(link);
}

static int begin_log(struct people *people, sd_varlink *link, const struct log_read_question *question)
{
        struct pending *pending = NULL;
        int r;

        for (size_t i = 0; i < N_PENDING_MAX && !pending; i++)
                if (!people->logs[i].link)
                        pending = &people->logs[i];
        if (!pending)
                return service_refuse(link, TROUBLE, "Too many read the journal at once; try again in a moment.");
        r = log_read_new(service_event(people->service), question, on_log, pending, &pending->read);
        if (r == PV_EMALFORMED || r == PV_ETOOLARGE)
                return service_refuse(link, NOT_ALLOWED, "There is no such unit, or `before` or the text is not one that can be looked for.");
        if (r < 0)
                return service_refuse(link, TROUBLE, "The journal cannot be opened: %s.", pv_error_text(r));
        pending->link = sd_varlink_ref(link);
        return 1;
}

struct log_wanted {
        const char *unit, *text, *before;
        int64_t priority, limit;
};

int people_read_log(struct people *people, sd_varlink *link, sd_json_variant *parameters)
{
        static const sd_json_dispatch_field fields[] = {
                {"unit", SD_JSON_VARIANT_STRING, sd_json_dispatch_const_string, offsetof(struct log_wanted, unit), SD_JSON_NULLABLE},
                {"priority", SD_JSON_VARIANT_INTEGER, sd_json_dispatch_int64, offsetof(struct log_wanted, priority), SD_JSON_NULLABLE},
                {"text", SD_JSON_VARIANT_STRING, sd_json_dispatch_const_string, offsetof(struct log_wanted, text), SD_JSON_NULLABLE},
                {"before", SD_JSON_VARIANT_STRING, sd_json_dispatch_const_string, offsetof(struct log_wanted, before), SD_JSON_NULLABLE},
                {"limit", SD_JSON_VARIANT_INTEGER, sd_json_dispatch_int64, offsetof(struct log_wanted, limit), SD_JSON_MANDATORY},
                {0},
        };
        struct log_wanted wanted = {.priority = 7};
        int r = sd_varlink_dispatch(link, parameters, fields, &wanted);

        if (r != 0)
                return r;
        if (wanted.limit < 1 || wanted.limit > LOG_READ_LIMIT)
                return service_refuse(link, NOT_ALLOWED, "limit must be a number from 1 to %d.", LOG_READ_LIMIT);
        if (wanted.priority < 0 || wanted.priority > 7)
                return service_refuse(link, NOT_ALLOWED, "priority must be a number from 0 to 7.");
        return begin_log(people, link, &(struct log_read_question){
                .unit = wanted.unit ? wanted.unit : "", .priority = wanted.priority, .text = wanted.text ? wanted.text : "",
                .before = wanted.before ? wanted.before : "", .limit = (size_t)wanted.limit});
}

/* --- the file of an unattended site ------------------------------------------------- */

int people_get_seed(struct people *people, sd_varlink *link, sd_json_variant *parameters)
{
        char origin[SEED_PLACE_ORIGIN_MAX];
        sd_json_variant *reply = NULL;
        char *content = NULL;
        int r = no_parameters(link, parameters);

        (void)people;
        if (r != 0)
                return r;
        r = seed_place_read(SEED_PLACE, origin, &content);
        if (r == PV_EUNSET)
                return sd_varlink_reply(link, NULL);
        if (r < 0)
                return service_refuse(link, TROUBLE, "The file of this site cannot be read: %s.", pv_error_text(r));
        r = sd_json_buildo(&reply, SD_JSON_BUILD_PAIR_STRING("origin", origin), SD_JSON_BUILD_PAIR_STRING("content", content));
        if (r >= 0) {
                /* It may hold a second factor's secret or those of phones. */
                sd_json_variant_sensitive(reply);
                r = sd_varlink_reply(link, reply);
        }
        sd_json_variant_unref(reply);
        explicit_bzero(content, strlen(content));
        free(content);
        return r;
}
