#ifndef PROVOST_UPDATE_UKI_NAME_H
#define PROVOST_UPDATE_UKI_NAME_H

#include "appliance/base/error.h"
#include "appliance/update/update_version.h"

/*
 * The name of a kernel image in EFI/Linux: provost_VERSION+LEFT-DONE.efi, as systemd-boot counts starts. It takes one from LEFT and
 * adds one to DONE before it starts an image; what has nothing left is started only when there is nothing else.
 */
#define UKI_NAME_SIZE 64
#define UKI_LEFT_MAX 9

struct uki_name {
        char version[UPDATE_VERSION_SIZE];
        int left;                       /* -1: not counted */
        int done;
};

/* PV_EUNSET: a name that is none of ours. */
int uki_name_parse(const char *text, struct uki_name *ret) PV_MUST_CHECK;
char *uki_name_text(const struct uki_name *name, char ret[static UKI_NAME_SIZE]);

#endif
