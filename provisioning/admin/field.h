#ifndef PROVOST_ADMIN_FIELD_H
#define PROVOST_ADMIN_FIELD_H

#include "provisioning/admin/operation.h"

/* What a field of an operation was given: checked against its row, so that nothing else reaches the operation. */
struct field_value {
        bool given;
        const char *text;               /* TEXT, PROSE, WORD, MAC (12 hex digits); in own or in json */
        char *own;                      /* owned */
        int64_t integer;
        bool flag;
        sd_json_variant *json;          /* owned; TEXTS, OBJECT, LIST, and what text borrows from */
};

#define FIELD_WHY_SIZE 160

/* 0, or PV_EMALFORMED with a sentence about this field in ret_why; PV_ENOMEM. From a path or query: lists are comma apart. */
int field_from_text(const struct field *field, const char *text, struct field_value *ret_value, char ret_why[static FIELD_WHY_SIZE]) PV_MUST_CHECK;
int field_from_json(const struct field *field, sd_json_variant *json, struct field_value *ret_value, char ret_why[static FIELD_WHY_SIZE]) PV_MUST_CHECK;
/* Wipes the text: it may be a password. */
void field_value_done(struct field_value *value);

#endif
