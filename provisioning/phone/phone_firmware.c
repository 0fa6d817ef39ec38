/*
 * phone_firmware: names of firmware files, and the document that leads a phone to one.
 *
 * In:   a name, as an admin or a phone gave it.
 * Out:  whether it is one; the document.
 * Not:  no files, no decision which phone gets which.
 */
#include "provisioning/phone/phone_firmware.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "appliance/base/text.h"
#include "provisioning/document/settings_document.h"

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

int phone_firmware_document(uint32_t host, uint16_t port, const struct mac *mac, const char *file,
                            char ret_document[static PHONE_FIRMWARE_DOCUMENT_SIZE], size_t *ret_size)
{
        char url[176], colon[8] = "", address[TEXT_IPV4_SIZE], name[MAC_TEXT_SIZE];
        struct settings_document_writer *writer = NULL;
        struct settings_document_problem problem;
        const char *bytes;
        size_t size;
        int r = phone_firmware_is_file(file) ? settings_document_writer_new(&writer) : PV_EREFUSED;

        if (r)
                return r;
        if (port != 443)
                (void)snprintf(colon, sizeof colon, ":%u", port);
        (void)snprintf(url, sizeof url, "https://%s%s/firmware/%s/%s", text_from_ipv4(host, address), colon, mac_format_upper(mac, name), file);
        r = settings_document_render_firmware(writer, url, &bytes, &size, &problem);
        if (!r && size > PHONE_FIRMWARE_DOCUMENT_SIZE)
                r = PV_ETOOLARGE;
        if (!r) {
                memcpy(ret_document, bytes, size);
                *ret_size = size;
        }
        settings_document_writer_free(writer);
        return r;
}
