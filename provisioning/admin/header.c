/*
 * header: what stands in headers of requests.
 *
 * In:   texts that anybody may have sent.
 * Out:  their values, or why they have none.
 * Not:  no decision (see access).
 */
#include "provisioning/admin/header.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "appliance/base/text.h"

#define COOKIE "__Host-provost="

static bool is_token_character(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static int take_token(const char *text, size_t size, char ret[static HEADER_TOKEN_SIZE])
{
        if (size == 0 || size >= HEADER_TOKEN_SIZE)
                return PV_EMALFORMED;
        for (size_t i = 0; i < size; i++)
                if (!is_token_character(text[i]))
                        return PV_EMALFORMED;
        memcpy(ret, text, size);
        ret[size] = 0;
        return 0;
}

int header_cookie(const char *cookie, char ret[static HEADER_TOKEN_SIZE])
{
        const char *value = NULL;
        size_t value_size = 0;

        while (cookie && *cookie) {
                size_t size;

                cookie += strspn(cookie, " ;");
                size = strcspn(cookie, ";");
                if (size >= strlen(COOKIE) && !memcmp(cookie, COOKIE, strlen(COOKIE))) {
                        if (value)
                                return PV_EMALFORMED;
                        value = cookie + strlen(COOKIE);
                        value_size = size - strlen(COOKIE);
                }
                cookie += size;
        }
        return value ? take_token(value, value_size, ret) : PV_EUNSET;
}

int header_bearer(const char *authorization, char ret[static HEADER_TOKEN_SIZE])
{
        if (!authorization)
                return PV_EUNSET;
        if (strncasecmp(authorization, "Bearer ", strlen("Bearer ")))
                return PV_EMALFORMED;
        return take_token(authorization + strlen("Bearer "), strlen(authorization + strlen("Bearer ")), ret);
}

int header_match(const char *if_match, int64_t *ret_version)
{
        size_t size;

        if (!if_match)
                return PV_EUNSET;
        if (text_equal(if_match, "*"))
                return *ret_version = -1, 0;
        size = strlen(if_match);
        if (size < 3 || size > 20 || if_match[0] != '"' || if_match[size - 1] != '"' || strspn(if_match + 1, "0123456789") != size - 2)
                return PV_EMALFORMED;
        *ret_version = strtoll(if_match + 1, NULL, 10);
        return 0;
}

bool header_is_json(const char *content_type)
{
        size_t size = content_type ? strcspn(content_type, "; ") : 0;

        if (size != strlen("application/json") || strncasecmp(content_type, "application/json", size))
                return false;
        content_type += size;
        content_type += strspn(content_type, "; ");
        return !*content_type || !strcasecmp(content_type, "charset=utf-8");
}

bool header_is_own_origin(const char *origin, const char *host)
{
        return origin && host && *host && !strncmp(origin, "https://", strlen("https://")) && !strcasecmp(origin + strlen("https://"), host);
}
