LIBS += pki
pki_DIR  := vpn/pki
pki_SRCS := pki_authority.c pki_authority_text.c pki_certificate.c pki_check.c pki_edge.c pki_ends.c pki_files.c pki_floor.c pki_generation.c \
	pki_leaf.c pki_names.c pki_page.c pki_pem.c pki_station.c pki_times.c pki_tls_auth.c pki_upload.c pki_vault.c
pki_USES := base
pki_PKGS := libcrypto

PROGRAMS += provost-pki
provost-pki_DIR     := vpn/pki
provost-pki_OPTION  := PROVOST_PKI
provost-pki_SRCS    := main.c pki_life.c pki_methods.c pki_reply.c pki_watch.c
provost-pki_USES    := base service pki
provost-pki_PKGS    := libsystemd libcrypto
provost-pki_VARLINK := io.provost.Pki.varlink

PROGRAMS += provost-pki-check
provost-pki-check_DIR    := vpn/pki
provost-pki-check_OPTION := PROVOST_BACKUP
provost-pki-check_SRCS   := check_main.c
provost-pki-check_USES   := base chore pki
provost-pki-check_PKGS   := libsystemd libcrypto
