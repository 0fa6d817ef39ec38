LIBS += box
box_DIR  := appliance/box
box_SRCS := address_watch.c apply_file.c box.c box_certificates.c box_clock.c box_model.c box_part.c box_site.c cards.c clock_floor.c clock_say.c clock_text.c edge_text.c facts.c firewall.c \
	firewall_text.c links.c log_entry.c log_read.c names.c network_text.c plan.c seed_place.c units.c
box_USES := base service
box_PKGS := libsystemd libnftables

PROGRAMS += provost-box
provost-box_OPTION := PROVOST_BOX
provost-box_DIR := appliance/box
provost-box_SRCS := main.c people.c
provost-box_USES := box base service
provost-box_PKGS := libsystemd libnftables
provost-box_VARLINK := io.provost.Box.varlink

PROGRAMS += provost-credentials
provost-credentials_DIR := appliance/box
provost-credentials_SRCS := credentials.c
provost-credentials_USES := base
provost-credentials_PKGS :=

PROGRAMS += provost-clock-floor
provost-clock-floor_DIR := appliance/box
provost-clock-floor_SRCS := clock_floor_main.c
provost-clock-floor_USES := box base
provost-clock-floor_PKGS :=

PROGRAMS += provost-seed
provost-seed_DIR := appliance/box
provost-seed_SRCS := seed_main.c
provost-seed_USES := box base
provost-seed_PKGS :=
