/*
 * box_certificates: the web edge's certificates, which pki makes.
 *
 * In:   names and addresses of the site and the page; pki's answers and changes.
 * Out:  a call to pki when they are due; the edge's part marked for a reload.
 * Not:  no key is seen here.
 */
#include "appliance/box/box_internal.h"

#include "appliance/base/clock.h"
#include "appliance/base/log.h"

#define PREPARE_MS 60000                /* two keys are made, RSA among them, perhaps on a slow machine */

static void on_prepared(sd_json_variant *reply, const char *error, void *userdata)
{
        struct box *box = userdata;
        sd_json_variant *changed = reply ? sd_json_variant_by_key(reply, "changed") : NULL;

        box->is_preparing = false;
        /* An answer that did not come may have been "changed": the next one will not say so again. */
        if (error || (changed && sd_json_variant_boolean(changed)))
                box->must_reload_edge = true;
        if (box->must_prepare_again) {
                box->must_prepare_again = false;
        } else if (error) {
                log_event(LOG_LEVEL_ERROR, "certificates-failed", "error", error, "detail", box_text_of(reply, "reason"),
                          "reason", "pki did not make the certificates of the web edge; tried again.", NULL);
                retry_later(&box->certificates_retry);
        } else {
                box->certificates_retry = (struct retry){0};
                box->has_certificates = true;
                box->is_certificate_due = false;
                box->certificates_at_ms = clock_monotonic_ms();
                if (box->must_reload_edge) {
                        box->must_reload_edge = false;
                        box->parts[PART_EDGE].must_reload = true;
                        box->parts[PART_EDGE].is_applied = false;
                        box->parts[PART_EDGE].is_changed_meanwhile = box->parts[PART_EDGE].is_busy;
                }
        }
        box_step(box);
}

/* The addresses of the page's cards; those of the site are known before the cards have them. */
static void choose_page_addresses(struct box *box)
{
        struct card cards[CARDS_MAX];
        const struct box_model *m = &box->model;
        size_t n_cards = 0, n = 0;

        if (m->is_page_on_lan)
                box->page_addresses[n++] = m->lan_address;
        if (m->is_page_on_uplink && m->uplink == BOX_MODEL_UPLINK_STATIC)
                box->page_addresses[n++] = m->uplink_address;
        if (cards_list(cards, &n_cards) == 0) {
                uint32_t found[CARDS_PAGE_MAX];
                size_t n_found = cards_page_addresses(m, cards, n_cards, found);

                for (size_t i = 0; i < n_found && n < CARDS_PAGE_MAX; i++)
                        if (found[i] != m->lan_address && found[i] != m->uplink_address)
                                box->page_addresses[n++] = found[i];
        }
        box->n_page_addresses = n;
}

static int add_texts(sd_json_variant **object, const char *name, const uint32_t *addresses, size_t n)
{
        char texts[CARDS_PAGE_MAX][TEXT_IPV4_SIZE], *list[CARDS_PAGE_MAX + 1] = {NULL};

        for (size_t i = 0; i < n && i < CARDS_PAGE_MAX; i++)
                list[i] = text_from_ipv4(addresses[i], texts[i]);
        return sd_json_variant_set_field_strv(object, name, list);
}

static int certificate_parameters(const struct box *box, sd_json_variant **ret_parameters)
{
        const struct box_model *m = &box->model;
        char *names[BOX_MODEL_NAMES_MAX + 1] = {NULL}, *page_names[] = {(char *)BOX_MODEL_PAGE_NAME, NULL};
        int r;

        for (size_t i = 0; i < m->n_names; i++)
                names[i] = (char *)m->names[i];
        r = sd_json_buildo(ret_parameters, SD_JSON_BUILD_PAIR("names", SD_JSON_BUILD_STRV(names)),
                           SD_JSON_BUILD_PAIR("legacy", SD_JSON_BUILD_BOOLEAN(m->is_legacy)),
                           SD_JSON_BUILD_PAIR("page_names", SD_JSON_BUILD_STRV(page_names)));
        if (r >= 0)
                r = add_texts(ret_parameters, "addresses", m->addresses, m->n_addresses);
        if (r >= 0)
                r = add_texts(ret_parameters, "page_addresses", box->page_addresses, box->n_page_addresses);
        return r;
}

void box_prepare_certificates(struct box *box)
{
        sd_json_variant *parameters = NULL;

        if (box->is_preparing || !retry_may(&box->certificates_retry))
                return;
        if (!box->n_page_addresses)
                choose_page_addresses(box);
        if (certificate_parameters(box, &parameters) < 0) {
                sd_json_variant_unref(parameters);
                retry_later(&box->certificates_retry);
                return;
        }
        box->is_preparing = true;
        service_peer_call(box->pki, "io.provost.Pki.PrepareEdge", parameters, PREPARE_MS, on_prepared, box);
        sd_json_variant_unref(parameters);
}

/* pki has other authorities, or came back: perhaps the edge's certificates are others now. */
void box_on_pki_change(sd_json_variant *message, void *userdata)
{
        struct box *box = userdata;

        box->is_certificate_due = true;
        box->must_prepare_again = box->is_preparing;
        if (!message)
                box_clock_pki_is_there(box->clock);
        box_step(box);
}
