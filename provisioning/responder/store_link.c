/*
 * store_link: site, sources, phones and leases from the store; leases and events to it.
 *
 * In:   answers and change messages of io.provost.Store.
 * Out:  a directory and a lease table that follow it; calls.
 * Not:  no decision; a store that is away leaves everything as it was last known.
 */
#include "provisioning/responder/store_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/service/service_field.h"
#include "provisioning/model/phone.h"

#define STORE "io.provost.Store."

enum {
        CALL_MS = 10000,
        COMMIT_MS = 1500,               /* a client waits for it */
        AGAIN_MS = 1000,
        EVENTS_MS = 150,
        EVENTS_MAX = 1024,
        EVENTS_PER_CALL = 128,
        SITE_VALUES_MAX = 64,
        CLOCK_IS_SET_S = 1704067200,    /* 2024: before it nobody has set the clock */
        LEASE_MAX_S = 604800,
};

struct event {
        struct mac mac;
        bool is_of_site;                /* of no phone */
        int64_t at_ms;
        char word[16];
        char detail[STORE_LINK_DETAIL_SIZE];
};

struct store_link {
        struct service *service;
        struct service_peer *peer;
        struct directory *directory;
        struct dhcp_lease_table *leases;
        struct store_link_handlers handlers;
        bool has_leases, has_alarms;
        sd_event_source *again, *events_timer;
        struct event events[EVENTS_MAX];        /* a ring */
        size_t first_event, n_events, n_sent;   /* n_sent: under way, still in the ring */
        unsigned events_left_out;
};

static void read_again_later(struct store_link *l);

/* True when there is an answer to look at; otherwise it is logged and asked for again. */
static bool is_answered(struct store_link *l, const char *what, const char *error)
{
        if (!error)
                return true;
        log_reason(LOG_LEVEL_WARNING, "store-away", "%s could not be read from the store (%s); what is known stays, and it is asked again",
                   what, error);
        read_again_later(l);
        return false;
}

/* --- site and sources --- */

static void on_site(sd_json_variant *reply, const char *error, void *userdata)
{
        struct site_value values[SITE_VALUES_MAX];
        struct site_problem problem;
        struct store_link *l = userdata;
        size_t n = 0;

        if (!is_answered(l, "the site", error))
                return;
        sd_json_variant *list = service_field_list(reply, "values");
        for (size_t i = 0; list && i < sd_json_variant_elements(list) && n < SITE_VALUES_MAX; i++) {
                sd_json_variant *item = sd_json_variant_by_index(list, i);
                values[n] = (struct site_value){service_field_text(item, "name"), service_field_text(item, "value")};
                n += values[n].name && values[n].value;
        }
        if (directory_set_site(l->directory, values, n, &problem) < 0)
                log_event(LOG_LEVEL_ERROR, "site-refused", "name", problem.name, "reason", problem.reason, NULL);
        l->handlers.site_changed(l->handlers.userdata);
}

static void on_sources(sd_json_variant *reply, const char *error, void *userdata)
{
        const char *urls[DIRECTORY_SOURCES_MAX];
        struct store_link *l = userdata;
        size_t n = 0;

        if (!is_answered(l, "the list of sources", error))
                return;
        sd_json_variant *list = service_field_list(reply, "sources");
        for (size_t i = 0; list && i < sd_json_variant_elements(list) && n < DIRECTORY_SOURCES_MAX; i++) {
                urls[n] = service_field_text(sd_json_variant_by_index(list, i), "url");
                n += urls[n] != NULL;
        }
        directory_set_sources(l->directory, urls, n);
        l->handlers.site_changed(l->handlers.userdata);
}

/* --- phones --- */

static int read_phone(sd_json_variant *item, struct directory_phone *ret_phone)
{
        const char *mac = service_field_text(item, "mac"), *state = service_field_text(item, "state"),
                   *model = service_field_text(item, "model"), *address = service_field_text(item, "lan_address");
        sd_json_variant *expected = sd_json_variant_by_key(item, "expected");
        struct directory_phone phone = {0};

        if (!mac || !state || mac_parse_text(mac, &phone.mac) < 0 || text_copy(phone.state, sizeof phone.state, state) < 0)
                return PV_EMALFORMED;
        phone.is_approved = phone_state_is_trusted(state);
        phone.is_trusted = phone_is_told_where(state, expected && sd_json_variant_is_boolean(expected) && sd_json_variant_boolean(expected));
        phone.is_legacy = text_equal(service_field_text(item, "vpn_class"), "legacy");
        phone.has_model = model && *model;
        if (address && *address && text_to_ipv4(address, &phone.lan_address) < 0)
                return PV_EMALFORMED;
        *ret_phone = phone;
        return 0;
}

static void put_phone(struct store_link *l, sd_json_variant *item)
{
        struct directory_phone phone;

        if (read_phone(item, &phone) < 0 || directory_phone_put(l->directory, &phone) < 0)
                log_reason(LOG_LEVEL_ERROR, "phone-refused", "a phone from the store could not be taken over");
}

static void on_phones(sd_json_variant *reply, const char *error, void *userdata)
{
        struct store_link *l = userdata;

        if (!is_answered(l, "the list of phones", error))
                return;
        sd_json_variant *list = service_field_list(reply, "phones");
        directory_phones_begin(l->directory);
        for (size_t i = 0; list && i < sd_json_variant_elements(list); i++)
                put_phone(l, sd_json_variant_by_index(list, i));
        directory_phones_end(l->directory);
        l->handlers.phones_changed(l->handlers.userdata);
}

/* One phone changed. Until the answer is there it is not trusted more than before; when it is gone it is forgotten. */
struct one_phone {
        struct store_link *link;
        struct mac mac;
};

static void on_phone(sd_json_variant *reply, const char *error, void *userdata)
{
        struct one_phone *one = userdata;
        struct store_link *l = one->link;

        if (text_equal(error, STORE "NoSuchPhone")) {
                directory_phone_remove(l->directory, &one->mac);
                l->handlers.seen_lost(&one->mac, l->handlers.userdata);         /* when it asks again, it is new */
                l->handlers.phones_changed(l->handlers.userdata);
        } else if (is_answered(l, "a phone", error)) {
                put_phone(l, sd_json_variant_by_key(reply, "phone"));
                l->handlers.phones_changed(l->handlers.userdata);
        }
        free(one);
}

static void read_phones(struct store_link *l)
{
        service_peer_call(l->peer, STORE "ListPhones", NULL, CALL_MS, on_phones, l);
}

static void read_phone_of(struct store_link *l, const char *key)
{
        struct one_phone *one = calloc(1, sizeof *one);
        sd_json_variant *parameters = NULL;

        if (!one || mac_parse_text(key, &one->mac) < 0 ||
            sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("mac", key)) < 0) {
                free(one);
                read_phones(l);
                return;
        }
        one->link = l;
        service_peer_call(l->peer, STORE "GetPhone", parameters, CALL_MS, on_phone, one);
        sd_json_variant_unref(parameters);
}

/* --- leases in --- */

static int read_hex(const char *text, uint8_t *ret, size_t room, size_t *ret_size)
{
        size_t n = strlen(text);

        if (n % 2 || n / 2 > room)
                return PV_EMALFORMED;
        for (size_t i = 0; i < n; i++) {
                const char *digits = "0123456789abcdef";
                const char *at = strchr(digits, text[i]);
                if (!at)
                        return PV_EMALFORMED;
                uint8_t nibble = (uint8_t)(at - digits);
                ret[i / 2] = i % 2 ? (uint8_t)(ret[i / 2] | nibble) : (uint8_t)(nibble << 4);
        }
        *ret_size = n / 2;
        return 0;
}

/* The rest of a lease in milliseconds. With a clock nobody has set, a lease is believed to run in full. */
static uint64_t rest_ms(int64_t expires_at)
{
        int64_t now = clock_wall_s();
        int64_t rest = now < CLOCK_IS_SET_S ? LEASE_MAX_S : expires_at - now;

        if (rest <= 0)
                return 0;
        return (uint64_t)(rest > LEASE_MAX_S ? LEASE_MAX_S : rest) * 1000;
}

static int read_lease(struct store_link *l, sd_json_variant *item, struct dhcp_lease *ret_lease)
{
        const char *address = service_field_text(item, "address"), *mac = service_field_text(item, "mac"),
                   *id = service_field_text(item, "client_id"), *hostname = service_field_text(item, "hostname"),
                   *state = service_field_text(item, "state");
        struct dhcp_lease lease = {0};
        size_t id_size;

        if (!address || !mac || !id || !state || text_to_ipv4(address, &lease.address) < 0 || lease.address == 0 ||
            mac_parse_text(mac, &lease.mac) < 0 || dhcp_lease_state_parse(state, &lease.state) < 0 ||
            read_hex(id, lease.id, sizeof lease.id, &id_size) < 0)
                return PV_EMALFORMED;
        lease.id_size = (uint8_t)id_size;
        if (hostname)
                (void)!text_copy(lease.hostname, sizeof lease.hostname, hostname);
        uint64_t rest = rest_ms(service_field_integer(item, "expires_at", 0));
        lease.ends_ms = rest ? clock_monotonic_ms() + rest : 0;
        if (lease.state == DHCP_LEASE_STATE_BOUND)
                lease.durable_ends_ms = lease.ends_ms;
        const struct directory_phone *phone = directory_phone_find(l->directory, &lease.mac);
        lease.is_trusted = phone && phone->is_trusted;
        *ret_lease = lease;
        return 0;
}

static void on_leases(sd_json_variant *reply, const char *error, void *userdata)
{
        struct store_link *l = userdata;
        unsigned n_bad = 0;

        if (!is_answered(l, "the list of leases", error) || l->has_leases)
                return;
        sd_json_variant *list = service_field_list(reply, "leases");
        for (size_t i = 0; list && i < sd_json_variant_elements(list); i++) {
                struct dhcp_lease lease;
                n_bad += read_lease(l, sd_json_variant_by_index(list, i), &lease) < 0 ||
                         dhcp_lease_restore(l->leases, &lease) < 0;
        }
        if (n_bad)
                log_reason(LOG_LEVEL_ERROR, "leases-refused", "%u leases of the store could not be taken over", n_bad);
        l->has_leases = true;
        l->handlers.leases_read(l->handlers.userdata);
}

/* --- alarms of before --- */

static void on_alarms(sd_json_variant *reply, const char *error, void *userdata)
{
        struct store_link *l = userdata;
        struct mac mac;

        if (error || l->has_alarms)
                return;                 /* asked for again when the store comes back; until then people close them */
        sd_json_variant *list = service_field_list(reply, "alarms");
        for (size_t i = 0; list && i < sd_json_variant_elements(list); i++) {
                sd_json_variant *item = sd_json_variant_by_index(list, i);
                const char *kind = service_field_text(item, "kind"), *subject = service_field_text(item, "subject");
                if (kind && subject && mac_parse_text(subject, &mac) == 0)
                        l->handlers.alarm_left(kind, &mac, l->handlers.userdata);
        }
        l->has_alarms = true;
}

static void read_alarms(struct store_link *l)
{
        sd_json_variant *parameters = NULL;

        if (!l->has_alarms && sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_BOOLEAN("open", true)) >= 0)
                service_peer_call(l->peer, STORE "ListAlarms", parameters, CALL_MS, on_alarms, l);
        sd_json_variant_unref(parameters);
}

/* --- following --- */

/* The sources first: the site brings one of its own, and its URL is judged by them. */
static void read_site(struct store_link *l)
{
        service_peer_call(l->peer, STORE "ListSources", NULL, CALL_MS, on_sources, l);
        service_peer_call(l->peer, STORE "GetSite", NULL, CALL_MS, on_site, l);
}

static void read_all(struct store_link *l)
{
        read_phones(l);
        read_site(l);
        /* Only once: from then on this side knows more than the store, never less. */
        if (!l->has_leases)
                service_peer_call(l->peer, STORE "ListLeases", NULL, CALL_MS, on_leases, l);
        read_alarms(l);
}

static int on_again(sd_event_source *source, uint64_t now_us, void *userdata)
{
        struct store_link *l = userdata;

        (void)source;
        (void)now_us;
        l->again = sd_event_source_disable_unref(l->again);
        read_all(l);
        return 0;
}

static void read_again_later(struct store_link *l)
{
        if (!l->again)
                (void)sd_event_add_time_relative(service_event(l->service), &l->again, CLOCK_MONOTONIC, AGAIN_MS * 1000, 0,
                                                 on_again, l);
}

static void on_update(sd_json_variant *message, void *userdata)
{
        struct store_link *l = userdata;
        const char *kind = service_field_text(message, "kind"), *key = service_field_text(message, "key");

        if (!message)
                read_all(l);
        else if (text_equal(kind, "site"))
                read_site(l);
        else if (text_equal(kind, "sources"))
                service_peer_call(l->peer, STORE "ListSources", NULL, CALL_MS, on_sources, l);
        else if (text_equal(kind, "phone") && key && *key)
                read_phone_of(l, key);
        else if (text_equal(kind, "phone"))
                read_phones(l);
}

/* --- leases out --- */

static void on_committed(sd_json_variant *reply, const char *error, void *userdata)
{
        struct store_link *l = userdata;

        (void)reply;
        if (error)
                log_reason(LOG_LEVEL_WARNING, "store-away", "leases could not be stored (%s); only those already stored are acknowledged",
                           error);
        l->handlers.committed(error == NULL, l->handlers.userdata);
}

static int append_lease(sd_json_variant **list, const struct dhcp_lease *lease, uint64_t now_ms)
{
        char address[TEXT_IPV4_SIZE], mac[MAC_TEXT_SIZE], id[2 * DHCP_LEASE_CLIENT_ID_MAX + 1];
        int64_t rest_s = lease->ends_ms > now_ms ? (int64_t)((lease->ends_ms - now_ms + 999) / 1000) : 0;

        return sd_json_variant_append_arraybo(
                list, SD_JSON_BUILD_PAIR_STRING("address", text_from_ipv4(lease->address, address)),
                SD_JSON_BUILD_PAIR_STRING("mac", mac_format(&lease->mac, mac)),
                SD_JSON_BUILD_PAIR_STRING("client_id", text_hex(id, lease->id, lease->id_size)),
                SD_JSON_BUILD_PAIR_STRING("hostname", lease->hostname),
                SD_JSON_BUILD_PAIR_INTEGER("expires_at", clock_wall_s() + rest_s),
                SD_JSON_BUILD_PAIR_STRING("state", dhcp_lease_state_text(lease->state)));
}

void store_link_commit(struct store_link *l, const struct dhcp_lease *leases, size_t n_leases)
{
        sd_json_variant *list = NULL, *parameters = NULL;
        uint64_t now_ms = clock_monotonic_ms();
        int r = 0;

        for (size_t i = 0; i < n_leases && r >= 0; i++)
                r = append_lease(&list, &leases[i], now_ms);
        if (r >= 0)
                r = sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_VARIANT("leases", list));
        if (r >= 0)
                service_peer_call(l->peer, STORE "CommitLeases", parameters, COMMIT_MS, on_committed, l);
        else
                on_committed(NULL, "no memory", l);
        sd_json_variant_unref(list);
        sd_json_variant_unref(parameters);
}

/* --- events and sightings --- */

static void events_soon(struct store_link *l, uint64_t delay_ms);

static void on_events(sd_json_variant *reply, const char *error, void *userdata)
{
        struct store_link *l = userdata;

        (void)reply;
        /* What the store refuses as such would be refused again. */
        bool is_away = text_starts(error ? error : "", "io.provost.Unreachable") || text_equal(error, "io.provost.Timeout");
        if (!is_away) {
                l->first_event = (l->first_event + l->n_sent) % EVENTS_MAX;
                l->n_events -= l->n_sent;
        }
        l->n_sent = 0;
        if (error && !is_away)
                log_reason(LOG_LEVEL_WARNING, "events-refused", "the store refused events (%s)", error);
        if (!is_away && l->events_left_out) {
                log_reason(LOG_LEVEL_WARNING, "events-lost", "%u events were left out while the store was away", l->events_left_out);
                l->events_left_out = 0;
        }
        if (l->n_events)
                events_soon(l, is_away ? AGAIN_MS : EVENTS_MS);
}

static int append_event(sd_json_variant **list, const struct event *e)
{
        char mac[MAC_TEXT_SIZE];

        return sd_json_variant_append_arraybo(
                list, SD_JSON_BUILD_PAIR_INTEGER("at_ms", e->at_ms), SD_JSON_BUILD_PAIR_STRING("mac", e->is_of_site ? "" : mac_format(&e->mac, mac)),
                SD_JSON_BUILD_PAIR_STRING("station", "responder"), SD_JSON_BUILD_PAIR_STRING("word", e->word),
                SD_JSON_BUILD_PAIR_STRING("detail", e->detail));
}

static int on_events_due(sd_event_source *source, uint64_t now_us, void *userdata)
{
        struct store_link *l = userdata;
        sd_json_variant *list = NULL, *parameters = NULL;
        int r = 0;

        (void)source;
        (void)now_us;
        l->events_timer = sd_event_source_disable_unref(l->events_timer);
        if (l->n_sent || !l->n_events)
                return 0;
        while (l->n_sent < l->n_events && l->n_sent < EVENTS_PER_CALL && r >= 0) {
                r = append_event(&list, &l->events[(l->first_event + l->n_sent) % EVENTS_MAX]);
                l->n_sent++;
        }
        if (r >= 0)
                r = sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_VARIANT("events", list));
        if (r >= 0)
                service_peer_call(l->peer, STORE "AddEvents", parameters, CALL_MS, on_events, l);
        else
                on_events(NULL, "no memory", l);
        sd_json_variant_unref(list);
        sd_json_variant_unref(parameters);
        return 0;
}

static void events_soon(struct store_link *l, uint64_t delay_ms)
{
        if (!l->events_timer && !l->n_sent)
                (void)sd_event_add_time_relative(service_event(l->service), &l->events_timer, CLOCK_MONOTONIC, delay_ms * 1000,
                                                 10000, on_events_due, l);
}

void store_link_event(struct store_link *l, const struct mac *mac, const char *word, const char *detail)
{
        if (l->n_events == EVENTS_MAX) {
                l->events_left_out++;
                return;
        }
        struct event *e = &l->events[(l->first_event + l->n_events++) % EVENTS_MAX];
        e->is_of_site = mac == NULL;
        if (mac)
                e->mac = *mac;
        e->at_ms = clock_wall_ms();
        (void)snprintf(e->word, sizeof e->word, "%s", word);
        (void)snprintf(e->detail, sizeof e->detail, "%s", detail);
        events_soon(l, EVENTS_MS);
}

/* One report under way. */
struct report {
        struct store_link *link;
        struct mac mac;
};

static void on_seen(sd_json_variant *reply, const char *error, void *userdata)
{
        struct report *report = userdata;

        (void)reply;
        if (error) {
                log_reason(LOG_LEVEL_NOTICE, "store-away", "what was heard of a phone could not be reported (%s); it is told when it asks again", error);
                report->link->handlers.seen_lost(&report->mac, report->link->handlers.userdata);
        }
        free(report);
}

static int append_item(sd_json_variant **list, const char *kind, const char *value)
{
        return sd_json_variant_append_arraybo(list, SD_JSON_BUILD_PAIR_STRING("kind", kind), SD_JSON_BUILD_PAIR_STRING("value", value));
}

static int sighting_json(const struct sighting *s, sd_json_variant **ret_parameters)
{
        sd_json_variant *list = NULL;
        char mac[MAC_TEXT_SIZE];
        int r = append_item(&list, "how", sighting_how_text(s->how));

        for (enum sighting_kind k = 0; r >= 0 && k < SIGHTING_N_KINDS; k++)
                if (*s->values[k])
                        r = append_item(&list, sighting_kind_text(k), s->values[k]);
        if (r >= 0)
                r = sd_json_buildo(ret_parameters, SD_JSON_BUILD_PAIR_STRING("mac", mac_format(&s->mac, mac)),
                                   SD_JSON_BUILD_PAIR_CONDITION(*s->model != '\0', "model", SD_JSON_BUILD_STRING(s->model)),
                                   SD_JSON_BUILD_PAIR_CONDITION(*s->firmware != '\0', "firmware", SD_JSON_BUILD_STRING(s->firmware)),
                                   SD_JSON_BUILD_PAIR_STRING("how", sighting_how_text(s->how)), SD_JSON_BUILD_PAIR_VARIANT("evidence", list));
        sd_json_variant_unref(list);
        return r;
}

void store_link_seen(struct store_link *l, const struct sighting *sighting)
{
        struct report *report = calloc(1, sizeof *report);
        sd_json_variant *parameters = NULL;

        if (!report || sighting_json(sighting, &parameters) < 0) {
                free(report);
                return;
        }
        *report = (struct report){.link = l, .mac = sighting->mac};
        service_peer_call(l->peer, STORE "ReportSeen", parameters, CALL_MS, on_seen, report);
        sd_json_variant_unref(parameters);
}

/* --- alarms --- */

static void on_alarm(sd_json_variant *reply, const char *error, void *userdata)
{
        (void)reply;
        (void)userdata;
        if (error)
                log_reason(LOG_LEVEL_WARNING, "store-away", "an alarm could not be raised or cleared (%s)", error);
}

void store_link_raise(struct store_link *l, const char *kind, const char *subject, const char *detail)
{
        sd_json_variant *parameters = NULL;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("kind", kind), SD_JSON_BUILD_PAIR_STRING("subject", subject),
                           SD_JSON_BUILD_PAIR_STRING("detail", detail)) >= 0)
                service_peer_call(l->peer, STORE "RaiseAlarm", parameters, CALL_MS, on_alarm, l);
        sd_json_variant_unref(parameters);
}

void store_link_clear(struct store_link *l, const char *kind, const char *subject)
{
        sd_json_variant *parameters = NULL;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("kind", kind), SD_JSON_BUILD_PAIR_STRING("subject", subject)) >= 0)
                service_peer_call(l->peer, STORE "ClearAlarm", parameters, CALL_MS, on_alarm, l);
        sd_json_variant_unref(parameters);
}

/* --- life --- */

int store_link_new(struct service *service, const char *path, struct directory *directory,
                   struct dhcp_lease_table *leases, const struct store_link_handlers *handlers, struct store_link **ret_link)
{
        struct store_link *l = calloc(1, sizeof *l);
        int r;

        if (!l)
                return PV_ENOMEM;
        l->service = service;
        l->directory = directory;
        l->leases = leases;
        l->handlers = *handlers;
        r = service_peer_new(service, path, &l->peer);
        if (r == 0)
                r = service_peer_subscribe(l->peer, STORE "Subscribe", NULL, on_update, l);
        if (r < 0) {
                store_link_free(l);
                return r;
        }
        *ret_link = l;
        return 0;
}

void store_link_free(struct store_link *l)
{
        if (!l)
                return;
        service_peer_free(l->peer);     /* first: its calls end now, and may set the timers */
        sd_event_source_disable_unref(l->again);
        sd_event_source_disable_unref(l->events_timer);
        free(l);
}
