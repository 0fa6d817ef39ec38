#ifndef PROVOST_PEOPLE_RECEIPT_H
#define PROVOST_PEOPLE_RECEIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-json.h>

#include "appliance/base/error.h"

/*
 * The receipt of a phone that was put out: each step with its time and how it was tried. What the store says is done; what can be
 * tried is tried: session is asked whether a tunnel is still open and what it would answer this certificate, bootstrap and
 * settings are asked as the edge would ask them for this phone, with its factory certificate and without.
 */
struct receipt {
        sd_json_variant *lines;         /* as io.provost.Store.ReceiptLine */
        size_t n_open;                  /* lines that are not confirmed */
        bool is_broken;                 /* no memory */
};

/* Who makes it, and what a person does about a line that is not confirmed. */
struct receipt_maker {
        /*
         * Calls "io.provost.<...>" of that station's socket, blocking. 0 and a reply of the caller's, or < 0 and a sentence of the
         * caller's to free (NULL: no memory). parameters is taken over.
         */
        int (*call)(void *userdata, const char *station, const char *method, sd_json_variant *parameters, uint64_t deadline_ms,
                    sd_json_variant **ret_reply, char **ret_reason);
        void *userdata;
        const char *again;              /* "`provostctl phone revoke 000413aabbcc`" */
        const char *restart;            /* "`provostctl reboot`" */
};

void receipt_done(struct receipt *receipt);
/* at_ms 0: now. */
void receipt_add(struct receipt *receipt, int64_t at_ms, const char *word, bool ok, const char *format, ...) __attribute__((format(printf, 5, 6)));
/* phone: of RevokePhone's answer; its rights ended. */
void receipt_revoked(struct receipt *receipt, sd_json_variant *phone);
/* Tries all of it. ret_tunnel: what session said (ConfirmClosed), the caller's; NULL when it said nothing. */
void receipt_try(struct receipt *receipt, const struct receipt_maker *maker, sd_json_variant *phone, sd_json_variant **ret_tunnel);
/* The parameters of KeepReceipt. cause as there; todo may be NULL. PV_ENOMEM, also for a broken receipt. */
int receipt_parameters(const struct receipt *receipt, const char *mac, const char *cause, sd_json_variant *todo, sd_json_variant **ret_parameters)
        PV_MUST_CHECK;

#endif
