#ifndef PROVOST_SETTINGS_SETTINGS_RESYNC_ACCOUNT_H
#define PROVOST_SETTINGS_SETTINGS_RESYNC_ACCOUNT_H

#include <stdint.h>
#include <systemd/sd-json.h>

/*
 * What a phone is asked with, from its settings: the first identity with a user_name (user_pname, user_pass), and
 * network_id_port. Texts are borrowed from the answer; "" when there is none, port 5060 when none is set.
 */
struct settings_resync_account {
        const char *user, *login, *password;
        uint16_t port;
        const char *hint;               /* what of its settings may keep it from hearing us; NULL: nothing */
};

/* `answer`: of GetDocument. */
struct settings_resync_account settings_resync_account(sd_json_variant *answer);

#endif
