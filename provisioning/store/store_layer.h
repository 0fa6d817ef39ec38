#ifndef PROVOST_STORE_LAYER_H
#define PROVOST_STORE_LAYER_H

#include "provisioning/model/merge.h"
#include "provisioning/store/store.h"

/* What one scope says: its settings and row switches, opened. Those of shared scopes are kept in memory, per revision. */
#define STORE_OWNER_SIZE 68

struct store_layer {
        struct merge_setting *settings; /* by name, then index */
        size_t n_settings, settings_room;
        struct merge_switch *switches;
        int64_t *switched_at;
        size_t n_switches, switches_room;
};

/* "site" "model" "profile" "phone"; -1: another word. */
int store_layer_scope(const char *text);
const char *store_layer_scope_text(enum merge_scope scope);
/* "D785" and "snomd785" are the model "snomD785". Returns ret. */
char *store_layer_model(const char *model, char ret[static STORE_OWNER_SIZE]);
/* The same in SQL: text an SQL expression. */
#define STORE_LAYER_MODEL_SQL(text)                                                                                     \
        "'snom' || upper(ltrim(CASE WHEN lower(substr(" text ", 1, 4)) = 'snom' THEN substr(" text ", 5) ELSE " text " END))"

/* Where a shared setting is sealed: its row names scope, owner and revision. The value's table is "shared_setting". */
#define STORE_LAYER_ROW_SIZE 128
char *store_layer_row(enum merge_scope scope, const char *owner, int64_t from, char ret[static STORE_LAYER_ROW_SIZE]);

/* Attributes as kept: a JSON object of texts, or NULL for none. The result is freed as part of the setting. */
int store_layer_attributes(const char *json, struct merge_setting *setting) PV_MUST_CHECK;
void store_layer_forget_attributes(struct merge_setting *setting);

/* The opened layers, kept until store_layers_forget(), which wipes them. */
struct store_layers;
int store_layers_new(struct store_layers **ret_layers) PV_MUST_CHECK;
void store_layers_free(struct store_layers *layers);
void store_layers_forget(struct store_layers *layers);
/* Makes room when much was opened. Before layers are borrowed for a document. */
void store_layers_tidy(struct store_layers *layers);

/*
 * A shared scope at a revision, STORE_LAYER_NOW for what is written at this moment. An owner nobody wrote about has an empty layer.
 * Borrowed until store_layers_forget().
 */
#define STORE_LAYER_NOW INT64_MAX
int store_layer_shared(struct store *store, int64_t revision, enum merge_scope scope, const char *owner,
                       const struct store_layer **ret_layer) PV_MUST_CHECK;
/* The same, read for the caller, who ends it. */
int store_layer_read(struct store *store, int64_t revision, enum merge_scope scope, const char *owner, struct store_layer *ret_layer) PV_MUST_CHECK;
/* The site with those of its values that stand in documents as they were at the revision. Borrowed in the same way. */
int store_layer_site(struct store *store, int64_t revision, const struct site **ret_site) PV_MUST_CHECK;
/* The phone's own, the caller's to end. */
int store_layer_phone(struct store *store, const char *mac, struct store_layer *ret_layer) PV_MUST_CHECK;
void store_layer_done(struct store_layer *layer);
const struct merge_setting *store_layer_find(const struct store_layer *layer, const char *name, int index);

#endif
