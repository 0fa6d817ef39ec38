/*
 * pnp_request: a phone's SUBSCRIBE as text for the tests, as snom.md 5.1 describes it.
 */
#pragma once

#define PNP_REQUEST_START "SUBSCRIBE sip:MAC%3a000413AABBCC@10.0.0.1 SIP/2.0\r\n"
#define PNP_REQUEST_VIA "Via: SIP/2.0/UDP 10.0.0.50:5060;branch=z9hG4bK-d8754z;rport\r\n"
#define PNP_REQUEST_ENDS \
        "From: <sip:MAC%3a000413AABBCC@10.0.0.1>;tag=1f2e3d\r\nTo: <sip:MAC%3a000413AABBCC@10.0.0.1>\r\n"
#define PNP_REQUEST_CALL "Call-ID: 3c26700aa1b2-x1y2z3\r\nCSeq: 1 SUBSCRIBE\r\n"
#define PNP_REQUEST_CONTACT "Contact: <sip:10.0.0.50:5062>\r\n"
#define PNP_REQUEST_EVENT \
        "Event: ua-profile;profile-type=\"device\";vendor=\"snom\";model=\"snomD785\";version=\"10.1.169.16\"\r\n"
#define PNP_REQUEST_REST "Accept: application/url\r\nExpires: 0\r\nContent-Length: 0\r\n\r\n"
#define PNP_REQUEST \
        PNP_REQUEST_START PNP_REQUEST_VIA PNP_REQUEST_ENDS PNP_REQUEST_CALL PNP_REQUEST_CONTACT PNP_REQUEST_EVENT \
        PNP_REQUEST_REST
