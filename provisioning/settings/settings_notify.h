#ifndef PROVOST_SETTINGS_SETTINGS_NOTIFY_H
#define PROVOST_SETTINGS_SETTINGS_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "provisioning/sip/sip_answer.h"

/*
 * One NOTIFY check-sync to one phone: the request as bytes, and what to do when an answer comes or time passes
 * (RFC 3261 17.1.2, a client transaction that is no INVITE over UDP; 22 for challenges). Pure: clock, random texts
 * and the socket are the caller's.
 */

#define SETTINGS_NOTIFY_MAX 1200                /* fits a tunnel's packet */
#define SETTINGS_NOTIFY_T1_MS 500
#define SETTINGS_NOTIFY_T2_MS 4000
#define SETTINGS_NOTIFY_GIVE_UP_MS (64 * SETTINGS_NOTIFY_T1_MS)
#define SETTINGS_NOTIFY_REQUESTS_MAX 3          /* the first, one with a password, one more when the nonce was too old */
#define SETTINGS_NOTIFY_TOKEN_SIZE 33
#define SETTINGS_NOTIFY_URI_SIZE 160
#define SETTINGS_NOTIFY_REASON_SIZE 224

/* Who is told, and as whom. Texts are borrowed. */
struct settings_notify_phone {
        uint32_t address, gateway;              /* the phone's in the tunnel, and ours; host order */
        uint16_t port;                          /* of the phone */
        const char *user;                       /* of its SIP account; "" none */
        const char *login, *password;           /* what it is authenticated with; password "" none */
        bool reboot;
};

/* Texts that make a request one of its own: hex digits, new for each request but call_id and tag. */
struct settings_notify_marks {
        char call_id[SETTINGS_NOTIFY_TOKEN_SIZE], tag[SETTINGS_NOTIFY_TOKEN_SIZE];
        char branch[SETTINGS_NOTIFY_TOKEN_SIZE], cnonce[SETTINGS_NOTIFY_TOKEN_SIZE];
        uint32_t cseq;
};

/*
 * challenge: to be answered, NULL for none. PV_ETOOLARGE, PV_EREFUSED: user or login cannot stand in a message.
 * The bytes hold no password, but an answer made from it: they are wiped by the caller.
 */
int settings_notify_write(const struct settings_notify_phone *phone, const struct settings_notify_marks *marks,
                          const struct sip_challenge *challenge, char ret[static SETTINGS_NOTIFY_MAX], size_t *ret_size) PV_MUST_CHECK;

enum settings_notify_outcome { SETTINGS_NOTIFY_PENDING, SETTINGS_NOTIFY_TAKEN, SETTINGS_NOTIFY_REFUSED, SETTINGS_NOTIFY_SILENT };

enum settings_notify_action {
        SETTINGS_NOTIFY_WAIT,
        SETTINGS_NOTIFY_SEND,                   /* the same bytes again */
        SETTINGS_NOTIFY_ANSWER,                 /* a new request that answers `challenge`, then settings_notify_begin() */
        SETTINGS_NOTIFY_END,                    /* outcome and reason are set */
};

struct settings_notify {
        uint64_t resend_ms, give_up_ms;         /* when */
        uint64_t interval_ms;
        unsigned n_requests, n_resent;          /* resent: the present one */
        bool has_password, is_reboot;
        const char *hint;                       /* what may be in the way when it stays silent; NULL: nothing is known */
        enum settings_notify_outcome outcome;
        unsigned status;                        /* of the last answer; 0 none */
        char reason[SETTINGS_NOTIFY_REASON_SIZE];
};

/*
 * A request of this transaction goes out now. Zeroed before the first, but for the hint. is_reboot: repeated for 3.5 s only, for a phone that
 * lost its answer by restarting must not restart again.
 */
void settings_notify_begin(struct settings_notify *n, bool has_password, bool is_reboot, uint64_t now_ms);
/* When settings_notify_tick() has something to do. */
uint64_t settings_notify_next_ms(const struct settings_notify *n);
enum settings_notify_action settings_notify_tick(struct settings_notify *n, uint64_t now_ms);
/* An answer to the request that went out last. *ret_challenge: borrowed from it, of SETTINGS_NOTIFY_ANSWER. */
enum settings_notify_action settings_notify_take(struct settings_notify *n, const struct sip_answer *answer, uint64_t now_ms,
                                                 const struct sip_challenge **ret_challenge);

#endif
