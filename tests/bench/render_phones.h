/* render_phones: the site of the measurement. */
#pragma once

#include "provisioning/model/merge.h"

#define RENDER_PROFILES 20
#define RENDER_OWN 12           /* settings of one phone alone */

/* What the store would load of one phone. Lives on its own: copy nothing. */
struct render_phone {
        struct merge_input input;
        struct merge_layer layers[6];
        char mac[13], name[32], extension[8];
        char secrets[8][20];
        struct merge_setting own[RENDER_OWN];
        struct merge_attribute labels[RENDER_OWN][3];
        char values[RENDER_OWN][48], names[RENDER_OWN][24];
};

/* Site, models and profiles; once. */
void render_phones_prepare(void);
/* The i-th phone; the same number gives the same phone, another one another. */
void render_phone_make(size_t i, struct render_phone *ret_phone);
