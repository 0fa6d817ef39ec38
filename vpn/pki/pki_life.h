#ifndef PROVOST_PKI_LIFE_H
#define PROVOST_PKI_LIFE_H

#include <systemd/sd-varlink.h>

/* The calls about time and generations: handlers of struct service_method, userdata is the struct pki_methods_data. */
int pki_life_get_ends(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata);
int pki_life_get_times(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata);
int pki_life_tell_time(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata);
int pki_life_get_rollover(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata);
int pki_life_step_rollover(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata);

#endif
