/*
 * option: ask for a build option in an ordinary if, so that both branches
 * are compiled:
 *
 *     if (IS_ENABLED(PROVOST_SESSION))
 *
 * 1 when the option is y, 0 when it is not. Options of type string or int
 * are plain macros (build/autoconf.h, which every file is compiled with).
 */
#pragma once

#define OPTION_PAIR_1 0,
#define OPTION_SECOND(ignored, value, ...) value
#define OPTION_PICK(pair) OPTION_SECOND(pair 1, 0, 0)
#define OPTION_VALUE(value) OPTION_PICK(OPTION_PAIR_##value)
#define IS_ENABLED(option) OPTION_VALUE(option)
