LIBS += responder
responder_DIR := provisioning/responder
responder_SRCS := dhcp_answer.c dhcp_lease.c dhcp_message.c dhcp_policy.c dhcp_server.c directory.c \
	pnp_message.c pnp_policy.c pnp_reply.c pnp_server.c rogue_policy.c rogue_watch.c sighting.c sightings.c strangers.c
responder_USES := base model sip

PROGRAMS += provost-responder
provost-responder_DIR := provisioning/responder
provost-responder_OPTION := PROVOST_RESPONDER
provost-responder_SRCS := main.c store_link.c
provost-responder_USES := base service model packet responder
provost-responder_PKGS := libsystemd
provost-responder_VARLINK := io.provost.Responder.varlink

UNIT_TESTS += test_dhcp_message test_dhcp_policy test_dhcp_lease test_dhcp_server
test_dhcp_message_DIR := tests/unit/provisioning/responder
test_dhcp_message_SRCS := test_dhcp_message.c
test_dhcp_message_USES := responder
test_dhcp_policy_DIR := tests/unit/provisioning/responder
test_dhcp_policy_SRCS := test_dhcp_policy.c
test_dhcp_policy_USES := responder
test_dhcp_lease_DIR := tests/unit/provisioning/responder
test_dhcp_lease_SRCS := test_dhcp_lease.c
test_dhcp_lease_USES := responder
test_dhcp_server_DIR := tests/unit/provisioning/responder
test_dhcp_server_SRCS := test_dhcp_server.c
test_dhcp_server_USES := responder

UNIT_TESTS += test_pnp_message test_pnp_policy test_pnp_server
test_pnp_message_DIR := tests/unit/provisioning/responder
test_pnp_message_SRCS := test_pnp_message.c
test_pnp_message_USES := responder
test_pnp_policy_DIR := tests/unit/provisioning/responder
test_pnp_policy_SRCS := test_pnp_policy.c
test_pnp_policy_USES := responder
test_pnp_server_DIR := tests/unit/provisioning/responder
test_pnp_server_SRCS := test_pnp_server.c
test_pnp_server_USES := responder

UNIT_TESTS += test_sightings
test_sightings_DIR := tests/unit/provisioning/responder
test_sightings_SRCS := test_sightings.c
test_sightings_USES := responder

UNIT_TESTS += test_rogue_watch
test_rogue_watch_DIR := tests/unit/provisioning/responder
test_rogue_watch_SRCS := test_rogue_watch.c
test_rogue_watch_USES := responder

FUZZERS += rogue_reply
rogue_reply_DIR := tests/fuzz/rogue_reply
rogue_reply_SRCS := fuzz.c
rogue_reply_USES := responder

FUZZERS += pnp_message
pnp_message_DIR := tests/fuzz/pnp_message
pnp_message_SRCS := fuzz.c
pnp_message_USES := responder

FUZZERS += dhcp_message
dhcp_message_DIR := tests/fuzz/dhcp_message
dhcp_message_SRCS := fuzz.c
dhcp_message_USES := responder
