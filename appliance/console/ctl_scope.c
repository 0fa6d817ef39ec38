/*
 * ctl_scope: where settings come from, as a person writes it.
 *
 * In:   site, model NAME, profile NAME, phone MAC.
 * Out:  scope and owner of io.provost.Store.
 * Not:  whether there is such a model, profile or phone.
 */
#include "appliance/console/ctl_scope.h"

#include <string.h>

#include "appliance/base/mac.h"
#include "appliance/base/text.h"

int ctl_scope_add(struct ctl *ctl, const char *scope, const char *owner, sd_json_variant **parameters)
{
        if (ctl_add(parameters, "scope", scope) < 0 || ctl_add(parameters, "owner", owner) < 0)
                return ctl_misused(ctl, "The name of this %s is not UTF-8 text.", scope);
        return CTL_OK;
}

static int add_phone(struct ctl *ctl, const char *word, sd_json_variant **parameters)
{
        char text[MAC_TEXT_SIZE], escaped[48];
        struct mac mac;

        if (mac_parse_text(word, &mac) < 0)
                return ctl_misused(ctl, "\"%s\" is not a MAC address; write it like 000413AABBCC or 00:04:13:aa:bb:cc.",
                                   text_escape(escaped, sizeof escaped, word, strlen(word)));
        return ctl_scope_add(ctl, "phone", mac_format(&mac, text), parameters);
}

int ctl_scope(struct ctl *ctl, const struct args *args, size_t *at, sd_json_variant **parameters)
{
        const char *scope = *at < args->n_words ? args->words[*at] : "";
        const char *owner = *at + 1 < args->n_words ? args->words[*at + 1] : NULL;
        char escaped[48];
        int r;

        if (text_equal(scope, "site")) {
                *at += 1;
                return ctl_scope_add(ctl, "site", "", parameters);
        }
        if (!text_equal(scope, "model") && !text_equal(scope, "profile") && !text_equal(scope, "phone"))
                return ctl_misused(ctl, "\"%s\" is none of site, model NAME, profile NAME, phone MAC.",
                                   text_escape(escaped, sizeof escaped, scope, strlen(scope)));
        if (!owner || !*owner)
                return ctl_misused(ctl, "Behind \"%s\" its %s is missing.", scope, text_equal(scope, "phone") ? "MAC address" : "name");
        r = text_equal(scope, "phone") ? add_phone(ctl, owner, parameters) : ctl_scope_add(ctl, scope, owner, parameters);
        if (r == CTL_OK)
                *at += 2;
        return r;
}

int ctl_scope_ends(struct ctl *ctl, const struct args *args, size_t at)
{
        char escaped[48];

        if (at >= args->n_words)
                return CTL_OK;
        return ctl_misused(ctl, "\"%s\" is one word too many here.",
                           text_escape(escaped, sizeof escaped, args->words[at], strlen(args->words[at])));
}
