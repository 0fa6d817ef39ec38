/*
 * test_management_line: lines of OpenVPN's management socket, and events made of them.
 */
#include "tests/support/test.h"
#include "vpn/session/management_client.h"
#include "vpn/session/management_input.h"
#include "vpn/session/management_line.h"

static int parse(const char *text, struct management_line *line)
{
        return management_line_parse(text, strlen(text), line);
}

static enum management_line_kind kind_of(const char *text)
{
        struct management_line line;

        CHECK_EQ_INT(parse(text, &line), 0);
        return line.kind;
}

TEST(connect_and_reauth_have_client_and_key_ids)
{
        struct management_line line;

        CHECK_EQ_INT(parse(">CLIENT:CONNECT,17,3", &line), 0);
        CHECK_EQ_INT(line.kind, MANAGEMENT_LINE_CLIENT);
        CHECK_EQ_INT(line.event, MANAGEMENT_LINE_EVENT_CONNECT);
        CHECK_EQ_INT(line.cid, 17);
        CHECK_EQ_INT(line.kid, 3);
        CHECK_EQ_INT(parse(">CLIENT:REAUTH,0,2", &line), 0);
        CHECK_EQ_INT(line.event, MANAGEMENT_LINE_EVENT_REAUTH);
}

TEST(established_and_disconnect_have_a_client_id)
{
        struct management_line line;

        CHECK_EQ_INT(parse(">CLIENT:ESTABLISHED,5", &line), 0);
        CHECK_EQ_INT(line.event, MANAGEMENT_LINE_EVENT_ESTABLISHED);
        CHECK_EQ_INT(line.cid, 5);
        CHECK_EQ_INT(parse(">CLIENT:DISCONNECT,6", &line), 0);
        CHECK_EQ_INT(line.event, MANAGEMENT_LINE_EVENT_DISCONNECT);
        CHECK_EQ_INT(line.cid, 6);
}

TEST(an_id_that_is_no_number_is_malformed)
{
        const char *const bad[] = {">CLIENT:CONNECT,", ">CLIENT:CONNECT,1", ">CLIENT:CONNECT,1,", ">CLIENT:CONNECT,a,1",
                                   ">CLIENT:CONNECT,-1,1", ">CLIENT:ESTABLISHED,1 ", ">CLIENT:DISCONNECT,99999999999999999999",
                                   ">CLIENT:REAUTH,1,2,3"};
        struct management_line line;

        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
                CHECK_EQ_INT(parse(bad[i], &line), PV_EMALFORMED);
}

TEST(other_client_events_are_told_apart_so_that_their_env_is_skipped)
{
        struct management_line line;

        CHECK_EQ_INT(parse(">CLIENT:CR_RESPONSE,1,1,eA==", &line), 0);
        CHECK_EQ_INT(line.kind, MANAGEMENT_LINE_CLIENT);
        CHECK_EQ_INT(line.event, MANAGEMENT_LINE_EVENT_OTHER);
        CHECK_EQ_INT(kind_of(">CLIENT:ADDRESS,1,10.64.0.1,1"), MANAGEMENT_LINE_OTHER);
}

TEST(env_lines_have_name_and_text)
{
        struct management_line line;

        CHECK_EQ_INT(parse(">CLIENT:ENV,tls_id_0=O=Provost, CN=a", &line), 0);
        CHECK_EQ_INT(line.kind, MANAGEMENT_LINE_ENV);
        CHECK(cursor_equals(&line.name, "tls_id_0"));
        CHECK(cursor_equals(&line.text, "O=Provost, CN=a"));
        CHECK_EQ_INT(kind_of(">CLIENT:ENV,END"), MANAGEMENT_LINE_ENV_END);
        CHECK_EQ_INT(kind_of(">CLIENT:ENV,END="), MANAGEMENT_LINE_ENV);
        CHECK_EQ_INT(parse(">CLIENT:ENV,novalue", &line), PV_EMALFORMED);
}

TEST(answers_notices_and_the_end_are_told_apart)
{
        CHECK_EQ_INT(kind_of("SUCCESS: done"), MANAGEMENT_LINE_SUCCESS);
        CHECK_EQ_INT(kind_of("ERROR: common name 'x' not found"), MANAGEMENT_LINE_ERROR);
        CHECK_EQ_INT(kind_of("END"), MANAGEMENT_LINE_END);
        CHECK_EQ_INT(kind_of(">HOLD:Waiting for hold release:0"), MANAGEMENT_LINE_HOLD);
        CHECK_EQ_INT(kind_of(">FATAL:no"), MANAGEMENT_LINE_FATAL);
        CHECK_EQ_INT(kind_of("TITLE\tOpenVPN"), MANAGEMENT_LINE_OTHER);
        CHECK_EQ_INT(kind_of("HEADER\tCLIENT_LIST\tCommon Name"), MANAGEMENT_LINE_OTHER);
        CHECK_EQ_INT(kind_of(">BYTECOUNT_CLI:1,2,3"), MANAGEMENT_LINE_BYTES);
        CHECK_EQ_INT(kind_of(">LOG:1795310425,N,text, with commas"), MANAGEMENT_LINE_LOG);
        CHECK_EQ_INT(kind_of(">STATE:1"), MANAGEMENT_LINE_OTHER);
        CHECK_EQ_INT(kind_of(""), MANAGEMENT_LINE_OTHER);
}

TEST(a_row_of_status_3_has_its_columns)
{
        struct management_line line;

        CHECK_EQ_INT(parse("CLIENT_LIST\t000413aa0001\tudp4:10.20.0.2:35134\t10.64.0.10\t\t2996\t2568\t2026-11-21 19:13:13\t"
                           "1795288393\tUNDEF\t12\t0\tAES-256-GCM", &line), 0);
        CHECK_EQ_INT(line.kind, MANAGEMENT_LINE_ROW);
        CHECK(cursor_equals(&line.row.common_name, "000413aa0001"));
        CHECK(cursor_equals(&line.row.peer, "udp4:10.20.0.2:35134"));
        CHECK(cursor_equals(&line.row.address, "10.64.0.10"));
        CHECK(cursor_equals(&line.row.cipher, "AES-256-GCM"));
        CHECK_EQ_INT(line.row.bytes_in, 2996);
        CHECK_EQ_INT(line.row.bytes_out, 2568);
        CHECK_EQ_INT(line.row.since_s, 1795288393);
        CHECK_EQ_INT(line.row.cid, 12);
}

TEST(a_pending_row_has_an_empty_address)
{
        struct management_line line;

        CHECK_EQ_INT(parse("CLIENT_LIST\t000413aa0001\t10.20.0.2:35134\t\t\t1\t2\tx\t3\tUNDEF\t4\t0\t", &line), 0);
        CHECK_EQ_INT(cursor_left(&line.row.address), 0);
        CHECK_EQ_INT(line.row.cid, 4);
}

TEST(the_table_says_who_encrypts)
{
        struct management_line line;

        CHECK_EQ_INT(parse("GLOBAL_STATS\tdco_enabled\t1", &line), 0);
        CHECK_EQ_INT(line.kind, MANAGEMENT_LINE_CHANNEL);
        CHECK(line.is_kernel);
        CHECK_EQ_INT(parse("GLOBAL_STATS\tdco_enabled\t0", &line), 0);
        CHECK(!line.is_kernel);
        CHECK_EQ_INT(parse("GLOBAL_STATS\tMax bcast/mcast queue length\t4", &line), 0);
        CHECK_EQ_INT(line.kind, MANAGEMENT_LINE_OTHER);
        CHECK_EQ_INT(parse("GLOBAL_STATS\tdco_enabled\tyes", &line), PV_EMALFORMED);
}

TEST(a_row_with_too_few_columns_is_malformed)
{
        struct management_line line;

        CHECK_EQ_INT(parse("CLIENT_LIST\t000413aa0001\t10.20.0.2:35134\t10.64.0.10", &line), PV_EMALFORMED);
        CHECK_EQ_INT(parse("CLIENT_LIST\ta\tb\tc\td\tx\t2\te\t3\tf\t4\t0\tg", &line), PV_EMALFORMED);
}

/* Feeds lines, gives the last whole event. */
static bool collect(const char *const *lines, size_t n, struct management_client *ret)
{
        struct management_client_collector collector = {0};
        struct management_line line;
        bool whole = false;

        for (size_t i = 0; i < n; i++) {
                CHECK_EQ_INT(parse(lines[i], &line), 0);
                whole = management_client_collect(&collector, &line, ret);
        }
        return whole;
}

#define COLLECT(lines, ret) collect(lines, sizeof (lines) / sizeof *(lines), ret)

TEST(an_event_gathers_what_matters_of_its_env)
{
        const char *const lines[] = {
                ">CLIENT:CONNECT,7,1", ">CLIENT:ENV,common_name=000413aa0001", ">CLIENT:ENV,untrusted_ip=10.20.0.2",
                ">CLIENT:ENV,untrusted_port=35134", ">CLIENT:ENV,IV_PROTO=990", ">CLIENT:ENV,IV_VER=2.6.14",
                ">CLIENT:ENV,tls_digest_sha256_0=76:73:A5:91:d2:bd:90:24:3b:21:49:57:25:b9:5b:7f:6c:41:3c:08:99:d8:2c:e8:a2:80:a6:62:e0:48:5d:f8",
                ">CLIENT:ENV,tls_digest_sha256_1=00:73:a5:91:d2:bd:90:24:3b:21:49:57:25:b9:5b:7f:6c:41:3c:08:99:d8:2c:e8:a2:80:a6:62:e0:48:5d:f8",
                ">CLIENT:ENV,END"};
        struct management_client client;

        CHECK(COLLECT(lines, &client));
        CHECK_EQ_INT(client.event, MANAGEMENT_LINE_EVENT_CONNECT);
        CHECK_EQ_INT(client.cid, 7);
        CHECK_STR(client.common_name, "000413aa0001");
        CHECK_STR(client.peer_address, "10.20.0.2");
        CHECK_STR(client.peer_port, "35134");
        CHECK_STR(client.version, "2.6.14");
        CHECK_EQ_INT(client.protocol, 990);
        CHECK_STR(client.sha256, "7673a591d2bd90243b21495725b95b7f6c413c0899d82ce8a280a662e0485df8");
}

TEST(a_disconnect_without_env_is_whole)
{
        const char *const lines[] = {">CLIENT:DISCONNECT,7", ">CLIENT:ENV,END"};
        struct management_client client;

        CHECK(COLLECT(lines, &client));
        CHECK_EQ_INT(client.event, MANAGEMENT_LINE_EVENT_DISCONNECT);
        CHECK_STR(client.common_name, "");
}

TEST(unfit_values_are_left_empty)
{
        const char *const lines[] = {
                ">CLIENT:CONNECT,7,1", ">CLIENT:ENV,common_name=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                ">CLIENT:ENV,IV_VER=\x1b[31m", ">CLIENT:ENV,IV_PROTO=-1", ">CLIENT:ENV,tls_digest_sha256_0=76:73",
                ">CLIENT:ENV,END"};
        struct management_client client;

        CHECK(COLLECT(lines, &client));
        CHECK_STR(client.common_name, "");
        CHECK_STR(client.version, "");
        CHECK_STR(client.sha256, "");
        CHECK_EQ_INT(client.protocol, 0);
}

TEST(env_lines_outside_of_an_event_make_none)
{
        const char *const lines[] = {">CLIENT:ENV,common_name=a", ">CLIENT:ENV,END"};
        struct management_client client;

        CHECK(!COLLECT(lines, &client));
}

struct heard {
        char text[4][64];
        unsigned n;
};

static void hear(const char *line, size_t size, void *userdata)
{
        struct heard *heard = userdata;

        if (heard->n < 4 && size < 64) {
                memcpy(heard->text[heard->n], line, size);
                heard->text[heard->n][size] = 0;
        }
        heard->n++;
}

TEST(lines_come_out_whole_however_they_were_cut)
{
        static struct management_input input;
        const char text[] = "END\r\nSUCCESS: x\r\n\nrest";

        for (size_t cut = 0; cut < sizeof text - 1; cut++) {
                struct heard heard = {0};

                management_input_reset(&input);
                management_input_add(&input, text, cut, hear, &heard);
                management_input_add(&input, text + cut, sizeof text - 1 - cut, hear, &heard);
                CHECK_EQ_INT(heard.n, 3);
                CHECK_STR(heard.text[0], "END");
                CHECK_STR(heard.text[1], "SUCCESS: x");
                CHECK_STR(heard.text[2], "");
        }
}

TEST(a_line_longer_than_the_buffer_is_left_out_and_the_next_is_heard)
{
        static struct management_input input;
        struct heard heard = {0};
        char part[1000];

        memset(part, 'x', sizeof part);
        management_input_reset(&input);
        for (unsigned i = 0; i < 10; i++)
                management_input_add(&input, part, sizeof part, hear, &heard);
        management_input_add(&input, "\nEND\n", 5, hear, &heard);
        CHECK_EQ_INT(heard.n, 1);
        CHECK_STR(heard.text[0], "END");
}
