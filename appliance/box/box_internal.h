/*
 * What the files of box share: its state, and what one calls in another. For box*.c alone.
 */
#ifndef PROVOST_BOX_BOX_INTERNAL_H
#define PROVOST_BOX_BOX_INTERNAL_H

#include <stdlib.h>

#include "appliance/base/text.h"
#include "appliance/box/address_watch.h"
#include "appliance/box/box.h"
#include "appliance/box/names.h"
#include "appliance/service/service_field.h"

#define BOX_CALL_MS 5000

#define UNIT_NETWORK "systemd-networkd.service"
#define UNIT_CLOCK "provost-clock.service"
#define UNIT_EDGE "provost-edge.service"
#define UNIT_OPENVPN "provost-openvpn.service"
#define UNIT_OPENVPN_KERNEL "provost-openvpn-kernel.service"
#define UNIT_OPENVPN_LEGACY "provost-openvpn-legacy.service"
#define UNIT_NAME "provost-name.service"
#define UNIT_TUNNEL "provost-openvpn.path"
#define UNIT_TUNNEL_LEGACY "provost-openvpn-legacy.path"
#define UNIT_LATER "provost-later.target"
#define DEVICE "tun-phones"
#define DEVICE_LEGACY "tun-legacy"

struct retry {
        uint64_t at_ms;         /* not before */
        uint64_t wait_ms;
};

/* One file of a part. `by_reload`: the unit takes a change of it without a restart. */
struct file {
        const char *path;
        char *text;             /* owned; NULL: the file should not be there */
        bool by_reload;
};

enum part_id { PART_NETWORK, PART_CLOCK, PART_EDGE, N_PARTS };
#define N_FILES_MAX 9

/* Files and the unit that reads them. The stamp is there while unit and files agree, also over our own restart. */
struct part {
        struct box *box;
        const char *word, *unit, *stamp;
        struct file files[N_FILES_MAX];
        size_t n_files;
        bool is_applied, is_busy, must_restart, must_reload, is_changed_meanwhile;
        unsigned n_failures;            /* in a row */
        struct retry retry;
};

/* A unit that is told once to start. */
struct starter {
        struct box *box;
        const char *unit;
        bool is_told;
        struct retry retry;
};

struct box {
        struct service *service;
        struct service_peer *store, *pki;
        struct units *units;
        struct address_watch *addresses;
        struct names *names;
        struct box_clock *clock;
        sd_event_source *timer;
        box_changed changed;
        void *userdata;

        bool is_reading, must_read_again, has_reach;
        bool has_model;
        char site_problem[BOX_SENTENCE_SIZE];
        uint64_t revision;
        struct box_model model;
        struct retry read_retry;

        char *firewall_text;
        bool is_firewall_applied;
        struct retry firewall_retry;

        struct retry links_retry;

        bool has_certificates, is_preparing, must_prepare_again, must_reload_edge;
        bool is_certificate_due;        /* pki is asked whether they are still the ones: each few hours, and when time or authorities changed */
        uint64_t certificates_at_ms;
        struct retry certificates_retry;
        /* For which addresses the page's certificate was asked. Others that come meanwhile wait for the next time it is due: a person
         * at the page would be asked anew whether to trust it. */
        uint32_t page_addresses[CARDS_PAGE_MAX];
        size_t n_page_addresses;
        struct box_page page;           /* what was told of it last */

        struct part parts[N_PARTS];
        struct starter tunnel, tunnel_legacy, later;
        struct box_status status;
};

/* "" for a field that is not there. */
static inline const char *box_text_of(sd_json_variant *object, const char *name)
{
        const char *text = service_field_text(object, name);

        return text ? text : "";
}

/* Compares what is with what should be, and does what may be done now. Every event ends here. */
void box_step(struct box *box);

/* --- box_part.c */
bool retry_may(const struct retry *retry);
/* Each time twice as long, 0.1 s to 10 s. */
void retry_later(struct retry *retry);
void part_init_all(struct box *box);
void part_apply(struct part *part);
/* New wanted texts: taken over by `part`; NULL for a file that should not be there. */
void part_want(struct part *part, size_t i, char *text);
void part_done_all(struct box *box);

/* --- box.c */
void box_want_edge(struct box *box);
/* Takes over what the model owns. */
void box_take_model(struct box *box, struct box_model *model, uint64_t revision);

/* --- box_site.c */
void box_read_site(struct box *box);
void box_on_store_change(sd_json_variant *message, void *userdata);

/* --- box_certificates.c */
void box_prepare_certificates(struct box *box);
void box_on_pki_change(sd_json_variant *message, void *userdata);

#endif
