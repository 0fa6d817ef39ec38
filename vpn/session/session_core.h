#ifndef PROVOST_SESSION_SESSION_CORE_H
#define PROVOST_SESSION_SESSION_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "provisioning/model/site.h"
#include "vpn/session/management_client.h"
#include "vpn/session/management_line.h"
#include "vpn/session/management_log.h"
#include "vpn/session/session_flap.h"
#include "vpn/session/session_phones.h"
#include "vpn/session/session_policy.h"
#include "vpn/session/session_reach.h"
#include "vpn/session/session_tunnels.h"

/*
 * What session does when something happens: the store's table changed, OpenVPN
 * asks, a session began or ended. All that it wants done goes through an
 * outlet, whose calls return at once; so the whole of it runs in a unit test.
 */

enum session_core_command {
        SESSION_CORE_COMMAND_PLAIN,     /* answered by one line that does not matter */
        SESSION_CORE_COMMAND_STATUS,    /* rows, then session_core_rows_end() */
        SESSION_CORE_COMMAND_KILL,      /* session_core_killed() */
        SESSION_CORE_COMMAND_KILL_NAME, /* session_core_name_killed() */
};

struct session_core_outlet {
        void *userdata;
        /* To OpenVPN. tag: the client id of a KILL in decimal, the name of a KILL_NAME, else "". */
        void (*send)(enum session_class class, const char *command, enum session_core_command kind, const char *tag, void *userdata);
        /* Puts the address into the firewall's blocked set or takes it out. False: the firewall refused. */
        bool (*block)(uint32_t address, bool blocked, void *userdata);
        /* The blocked set shall hold these and no others. */
        void (*block_only)(const uint32_t *addresses, size_t n_addresses, void *userdata);
        /* Rules, groups or tunnels changed: the firewall's sets of reach are to be as they say. */
        void (*reach_changed)(void *userdata);
        /* To the store. tunnel: NULL when it is down. */
        void (*report)(const char *mac, const struct session_tunnel *tunnel, const char *detail, void *userdata);
        void (*report_all)(const struct session_tunnels *tunnels, void *userdata);
        void (*event)(const char *mac, const char *word, const char *detail, void *userdata);
        /* What a phone can do, where that decides: an old one, or one refused for it. */
        void (*evidence)(const char *mac, const char *version, const char *ciphers, void *userdata);
        void (*alarm)(const char *kind, const char *mac, const char *detail, void *userdata);
        /* Fetch the phones anew; ends in session_core_phones() or session_core_phones_failed() with this ticket or a
         * later one. */
        uint64_t (*refresh)(void *userdata);
        /* Something a ConfirmClosed may wait for has changed. */
        void (*changed)(void *userdata);
        int64_t (*wall_ms)(void *userdata);
        uint64_t (*monotonic_ms)(void *userdata);
};

/* The end of one phone's right to a tunnel. */
struct session_core_closing {
        char mac[MAC_TEXT_SIZE];
        bool was_connected, blocked;
        int64_t closed_at_ms;           /* 0: still open */
};

#define SESSION_CORE_CLOSINGS 128
#define SESSION_CORE_REFUSALS 256

struct session_core_refusal {
        char subject[65];               /* a name, or an outside address */
        enum session_policy_reason reason;
        uint64_t at_ms;
};

/* One OpenVPN process. */
struct session_core_server {
        bool is_attached;                       /* it hears us */
        bool is_attaching;                      /* and its table has not been read yet */
        bool is_gone;                           /* it was not there for longer than a restart takes */
        bool is_asked;                          /* a `status 3` of our own is under way */
        bool is_kernel;                         /* the kernel encrypts the packets of its tunnels, as its table said last */
        bool said_no_cipher;                    /* its log told of a phone without a common cipher, which is the next to come up */
};

struct session_core {
        struct session_core_outlet outlet;
        struct site site;
        struct session_reach_rules reach;
        struct session_phones phones;
        struct session_tunnels tunnels;
        struct session_core_server servers[SESSION_CLASSES];
        bool store_reachable;
        uint64_t bytes_in, bytes_out;           /* of all tunnels there were, since the start */
        struct session_core_closing closings[SESSION_CORE_CLOSINGS];
        size_t next_closing;
        struct session_core_refusal refusals[SESSION_CORE_REFUSALS];    /* told lately; not told again soon */
        size_t next_refusal;
        struct session_flap flap;
};

void session_core_init(struct session_core *core, const struct session_core_outlet *outlet);
void session_core_done(struct session_core *core);

/* The site is this now. */
void session_core_site(struct session_core *core, const struct site *site);
/* The store's answer: takes over the list. rules: those the phones' sets are of. Closes what may no longer be, answers who waits. */
void session_core_phones(struct session_core *core, struct session_phone *items, size_t n_items,
                         const struct session_reach_rules *rules, uint64_t ticket);
void session_core_phones_failed(struct session_core *core, uint64_t ticket);

/* An OpenVPN's management socket is ours / is gone / is gone for longer than a restart takes. */
void session_core_attached(struct session_core *core, enum session_class class);
void session_core_lost(struct session_core *core, enum session_class class);
void session_core_gone(struct session_core *core, enum session_class class);
void session_core_client(struct session_core *core, enum session_class class, const struct management_client *client);
void session_core_log(struct session_core *core, enum session_class class, const struct management_log *log);
void session_core_bytes(struct session_core *core, enum session_class class, uint64_t cid, uint64_t bytes_in, uint64_t bytes_out);
void session_core_row(struct session_core *core, enum session_class class, const struct management_line_row *row);
void session_core_rows_end(struct session_core *core, enum session_class class);
void session_core_killed(struct session_core *core, enum session_class class, uint64_t cid, bool found);
void session_core_name_killed(struct session_core *core, enum session_class class, const char *common_name, bool found);

/* To be called every SESSION_CORE_SWEEP_MS while it returns true, and again after phones and clients: puts off whoever waits
 * for an answer too long, ends once more what should have ended, asks some of the phones whose routes changed to begin anew. */
#define SESSION_CORE_SWEEP_MS 500
bool session_core_sweep(struct session_core *core);

/* Tells the store which tunnels are up, unless a process is still to be heard. */
void session_core_report_all(struct session_core *core);
/* What a handshake with this certificate ("": the phone's present one) would be answered now. */
struct session_policy_answer session_core_try(const struct session_core *core, const char *mac, const char *sha256);
/* What is known of the end of this phone's tunnel. False: it may still be open, or it is not known (not attached). */
bool session_core_is_closed(const struct session_core *core, const char *mac, struct session_core_closing *ret_closing);
/* Every process the site wants is heard. */
bool session_core_is_heard(const struct session_core *core, enum session_class class);

#endif
