/*
 * way: the first step that is missing on a phone's way.
 *
 * In:   its state, its times, its timeline, and what the site does.
 * Out:  the step, a sentence of what is missing, a sentence of what to do.
 * Not:  no decision about the phone; nothing is asked.
 *
 * Each step has words of the timeline that say it was done and words that say why it was not. The first step that is not done
 * counts; of its failures the newest one behind its last success is told, else that nothing was heard.
 */
#include "provisioning/model/way.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "appliance/base/text.h"

#define SPAN_SIZE 32
#define DETAIL_SIZE 300

enum step { ADDRESS, FIRST_SETTINGS, BUNDLE, TUNNEL, SETTINGS, N_STEPS };

static const char *const step_names[N_STEPS] = {
        [ADDRESS] = "address", [FIRST_SETTINGS] = "first-settings", [BUNDLE] = "bundle", [TUNNEL] = "tunnel", [SETTINGS] = "settings",
};

/* Words that say that a step was done. */
static const struct { enum step step; const char *word; } done_words[] = {
        {ADDRESS, "dhcp-ack"}, {ADDRESS, "dhcp-inform"}, {ADDRESS, "pnp-taken"}, {ADDRESS, "pnp-notify"},
        {FIRST_SETTINGS, "stage1-served"}, {FIRST_SETTINGS, "bundle-served"}, {BUNDLE, "bundle-served"}, {BUNDLE, "enrolled"},
        {TUNNEL, "tunnel-up"}, {SETTINGS, "settings-served"}, {SETTINGS, "served"},
};

/* Words that say why it was not, and what a person does then. */
static const struct failure {
        enum step step;
        const char *word, *what, *todo;
} failures[] = {
        {ADDRESS, "dhcp-silent", "It asked for an address and got no answer",
         "Look at the reason; it stands for what the site is set to. With another DHCP server on this LAN, give that server the lines of the page Network."},
        {ADDRESS, "dhcp-nak", "The address it asked for was refused", "Restart it: it then asks for another one."},
        {ADDRESS, "dhcp-decline", "It says that the address it was given is taken by another device",
         "Find the device with this address, or take the address out of the pool."},
        {ADDRESS, "address-conflict", "Its address is used by another device", "Find the device with this address, or take the address out of the pool."},
        {ADDRESS, "dhcp-flood", "It asks for an address too often and is not answered every time", "Restart it; if it goes on, look at its cable and switch port."},
        {ADDRESS, "pnp-refused", "It did not take its source by PnP",
         "Switch PnP on in the phone's own menu, or let it be told by DHCP."},
        {ADDRESS, "pnp-silent", "PnP came to nothing", "Restart it; PnP is multicast and does not cross routers."},
        {FIRST_SETTINGS, "stage1-refused", "Its first settings were refused",
         "Look at the reason. A phone without its factory certificate needs its one-time window: open it, then restart the phone."},
        {FIRST_SETTINGS, "vpn-client-missing", "It has no VPN client and was sent to the image that brings one",
         "Wait until it has installed the image and restarted; without the image, upload it on the page Firmware."},
        {FIRST_SETTINGS, "vpn-image-served", "It fetched the image that brings a VPN client, and has not come back with it",
         "Wait until it has restarted, ten minutes at most; then restart it by hand."},
        {FIRST_SETTINGS, "firmware-refused", "A firmware file was refused to it", "Look at the reason; the file has to be on the page Firmware."},
        {BUNDLE, "bundle-refused", "Its VPN bundle was refused",
         "Look at the reason; then restart the phone: it fetches its first settings and the bundle named there."},
        {TUNNEL, "tunnel-refused", "It was refused the tunnel",
         "Look at the reason; a restart on the phone LAN lets it fetch its bundle again."},
        {TUNNEL, "tunnel-closed", "Its tunnel was closed", "Look at the reason; it comes back by itself when it may."},
        {TUNNEL, "tunnel-down", "It left the tunnel", "Look whether it has power and network. It connects again by itself."},
        {TUNNEL, "tunnel-unproven", "Somebody came without proof of the phone's certificate",
         "Restart the phone on the phone LAN: it fetches its bundle again."},
        {SETTINGS, "settings-refused", "Its settings were refused to it in the tunnel", "Look at the reason; then send it a resync."},
        {SETTINGS, "settings-held", "Its new settings have an error, so it keeps its old ones", "Correct the setting that the reason names."},
        {SETTINGS, "notify-refused", "It was told to fetch its settings and refused",
         "It fetches them by itself at its next poll; a changed SIP password is a usual reason. To have them at once, restart it."},
        {SETTINGS, "notify-silent", "It was told to fetch its settings and did not answer",
         "It fetches them by itself at its next poll. To have them at once, restart it."},
        {SETTINGS, "rollout-failed", "It did not come back with its new settings in time", "Look at it, and at the roll-out, which may have been stopped for it."},
};

/* Of a phone that has all: what is wrong all the same. after: a word behind which it no longer counts. */
static const struct trouble {
        const char *step, *word, *after, *what, *todo;
} troubles[] = {
        {"renewal", "renewal-stuck", "renewed", "It does not take its renewed certificate", "Restart it in its tunnel; else on the phone LAN, before the certificate ends."},
        {"settings", "settings-held", "served", "Its new settings have an error, so it keeps its old ones", "Correct the setting that the reason names."},
        {"firmware", "firmware-refused", "firmware-served", "A firmware file was refused to it", "Look at the reason; the file has to be on the page Firmware."},
};

/* --- words --------------------------------------------------------------------------- */

/* "3 days", "1 minute"; "a moment" below ten seconds. */
static const char *span(int64_t seconds, char ret[static SPAN_SIZE])
{
        static const struct { int64_t s; const char *one; } units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};

        if (seconds < 10)
                return "a moment";
        for (size_t i = 0; i < sizeof units / sizeof *units; i++)
                if (seconds >= units[i].s) {
                        long long n = (long long)(seconds / units[i].s);

                        (void)snprintf(ret, SPAN_SIZE, "%lld %s%s", n, units[i].one, n == 1 ? "" : "s");
                        return ret;
                }
        return "a moment";
}

static void say(struct way_missing *ret, const char *step, const char *todo, const char *format, ...) __attribute__((format(printf, 4, 5)));
static void say(struct way_missing *ret, const char *step, const char *todo, const char *format, ...)
{
        va_list args;

        ret->step = step;
        va_start(args, format);
        (void)vsnprintf(ret->sentence, sizeof ret->sentence, format, args);
        va_end(args);
        (void)snprintf(ret->todo, sizeof ret->todo, "%s", todo);
}

/* "It was refused the tunnel 3 minutes ago: the reason." */
static void say_event(struct way_missing *ret, const char *step, const char *what, const char *todo, const struct way_event *event, int64_t now_s)
{
        char ago[SPAN_SIZE], detail[DETAIL_SIZE];
        size_t size = strlen(event->detail);

        text_escape(detail, sizeof detail, event->detail, size);
        say(ret, step, todo, "%s %s ago%s%s%s", what, span(now_s - event->at_s, ago), *detail ? ": " : "", detail,
            size && event->detail[size - 1] == '.' ? "" : ".");
}

static const struct failure *failure_of(enum step step, const char *word)
{
        for (size_t i = 0; i < sizeof failures / sizeof *failures; i++)
                if (failures[i].step == step && text_equal(failures[i].word, word))
                        return &failures[i];
        return NULL;
}

static bool is_done_by(enum step step, const char *word)
{
        for (size_t i = 0; i < sizeof done_words / sizeof *done_words; i++)
                if (done_words[i].step == step && text_equal(done_words[i].word, word))
                        return true;
        return false;
}

/* --- what the timeline says of one step ---------------------------------------------------- */

/* The newest failure of this step behind its last success and behind `since`; NULL none. */
static const struct way_event *last_failure(const struct way_facts *facts, enum step step, int64_t since)
{
        for (size_t i = facts->n_events; i-- > 0 && facts->events[i].at_s >= since;) {
                if (is_done_by(step, facts->events[i].word))
                        return NULL;
                if (failure_of(step, facts->events[i].word))
                        return &facts->events[i];
        }
        return NULL;
}

static bool was_done(const struct way_facts *facts, enum step step, int64_t since)
{
        for (size_t i = facts->n_events; i-- > 0 && facts->events[i].at_s >= since;)
                if (is_done_by(step, facts->events[i].word))
                        return true;
        return false;
}

/* How the phone's certificate stands in the way of a tunnel. */
static bool say_certificate(const struct way_facts *facts, struct way_missing *ret)
{
        static const char todo[] = "Renew it: restart the phone on the phone LAN. With its factory certificate it gets a new bundle there; without one, open "
                                   "its one-time window first.";
        char ago[SPAN_SIZE];

        if (!facts->certificate_not_after || facts->certificate_not_after > facts->now_s)
                return false;
        say(ret, "tunnel", todo, "It is refused the tunnel: its certificate ended %s ago.", span(facts->now_s - facts->certificate_not_after, ago));
        return true;
}

static void say_nothing_heard(const struct way_facts *facts, enum step step, struct way_missing *ret)
{
        char ago[SPAN_SIZE];

        switch (step) {
        case ADDRESS:
                say(ret, "heard", facts->is_dhcp_server || facts->is_pnp_on
                                          ? "Connect it to the phone LAN and switch it on, or restart it."
                                          : "DHCP and PnP are both off here: give the other DHCP server the lines of the page Network, then restart the phone.",
                    "It has not been heard of since it was approved %s ago.", span(facts->now_s - facts->approved_at, ago));
                return;
        case FIRST_SETTINGS:
                say(ret, step_names[step], "Restart it. If it still does not ask, reset it to factory settings: it may be told to ask elsewhere.",
                    "It has an address, and has not asked for its first settings.");
                return;
        case BUNDLE:
                say(ret, step_names[step], "Wait a minute; then restart it on the phone LAN.", "It has its first settings, and has not fetched its VPN bundle.");
                return;
        case TUNNEL:
                say(ret, step_names[step], "Wait two minutes; then restart it. Its firmware must have a VPN client, and UDP to the site's vpn_host must get through.",
                    "It took its VPN bundle, and has not come into the tunnel.");
                return;
        case SETTINGS:
        case N_STEPS:
                break;
        }
        say(ret, "settings", "Send it a resync; else it asks by itself at its next poll. During a roll-out it may have to wait for its turn.",
            facts->served_at ? "It is in its tunnel, and has not fetched its newest settings." : "It is in its tunnel, and has not fetched its settings.");
}

static void say_step(const struct way_facts *facts, enum step step, int64_t since, struct way_missing *ret)
{
        const struct way_event *event = last_failure(facts, step, since);
        const struct failure *failure = event ? failure_of(step, event->word) : NULL;

        if (step == TUNNEL && say_certificate(facts, ret))
                return;
        if (step == TUNNEL && facts->is_legacy && !facts->is_legacy_on)
                say(ret, "tunnel", "Switch it on on the page Network (legacy), or give the phone the class modern.",
                    "It comes in by the old phones' OpenVPN process, which is off.");
        else if (failure)
                say_event(ret, step_names[step], failure->what, failure->todo, event, facts->now_s);
        else
                say_nothing_heard(facts, step, ret);
}

/* --- the steps in their order ------------------------------------------------------------------ */

/* Of an approved phone that took no bundle: how far it came. A later step that was reached makes up for earlier ones. */
static enum step first_open(const struct way_facts *facts)
{
        for (enum step step = BUNDLE; step > ADDRESS; step--)
                if (was_done(facts, step - 1, facts->approved_at) || last_failure(facts, step, facts->approved_at))
                        return step;
        return ADDRESS;
}

static bool say_trouble(const struct way_facts *facts, struct way_missing *ret)
{
        for (size_t t = 0; t < sizeof troubles / sizeof *troubles; t++)
                for (size_t i = facts->n_events; i-- > 0 && !text_equal(facts->events[i].word, troubles[t].after);)
                        if (text_equal(facts->events[i].word, troubles[t].word)) {
                                say_event(ret, troubles[t].step, troubles[t].what, troubles[t].todo, &facts->events[i], facts->now_s);
                                return true;
                        }
        return false;
}

static void say_approval(const struct way_facts *facts, struct way_missing *ret)
{
        const char *why = *facts->waiting_for ? facts->waiting_for : *facts->missing ? facts->missing : "Nobody has let it in.";

        say(ret, "approval", "Compare what is known of it with the phone in front of you, then approve it.", "%s", why);
}

bool way_first_missing(const struct way_facts *facts, struct way_missing *ret)
{
        const char *state = facts->state;

        if (text_equal(state, "revoked"))
                say(ret, "revoked", "To use it again, approve it: it gets a new certificate and new passwords.", "It was revoked: nothing is given to it.");
        else if (!facts->is_site_complete)
                say(ret, "site", "Set the values that are missing on the page Network.", "The site is not set up to the end, so no phone is served.");
        else if (text_equal(state, "expected"))
                say(ret, "heard", "Connect it to the phone LAN and switch it on.", "It is listed, and has not been heard of.");
        else if (text_equal(state, "seen") || text_equal(state, "waiting"))
                say_approval(facts, ret);
        else if (text_equal(state, "approved"))
                say_step(facts, first_open(facts), facts->approved_at, ret);
        else if (text_equal(state, "enrolled"))
                say_step(facts, TUNNEL, facts->enrolled_at, ret);
        else if (text_equal(state, "connected"))
                say_step(facts, SETTINGS, facts->connected_at, ret);
        else
                return say_trouble(facts, ret);
        return true;
}
