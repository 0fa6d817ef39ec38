/*
 * store_methods: the methods of io.provost.Store and who may call them.
 *
 * In:   nothing.
 * Out:  one table: least privilege, readable in one look. READ is answered at once, WRITE after the commit of its
 *       round, QUEUE at once and written a moment later.
 * Not:  nothing else.
 */
#include "provisioning/store/store_methods.h"

#include "provisioning/store/store_alarm.h"
#include "provisioning/store/store_approve.h"
#include "provisioning/store/store_audit.h"
#include "provisioning/store/store_copy.h"
#include "provisioning/store/store_enrolment.h"
#include "provisioning/store/store_end.h"
#include "provisioning/store/store_event.h"
#include "provisioning/store/store_evidence.h"
#include "provisioning/store/store_firmware.h"
#include "provisioning/store/store_import.h"
#include "provisioning/store/store_lease.h"
#include "provisioning/store/store_phone.h"
#include "provisioning/store/store_preview.h"
#include "provisioning/store/store_reach.h"
#include "provisioning/store/store_renewal.h"
#include "provisioning/store/store_receipt.h"
#include "provisioning/store/store_replace.h"
#include "provisioning/store/store_revision.h"
#include "provisioning/store/store_revoke.h"
#include "provisioning/store/store_rollout.h"
#include "provisioning/store/store_scope.h"
#include "provisioning/store/store_search.h"
#include "provisioning/store/store_secret.h"
#include "provisioning/store/store_seen.h"
#include "provisioning/store/store_serve.h"
#include "provisioning/store/store_server.h"
#include "provisioning/store/store_site.h"
#include "provisioning/store/store_tamper.h"
#include "provisioning/store/store_token.h"
#include "provisioning/store/store_tunnel.h"
#include "provisioning/store/store_user.h"
#include "provisioning/store/store_window.h"

#define ADMIN (SERVICE_CALLER_ROOT | SERVICE_CALLER_ADMIN)
#define RESPONDER SERVICE_CALLER_RESPONDER
#define BOOTSTRAP SERVICE_CALLER_BOOTSTRAP
#define SESSION SERVICE_CALLER_SESSION
#define SETTINGS SERVICE_CALLER_SETTINGS
#define ROOT SERVICE_CALLER_ROOT
#define PKI SERVICE_CALLER_PKI
/* What is nobody's but the sign-in's: not even root's. */
#define SIGN_IN SERVICE_CALLER_ADMIN
#define STATIONS (RESPONDER | BOOTSTRAP | SESSION | SETTINGS)

#define METHODS(X) \
        X(GetSite, ADMIN | STATIONS, READ, store_op_get_site) \
        X(SetSite, ADMIN, WRITE, store_op_set_site) \
        X(ListSources, ADMIN | RESPONDER, READ, store_op_list_sources) \
        X(SetSource, ADMIN, WRITE, store_op_set_source) \
        X(RemoveSource, ADMIN, WRITE, store_op_remove_source) \
        X(AddPhone, ADMIN, WRITE, store_op_add_phone) \
        X(ChangePhone, ADMIN, WRITE, store_op_change_phone) \
        X(ApprovePhone, ADMIN, WRITE, store_op_approve_phone) \
        X(ImportPhones, ADMIN, WRITE, store_op_import_phones) \
        X(ApprovePhones, ADMIN, WRITE, store_op_approve_phones) \
        X(OpenWindow, ADMIN, WRITE, store_op_open_window) \
        X(RevokePhone, ADMIN, WRITE, store_op_revoke_phone) \
        X(DeletePhone, ADMIN, WRITE, store_op_delete_phone) \
        X(GetPhone, ADMIN | RESPONDER | BOOTSTRAP | SETTINGS, READ, store_op_get_phone) \
        X(ListPhones, ADMIN | RESPONDER, READ, store_op_list_phones) \
        X(SearchPhones, ADMIN, READ, store_op_search_phones) \
        X(CountPhones, ADMIN, READ, store_op_count_phones) \
        X(ListSecrets, ADMIN, READ, store_op_list_secrets) \
        X(RevealSecret, ADMIN, WRITE, store_op_reveal_secret) \
        X(RotateSecrets, ADMIN, WRITE, store_op_rotate_secrets) \
        X(ListFirmware, ADMIN | SETTINGS | BOOTSTRAP, READ, store_op_list_firmware) \
        X(AddFirmware, SERVICE_CALLER_ROOT | SETTINGS, WRITE, store_op_add_firmware) \
        X(RemoveFirmware, SERVICE_CALLER_ROOT | SETTINGS, WRITE, store_op_remove_firmware) \
        X(SetSeal, ADMIN, WRITE, store_op_set_seal) \
        X(ListSeals, ADMIN, READ, store_op_list_seals) \
        X(Timeline, ADMIN, READ, store_op_timeline) \
        X(ListAudit, ADMIN, READ, store_op_list_audit) \
        X(SearchAudit, ADMIN, READ, store_op_search_audit) \
        X(CheckAudit, ADMIN, READ, store_op_check_audit) \
        X(NoteAudit, ADMIN, WRITE, store_op_note_audit) \
        X(ListUsers, ADMIN, READ, store_op_list_users) \
        X(GetUserSecrets, SIGN_IN, READ, store_op_get_user_secrets) \
        X(SetUser, SIGN_IN, WRITE, store_op_set_user) \
        X(RemoveUser, ADMIN, WRITE, store_op_remove_user) \
        X(UseUserCode, SIGN_IN, WRITE, store_op_use_user_code) \
        X(ListTokens, ADMIN, READ, store_op_list_tokens) \
        X(AddToken, SIGN_IN, WRITE, store_op_add_token) \
        X(FindToken, SIGN_IN, WRITE, store_op_find_token) \
        X(RemoveToken, ADMIN, WRITE, store_op_remove_token) \
        X(Snapshot, ROOT, READ, store_op_snapshot) \
        X(DropSnapshot, ROOT, READ, store_op_drop_snapshot) \
        X(Subscribe, ADMIN | RESPONDER | SESSION | SETTINGS | BOOTSTRAP, SUBSCRIBE, NULL) \
        X(ListLeases, ADMIN | RESPONDER, READ, store_op_list_leases) \
        X(CommitLeases, RESPONDER, WRITE, store_op_commit_leases) \
        X(AddEvents, ADMIN | STATIONS, QUEUE, store_op_add_events) \
        X(ReportSeen, RESPONDER | BOOTSTRAP | SESSION | SETTINGS, WRITE, store_op_report_seen) \
        X(GetEvidence, ADMIN, READ, store_op_get_evidence) \
        X(OpenEnrolment, ADMIN, WRITE, store_op_open_enrolment) \
        X(GetEnrolmentWindow, ADMIN, READ, store_op_get_enrolment_window) \
        X(ReplacePhone, ADMIN, WRITE, store_op_replace_phone) \
        X(UndoReplace, ADMIN, WRITE, store_op_undo_replace) \
        X(ListReplacements, ADMIN, READ, store_op_list_replacements) \
        X(RaiseAlarm, ADMIN | STATIONS | PKI, WRITE, store_op_raise_alarm) \
        X(ListAlarms, ADMIN | RESPONDER, READ, store_op_list_alarms) \
        X(CloseAlarm, ADMIN, WRITE, store_op_close_alarm) \
        X(ClearAlarm, ADMIN | STATIONS | PKI, WRITE, store_op_clear_alarm) \
        X(KeepReceipt, ADMIN, WRITE, store_op_keep_receipt) \
        X(ListReceipts, ADMIN, READ, store_op_list_receipts) \
        X(GetEnrolment, BOOTSTRAP, READ, store_op_get_enrolment) \
        X(SetEnrolment, BOOTSTRAP, WRITE, store_op_set_enrolment) \
        X(MarkEnrolled, BOOTSTRAP, WRITE, store_op_mark_enrolled) \
        X(ListRenewals, ADMIN | BOOTSTRAP, READ, store_op_list_renewals) \
        X(CountGenerations, ADMIN | BOOTSTRAP, READ, store_op_count_generations) \
        X(SetAuthorities, BOOTSTRAP, WRITE, store_op_set_authorities) \
        X(ListEnds, ADMIN, READ, store_op_list_ends) \
        X(ReportEnds, BOOTSTRAP, WRITE, store_op_report_ends) \
        X(ListTunnels, ADMIN | SESSION, READ, store_op_list_tunnels) \
        X(ListReach, ADMIN | SESSION, READ, store_op_list_reach) \
        X(AddReach, ADMIN, WRITE, store_op_add_reach) \
        X(RemoveReach, ADMIN, WRITE, store_op_remove_reach) \
        X(ReportTunnel, SESSION, WRITE, store_op_report_tunnel) \
        X(ReportTunnels, SESSION, WRITE, store_op_report_tunnels) \
        X(PreviewDocument, ADMIN, READ, store_op_preview_document) \
        X(DiffDocument, ADMIN, READ, store_op_diff_document) \
        X(ScorePhones, ADMIN, READ, store_op_score_phones) \
        X(ListScopes, ADMIN, READ, store_op_list_scopes) \
        X(ListSettings, ADMIN, READ, store_op_list_settings) \
        X(SetSettings, ADMIN, WRITE, store_op_set_settings) \
        X(RemoveScope, ADMIN, WRITE, store_op_remove_scope) \
        X(ListRows, ADMIN, READ, store_op_list_rows) \
        X(SetRow, ADMIN, WRITE, store_op_set_row) \
        X(ListRevisions, ADMIN, READ, store_op_list_revisions) \
        X(GetRevision, ADMIN, READ, store_op_get_revision) \
        X(RestoreRevision, ADMIN, WRITE, store_op_restore_revision) \
        X(GetRollout, ADMIN, READ, store_op_get_rollout) \
        X(ControlRollout, ADMIN, WRITE, store_op_control_rollout) \
        X(GetDocument, SETTINGS, READ, store_op_get_document) \
        X(MarkServed, SETTINGS, WRITE, store_op_mark_served)

#define HANDLER(name, callers, kind, operation)                                                                          \
        static int on_##name(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags,             \
                             void *userdata)                                                                             \
        {                                                                                                                \
                return store_server_serve(userdata, link, parameters, flags, STORE_SERVER_##kind, operation);            \
        }
METHODS(HANDLER)

#define ROW(name, callers, kind, operation) {"io.provost.Store." #name, callers, on_##name},
const struct service_method store_methods[] = {
        METHODS(ROW)
        {0},
};
