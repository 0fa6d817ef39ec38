#ifndef PROVOST_STORE_REVISION_H
#define PROVOST_STORE_REVISION_H

#include "provisioning/model/merge.h"
#include "provisioning/store/store.h"
#include "provisioning/store/store_layer.h"

/* Changes of what phones share, each a revision of its own with a roll-out, and the way back to an earlier one. */
#define STORE_REVISIONS_MAX 500         /* the oldest is forgotten, and what held only then */
#define STORE_NO_INDEX (-1)

/* Phones that get other settings by the revision ?1, as a condition on a row of phone. */
#define STORE_REVISION_CONCERNS                                                                                         \
        "phone.trust = 2 AND EXISTS (SELECT 1 FROM revision_scope AS s WHERE s.number = ?1 AND (s.scope = 'site' OR "   \
        "(s.scope = 'model' AND s.owner = " STORE_LAYER_MODEL_SQL("phone.model") ") OR (s.scope = 'profile' AND EXISTS " \
        "(SELECT 1 FROM phone_profile AS p WHERE p.mac = phone.mac AND p.profile = s.owner))))"

/* A revision in the making. What is put into it and is so already changes nothing. */
struct store_draft {
        struct store_request *request;
        const char *reason;             /* "" none */
        bool is_way_back;               /* of the roll-out itself, which may change things while it runs */
        int64_t number;                 /* 0: nothing differs yet */
        size_t n_changes;
        enum merge_scope scope;         /* of the last change */
        char owner[STORE_OWNER_SIZE];
        char summary[240];
};

/* One setting as given. value NULL: it shall not be there. attributes: a JSON object, or NULL. */
struct store_given {
        const char *name;
        int64_t index;                  /* STORE_NO_INDEX: none */
        const char *value, *permission, *attributes;
};

int store_revision_begin(struct store *store, struct store_request *request, const char *reason, struct store_draft *ret_draft) PV_MUST_CHECK;
int store_revision_setting(struct store *store, struct store_draft *draft, enum merge_scope scope, const char *owner,
                           const struct store_given *given) PV_MUST_CHECK;
/* state: 1 on, 0 off, -1 as the scopes before say. */
int store_revision_row(struct store *store, struct store_draft *draft, enum merge_scope scope, const char *owner, const char *row, int state,
                       const char *reason) PV_MUST_CHECK;
/* All that shared settings were right after that revision. */
int store_revision_back_to(struct store *store, struct store_draft *draft, int64_t number) PV_MUST_CHECK;
/* Gives it a number when it has none; the first difference does so by itself. */
int store_revision_number(struct store *store, struct store_draft *draft) PV_MUST_CHECK;
/* How many phones it concerns. */
int store_revision_count(struct store *store, const struct store_draft *draft, int64_t *ret_phones) PV_MUST_CHECK;
/* Makes the revision known, without giving it to any phone. */
int store_revision_end(struct store *store, struct store_draft *draft, int64_t *ret_phones) PV_MUST_CHECK;
/* Instead: as if nothing had been begun. */
int store_revision_undo(struct store *store, struct store_draft *draft) PV_MUST_CHECK;

/*
 * Values of the site that stand in documents, as the table site has them now: those that differ become a revision, which is
 * rolled out. For SetSite, after it wrote.
 */
int store_revision_site_value(struct store *store, struct store_request *request) PV_MUST_CHECK;
/* The revision all phones follow that no roll-out reached, and the one of a phone. */
int store_revision_base(struct store *store, int64_t *ret_number) PV_MUST_CHECK;

int store_op_list_revisions(struct store *store, struct store_request *request);
int store_op_get_revision(struct store *store, struct store_request *request);
int store_op_restore_revision(struct store *store, struct store_request *request);

#endif
