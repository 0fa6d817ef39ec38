#ifndef PROVOST_SESSION_SESSION_CLASS_H
#define PROVOST_SESSION_SESSION_CLASS_H

/* The OpenVPN processes. A phone may come in by that of its class alone. */
enum session_class {
        SESSION_CLASS_MODERN,
        SESSION_CLASS_LEGACY,           /* only while the site has it on */
        SESSION_CLASSES,
};

/* What is different between them, beside what the site says. */
struct session_class_facts {
        const char *name;               /* as store and pki say it */
        const char *directory;          /* under /run/provost: server.conf or kernel.conf, mgmt.sock */
        const char *device;
        const char *ciphers;            /* of packets, best first */
        const char *insecure_ciphers;   /* besides, where the site offers TLS 1.0 */
};

const struct session_class_facts *session_class_facts(enum session_class class);
/* The class of this name; MODERN for any other text. */
enum session_class session_class_of(const char *name);

#endif
