#ifndef PROVOST_SETTINGS_HOLD_H
#define PROVOST_SETTINGS_HOLD_H

#include <stddef.h>

#include "appliance/base/error.h"
#include "provisioning/document/settings_document.h"
#include "provisioning/model/lint.h"

/*
 * Whether settings must be held back, so that the phone keeps those it has:
 * PV_EREFUSED with the first error of lint in *ret_problem. 0: they may go out.
 */
int settings_hold(const struct settings_document_setting *settings, size_t n_settings, const struct lint_phone *phone,
                  struct settings_document_problem *ret_problem) PV_MUST_CHECK;

#endif
