#ifndef PROVOST_BACKUP_CONTENT_H
#define PROVOST_BACKUP_CONTENT_H

#include <stdint.h>
#include <systemd/sd-json.h>

#include "appliance/base/error.h"

/* What a backup says of itself: its manifest, the first record. */
struct backup_content {
        int64_t made_at, phones, schema, oldest;
        int64_t size;                   /* of the file; not in the manifest */
        char version[64], site[128];
};

/* The manifest as text, for the caller to free. */
int backup_content_write(const struct backup_content *content, char **ret_text) PV_MUST_CHECK;
/* PV_EUNSET: of another product. PV_EREFUSED: of a newer system that says it cannot be read here. PV_EMALFORMED. */
int backup_content_read(const char *text, struct backup_content *ret_content) PV_MUST_CHECK;
/* As the type Content of io.provost.Backup. */
int backup_content_json(const struct backup_content *content, sd_json_variant **ret) PV_MUST_CHECK;
/* The version of this system. */
void backup_content_own_version(char *ret, size_t size);

#endif
