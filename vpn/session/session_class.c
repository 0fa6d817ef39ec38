/*
 * session_class: what the OpenVPN processes are called and made of.
 *
 * In:   a class.
 * Out:  its names.
 * Not:  no state.
 *
 * The modern process offers AEAD ciphers alone: one CBC cipher in the list would keep the kernel's data channel away from all of
 * its phones, and whoever can choose would be asked to.
 */
#include "vpn/session/session_class.h"

#include "appliance/base/text.h"

#define AEAD "AES-256-GCM:AES-128-GCM:CHACHA20-POLY1305"

static const struct session_class_facts facts[SESSION_CLASSES] = {
        [SESSION_CLASS_MODERN] = {.name = "modern", .directory = "openvpn", .device = "tun-phones", .ciphers = AEAD,
                                  .insecure_ciphers = ""},
        [SESSION_CLASS_LEGACY] = {.name = "legacy", .directory = "openvpn-legacy", .device = "tun-legacy",
                                  .ciphers = AEAD ":AES-256-CBC:AES-128-CBC", .insecure_ciphers = "BF-CBC"},
};

const struct session_class_facts *session_class_facts(enum session_class class)
{
        return &facts[class];
}

enum session_class session_class_of(const char *name)
{
        return text_equal(name, "legacy") ? SESSION_CLASS_LEGACY : SESSION_CLASS_MODERN;
}
