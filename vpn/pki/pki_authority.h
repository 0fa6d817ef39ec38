#ifndef PROVOST_PKI_AUTHORITY_H
#define PROVOST_PKI_AUTHORITY_H

#include <stdbool.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "vpn/pki/pki_generation.h"
#include "vpn/pki/pki_times.h"
#include "vpn/pki/pki_vault.h"

/* Where a rollover of the CA is. The numbers are in the file. */
enum pki_rollover {
        PKI_ROLLOVER_NONE,
        PKI_ROLLOVER_SPREADING,         /* phones are given the newest; servers still show the former */
        PKI_ROLLOVER_SWITCHED,          /* servers show the newest; both are verified */
};

enum pki_authority_step { PKI_AUTHORITY_START, PKI_AUTHORITY_SWITCH, PKI_AUTHORITY_FINISH, PKI_AUTHORITY_BACK };

/*
 * The CA of this appliance: one generation, or two during a rollover. All of it is one sealed file, so a power cut leaves
 * the state before or after a step, never one between. Every change is durable before it is seen here.
 */
struct pki_authority {
        struct pki_generation newest;   /* signs what phones are given */
        struct pki_generation former;   /* .number 0: none */
        enum pki_rollover rollover;
        bool is_used;                   /* while spreading: a phone may hold a certificate of the newest; set before the first is signed */
        int64_t started_at, switched_at;        /* 0: not */
};

/*
 * Loads the CA from the vault, or makes it when there has never been one. PV_EREFUSED: the file cannot be unsealed or is
 * not sound; a new CA is then NOT made, since every phone would have to enrol again. PV_ESYSTEM with errno, PV_ENOMEM.
 */
int pki_authority_load(const struct pki_vault *vault, const struct pki_times *times,
                       struct pki_authority *ret_authority) PV_MUST_CHECK;
/* The same, and none is ever made. PV_EUNSET: there is none. */
int pki_authority_read(const struct pki_vault *vault, struct pki_authority *ret_authority) PV_MUST_CHECK;
/* Safe on zeros. */
void pki_authority_done(struct pki_authority *authority);

/* A moment known to have passed: when the older root was made, as far as was known then. */
int64_t pki_authority_start(const struct pki_authority *authority);
/* The generation whose certificates servers show now. */
const struct pki_generation *pki_authority_shown(const struct pki_authority *authority);
/* PEM, newest first, for the caller to free; NULL: no memory. Roots alone; roots and issuing authorities in the order of a
 * chain; legacy authorities ("" when none was asked for). */
char *pki_authority_roots(const struct pki_authority *authority);
char *pki_authority_chain(const struct pki_authority *authority);
char *pki_authority_legacy(const struct pki_authority *authority);

/* Whether this step may be done now. */
bool pki_authority_may(const struct pki_authority *authority, enum pki_authority_step step);
/*
 * Does it. Back: when no phone was given a certificate of the newest generation, that is dropped; else the former one comes back
 * as a generation of its own (one higher), "switched", so that phones go back to it as they came, and finish ends that.
 * PV_EREFUSED when it may not be done now.
 */
int pki_authority_step(struct pki_authority *authority, const struct pki_vault *vault, const struct pki_times *times,
                       enum pki_authority_step step) PV_MUST_CHECK;
/* Issuing and legacy authorities that are due are renewed. ret_changed: at least one was. */
int pki_authority_renew(struct pki_authority *authority, const struct pki_vault *vault, const struct pki_times *times,
                        bool *ret_changed) PV_MUST_CHECK;
/* Each generation has a legacy authority when this returns. ret_changed: at least one was made. */
int pki_authority_need_legacy(struct pki_authority *authority, const struct pki_vault *vault,
                              const struct pki_times *times, bool *ret_changed) PV_MUST_CHECK;
/* To be called before the first certificate of a phone is signed. */
int pki_authority_mark_used(struct pki_authority *authority, const struct pki_vault *vault) PV_MUST_CHECK;

#endif
