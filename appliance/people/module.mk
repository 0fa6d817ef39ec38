LIBS += people
people_DIR  := appliance/people
people_SRCS := advice.c import_offer.c receipt.c reply.c trial.c
people_USES := base
people_PKGS := libsystemd
people_EMBED := $(addprefix advice/,dnsmasq.txt isc.txt kea.txt mikrotik.txt opnsense.txt windows.txt)
