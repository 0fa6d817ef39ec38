/*
 * access: who may begin what, from where.
 *
 * In:   an operation's row, who asks, what the headers say.
 * Out:  a decision; whatever is not allowed by a rule here is refused.
 * Not:  no sessions, no sockets, no fields.
 *
 * A write by a session must show three things that a page of another site cannot: an Origin of our own, a header of our own, and no other
 * Sec-Fetch-Site than same-origin; and so must a sign-in, which somebody else could make a browser do in his name. A token is sent by no browser.
 */
#include "provisioning/admin/access.h"

#include "appliance/base/text.h"
#include "provisioning/admin/header.h"

static const char *const roles[] = {"nobody", "reader", "helpdesk", "admin", "owner"};

enum role access_role(const char *word)
{
        for (enum role role = ROLE_READER; role <= ROLE_OWNER; role++)
                if (text_equal(word, roles[role]))
                        return role;
        return ROLE_NOBODY;
}

const char *access_role_word(enum role role)
{
        return roles[role <= ROLE_OWNER ? role : ROLE_NOBODY];
}

bool access_is_write(const char *method)
{
        return !text_equal(method, "GET") && !text_equal(method, "HEAD");
}

static struct access_decision no(unsigned status, const char *code, const char *detail)
{
        return (struct access_decision){.status = status, .code = code, .detail = detail};
}

static bool is_foreign(const struct access_request *request)
{
        bool write = access_is_write(request->method);
        const char *site = request->fetch_site;

        if (request->origin && !header_is_own_origin(request->origin, request->host))
                return true;
        if (site && !text_equal(site, "same-origin") && (write || !text_equal(site, "none")))
                return true;
        return write && (!request->origin || !text_equal(request->own, "1"));
}

static bool takes_body(const struct operation *operation)
{
        for (const struct field *field = operation->fields; field && field->name; field++)
                if (field->place == FIELD_IN_BODY)
                        return true;
        return false;
}

static struct access_decision decide_form(const struct operation *operation, const struct access_request *request)
{
        struct access_decision decision = {0};
        int r;

        if (request->has_body && !access_is_write(request->method))
                return no(413, "body", "A request that reads has no body.");
        if (request->has_body && !header_is_json(request->content_type))
                return no(415, "content-type", "The body must be sent as application/json.");
        if (!request->has_body && takes_body(operation) && request->content_type && !header_is_json(request->content_type))
                return no(415, "content-type", "The body must be sent as application/json.");
        if (!(operation->flags & OPERATION_MATCH))
                return decision;
        r = header_match(request->if_match, &decision.match);
        if (r == PV_EUNSET)
                return no(428, "if-match", "If-Match is missing: send the ETag of what was read.");
        return r ? no(400, "if-match", "If-Match is the one ETag of what was read, or *.") : decision;
}

struct access_decision access_decide(const struct operation *operation, const struct identity *who, const struct access_request *request)
{
        bool open = operation->flags & OPERATION_OPEN;

        if (!who->is_token && is_foreign(request))
                return no(403, "cross-site", "The request does not come from this page.");
        if (!open && who->role == ROLE_NOBODY)
                return no(401, "sign-in", "Nobody is signed in, or the session has ended: sign in.");
        if (!open && who->role < operation->role)
                return no(403, "role", "This needs another role.");
        if (who->is_token && (operation->flags & (OPERATION_SESSION | OPERATION_FRESH)))
                return no(403, "session", "Only a person who is signed in may do this, no token.");
        if ((operation->flags & OPERATION_FRESH) && !who->is_fresh)
                return no(403, "confirm", "Give password and code once more.");
        return decide_form(operation, request);
}
