/*
 * management_log: failed handshakes in OpenVPN's log.
 *
 * In:   the text of one line of its log, where a phone's or stranger's words stand beside OpenVPN's own.
 * Out:  a struct management_log with what could be read for certain, or nothing.
 * Not:  no meaning given to it (see session_core).
 */
#include "vpn/session/management_log.h"

#include <stdio.h>
#include <string.h>

#include "appliance/base/mac.h"
#include "appliance/base/text.h"

#define TEXT_MAX 1024

static bool is_peer(const char *text)
{
        const char *colon = strchr(text, ':');
        char address[TEXT_IPV4_SIZE];
        uint32_t parsed;

        if (!colon || (size_t)(colon - text) >= sizeof address)
                return false;
        snprintf(address, sizeof address, "%.*s", (int)(colon - text), text);
        return text_to_ipv4(address, &parsed) == 0 && text_to_u32(colon + 1, UINT16_MAX, &parsed) == 0;
}

/* "192.0.2.1:1194", or that behind "udp4:", "tcp4-server:", "[AF_INET]" or a name with a slash; `size` bytes of it. */
static void take_peer(const char *text, size_t size, char ret[static 22])
{
        char word[128];
        const char *at = word, *cut;

        *ret = 0;
        if (size >= sizeof word)
                return;
        memcpy(word, text, size);
        word[size] = 0;
        if ((cut = strrchr(at, '/')))
                at = cut + 1;
        if ((cut = strchr(at, ']')))
                at = cut + 1;
        if ((cut = strchr(at, ':')) && strchr(cut + 1, ':'))
                at = cut + 1;
        if (!is_peer(at) || text_copy(ret, 22, at) < 0)
                *ret = 0;
}

/* A name that is a phone's; anything else may be whatever a stranger wrote into his certificate. */
static void take_name(const char *subject, char ret[static MAC_TEXT_SIZE])
{
        const char *at = strstr(subject, "CN=");
        char name[MAC_TEXT_SIZE];
        struct mac mac;

        *ret = 0;
        if (!at || strcspn(at + 3, ",/") != sizeof name - 1)
                return;
        memcpy(name, at + 3, sizeof name - 1);
        name[sizeof name - 1] = 0;
        if (mac_parse_text(name, &mac) == 0)
                mac_format(&mac, ret);
}

static enum management_log_kind kind_of(const char *error)
{
        if (text_starts(error, "certificate has expired"))
                return MANAGEMENT_LOG_EXPIRED;
        if (text_starts(error, "certificate is not yet valid"))
                return MANAGEMENT_LOG_NOT_YET;
        if (text_starts(error, "unable to get local issuer") || text_starts(error, "self-signed certificate") ||
            text_starts(error, "unable to verify the first") || text_starts(error, "certificate signature failure"))
                return MANAGEMENT_LOG_FOREIGN;
        return MANAGEMENT_LOG_UNFIT;
}

/* "depth=0, error=certificate has expired: CN=000413aa0001, serial=1" */
static bool read_verify(const char *text, struct management_log *log)
{
        const char *error = strstr(text, "error="), *subject = error ? strstr(error, ": ") : NULL;

        if (!error || !subject)
                return false;
        log->kind = kind_of(error + strlen("error="));
        take_name(subject + 2, log->common_name);
        return true;
}

/* "TLSv1.2, cipher TLSv1.2 ECDHE-..." */
static bool read_channel(const char *text, struct management_log *log)
{
        size_t size = strcspn(text, ",");

        if (!text_starts(text, "TLSv") || size >= sizeof log->tls)
                return false;
        log->kind = MANAGEMENT_LOG_CHANNEL;
        memcpy(log->tls, text, size);
        log->tls[size] = 0;
        return true;
}

/* What stands behind `head`, or NULL. */
static const char *behind(const char *text, const char *head)
{
        return text_starts(text, head) ? text + strlen(head) : NULL;
}

static bool read_message(const char *text, struct management_log *log)
{
        const char *rest;

        if ((rest = behind(text, "VERIFY ERROR: ")))
                return read_verify(rest, log);
        if ((rest = behind(text, "Control Channel: ")))
                return read_channel(rest, log);
        if ((rest = behind(text, "TLS Error: incoming packet authentication failed from "))) {
                log->kind = MANAGEMENT_LOG_KEY;
                take_peer(rest, strlen(rest), log->peer);
                return true;
        }
        if (behind(text, "TLS error: Unsupported protocol") || behind(text, "TLS error: The server has no TLS ciphersuites"))
                log->kind = MANAGEMENT_LOG_TLS_VERSION;
        else if (behind(text, "PUSH: No common cipher") || behind(text, "PUSH: No NCP or OCC cipher"))
                log->kind = MANAGEMENT_LOG_NO_CIPHER;
        else
                return false;
        return true;
}

bool management_log_read(const struct cursor *text, struct management_log *ret_log)
{
        struct management_log log = {0};
        char line[TEXT_MAX];
        const char *blank;

        if (cursor_to_text(text, line, sizeof line) < 0)
                return false;
        if (read_message(line, &log)) {
                *ret_log = log;
                return true;
        }
        blank = strchr(line, ' ');
        if (!blank || !read_message(blank + 1, &log))
                return false;
        if (!*log.peer)
                take_peer(line, (size_t)(blank - line), log.peer);
        *ret_log = log;
        return true;
}
