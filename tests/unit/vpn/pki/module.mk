UNIT_TESTS += test_pki_names
test_pki_names_DIR  := tests/unit/vpn/pki
test_pki_names_SRCS := test_pki_names.c
test_pki_names_USES := base pki

UNIT_TESTS += test_pki_times
test_pki_times_DIR  := tests/unit/vpn/pki
test_pki_times_SRCS := test_pki_times.c
test_pki_times_USES := base pki

UNIT_TESTS += test_pki_vault
test_pki_vault_DIR  := tests/unit/vpn/pki
test_pki_vault_SRCS := test_pki_vault.c pki_scratch.c
test_pki_vault_USES := base pki

UNIT_TESTS += test_pki_station
test_pki_station_DIR  := tests/unit/vpn/pki
test_pki_station_SRCS := test_pki_station.c pki_scratch.c
test_pki_station_USES := base pki

UNIT_TESTS += test_pki_rollover
test_pki_rollover_DIR  := tests/unit/vpn/pki
test_pki_rollover_SRCS := test_pki_rollover.c pki_scratch.c
test_pki_rollover_USES := base pki

UNIT_TESTS += test_pki_cut
test_pki_cut_DIR  := tests/unit/vpn/pki
test_pki_cut_SRCS := test_pki_cut.c pki_scratch.c
test_pki_cut_USES := base pki

UNIT_TESTS += test_pki_upload
test_pki_upload_DIR  := tests/unit/vpn/pki
test_pki_upload_SRCS := test_pki_upload.c pki_scratch.c
test_pki_upload_USES := base pki
