/*
 * test_management_log: lines of OpenVPN's log, as 2.7.8 wrote them when each of these handshakes was tried.
 */
#include "tests/support/test.h"
#include "vpn/session/management_log.h"

static struct management_log got;

static bool reads(const char *line)
{
        const struct cursor text = cursor_of_text(line);

        memset(&got, 0, sizeof got);
        return management_log_read(&text, &got);
}

TEST(certificates_that_do_not_verify_have_a_kind_a_name_and_a_peer)
{
        CHECK(reads("udp4:192.0.2.11:51939 VERIFY ERROR: depth=0, error=unable to get local issuer certificate: CN=000413aa0003, "
                    "serial=15122580492652372195026263675267346253319750863"));
        CHECK_EQ_INT(got.kind, MANAGEMENT_LOG_FOREIGN);
        CHECK_STR(got.common_name, "000413aa0003");
        CHECK_STR(got.peer, "192.0.2.11:51939");
        CHECK(reads("udp4:192.0.2.11:54481 VERIFY ERROR: depth=0, error=certificate has expired: CN=000413AA0005, serial=1"));
        CHECK_EQ_INT(got.kind, MANAGEMENT_LOG_EXPIRED);
        CHECK_STR(got.common_name, "000413aa0005");
        CHECK(reads("udp4:192.0.2.11:54481 VERIFY ERROR: depth=0, error=certificate is not yet valid: CN=000413aa0005, serial=1"));
        CHECK_EQ_INT(got.kind, MANAGEMENT_LOG_NOT_YET);
        CHECK(reads("udp4:192.0.2.11:59865 VERIFY ERROR: depth=0, error=unsuitable certificate purpose: CN=server, serial=7"));
        CHECK_EQ_INT(got.kind, MANAGEMENT_LOG_UNFIT);
        CHECK_STR(got.common_name, "");
}

TEST(over_tcp_and_with_2_6_the_peer_is_written_otherwise)
{
        CHECK(reads("tcp4-server:192.0.2.12:54376 TLS error: Unsupported protocol. This typically indicates"));
        CHECK_EQ_INT(got.kind, MANAGEMENT_LOG_TLS_VERSION);
        CHECK_STR(got.peer, "192.0.2.12:54376");
        CHECK(reads("192.0.2.12:54376 TLS error: The server has no TLS ciphersuites in common with the client. Your"));
        CHECK_EQ_INT(got.kind, MANAGEMENT_LOG_TLS_VERSION);
        CHECK_STR(got.peer, "192.0.2.12:54376");
}

TEST(no_common_cipher_is_told_with_and_without_a_peer)
{
        CHECK(reads("000413aa0001/udp4:192.0.2.11:48220 PUSH: No common cipher between server and client. Server data-ciphers: 'DEFAULT'"));
        CHECK_EQ_INT(got.kind, MANAGEMENT_LOG_NO_CIPHER);
        CHECK_STR(got.peer, "192.0.2.11:48220");
        CHECK(reads("PUSH: No common cipher between server and client."));
        CHECK_EQ_INT(got.kind, MANAGEMENT_LOG_NO_CIPHER);
        CHECK_STR(got.peer, "");
        CHECK(reads("PUSH: No NCP or OCC cipher data received from peer."));
        CHECK_EQ_INT(got.kind, MANAGEMENT_LOG_NO_CIPHER);
}

TEST(a_wrong_key_has_its_peer_at_the_end)
{
        CHECK(reads("TLS Error: incoming packet authentication failed from [AF_INET]192.0.2.11:52071"));
        CHECK_EQ_INT(got.kind, MANAGEMENT_LOG_KEY);
        CHECK_STR(got.peer, "192.0.2.11:52071");
}

TEST(a_control_channel_has_a_version)
{
        CHECK(reads("udp4:192.0.2.11:44302 Control Channel: TLSv1, cipher TLSv1.0 ECDHE-RSA-AES256-SHA, peer certificate: 2048 bits RSA"));
        CHECK_EQ_INT(got.kind, MANAGEMENT_LOG_CHANNEL);
        CHECK_STR(got.tls, "TLSv1");
        CHECK(reads("udp4:192.0.2.11:44302 Control Channel: TLSv1.2, cipher TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384"));
        CHECK_STR(got.tls, "TLSv1.2");
        CHECK(!reads("udp4:192.0.2.11:44302 Control Channel: TLSv1.2.3.4.5.6.7.8, cipher"));
}

TEST(other_lines_are_nothing)
{
        const char *const lines[] = {"", " ", "udp4:192.0.2.11:44302", "udp4:192.0.2.11:44302 VERIFY OK: depth=1, CN=lca",
                                     "read UDPv4 [ECONNREFUSED]: Connection refused (fd=6,code=111)", "Initialization Sequence Completed",
                                     "udp4:192.0.2.11:1 peer info: IV_VER=PUSH: No common cipher", "VERIFY ERROR: ", "a VERIFY ERROR: depth=0"};

        for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
                CHECK(!reads(lines[i]));
}

/* A certificate may say anything of itself. */
TEST(a_subject_that_is_no_phones_gives_no_name_and_peers_that_are_none_no_peer)
{
        CHECK(reads("udp4:192.0.2.11:5 VERIFY ERROR: depth=0, error=x: O=CN=1, CN=000413aa0001, serial=1"));
        CHECK_STR(got.common_name, "");
        CHECK(reads("udp4:192.0.2.11:5 VERIFY ERROR: depth=0, error=x: CN=000413aa0001\" kill, serial=1"));
        CHECK_STR(got.common_name, "");
        CHECK(reads("/]:::::1 TLS error: Unsupported protocol"));
        CHECK_STR(got.peer, "");
        CHECK(reads("udp6:2001:db8::1:1194 TLS error: Unsupported protocol"));
        CHECK_STR(got.peer, "");
        CHECK(reads("TLS Error: incoming packet authentication failed from [AF_INET]192.0.2.11:52071 and more"));
        CHECK_STR(got.peer, "");
}
