/*
 * edge_text: nginx in front of bootstrap (phone LAN), settings (tunnel) and the page (admin).
 * In the tunnel, /vpn/ is bootstrap's too: that is how certificates are renewed.
 *
 * In:   a checked struct box_model.
 * Out:  nginx.conf.
 * Not:  no certificates (pki writes them), no decision about a phone: nginx
 *       says what it saw of the client in headers of ours, the station decides.
 *
 * No header of the client reaches a station unless it is on the list here, so
 * none can pass for ours. The path goes through untouched ($request_uri), so
 * edge and station cannot read it differently. A client certificate that does
 * not verify is passed on as FAILED:reason (error 495), for a clear refusal
 * and an event in the phone's timeline. No session is resumed: each connection
 * shows its certificate, and it is judged by what holds now.
 *
 * OpenSSL's default security level stays: chains of RSA 1024 or SHA-1 (Snom's
 * oldest factory roots) are FAILED. Where the site serves old phones they have
 * listeners of their own, with TLS 1.0, security level 0 and a certificate of
 * the old phones' authority; those of the others stay as they are.
 *
 * The page's listener is bound to no address: those of its cards come and go
 * (DHCP), and the packet filter says on which cards it is. Until there is a
 * site it is the only one. No client certificate is asked there; what a person
 * may do is admin's to say.
 */
#include "appliance/box/edge_text.h"

#include <string.h>

#include "appliance/base/text.h"

static const char head[] =
        "# Written by provost-box from the site's values.\n"
        "pid /run/provost-edge/nginx.pid;\n"
        "error_log stderr warn;\n"
        "worker_processes auto;\n"
        "worker_shutdown_timeout 10s;\n"
        "events {\n"
        "\tworker_connections 4096;\n"
        "}\n"
        "http {\n"
        "\taccess_log off;\n"
        "\tlog_format edge '$listener client=$remote_addr status=$status method=$request_method path=\"$uri\" '\n"
        "\t\t'bytes=$bytes_sent took_s=$request_time tls=$ssl_protocol verify=\"$ssl_client_verify\" '\n"
        "\t\t'agent=\"$http_user_agent\"';\n"
        "\tserver_tokens off;\n"
        "\tdefault_type text/plain;\n"
        "\tclient_body_temp_path /run/provost-edge/body;\n"
        "\tproxy_temp_path /run/provost-edge/proxy;\n"
        "\tfastcgi_temp_path /run/provost-edge/fastcgi;\n"
        "\tuwsgi_temp_path /run/provost-edge/uwsgi;\n"
        "\tscgi_temp_path /run/provost-edge/scgi;\n"
        "\n"
        "\tclient_header_timeout 10s;\n"
        "\tclient_body_timeout 10s;\n"
        "\tsend_timeout 10s;\n"
        "\tkeepalive_timeout 10s;\n"
        "\tkeepalive_requests 100;\n"
        "\treset_timedout_connection on;\n"
        "\tclient_header_buffer_size 1k;\n"
        "\tlarge_client_header_buffers 4 4k;\n"
        "\tclient_max_body_size 1k;\n"
        "\tclient_body_buffer_size 1k;\n"
        "\tmerge_slashes off;\n"
        "\tmsie_padding off;\n"
        "\tabsolute_redirect off;\n"
        "\trecursive_error_pages on;\n"
        "\tlimit_req_zone $binary_remote_addr zone=requests:2m rate=50r/s;\n"
        "\tlimit_req zone=requests burst=100 nodelay;\n"
        "\tlimit_req_status 429;\n"
        "\tlimit_conn_zone $binary_remote_addr zone=connections:2m;\n"
        "\tlimit_conn connections 32;\n"
        "\tlimit_conn_status 429;\n"
        "\tlimit_req_log_level warn;\n"
        "\n"
        "\tssl_protocols TLSv1.2 TLSv1.3;\n"
        "\tssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
        "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;\n"
        "\tssl_ecdh_curve X25519:prime256v1:secp384r1;\n"
        "\tssl_prefer_server_ciphers on;\n"
        "\tssl_session_cache off;\n"
        "\tssl_session_tickets off;\n"
        "\n"
        "\tproxy_http_version 1.1;\n"
        "\tproxy_pass_request_headers off;\n"
        "\tproxy_pass_request_body off;\n"
        "\tproxy_connect_timeout 5s;\n"
        "\tproxy_send_timeout 10s;\n"
        "\tproxy_read_timeout 10s;\n"
        "\tproxy_buffers 16 8k;\n"
        "\tproxy_max_temp_file_size 0;\n"
        "\tproxy_redirect off;\n"
        "\n";

static const char phones[] =
        "\tssl_certificate /run/provost/tls/edge-p256.pem;\n"
        "\tssl_certificate_key /run/provost/tls/edge-p256.key;\n"
        "\tssl_certificate /run/provost/tls/edge-rsa.pem;\n"
        "\tssl_certificate_key /run/provost/tls/edge-rsa.key;\n"
        "\n"
        "\tproxy_set_header Host provost;\n"
        "\tproxy_set_header Connection \"\";\n"
        "\tproxy_set_header Content-Length \"\";\n"
        "\tproxy_set_header User-Agent $http_user_agent;\n"
        "\tproxy_set_header X-snom-vpn $http_x_snom_vpn;\n"
        "\tproxy_set_header If-None-Match $http_if_none_match;\n"
        "\tproxy_set_header Accept-Encoding $http_accept_encoding;\n"
        "\tproxy_set_header X-Provost-Address $remote_addr;\n"
        "\tproxy_set_header X-Provost-Verify $ssl_client_verify;\n"
        "\tproxy_set_header X-Provost-Subject $ssl_client_s_dn;\n"
        "\tproxy_set_header X-Provost-Issuer $ssl_client_i_dn;\n"
        "\tproxy_set_header X-Provost-Fingerprint $ssl_client_fingerprint;\n"
        "\tproxy_set_header X-Provost-Certificate-Ends $ssl_client_v_end;\n"
        "\tproxy_set_header X-Provost-Listener $listener;\n"
        "\n"
        /* The way of error 495 skips locations and what a server block sets; so these are maps. */
        "\tmap $uri $station_in_tunnel {\n"
        "\t\tdefault settings;\n"
        "\t\t~^/vpn/ bootstrap;\n"
        "\t}\n"
        "\n";

/* What nginx itself refuses is answered in one plain sentence. 495 and 496 go to the station, see server(). */
static const struct {
        unsigned status;
        const char *codes;              /* nginx's own codes that end as this status; of 400: what the listener says */
        const char *sentence;
} refusals[] = {
        {400, NULL, "This request is not valid HTTP over TLS."},
        {403, "403", "This is not open to you."},
        {404, "404", "There is nothing here."},
        {405, "405", "Only GET and HEAD are answered here."},
        {408, "408", "The request took too long."},
        {413, "413", "Requests have no body here."},
        {414, "414", "The address is too long."},
        {429, "429", "Too many requests from this address; try again in a second."},
        {500, "500", "The appliance could not answer; see its journal."},
        {502, "502 503 504", "The station behind this address is starting; try again in a second."},
};

#define N_REFUSALS (sizeof refusals / sizeof *refusals)

/* Not named locations: nginx cannot enter one when the request had no readable path. */
static void error_pages(struct writer *w, const char *codes_400)
{
        for (size_t i = 0; i < N_REFUSALS; i++)
                writer_format(w, "\t\terror_page %s = /refuse/%u;\n", refusals[i].status == 400 ? codes_400 : refusals[i].codes,
                              refusals[i].status);
        for (size_t i = 0; i < N_REFUSALS; i++)
                writer_format(w, "\t\tlocation = /refuse/%u {\n\t\t\tinternal;\n\t\t\treturn %u \"%s\\n\";\n\t\t}\n",
                              refusals[i].status, refusals[i].status, refusals[i].sentence);
}

/* The way of error 495 skips what stands in the server block, so each location checks the method itself. */
static void location(struct writer *w, const char *name, const char *station)
{
        writer_format(w, "\t\tlocation %s {\n"
                      "\t\t\tif ($request_method !~ ^(GET|HEAD)$) {\n\t\t\t\treturn 405;\n\t\t\t}\n"
                      "\t\t\tproxy_pass http://%s;\n\t\t}\n", name, station);
}

/* Compressed only for who asks; nginx makes the ETag a weak one then, which settings knows (settings_tag). */
static void compression(struct writer *w)
{
        writer_text(w, "\t\tgzip on;\n\t\tgzip_types application/xml;\n\t\tgzip_vary on;\n");
}

/* Phone firmware, when a station says so (X-Accel-Redirect); no client can ask for it by this path. */
static void image_location(struct writer *w)
{
        writer_text(w, "\t\tlocation /image/ {\n"
                    "\t\t\tinternal;\n"
                    "\t\t\talias /run/provost/firmware/;\n"
                    "\t\t\tdisable_symlinks on;\n"
                    "\t\t\tsendfile on;\n"
                    "\t\t\tsendfile_max_chunk 512k;\n"
                    "\t\t\toutput_buffers 2 64k;\n"
                    "\t\t}\n");
}

/* One listener: which name the stations know it by, and where a request goes when its certificate does not verify. */
struct listener {
        const char *name;
        uint32_t address;
        uint16_t port;
        const char *station;            /* for every path but those below */
        const char *station_495;
        bool is_in_tunnel, is_old;
};

#define LISTENERS_MAX 4

static void listener_map(struct writer *w, const struct box_model *m, const struct listener *l, size_t n)
{
        char address[TEXT_IPV4_SIZE];

        writer_text(w, "\tmap $server_addr:$server_port $listener {\n\t\tdefault none;\n");
        for (size_t i = 0; i < n; i++)
                writer_format(w, "\t\t%s:%u %s;\n", text_from_ipv4(l[i].address, address), l[i].port, l[i].name);
        writer_format(w, "\t\t~:%u$ page;\n\t}\n\n", m->admin_port);
}

static void upstream(struct writer *w, const char *station)
{
        writer_format(w, "\tupstream %s {\n"
                      "\t\tserver unix:/run/provost/http/%s max_fails=0;\n"
                      "\t\tkeepalive 16;\n"
                      "\t\tkeepalive_timeout 5s;\n"
                      "\t}\n", station, station);
}

/*
 * What phones of 2006 to 2012 speak. Here alone: each server block has an OpenSSL context of its own, and @SECLEVEL
 * lowers what it takes for signatures, keys and chains. RC4, DES, export and anonymous suites stay out.
 */
static void old_tls(struct writer *w)
{
        writer_text(w, "\t\tssl_certificate /run/provost/tls/edge-legacy.pem;\n"
                    "\t\tssl_certificate_key /run/provost/tls/edge-legacy.key;\n"
                    "\t\tssl_protocols TLSv1 TLSv1.1 TLSv1.2;\n"
                    "\t\tssl_ciphers ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-SHA:"
                    "ECDHE-RSA-AES256-SHA:AES128-GCM-SHA256:AES128-SHA256:AES128-SHA:AES256-SHA:@SECLEVEL=0;\n");
}

static void server(struct writer *w, const struct box_model *m, const struct listener *l)
{
        char address[TEXT_IPV4_SIZE];

        writer_format(w, "\tserver {\n"
                      "\t\tlisten %s:%u ssl backlog=1024;\n"
                      "\t\tserver_name _;\n"
                      "\t\taccess_log syslog:server=unix:/run/systemd/journal/dev-log,tag=edge,nohostname edge;\n",
                      text_from_ipv4(l->address, address), l->port);
        if (l->is_old)
                old_tls(w);
        if (*m->phone_ca)
                writer_text(w, "\t\tssl_verify_client optional;\n"
                            "\t\tssl_client_certificate /run/provost/edge/phone_ca.pem;\n"
                            "\t\tssl_verify_depth 3;\n");
        if (l->is_in_tunnel)
                compression(w);
        error_pages(w, "400 494 497");
        writer_text(w, "\t\terror_page 495 496 = @station;\n");
        location(w, "/", l->station);
        if (l->is_in_tunnel)
                location(w, "/vpn/", "bootstrap");
        image_location(w);
        location(w, "@station", l->station_495);
        writer_text(w, "\t}\n");
}

/* --- the page ----------------------------------------------------------------- */

/* What is sent with every answer, refusals too. A location with an add_header of its own would lose these. */
static const char page_server[] =
        "\t\tserver_name _;\n"
        "\t\thttp2 on;\n"
        "\t\thttp2_max_concurrent_streams 64;\n"
        "\t\taccess_log syslog:server=unix:/run/systemd/journal/dev-log,tag=edge,nohostname edge if=$page_logged;\n"
        "\t\tssl_certificate /run/provost/tls/page.pem;\n"
        "\t\tssl_certificate_key /run/provost/tls/page.key;\n"
        "\t\tlimit_req zone=page_requests burst=1000 nodelay;\n"
        "\t\tlimit_conn page_connections 256;\n"
        "\t\tlarge_client_header_buffers 4 8k;\n"
        "\t\tkeepalive_timeout 60s;\n"
        "\t\tkeepalive_requests 10000;\n"
        "\t\tadd_header Content-Security-Policy \"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'\" always;\n"
        "\t\tadd_header Strict-Transport-Security \"max-age=31536000\" always;\n"
        "\t\tadd_header X-Content-Type-Options nosniff always;\n"
        "\t\tadd_header Referrer-Policy no-referrer always;\n"
        "\t\tadd_header Cross-Origin-Opener-Policy same-origin always;\n"
        "\t\tadd_header Cross-Origin-Resource-Policy same-origin always;\n"
        "\t\tadd_header Permissions-Policy \"accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
        "microphone=(), midi=(), payment=(), serial=(), usb=()\" always;\n"
        "\t\tadd_header Cache-Control $page_cache always;\n"
        /* Who forgot the s of https comes to the right place. */
        "\t\terror_page 497 =302 https://$host:$server_port/;\n";

/* A station's own Cache-Control stands; what nginx answers for the API is never kept, and files are asked for again by their ETag. */
static const char page_maps[] =
        "\tlimit_req_zone $binary_remote_addr zone=page_requests:1m rate=500r/s;\n"
        "\tlimit_conn_zone $binary_remote_addr zone=page_connections:1m;\n"
        /* A page is many files: what is refused is written down, and what changes something. */
        "\tmap $request_method:$status $page_logged {\n"
        "\t\tdefault 1;\n"
        "\t\t~^(GET|HEAD):[23] 0;\n"
        "\t}\n"
        "\tmap $uri $page_cache_own {\n"
        "\t\tdefault no-cache;\n"
        "\t\t~^/(api|refuse)/ no-store;\n"
        "\t}\n"
        "\tmap $upstream_http_cache_control $page_cache {\n"
        "\t\tdefault \"\";\n"
        "\t\t\"\" $page_cache_own;\n"
        "\t}\n"
        "\n";

static const char page_files[] =
        "\t\tlocation / {\n"
        "\t\t\tif ($request_method !~ ^(GET|HEAD)$) {\n\t\t\t\treturn 405;\n\t\t\t}\n"
        "\t\t\troot /usr/share/provost/web;\n"
        "\t\t\tindex index.html;\n"
        "\t\t\tdisable_symlinks on;\n"
        "\t\t\tgzip_static on;\n"
        "\t\t\tsendfile on;\n"
        "\t\t\tcharset utf-8;\n"
        "\t\t\tcharset_types text/css text/javascript application/json text/plain;\n"
        "\t\t\ttypes {\n"
        "\t\t\t\ttext/html html;\n"
        "\t\t\t\ttext/css css;\n"
        "\t\t\t\ttext/javascript js mjs;\n"
        "\t\t\t\tapplication/json json;\n"
        "\t\t\t\timage/svg+xml svg;\n"
        "\t\t\t\timage/png png;\n"
        "\t\t\t\timage/x-icon ico;\n"
        "\t\t\t\tfont/woff2 woff2;\n"
        "\t\t\t\ttext/plain txt;\n"
        "\t\t\t}\n"
        "\t\t}\n";

/* The only headers of a browser that reach the station. Content-Length and Transfer-Encoding are nginx's own. */
static const char page_proxy[] =
        "\t\t\tproxy_pass http://admin;\n"
        "\t\t\tproxy_pass_request_body on;\n"
        "\t\t\tproxy_set_header Host provost;\n"
        "\t\t\tproxy_set_header Connection \"\";\n"
        "\t\t\tproxy_set_header Accept $http_accept;\n"
        "\t\t\tproxy_set_header Accept-Language $http_accept_language;\n"
        "\t\t\tproxy_set_header Authorization $http_authorization;\n"
        "\t\t\tproxy_set_header Content-Type $http_content_type;\n"
        "\t\t\tproxy_set_header Cookie $http_cookie;\n"
        "\t\t\tproxy_set_header If-Match $http_if_match;\n"
        "\t\t\tproxy_set_header If-None-Match $http_if_none_match;\n"
        "\t\t\tproxy_set_header Last-Event-ID $http_last_event_id;\n"
        "\t\t\tproxy_set_header Origin $http_origin;\n"
        "\t\t\tproxy_set_header Sec-Fetch-Site $http_sec_fetch_site;\n"
        "\t\t\tproxy_set_header User-Agent $http_user_agent;\n"
        "\t\t\tproxy_set_header X-Provost-Address $remote_addr;\n"
        "\t\t\tproxy_set_header X-Provost-Host $http_host;\n"
        "\t\t\tproxy_set_header X-Provost-Request $http_x_provost_request;\n"
        "\t\t\tproxy_ignore_headers X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Accel-Charset;\n";

/* What nginx refuses beneath /api/ looks like what the station refuses (RFC 9457). */
static const struct {
        unsigned status;
        const char *codes, *code, *title, *detail;
} problems[] = {
        {413, "413", "too-large", "Too large", "A request holds at most 12 MiB."},
        {414, "414", "too-long", "Address too long", "The address of this request is too long."},
        {429, "429", "too-many", "Too many requests", "Too many requests from this address; try again in a second."},
        {503, "500 502 503 504", "starting", "Not available", "The station behind this address is starting or busy; try again in a few seconds."},
};

#define N_PROBLEMS (sizeof problems / sizeof *problems)

static void page_problem_names(struct writer *w)
{
        for (size_t i = 0; i < N_PROBLEMS; i++)
                writer_format(w, "\t\t\terror_page %s = /refuse/api/%u;\n", problems[i].codes, problems[i].status);
}

static void page_problems(struct writer *w)
{
        for (size_t i = 0; i < N_PROBLEMS; i++)
                writer_format(w, "\t\tlocation = /refuse/api/%u {\n\t\t\tinternal;\n\t\t\tdefault_type application/problem+json;\n"
                              "\t\t\treturn %u '{\"type\":\"/problems/%s\",\"title\":\"%s\",\"status\":%u,\"detail\":\"%s\",\"code\":\"%s\"}';\n\t\t}\n",
                              problems[i].status, problems[i].status, problems[i].code, problems[i].title, problems[i].status,
                              problems[i].detail, problems[i].code);
}

/* Bodies go through as they come: the station looks at who sends before it takes one, and nothing large lies here. */
static void page_api(struct writer *w)
{
        writer_text(w, "\t\tlocation /api/ {\n");
        writer_text(w, page_proxy);
        writer_text(w, "\t\t\tclient_max_body_size 12m;\n"
                    "\t\t\tclient_body_buffer_size 64k;\n"
                    "\t\t\tproxy_request_buffering off;\n"
                    "\t\t\tproxy_read_timeout 300s;\n");
        page_problem_names(w);
        writer_text(w, "\t\t}\n\t\tlocation = /api/v1/events {\n");
        writer_text(w, page_proxy);
        writer_text(w, "\t\t\tproxy_buffering off;\n"
                    "\t\t\tproxy_read_timeout 1h;\n");
        page_problem_names(w);
        writer_text(w, "\t\t}\n");
        page_problems(w);
}

static void page(struct writer *w, const struct box_model *m)
{
        writer_format(w, "\tserver {\n\t\tlisten %u ssl backlog=512;\n", m->admin_port);
        writer_text(w, page_server);
        error_pages(w, "400 494");
        writer_text(w, page_files);
        page_api(w);
        writer_text(w, "\t}\n");
}

static size_t listeners_of(const struct box_model *m, struct listener ret[static LISTENERS_MAX])
{
        const struct listener all[LISTENERS_MAX] = {
                {"lan", m->lan_address, 443, "bootstrap", "bootstrap", false, false},
                {"tunnel", m->tunnel_address, 443, "settings", "$station_in_tunnel", true, false},
                {"lan-legacy", m->lan_address, m->legacy_https_port, "bootstrap", "bootstrap", false, true},
                {"tunnel", m->legacy_address, 443, "settings", "$station_in_tunnel", true, true},
        };
        size_t n = m->is_setup ? 0 : m->is_legacy ? 4 : 2;

        memcpy(ret, all, n * sizeof *all);
        return n;
}

void edge_text(struct writer *w, const struct box_model *m)
{
        struct listener listeners[LISTENERS_MAX];
        size_t n = listeners_of(m, listeners);

        writer_text(w, head);
        if (n)
                writer_text(w, phones);
        writer_text(w, page_maps);
        listener_map(w, m, listeners, n);
        if (n) {
                upstream(w, "bootstrap");
                upstream(w, "settings");
        }
        upstream(w, "admin");
        for (size_t i = 0; i < n; i++)
                server(w, m, &listeners[i]);
        page(w, m);
        writer_text(w, "}\n");
}
