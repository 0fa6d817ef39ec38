#ifndef PROVOST_CONSOLE_CTL_UPLOAD_H
#define PROVOST_CONSOLE_CTL_UPLOAD_H

#include "appliance/console/ctl.h"

/* A file that goes to a station in parts. */

/* What can be read twice: the file itself, or for "-" a copy of what is left of standard input, in memory. At most max_mib, which measuring says. */
int ctl_upload_open(struct ctl *ctl, const char *path, unsigned max_mib, FILE **ret_file);
/* Size and SHA-256; the file is read from its beginning again afterwards. */
int ctl_upload_measure(struct ctl *ctl, FILE *file, unsigned max_mib, uint64_t *ret_size, char ret_sha256[static 65]);
/* How far it is, on a terminal only. */
void ctl_upload_progress(struct ctl *ctl, uint64_t done, uint64_t size);
/*
 * BeginUpload and AppendUpload of update or backup: "io.provost.<interface>." before the method. The upload's id, of the caller's to free.
 */
int ctl_upload_send(struct ctl *ctl, const char *station, const char *interface, FILE *file, uint64_t size, const char *sha256, char **ret_upload);
int ctl_upload_begin(struct ctl *ctl, const char *station, const char *interface, uint64_t size, const char *sha256, char **ret_upload);
int ctl_upload_append(struct ctl *ctl, const char *station, const char *interface, const char *upload, uint64_t offset, const void *bytes, size_t n);

#endif
