/*
 * phone_firmware: names of firmware files, and the document that leads a phone to one.
 *
 * In:   a name, as an admin or a phone gave it.
 * Out:  whether it is one; the document.
 * Not:  no files, no decision which phone gets which.
 */
#include "provisioning/phone/phone_firmware.h"

#include <string.h>
#include <strings.h>

#include "appliance/base/text.h"
#include "appliance/base/writer.h"

static bool is_alnum(char c)
{
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool phone_firmware_is_file(const char *name)
{
        size_t size = strlen(name);
        const char *end = strrchr(name, '.');

        if (size == 0 || size >= PHONE_FIRMWARE_FILE_SIZE || !is_alnum(name[0]) || strstr(name, ".."))
                return false;
        for (size_t i = 0; i < size; i++)
                if (!is_alnum(name[i]) && !strchr("._-", name[i]))
                        return false;
        return !end || (strcasecmp(end, ".xml") != 0 && strcasecmp(end, ".htm") != 0);
}

int phone_firmware_document(uint32_t host, const struct mac *mac, const char *file,
                            char ret_document[static PHONE_FIRMWARE_DOCUMENT_SIZE], size_t *ret_size)
{
        struct writer w = writer_of(ret_document, PHONE_FIRMWARE_DOCUMENT_SIZE);
        char address[TEXT_IPV4_SIZE], name[MAC_TEXT_SIZE];

        if (!phone_firmware_is_file(file))
                return PV_EREFUSED;
        writer_format(&w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<firmware-settings>\n"
                      "  <firmware perm=\"\">https://%s/firmware/%s/%s</firmware>\n</firmware-settings>\n",
                      text_from_ipv4(host, address), mac_format_upper(mac, name), file);
        if (writer_finish_text(&w) < 0)
                return w.error;
        *ret_size = writer_used(&w);
        return 0;
}
