#ifndef PROVOST_ADMIN_ACCESS_H
#define PROVOST_ADMIN_ACCESS_H

#include <stdint.h>

#include "provisioning/admin/operation.h"

/* Who asks, as found out from cookie or token. */
#define ACCESS_NAME_SIZE 72
#define ACCESS_FROM_SIZE 48
struct identity {
        enum role role;                 /* ROLE_NOBODY: nobody is signed in */
        bool is_token;
        char name[ACCESS_NAME_SIZE];    /* "anna", "token:backup", "" */
        char from[ACCESS_FROM_SIZE];
        uint64_t session;               /* the session's number, 0 without */
        bool is_fresh;
};

/* What the headers say. NULL where there is none. */
struct access_request {
        const char *method, *origin, *host, *fetch_site, *own, *content_type, *if_match;
        bool has_body;
};

struct access_decision {
        unsigned status;                /* 0: come in */
        const char *code, *detail;      /* static */
        int64_t match;                  /* of If-Match */
};

/* Whether this request may begin this operation; fields are looked at later. */
struct access_decision access_decide(const struct operation *operation, const struct identity *who, const struct access_request *request);
/* Whether the method changes something. */
bool access_is_write(const char *method);

/* "reader" and so on; ROLE_NOBODY for anything else. */
enum role access_role(const char *word);
const char *access_role_word(enum role role);

#endif
