#ifndef PROVOST_SESSION_SESSION_CORE_PARTS_H
#define PROVOST_SESSION_SESSION_CORE_PARTS_H

#include "vpn/session/session_core.h"

/* What the parts of session_core have in common: session_core.c, session_admit.c, session_end.c. */

#define OUT(core, call, ...) ((core)->outlet.call(__VA_ARGS__ __VA_OPT__(,) (core)->outlet.userdata))

#define SESSION_CORE_SWEEPS_TO_ANSWER 10        /* longer than the store may take for two answers */

/* --- session_end ----------------------------------------------------------- */

void session_end_send(struct session_core *core, enum session_class class, const char *command);
/* Asks its phone to begin anew. */
void session_end_restart(struct session_core *core, enum session_class class, uint64_t cid);
/* Ends it at once. */
void session_end_kill(struct session_core *core, const struct session_tunnel *tunnel);
/* One that is up ends at once. One that is not was told that it may: it is told to begin anew and ends soon after. */
void session_end_begin(struct session_core *core, struct session_tunnel *tunnel);
/* It has ended: out of the table. */
void session_end_remove(struct session_core *core, const struct session_tunnel *tunnel, const char *why);
/* Blocks the address, then notes what has to end. */
void session_end_closing(struct session_core *core, const struct session_phone *phone);
/* The end of this phone's tunnel is noted if nothing of it is left. */
void session_end_check(struct session_core *core, const char *mac);
bool session_end_has_any(const struct session_core *core, const char *mac);
/* A tunnel of another name than this has the address. */
bool session_end_is_taken(const struct session_core *core, uint32_t address, const char *mac);

/* --- session_admit --------------------------------------------------------- */

/* Whether its phone may have this tunnel. */
bool session_admit_is_fit(const struct session_core *core, const struct session_tunnel *tunnel);
/* Answers one whose CONNECT waits. is_current: the store was asked since. */
void session_admit_answer(struct session_core *core, struct session_tunnel *tunnel, bool is_current);
/* The networks its phone should be told. */
void session_admit_routes(const struct session_core *core, const struct session_tunnel *tunnel, struct session_reach_routes *ret_routes);
/* Bytes were counted. */
void session_admit_hear(struct session_core *core, struct session_tunnel *tunnel, uint64_t bytes_in, uint64_t bytes_out);
/* What OpenVPN's table says of one that we know. */
void session_admit_learn(struct session_core *core, struct session_tunnel *tunnel, const struct session_tunnel *row);

#endif
