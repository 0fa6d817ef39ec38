#ifndef PROVOST_STORE_ACTOR_H
#define PROVOST_STORE_ACTOR_H

#include "provisioning/store/store.h"

/* Names of people and programs, and for whom a call speaks. */
#define STORE_ACTOR_NAME_MAX 64

/* 1 to 64 of a-z 0-9 . - _ @, begins with a letter. */
bool store_actor_is_name(const char *text);
/* A name that no person may have: root's, or a station's that writes by itself. */
bool store_actor_is_reserved(const char *name);
/* Checks the parameter `name` as the name of a person or program: InvalidValue. */
int store_actor_check_name(struct store_request *request) PV_MUST_CHECK;

/*
 * Puts the parameter `actor` in the place of request->actor: "anna", "token:backup". may_speak: whether this caller speaks for others
 * (root, and station admin); it stays itself when it says nothing. A refusal is in request.
 */
int store_actor_take(struct store_request *request, bool may_speak) PV_MUST_CHECK;

#endif
