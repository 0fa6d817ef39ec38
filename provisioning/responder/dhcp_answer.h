#ifndef PROVOST_RESPONDER_DHCP_ANSWER_H
#define PROVOST_RESPONDER_DHCP_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "provisioning/model/site.h"
#include "provisioning/responder/dhcp_message.h"
#include "provisioning/responder/dhcp_policy.h"

/* The bytes of an answer. PV_EUNSET when this answer is not one that is sent, PV_ETOOLARGE when it cannot be written. */
int dhcp_answer_build(const struct dhcp_message *request, const struct dhcp_policy_answer *answer, const struct site *site,
                      uint8_t ret[static DHCP_MESSAGE_MAX], size_t *ret_size) PV_MUST_CHECK;

#endif
