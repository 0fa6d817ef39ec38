/*
 * advice: what to write into another DHCP server.
 *
 * In:   the name of a server; the URL of the site.
 * Out:  the lines of advice/SERVER.txt with that URL.
 * Not:  nothing is asked on the wire.
 */
#include "appliance/people/advice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "gen/dnsmasq.txt.embed.h"
#include "gen/isc.txt.embed.h"
#include "gen/kea.txt.embed.h"
#include "gen/mikrotik.txt.embed.h"
#include "gen/opnsense.txt.embed.h"
#include "gen/windows.txt.embed.h"

#define URL_MARK "@URL@"

static const struct { const char *word, *lines; } servers[] = {
        {"isc", embed_isc_txt}, {"kea", embed_kea_txt}, {"dnsmasq", embed_dnsmasq_txt},
        {"windows", embed_windows_txt}, {"mikrotik", embed_mikrotik_txt}, {"opnsense", embed_opnsense_txt},
};
#define N_SERVERS (sizeof servers / sizeof servers[0])

const char *advice_server(size_t i)
{
        return i < N_SERVERS ? servers[i].word : NULL;
}

int advice_url(const char *bootstrap_url, const char *lan_address, char *ret, size_t size)
{
        int n;

        if (*bootstrap_url)
                n = snprintf(ret, size, "%s", bootstrap_url);
        else if (*lan_address)
                n = snprintf(ret, size, "https://%.*s/{mac}.xml", (int)strcspn(lan_address, "/"), lan_address);
        else
                return PV_EUNSET;
        return n < 0 || (size_t)n >= size ? PV_ETOOLARGE : 0;
}

static int fill(const char *lines, const char *url, char **ret_lines)
{
        size_t size = 0;
        char *text = NULL;
        FILE *out = open_memstream(&text, &size);
        const char *mark;

        if (!out)
                return PV_ENOMEM;
        for (; (mark = strstr(lines, URL_MARK)); lines = mark + strlen(URL_MARK)) {
                fwrite(lines, 1, (size_t)(mark - lines), out);
                fputs(url, out);
        }
        fputs(lines, out);
        if (fclose(out) != 0) {
                free(text);
                return PV_ENOMEM;
        }
        *ret_lines = text;
        return 0;
}

int advice_lines(const char *server, const char *url, char **ret_lines)
{
        for (size_t i = 0; i < N_SERVERS; i++)
                if (text_equal(server, servers[i].word))
                        return fill(servers[i].lines, url, ret_lines);
        return PV_EUNSET;
}
