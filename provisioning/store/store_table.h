#ifndef PROVOST_STORE_TABLE_H
#define PROVOST_STORE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "appliance/base/mac.h"
#include "provisioning/model/phone.h"

/*
 * All phones as far as people look for them, in memory: found by words and filters and sorted in about a millisecond for
 * 10,000. Knows nothing of the database.
 */
struct store_table;

#define STORE_TABLE_SEPARATOR '\x1f'    /* between profiles */
#define STORE_TABLE_PAGE_MAX 500
#define STORE_TABLE_TEXT_MAX 128        /* what is looked for */
#define STORE_TABLE_CURSOR_SIZE 400

/* What is put in is copied. lan, tunnel: addresses as text, "" none. profiles: names with separators between, "" none. */
struct store_table_phone {
        char mac[MAC_TEXT_SIZE];
        enum phone_state state;
        const char *name, *model, *sip_user, *lan, *tunnel, *profiles;
        int64_t seen_at;                /* 0 never */
};

int store_table_new(struct store_table **ret_table) PV_MUST_CHECK;
void store_table_free(struct store_table *table);
/* In the place of the one with this MAC. is_score_due: what was counted of it counts no more (it is shown until it is counted anew). */
int store_table_put(struct store_table *table, const struct store_table_phone *phone, bool is_score_due) PV_MUST_CHECK;
void store_table_remove(struct store_table *table, const char *mac);
size_t store_table_size(const struct store_table *table);

/* Scores: of phones that are approved or more. total -1: nobody counted yet. */
struct store_table_score {
        int met, total;
};
struct store_table_score store_table_score(const struct store_table *table, const char *mac);
void store_table_set_score(struct store_table *table, const char *mac, struct store_table_score score);
/* Every score is to be counted anew. */
void store_table_forget_scores(struct store_table *table);
/* One whose score is to be counted, or NULL. Valid until the next change. */
const char *store_table_due(struct store_table *table);

enum store_table_sort { STORE_TABLE_BY_NAME, STORE_TABLE_BY_MAC, STORE_TABLE_BY_STATE, STORE_TABLE_BY_MODEL, STORE_TABLE_BY_SEEN, STORE_TABLE_BY_SCORE };

struct store_table_query {
        const char *text;               /* NULL or up to STORE_TABLE_TEXT_MAX bytes: every word of it is somewhere in the phone's texts */
        uint32_t states;                /* bits 1 << enum phone_state; 0: all */
        const char *model, *profile;    /* NULL: any */
        int score_below;                /* percent; 0: any */
        enum store_table_sort sort;
        bool is_downwards;
        const char *after;              /* NULL: from the beginning */
        size_t limit;                   /* 1 to STORE_TABLE_PAGE_MAX */
};

struct store_table_page {
        const char *macs[STORE_TABLE_PAGE_MAX];  /* valid until the next change */
        size_t n, total;
        char next[STORE_TABLE_CURSOR_SIZE];     /* "" at the end */
};

/* PV_EMALFORMED: `after` is none of ours. */
int store_table_search(const struct store_table *table, const struct store_table_query *query, struct store_table_page *ret_page) PV_MUST_CHECK;

/* Told once for each model, and each profile, of phones that are more than merely seen; in no order. */
typedef int (*store_table_count)(const char *name, size_t n, void *userdata);
int store_table_count_models(const struct store_table *table, store_table_count count, void *userdata) PV_MUST_CHECK;
int store_table_count_profiles(const struct store_table *table, store_table_count count, void *userdata) PV_MUST_CHECK;
size_t store_table_count_state(const struct store_table *table, enum phone_state state);
/* Of all that were counted. */
void store_table_sum_scores(const struct store_table *table, int64_t *ret_met, int64_t *ret_total, int64_t *ret_phones);

#endif
