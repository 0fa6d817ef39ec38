/*
 * ctl_evidence: what is known of a phone, in words.
 *
 * In:   the store's answer to GetEvidence; on the phone LAN anybody can say anything, so its values are foreign text.
 * Out:  sentences: what was seen, why the phone is where it is, what to do next.
 * Not:  no verdict of its own (provisioning/model/evidence), no output.
 */
#include "appliance/console/ctl_evidence.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "appliance/base/text.h"
#include "appliance/console/table.h"

const char *ctl_evidence_of(sd_json_variant *reply, const char *kind)
{
        const char *value = "";
        int64_t newest = -1;
        sd_json_variant *v;

        for (size_t i = 0; (v = table_item(reply, "evidence", i)); i++)
                if (text_equal(table_text(v, "kind"), kind) && table_number(v, "last_at") > newest) {
                        newest = table_number(v, "last_at");
                        value = table_text(v, "value");
                }
        return value;
}

const char *ctl_evidence_verdict(sd_json_variant *reply)
{
        static const struct { const char *verdict, *sentence; } table[] = {
                {"genuine", "genuine: it showed the maker's certificate of this very MAC"},
                {"unproven", "unproven: it asked as a phone does and showed no certificate; anybody on the phone LAN could"},
                {"doubtful", "doubtful: what it showed is not the maker's certificate of this MAC"},
                {"unknown", "unknown: it was only heard by DHCP or PnP, where anybody can say anything"},
        };
        const char *verdict = table_text(reply, "verdict");

        for (size_t i = 0; i < sizeof table / sizeof *table; i++)
                if (text_equal(verdict, table[i].verdict))
                        return table[i].sentence;
        return verdict;
}

/* --- one line of it ------------------------------------------------------------- */

static void append(char *ret, size_t size, const char *before, const char *text)
{
        size_t used = strlen(ret);

        if (*text && used < size)
                (void)snprintf(ret + used, size - used, "%s%s%s", used ? ", " : "", before, text);
}

/* "CN=Snom Phone 1,O=snom technology AG,C=DE" as "Snom Phone 1"; a name without CN stays as it is. */
static void append_name(char *ret, size_t size, const char *before, const char *name)
{
        char common[128];

        if (text_starts(name, "CN="))
                (void)snprintf(common, sizeof common, "%.*s", (int)strcspn(name + 3, ","), name + 3);
        else
                (void)snprintf(common, sizeof common, "%s", name);
        append(ret, size, before, common);
}

/* What it says it is: model and firmware, else all it said. */
static void append_claim(sd_json_variant *reply, char *ret, size_t size)
{
        sd_json_variant *phone = sd_json_variant_by_key(reply, "phone");
        const char *model = table_text(phone, "model"), *firmware = table_text(phone, "firmware"), *agent = ctl_evidence_of(reply, "agent");
        char claim[200];

        (void)snprintf(claim, sizeof claim, "%s%s%s", model, *model && *firmware ? " " : "", firmware);
        append(ret, size, "says ", *firmware ? claim : *agent ? agent : ctl_evidence_of(reply, "vendor_class"));
}

static bool has_way(sd_json_variant *reply, const char *way)
{
        sd_json_variant *v;

        for (size_t i = 0; (v = table_item(reply, "evidence", i)); i++)
                if (text_equal(table_text(v, "kind"), "how") && text_equal(table_text(v, "value"), way))
                        return true;
        return false;
}

static void append_ways(sd_json_variant *reply, char *ret, size_t size)
{
        bool by_dhcp = has_way(reply, "dhcp"), by_pnp = has_way(reply, "pnp");

        append(ret, size, "heard by ", by_dhcp && by_pnp ? "DHCP and PnP" : by_dhcp ? "DHCP" : by_pnp ? "PnP" : "");
}

const char *ctl_evidence_certificate(const char *word)
{
        static const struct { const char *word, *words; } table[] = {
                {"none", "shows no certificate"}, {"factory", "factory certificate of this MAC"}, {"other-phone", "certificate of another phone"},
                {"no-phone", "certificate that names no phone"}, {"unknown-ca", "certificate from an unknown CA"},
                {"ended", "certificate that has ended"}, {"not-yet", "certificate that is not good yet"},
                {"weak", "certificate too weak for today (RSA 1024 or SHA-1)"}, {"invalid", "certificate that does not hold"},
                {"success", "certificate of a maker the site trusts"},
        };

        for (size_t i = 0; i < sizeof table / sizeof *table; i++)
                if (strcasecmp(word, table[i].word) == 0)
                        return table[i].words;
        return word;
}

static const char *short_verdict(const char *verdict)
{
        static const struct { const char *verdict, *words; } table[] = {
                {"genuine", "factory certificate of this MAC"}, {"unproven", "shows no certificate"},
                {"doubtful", "certificate that is not its own"}, {"unknown", "nothing shown yet"},
        };

        for (size_t i = 0; i < sizeof table / sizeof *table; i++)
                if (text_equal(verdict, table[i].verdict))
                        return table[i].words;
        return verdict;
}

void ctl_evidence_summary(sd_json_variant *reply, char *ret, size_t size)
{
        const char *verdict = table_text(reply, "verdict"), *certificate = ctl_evidence_of(reply, "certificate");
        bool is_doubtful = text_equal(verdict, "doubtful");

        *ret = '\0';
        append(ret, size, "", is_doubtful && *certificate ? ctl_evidence_certificate(certificate) : short_verdict(verdict));
        if (is_doubtful)
                append_name(ret, size, "named ", ctl_evidence_of(reply, "subject"));
        append_name(ret, size, "issued by ", ctl_evidence_of(reply, "issuer"));
        append_claim(reply, ret, size);
        append(ret, size, "X-snom-vpn: ", ctl_evidence_of(reply, "vpn_header"));
        append_ways(reply, ret, size);
}

/* --- why ------------------------------------------------------------------------- */

static const char *meaning_of(const char *state)
{
        static const struct { const char *state, *sentence; } table[] = {
                {"seen", "It was heard, and nobody has listed or approved it."},
                {"expected", "It is listed and has not been heard of yet."},
                {"waiting", "It waits for somebody to approve it."},
                {"approved", "It may fetch its first settings and its bundle, and has not done so yet."},
                {"enrolled", "It has its bundle; its tunnel has not come up yet."},
                {"connected", "It is in its tunnel and has not fetched its latest settings yet."},
                {"current", "It is in its tunnel and has its latest settings."},
                {"revoked", "It is out."},
        };

        for (size_t i = 0; i < sizeof table / sizeof *table; i++)
                if (text_equal(state, table[i].state))
                        return table[i].sentence;
        return state;
}

/* What it waits for, else what is missing; "" for neither. */
static void plain_reason(sd_json_variant *reply, char *ret, size_t size)
{
        sd_json_variant *phone = sd_json_variant_by_key(reply, "phone"), *missing;
        size_t used;

        (void)snprintf(ret, size, "%s", table_text(phone, "waiting_for"));
        if (*ret)
                return;
        for (size_t i = 0; (missing = table_item(reply, "missing", i)) && sd_json_variant_is_string(missing); i++) {
                used = strlen(ret);
                (void)snprintf(ret + used, size - used, "%s%s", used ? "; " : "", sd_json_variant_string(missing));
        }
}

void ctl_evidence_reason(sd_json_variant *reply, char *ret, size_t size)
{
        const char *state = table_text(sd_json_variant_by_key(reply, "phone"), "state");
        char reason[512];
        size_t length;

        plain_reason(reply, reason, sizeof reason);
        if (!*reason || text_equal(state, "current") || text_equal(state, "connected") || text_equal(state, "revoked"))
                (void)snprintf(reason, sizeof reason, "%s", meaning_of(state));
        length = strlen(reason);
        (void)snprintf(ret, size, "%c%s%s", toupper((unsigned char)*reason), length ? reason + 1 : "", length && reason[length - 1] == '.' ? "" : ".");
}

/* --- what to do -------------------------------------------------------------------- */

struct step {
        const char *state, *verdict;    /* verdict NULL: any */
        const char *sentence;           /* %s: its MAC, as often as it stands there */
};

/* The first that fits. */
static const struct step steps[] = {
        {"revoked", NULL, "Nothing. `provostctl receipt show %s` says how it was put out; `provostctl phone approve %s` would let it in anew."},
        {"current", NULL, "Nothing."},
        {"connected", NULL, "Nothing: it fetches its settings by itself; `provostctl phone resync %s` tells it to do so now."},
        {"enrolled", NULL, "Wait a minute. Then `provostctl timeline %s` says what OpenVPN or the phone said last."},
        {"approved", "unproven", "Without certificate it enrols in a window alone: `provostctl phone window %s 600`, while you watch."},
        {"approved", "doubtful", "If you know this phone: `provostctl phone window %s 600`, while you watch. If not: `provostctl phone revoke %s`."},
        {"approved", NULL, "Switch it on, or restart it, on the phone LAN; `provostctl timeline %s` shows how far it comes."},
        {"expected", NULL, "Plug it in on the phone LAN. Is it one without a factory certificate: `provostctl enrol open` just before."},
        {"waiting", "genuine", "If it is one of yours: `provostctl phone approve %s`."},
        {"waiting", "unproven", "Compare the MAC on its label. If it is yours: `provostctl phone approve %s`, then `provostctl phone window %s 600` while you watch."},
        {"waiting", "doubtful", "Look at the phone itself before anything else. If it is yours: `provostctl phone approve %s`, then `provostctl phone window %s "
                                "600` while you watch. If not, leave it: it gets nothing."},
        {"waiting", NULL, "If it is one of yours: `provostctl phone approve %s`. If not, leave it: it gets nothing."},
        {"seen", NULL, "If it is a phone of yours: `provostctl phone approve %s`. If not, leave it: it gets nothing."},
};

static void fill(const char *sentence, const char *mac, char *ret, size_t size)
{
        const char *mark;
        size_t used = 0;

        *ret = '\0';
        while ((mark = strstr(sentence, "%s")) && used < size) {
                used += (size_t)snprintf(ret + used, size - used, "%.*s%s", (int)(mark - sentence), sentence, mac);
                sentence = mark + 2;
        }
        if (used < size)
                (void)snprintf(ret + used, size - used, "%s", sentence);
}

void ctl_evidence_next(sd_json_variant *reply, char *ret, size_t size)
{
        sd_json_variant *phone = sd_json_variant_by_key(reply, "phone");

        *ret = '\0';
        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
                if (text_equal(table_text(phone, "state"), steps[i].state) &&
                    (!steps[i].verdict || text_equal(table_text(reply, "verdict"), steps[i].verdict))) {
                        fill(steps[i].sentence, table_text(phone, "mac"), ret, size);
                        return;
                }
}
