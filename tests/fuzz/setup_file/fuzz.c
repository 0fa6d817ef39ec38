/*
 * setup_file: any bytes as provost-setup.json.
 *
 * In:   the fuzzer's bytes.
 * Out:  an abort when a plan has a call that is none, or a refusal no sentence.
 * Not:  no calls made.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "provisioning/admin/seed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct seed_problem problem = {0};
        struct seed_plan plan = {0};
        int r = seed_plan_make((const char *)data, size, &plan, &problem);

        if (r == PV_EREFUSED && !*problem.reason)
                abort();
        for (size_t i = 0; r == 0 && i < plan.n_steps; i++)
                if (!plan.steps[i].method || !sd_json_variant_is_object(plan.steps[i].parameters))
                        abort();
        seed_plan_done(&plan);
        return 0;
}
