/*
 * pki_authority: the CA over its life: made once, renewed, rolled over.
 *
 * In:   the vault, the clock, steps that a person asked for.
 * Out:  the CA, in memory for as long as this station runs, and in one sealed file.
 * Not:  no leaves (see pki_leaf); who counts phones before a step is the caller.
 */
#include "vpn/pki/pki_authority.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/log.h"
#include "vpn/pki/pki_authority_text.h"

#define FILE_NAME "authority"

void pki_authority_done(struct pki_authority *authority)
{
        pki_generation_done(&authority->newest);
        pki_generation_done(&authority->former);
        *authority = (struct pki_authority){0};
}

static int put(const struct pki_vault *vault, const struct pki_authority *authority)
{
        char *text = pki_authority_text_write(authority);
        int result;

        if (!text)
                return PV_ENOMEM;
        result = pki_vault_put(vault, FILE_NAME, text, strlen(text));
        pki_vault_forget(text, strlen(text));
        return result;
}

int pki_authority_read(const struct pki_vault *vault, struct pki_authority *ret_authority)
{
        struct pki_authority authority = {0};
        uint8_t *data = NULL;
        size_t size = 0;
        int result = pki_vault_get(vault, FILE_NAME, &data, &size);

        if (result < 0)
                return result;
        result = pki_authority_text_read((const char *)data, &authority);
        pki_vault_forget(data, size);
        if (result == 0 && (!pki_generation_is_sound(&authority.newest) ||
                            (authority.former.number && !pki_generation_is_sound(&authority.former)))) {
                pki_authority_done(&authority);
                result = PV_EREFUSED;
        }
        if (result == 0)
                *ret_authority = authority;
        return result;
}

int pki_authority_load(const struct pki_vault *vault, const struct pki_times *times, struct pki_authority *ret_authority)
{
        struct pki_authority authority = {0};
        int result = pki_authority_read(vault, ret_authority);

        if (result != PV_EUNSET)
                return result;
        result = pki_generation_make(1, times, &authority.newest);
        if (result == 0)
                result = put(vault, &authority);
        if (result < 0) {
                pki_authority_done(&authority);
                return result;
        }
        *ret_authority = authority;
        return 0;
}

static int64_t start_of(const struct pki_generation *generation)
{
        struct pki_certificate_facts facts;

        return generation->number && pki_certificate_read(generation->root.certificate, &facts) == 0
                       ? facts.span.not_before + PKI_TIMES_BACK : 0;
}

int64_t pki_authority_start(const struct pki_authority *authority)
{
        int64_t newest = start_of(&authority->newest), former = start_of(&authority->former);

        return former && former < newest ? former : newest;
}

const struct pki_generation *pki_authority_shown(const struct pki_authority *authority)
{
        return authority->rollover == PKI_ROLLOVER_SPREADING ? &authority->former : &authority->newest;
}

static const char *text_of(const char *text)
{
        return text ? text : "";
}

char *pki_authority_roots(const struct pki_authority *authority)
{
        char *text;

        if (asprintf(&text, "%s%s", authority->newest.root.certificate, text_of(authority->former.root.certificate)) < 0)
                return NULL;
        return text;
}

static char *chain_of(const struct pki_generation *generation)
{
        char *text;

        if (asprintf(&text, "%s%s%s", text_of(generation->issuing.certificate), text_of(generation->former_issuing),
                     text_of(generation->root.certificate)) < 0)
                return NULL;
        return text;
}

char *pki_authority_chain(const struct pki_authority *authority)
{
        char *newest = chain_of(&authority->newest), *former = chain_of(&authority->former), *text = NULL;

        if (newest && former && asprintf(&text, "%s%s", newest, former) < 0)
                text = NULL;
        free(newest);
        free(former);
        return text;
}

char *pki_authority_legacy(const struct pki_authority *authority)
{
        char *text;

        if (asprintf(&text, "%s%s", text_of(authority->newest.legacy.certificate),
                     text_of(authority->former.legacy.certificate)) < 0)
                return NULL;
        return text;
}

/* --- steps: `next` borrows from *authority all that does not change -------- */

bool pki_authority_may(const struct pki_authority *authority, enum pki_authority_step step)
{
        switch (step) {
        case PKI_AUTHORITY_START:
                return authority->rollover == PKI_ROLLOVER_NONE;
        case PKI_AUTHORITY_SWITCH:
        case PKI_AUTHORITY_BACK:
                return authority->rollover == PKI_ROLLOVER_SPREADING;
        case PKI_AUTHORITY_FINISH:
                return authority->rollover == PKI_ROLLOVER_SWITCHED;
        }
        return false;
}

static int start(struct pki_authority *authority, const struct pki_vault *vault, const struct pki_times *times)
{
        struct pki_authority next = {.rollover = PKI_ROLLOVER_SPREADING, .former = authority->newest, .started_at = times->now};
        int result = pki_generation_make(authority->newest.number + 1, times, &next.newest);

        if (result == 0 && authority->newest.legacy.certificate)
                result = pki_generation_make_legacy(times, &next.newest.legacy);
        if (result == 0)
                result = put(vault, &next);
        if (result < 0)
                pki_generation_done(&next.newest);
        else
                *authority = next;
        return result;
}

/* Becomes `next`, which took over all of *authority but `dropped`. */
static int become(struct pki_authority *authority, const struct pki_vault *vault, const struct pki_authority *next,
                  struct pki_generation dropped)
{
        int result = put(vault, next);

        if (result < 0)
                return result;
        *authority = *next;
        pki_generation_done(&dropped);
        return 0;
}

static int back(struct pki_authority *authority, const struct pki_vault *vault, const struct pki_times *times)
{
        struct pki_authority next = {.newest = authority->former};

        if (!authority->is_used)
                return become(authority, vault, &next, authority->newest);
        next.newest.number = authority->newest.number + 1;
        next.former = authority->newest;
        next.rollover = PKI_ROLLOVER_SWITCHED;
        next.started_at = authority->started_at;
        next.switched_at = times->now;
        return become(authority, vault, &next, (struct pki_generation){0});
}

int pki_authority_step(struct pki_authority *authority, const struct pki_vault *vault, const struct pki_times *times,
                       enum pki_authority_step step)
{
        struct pki_authority next = *authority;

        if (!pki_authority_may(authority, step))
                return PV_EREFUSED;
        switch (step) {
        case PKI_AUTHORITY_START:
                return start(authority, vault, times);
        case PKI_AUTHORITY_BACK:
                return back(authority, vault, times);
        case PKI_AUTHORITY_SWITCH:
                next.rollover = PKI_ROLLOVER_SWITCHED;
                next.switched_at = times->now;
                return become(authority, vault, &next, (struct pki_generation){0});
        case PKI_AUTHORITY_FINISH:
                next = (struct pki_authority){.newest = authority->newest};
                return become(authority, vault, &next, authority->former);
        }
        return PV_EREFUSED;
}

int pki_authority_mark_used(struct pki_authority *authority, const struct pki_vault *vault)
{
        struct pki_authority next = *authority;

        if (authority->is_used || authority->rollover != PKI_ROLLOVER_SPREADING)
                return 0;
        next.is_used = true;
        return become(authority, vault, &next, (struct pki_generation){0});
}

/* --- renewal -------------------------------------------------------------- */

static int renew_issuing(struct pki_authority *authority, const struct pki_vault *vault, const struct pki_times *times,
                         struct pki_generation *generation)
{
        const struct pki_generation old = *generation;
        int result = pki_generation_renew_issuing(&old, times, &generation->issuing);

        if (result < 0)
                return result;
        generation->former_issuing = old.issuing.certificate;
        result = put(vault, authority);
        if (result < 0) {
                pki_certificate_pair_done(&generation->issuing);
                *generation = old;
                return result;
        }
        pki_generation_done(&(struct pki_generation){.former_issuing = old.former_issuing,
                                                     .issuing.private_key = old.issuing.private_key});
        log_reason(LOG_LEVEL_NOTICE, "issuing-renewed", "The issuing authority of generation %lld was renewed under its root.",
                   (long long)generation->number);
        return 0;
}

/* make: a new one where there is none; else one that is there is renewed. */
static int put_legacy(struct pki_authority *authority, const struct pki_vault *vault, const struct pki_times *times,
                      struct pki_generation *generation)
{
        struct pki_certificate_pair old = generation->legacy;
        int result = old.certificate ? pki_generation_renew_legacy(generation, times, &generation->legacy)
                                     : pki_generation_make_legacy(times, &generation->legacy);

        if (result < 0)
                return result;
        result = put(vault, authority);
        if (result < 0) {
                pki_certificate_pair_done(&generation->legacy);
                generation->legacy = old;
                return result;
        }
        log_reason(LOG_LEVEL_NOTICE, "legacy-authority", "The old phones' authority of generation %lld was %s.",
                   (long long)generation->number, old.certificate ? "renewed with its key" : "made");
        pki_certificate_pair_done(&old);
        return 0;
}

int pki_authority_renew(struct pki_authority *authority, const struct pki_vault *vault, const struct pki_times *times,
                        bool *ret_changed)
{
        struct pki_generation *const generations[] = {&authority->newest, &authority->former};
        bool changed = false;
        int result = 0;

        for (size_t i = 0; i < 2 && generations[i]->number && result == 0; i++) {
                if (pki_generation_is_issuing_due(generations[i], times)) {
                        result = renew_issuing(authority, vault, times, generations[i]);
                        changed = true;
                }
                if (result == 0 && pki_generation_is_legacy_due(generations[i], times)) {
                        result = put_legacy(authority, vault, times, generations[i]);
                        changed = true;
                }
        }
        if (result == 0)
                *ret_changed = changed;
        return result;
}

int pki_authority_need_legacy(struct pki_authority *authority, const struct pki_vault *vault,
                              const struct pki_times *times, bool *ret_changed)
{
        struct pki_generation *const generations[] = {&authority->newest, &authority->former};
        bool changed = false;
        int result = 0;

        for (size_t i = 0; i < 2 && generations[i]->number && result == 0; i++)
                if (!generations[i]->legacy.certificate) {
                        result = put_legacy(authority, vault, times, generations[i]);
                        changed = true;
                }
        if (result == 0)
                *ret_changed = changed;
        return result;
}
