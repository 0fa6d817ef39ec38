LIBS += packet
packet_DIR := appliance/packet
packet_SRCS := packet.c packet_frame.c packet_socket.c
packet_USES := base
packet_PKGS := libsystemd
packet_CFLAGS := -Iappliance/packet/lwip -isystem $(LWIP_SRC)/include
packet_EXTRA_SRCS := $(addprefix $(LWIP_SRC)/, \
	core/def.c core/inet_chksum.c core/init.c core/ip.c core/mem.c core/memp.c core/netif.c core/pbuf.c core/udp.c \
	core/ipv4/etharp.c core/ipv4/igmp.c core/ipv4/ip4.c core/ipv4/ip4_addr.c netif/ethernet.c)

UNIT_TESTS += test_packet test_packet_frame
test_packet_DIR := tests/unit/appliance/packet
test_packet_SRCS := test_packet.c
test_packet_USES := packet
test_packet_frame_DIR := tests/unit/appliance/packet
test_packet_frame_SRCS := test_packet_frame.c
test_packet_frame_USES := packet

FUZZERS += packet_frame
packet_frame_DIR := tests/fuzz/packet_frame
packet_frame_SRCS := fuzz.c
packet_frame_USES := packet
