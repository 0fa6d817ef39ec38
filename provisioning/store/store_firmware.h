#ifndef PROVOST_STORE_FIRMWARE_H
#define PROVOST_STORE_FIRMWARE_H

#include "provisioning/store/store.h"

/* Which firmware files station settings holds; the files themselves are on its disk. */

/* The file a phone of this model gets when it should run this version, as a Firmware object; PV_EUNSET when there is none. */
int store_firmware_json(struct store *store, const char *model, const char *version, sd_json_variant **ret_firmware) PV_MUST_CHECK;

int store_op_list_firmware(struct store *store, struct store_request *request);
int store_op_add_firmware(struct store *store, struct store_request *request);
int store_op_remove_firmware(struct store *store, struct store_request *request);

#endif
