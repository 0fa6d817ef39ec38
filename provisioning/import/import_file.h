#ifndef PROVOST_IMPORT_IMPORT_FILE_H
#define PROVOST_IMPORT_IMPORT_FILE_H

#include "provisioning/import/import_result.h"

/*
 * One settings file, XML or the classic text form, whichever it is. What this
 * appliance alone decides (setting_server, vpn_on ...) is left out with a warning.
 */
enum import_file_form { IMPORT_FILE_XML, IMPORT_FILE_TEXT };

/* By its first character that is no blank: < is XML, unless it opens HTML. */
enum import_file_form import_file_form_of(const void *bytes, size_t size);
/* Whether that first character is a <, or the file is UTF-16. */
bool import_file_is_markup(const void *bytes, size_t size);
/* Settings go to *settings (of the result), problems to the result under the name `file`. Negative as import_result_add_setting(). */
int import_file_read(struct import_result *result, struct import_settings *settings, const char *file, const void *bytes, size_t size) PV_MUST_CHECK;

#endif
