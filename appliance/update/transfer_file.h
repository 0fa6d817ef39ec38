#ifndef PROVOST_UPDATE_TRANSFER_FILE_H
#define PROVOST_UPDATE_TRANSFER_FILE_H

#include "appliance/base/error.h"

/* What systemd-sysupdate is told (sysupdate.d(5)). PV_ETOOLARGE, PV_EREFUSED: a path that is no line. */
#define TRANSFER_FILE_SIZE 1024
int transfer_file_root(const char *disk, const char *source, const char *running, char ret[static TRANSFER_FILE_SIZE]) PV_MUST_CHECK;
int transfer_file_kernel(const char *images, const char *source, const char *running, char ret[static TRANSFER_FILE_SIZE]) PV_MUST_CHECK;

#endif
