#ifndef PROVOST_STORE_DOCUMENT_H
#define PROVOST_STORE_DOCUMENT_H

#include "provisioning/model/lint.h"
#include "provisioning/model/merge.h"
#include "provisioning/model/phone.h"
#include "provisioning/model/tunnel_url.h"
#include "provisioning/store/store.h"
#include "provisioning/store/store_layer.h"

/* Everything one phone should be set to: what the store knows of it, merged. */
#define STORE_DOCUMENT_PROFILES_MAX 16
#define STORE_DOCUMENT_LAYERS_MAX (STORE_DOCUMENT_PROFILES_MAX + 3)

struct store_document {
        char mac[MAC_TEXT_SIZE], name[132], model[164], firmware[84], sip_user[132];
        char profiles[STORE_DOCUMENT_PROFILES_MAX][STORE_OWNER_SIZE];
        size_t n_profiles;
        enum phone_trust trust;
        bool is_up;                     /* its tunnel, opened with its present certificate */
        bool is_legacy;
        char bundle_serial[TUNNEL_URL_SERIAL_MAX + 1];  /* of the bundle its settings name; "" none */
        bool is_made_up;                /* nobody's: to see what settings mean that no phone has yet */
        int64_t revision;               /* what it should have */
        int64_t shared;                 /* the revision of the shared settings it follows */
        /* from store_document_merge() on */
        struct merge_input input;
        struct merge_result result;     /* borrowed until the next document is merged */
        sd_json_variant *firmware_file; /* a Firmware, NULL: none is to be given */
        bool is_firmware_missing;
        /* inside */
        struct store_layer own;
        struct merge_secrets secrets;
        struct merge_layer layers[STORE_DOCUMENT_LAYERS_MAX];
        struct merge_switch *switches;
};

/* A phone by its MAC, or by "tunnel_address" of the request. Nothing is merged yet; store_document_done() in any case. */
int store_document_by_mac(struct store *store, struct store_request *request, const char *mac, struct store_document *ret) PV_MUST_CHECK;
int store_document_by_address(struct store *store, struct store_request *request, struct store_document *ret) PV_MUST_CHECK;
/* A phone that has only the settings of this scope, at a revision. */
void store_document_make_up(enum merge_scope scope, const char *owner, int64_t revision, struct store_document *ret);
int store_document_merge(struct store *store, struct store_document *document) PV_MUST_CHECK;
void store_document_done(struct store_document *document);

/* lint_merged(), and whether the firmware asked for is there. */
void store_document_lint(const struct store_document *document, lint_each each, void *userdata);
/* The settings as an array of Setting. Sensitive. */
int store_document_settings(const struct store_document *document, sd_json_variant **ret_settings) PV_MUST_CHECK;

/* 1 and the sentence: lint keeps the newest settings of this phone back. 0: it does not. Also negative. */
int store_document_held(struct store *store, const char *mac, char *ret_reason, size_t size);

#endif
