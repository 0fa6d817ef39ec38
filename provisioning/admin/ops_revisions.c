/*
 * ops_revisions: revisions of shared settings, their roll-out, and how far phones are hardened.
 *
 * In:   a number, an action.
 * Out:  the store's answers.
 * Not:  nothing is decided here.
 */
#include "provisioning/admin/operations.h"
#include "provisioning/admin/ops.h"

static const struct field list_revisions_fields[] = {
        FIELD_LIMIT(500),
        FIELDS_END,
};

static const struct field get_revision_fields[] = {
        FIELD(PATH, INTEGER, "number", .required = true, .min = 1, .max = INT64_MAX),
        FIELDS_END,
};

static const struct field restore_revision_fields[] = {
        FIELD(PATH, INTEGER, "number", .required = true, .min = 1, .max = INT64_MAX),
        FIELD_REASON,
        FIELDS_END,
};

static const struct field control_rollout_fields[] = {
        FIELD(BODY, WORD, "action", .required = true, .words = "next finish back"),
        FIELD_REASON,
        FIELDS_END,
};

static const struct field list_scores_fields[] = {
        FIELD(QUERY, TEXT, "after", .max = 12),
        FIELD_LIMIT(200),
        FIELDS_END,
};

static void list_revisions(struct call *call)
{
        ops_read(call, list_revisions_fields, STATION_STORE, "ListRevisions", NULL);
}

static void get_revision(struct call *call)
{
        ops_read(call, get_revision_fields, STATION_STORE, "GetRevision", NULL);
}

static void restore_revision(struct call *call)
{
        ops_write(call, restore_revision_fields, STATION_STORE, "RestoreRevision", NULL);
}

static void get_rollout(struct call *call)
{
        ops_read(call, NULL, STATION_STORE, "GetRollout", "rollout");
}

static void control_rollout(struct call *call)
{
        ops_write(call, control_rollout_fields, STATION_STORE, "ControlRollout", "rollout");
}

static void list_scores(struct call *call)
{
        ops_read(call, list_scores_fields, STATION_STORE, "ScorePhones", NULL);
}

const struct operation ops_revisions_operations[] = {
        {"GET", "/revisions", "listRevisions", ROLE_READER, 0, list_revisions_fields, list_revisions},
        {"GET", "/revisions/{number}", "getRevision", ROLE_READER, 0, get_revision_fields, get_revision},
        {"POST", "/revisions/{number}/restore", "restoreRevision", ROLE_ADMIN, 0, restore_revision_fields, restore_revision},
        {"GET", "/rollout", "getRollout", ROLE_READER, 0, NULL, get_rollout},
        {"POST", "/rollout", "controlRollout", ROLE_ADMIN, 0, control_rollout_fields, control_rollout},
        {"GET", "/scores", "listScores", ROLE_READER, 0, list_scores_fields, list_scores},
        OPERATIONS_END,
};
