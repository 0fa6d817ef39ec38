#ifndef PROVOST_BASE_LOG_H
#define PROVOST_BASE_LOG_H

/*
 * One line per happening on stderr, which journald reads: "<level>station event key=value ...".
 * Values with blanks or foreign bytes are passed through text_escape() and quoted.
 * Never a key, password, bundle or document goes in here.
 */
enum log_level {
        LOG_LEVEL_ERROR = 3,
        LOG_LEVEL_WARNING = 4,
        LOG_LEVEL_NOTICE = 5,
        LOG_LEVEL_INFO = 6,
        LOG_LEVEL_DEBUG = 7,
};

/* Names the station for all later lines; called once by service_new() or main(). */
void log_open(const char *station);
/*
 * log_event(LOG_LEVEL_INFO, "dhcp-ack", "mac", mac_text, "address", address_text, NULL);
 * Key and value pairs end with NULL; a NULL value is left out.
 */
void log_event(enum log_level level, const char *event, ...) __attribute__((sentinel));
/* The same with one free sentence as key "reason", printf style. */
void log_reason(enum log_level level, const char *event, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
