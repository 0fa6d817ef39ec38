#ifndef PROVOST_MODEL_MERGE_BUILTIN_H
#define PROVOST_MODEL_MERGE_BUILTIN_H

#include "provisioning/model/merge.h"
#include "provisioning/model/model_family.h"

/* What this appliance sets on every phone, in the order of the document. */
enum merge_row {
        MERGE_ROW_NONE, MERGE_ROW_WEB, MERGE_ROW_HIDDEN_TAGS, MERGE_ROW_ADMIN_MODE, MERGE_ROW_SERVICE, MERGE_ROW_MENUS,
        MERGE_ROW_KEYBOARD_LOCK, MERGE_ROW_SIGNALLING, MERGE_ROW_MEDIA, MERGE_ROW_VPN, MERGE_ROW_SOURCES, MERGE_ROW_SERVERS,
        MERGE_ROW_BOOT, MERGE_ROW_NOISE, MERGE_ROW_SEALS, MERGE_N_ROWS,
};

enum merge_for { MERGE_FOR_DESK, MERGE_FOR_WEB_LOGINS, MERGE_FOR_DECT, MERGE_FOR_BOTH };

/* Where the value of a built-in setting comes from. MERGE_FROM_TEXT: it stands in the table. */
enum merge_from {
        MERGE_FROM_TEXT, MERGE_FROM_SETTING_SERVER, MERGE_FROM_GATEWAY, MERGE_FROM_POLL, MERGE_FROM_EMERGENCY,
        MERGE_FROM_TIME_ZONE, MERGE_FROM_LANGUAGE, MERGE_FROM_TONES, MERGE_FROM_SIP_HOST, MERGE_FROM_SIP_OUTBOUND,
        MERGE_FROM_SRTP, MERGE_FROM_SAVP, MERGE_FROM_BUNDLE,
        MERGE_FROM_NAME, MERGE_FROM_SIP_USER, MERGE_FROM_SIP_SECRET, MERGE_FROM_IDENTITY,
        MERGE_FROM_HTTP_PASS, MERGE_FROM_ADMIN_PASSWORD, MERGE_FROM_SERVICE_PASS, MERGE_FROM_KEYBOARD_PIN, MERGE_FROM_BOOT_PIN,
        MERGE_FROM_WEB_USER_PASSWORD, MERGE_FROM_WEB_ADMIN_PASSWORD,
};

struct merge_builtin {
        const char *name;
        int index;                      /* MERGE_NO_INDEX, or 1: the first account */
        const char *permission;
        enum merge_row row;             /* the row whose switch leaves it out */
        enum merge_for is_for;
        bool is_locked;                 /* the appliance alone decides it, whatever a switch says */
        enum merge_from from;
        const char *text;
};

#define MERGE_VALUE_SIZE (SITE_HOST_MAX + 64)

/* NULL past the end. */
const struct merge_builtin *merge_builtin(size_t i);
bool merge_builtin_fits(const struct merge_builtin *builtin, const struct model_family *family);
/* NULL: this phone has no such value, so that the setting is left out. Stands in the input, in `space` or is static. */
const char *merge_builtin_value(const struct merge_builtin *builtin, const struct merge_input *input, char space[static MERGE_VALUE_SIZE]);
enum merge_scope merge_builtin_scope(const struct merge_builtin *builtin);
/* The switch of a row that counts: the one of the last scope, NULL when nothing is said. */
const struct merge_switch *merge_switch_of(const struct merge_input *input, enum merge_row row);

#endif
