#ifndef PROVOST_SIP_SIP_ANSWER_H
#define PROVOST_SIP_SIP_ANSWER_H

#include "provisioning/sip/sip_digest.h"

/* An answer to a request of ours, as plain data: who it is for, what it says, and what it asks for. */

#define SIP_ANSWER_MAX 4096             /* of a datagram */
#define SIP_ANSWER_TOKEN_SIZE 65
#define SIP_ANSWER_CHALLENGES_MAX 4

struct sip_answer {
        unsigned status;                /* 100 to 699 */
        char branch[SIP_ANSWER_TOKEN_SIZE];
        uint32_t cseq;
        char method[16];                /* of CSeq */
        size_t n_challenges;            /* those we could answer */
        struct sip_challenge challenges[SIP_ANSWER_CHALLENGES_MAX];
};

/*
 * PV_EUNSET: a message of SIP, but a request. PV_EMALFORMED: not such a message, or one with two readings (a header that
 * may be there once is there twice, folded lines, several Via). PV_ETOOLARGE: a bound was reached.
 */
int sip_answer_parse(const void *data, size_t size, struct sip_answer *ret_answer) PV_MUST_CHECK;
/* The best one that can be answered, NULL for none. */
const struct sip_challenge *sip_answer_challenge(const struct sip_answer *answer);

#endif
