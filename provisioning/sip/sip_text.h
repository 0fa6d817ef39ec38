#ifndef PROVOST_SIP_SIP_TEXT_H
#define PROVOST_SIP_SIP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/cursor.h"
#include "appliance/base/error.h"

/*
 * The pieces SIP messages are made of (RFC 3261 7.3, 25). Stricter than the RFC on purpose: lines end in CRLF, none
 * is folded, and what is kept is printable ASCII with a bound, so that it may be written into a message or a log.
 */

#define SIP_TEXT_LINE_MAX 512
#define SIP_TEXT_PORT 5060
#define SIP_TEXT_CSEQ_MAX 0x7fffffff
extern const char SIP_TEXT_VERSION[];   /* "SIP/2.0" */

/* One line without its CRLF. PV_EMALFORMED: none of at most SIP_TEXT_LINE_MAX bytes, or control characters in it. */
int sip_text_line(struct cursor *c, struct cursor *ret_line) PV_MUST_CHECK;
/* Splits a line that is not empty: the name is handed out, the value stays in `line`, both without blanks around. */
int sip_text_header(struct cursor *line, struct cursor *ret_name) PV_MUST_CHECK;
/* All headers up to the empty line, at most `max`, each to `each`: its name, and a cursor over its value. The first error ends it; PV_ETOOLARGE: more. */
typedef int (*sip_text_each_header)(const struct cursor *name, struct cursor *value, void *userdata);
int sip_text_headers(struct cursor *c, unsigned max, sip_text_each_header each, void *userdata) PV_MUST_CHECK;
void sip_text_trim(struct cursor *c);
/* PV_EMALFORMED when a byte is not printable ASCII, PV_ETOOLARGE when it does not fit. */
int sip_text_keep(const struct cursor *value, char *ret, size_t size) PV_MUST_CHECK;
int sip_text_number(const struct cursor *value, uint32_t max, uint32_t *ret_number) PV_MUST_CHECK;
const char *sip_text_skip_blanks(const char *at);

/* Parameters: ;name, ;name=token, ;name="text". An escape in a quoted text is refused. */
struct sip_text_parameter {
        const char *name, *value;       /* value: NULL without '=' */
        size_t name_size, value_size;
};

/* True while there is one more; *ret_error is set when the text is none of parameters. */
bool sip_text_parameter_next(const char **at, struct sip_text_parameter *ret_parameter, int *ret_error);
bool sip_text_parameter_is(const struct sip_text_parameter *p, const char *name);
bool sip_text_parameter_has(const struct sip_text_parameter *p, const char *value);

/*
 * Host and port up to the end of the text or one of the stops; port SIP_TEXT_PORT when it is not said.
 * Only a dotted address gives an address, any other host gives 0.
 */
int sip_text_host(const char *text, const char *stops, uint32_t *ret_address, uint16_t *ret_port, const char **ret_rest) PV_MUST_CHECK;
/* "4711 NOTIFY" */
int sip_text_cseq(const struct cursor *value, uint32_t *ret_number, char *ret_method, size_t method_size) PV_MUST_CHECK;
/* "SIP/2.0 200 OK": 0 and the status. PV_EUNSET: no status line. PV_EMALFORMED: one with no status of 100 to 699. */
int sip_text_status(const char *line, unsigned *ret_status) PV_MUST_CHECK;

#endif
