#ifndef PROVOST_MODEL_MERGE_EXPAND_H
#define PROVOST_MODEL_MERGE_EXPAND_H

#include "provisioning/model/merge.h"
#include "provisioning/model/merge_arena.h"

/*
 * The value with {mac} {MAC} {ext} {name} {site} {model} {domain} {sip_host} replaced and {{ made a brace; other words in
 * braces stay for the phone. *ret_value is the value itself when there is nothing to replace, else it stands in the arena.
 */
int merge_expand(struct merge_arena *arena, const struct merge_input *input, const char *value, const char **ret_value) PV_MUST_CHECK;

#endif
