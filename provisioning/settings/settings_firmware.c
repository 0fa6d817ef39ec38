/*
 * settings_firmware: firmware for the phone whose tunnel it is.
 *
 * In:   a request of an admitted phone; the store's answer to GetDocument.
 * Out:  which file to load, or the word to the edge to send it; 404 and 403.
 * Not:  no decision which firmware a phone should have (store), no file is read here.
 */
#include "provisioning/settings/settings_firmware.h"

#include <stdio.h>

#include "appliance/base/text.h"
#include "appliance/service/service_field.h"
#include "provisioning/phone/phone_reply.h"

bool settings_firmware_is_asked(const struct phone_route *route)
{
        return route->kind == PHONE_ROUTE_FIRMWARE || route->kind == PHONE_ROUTE_IMAGE;
}

static struct settings_firmware_decision refuse(unsigned status, const char *word, const char *reason)
{
        struct settings_firmware_decision decision = {.status = status, .word = word};

        (void)text_copy(decision.reason, sizeof decision.reason, reason);
        return decision;
}

struct settings_firmware_decision settings_firmware_decide(const struct phone_route *route, sd_json_variant *answer, bool is_get)
{
        const char *file = service_field_text(sd_json_variant_by_key(answer, "firmware"), "file");
        struct settings_firmware_decision decision = {.status = 200, .file = file};
        bool is_image = route->kind == PHONE_ROUTE_IMAGE;

        if (!file)
                return refuse(404, NULL, "no firmware is set for it, or the file is not there");
        if (!phone_firmware_is_file(file))
                return refuse(404, NULL, "the store names a firmware file whose name cannot be one");
        if (is_image && !text_equal(route->file, file))
                return refuse(403, "firmware-refused", "it asked for another firmware file than the one set for it");
        decision.word = is_image && is_get ? "firmware-served" : NULL;
        (void)snprintf(decision.reason, sizeof decision.reason, is_image ? "it fetches %s" : "it is told to load %s", file);
        return decision;
}

void settings_firmware_reply(struct http_request *request, const struct phone_route *route,
                             const struct settings_firmware_decision *decision, uint32_t gateway)
{
        char document[PHONE_FIRMWARE_DOCUMENT_SIZE];
        size_t size;

        if (!decision->file)
                phone_reply_refused(request, decision->status);
        else if (route->kind == PHONE_ROUTE_IMAGE)
                phone_reply_image(request, decision->file);
        else if (phone_firmware_document(gateway, 443, &route->mac, decision->file, document, &size))
                phone_reply_refused(request, 404);
        else
                http_reply(request, 200, "application/xml", document, size, NULL);
}
