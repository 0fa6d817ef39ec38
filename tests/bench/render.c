/*
 * render: how long the documents of a whole site take.
 *
 * In:   a number of phones, all different.
 * Out:  documents a second on one core, step by step; memory; the same documents by other means.
 * Not:  no store, no HTTP: what happens between loaded layers and finished bytes.
 */
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "provisioning/document/settings_document.h"
#include "provisioning/settings/settings_hold.h"
#include "provisioning/settings/settings_plan.h"
#include "tests/bench/render_peer.h"
#include "tests/bench/render_phones.h"

#define SETTINGS_MAX 1024
#define GATEWAY 0x0a400001
#define PASSES 5
#define BATCH 100

enum step { MERGE, PLAN, LINT, WRITE, STEPS };
static const char *const step_names[STEPS] = {"merge", "plan", "lint", "write"};

static struct settings_document_setting given[SETTINGS_MAX], planned[SETTINGS_MAX + SETTINGS_PLAN_EXTRA];
static char url[SETTINGS_PLAN_URL_SIZE];
static struct merge *merge;
static struct settings_document_writer *writer;
static double step_s[STEPS];
static uint64_t digest;

static double now_s(void)
{
        struct timespec t;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

__attribute__((noreturn)) static void stop(size_t phone, const char *what, const char *reason)
{
        fprintf(stderr, "render: phone %zu: %s: %s\n", phone, what, reason);
        exit(1);
}

static size_t given_of(const struct merge_result *result)
{
        _Static_assert(sizeof(struct merge_attribute) == sizeof(struct settings_document_attribute), "two names of one thing");
        for (size_t i = 0; i < result->n_settings; i++) {
                const struct merge_setting *s = &result->settings[i];

                given[i] = (struct settings_document_setting){s->name, s->index, s->value, s->permission,
                                                              (const struct settings_document_attribute *)s->attributes, s->n_attributes};
        }
        return result->n_settings;
}

/* Times of the steps are taken only when asked for: the clock costs too. */
static void lap(double *at, enum step step, bool timed)
{
        double now = timed ? now_s() : 0;

        step_s[step] += now - *at;
        *at = now;
}

static struct settings_document render_one(const struct render_phone *phone, size_t number, bool timed, size_t *ret_size)
{
        struct settings_document_problem problem = {"no memory"};
        struct settings_document document = {.settings = planned};
        struct merge_result result;
        const char *bytes;
        double at;
        int r;

        at = timed ? now_s() : 0;
        if (merge_settings(merge, &phone->input, &result) || result.n_settings > SETTINGS_MAX)
                stop(number, "merge", "refused");
        lap(&at, MERGE, timed);
        if (settings_plan(given, given_of(&result), phone->input.phone.model, GATEWAY, url, planned, SETTINGS_MAX + SETTINGS_PLAN_EXTRA, &document.n_settings))
                stop(number, "plan", "refused");
        lap(&at, PLAN, timed);
        r = settings_hold(planned, document.n_settings, &(struct lint_phone){phone->mac, phone->input.phone.model, phone->extension}, &problem);
        if (r)
                stop(number, "lint", problem.reason);
        lap(&at, LINT, timed);
        if (settings_document_render(writer, &document, &bytes, ret_size, &problem))
                stop(number, "write", problem.reason);
        lap(&at, WRITE, timed);
        for (size_t i = 0; i < *ret_size; i += 64)
                digest = digest * 31 + (unsigned char)bytes[i];
        return document;
}

/* What the program holds on its heap, and of that what is in use. */
static void show_memory(size_t documents)
{
        struct mallinfo2 info = mallinfo2();
        long pages = 0;
        FILE *file = fopen("/proc/self/statm", "r");

        if (!file || fscanf(file, "%*d %ld", &pages) != 1)
                pages = 0;
        if (file)
                fclose(file);
        printf("memory after %6zu documents: %zu KiB of heap in use, %ld KiB resident\n", documents, (info.uordblks + info.hblkhd) / 1024,
               pages * 4);
}

/* What the store would have loaded is made beforehand, so many phones at a time. */
static double pass(size_t n, bool timed, bool shows_memory, size_t *ret_bytes, size_t *ret_settings)
{
        static struct render_phone phones[BATCH];
        double took = 0;

        *ret_bytes = *ret_settings = 0;
        for (size_t first = 0; first < n; first += BATCH) {
                size_t batch = n - first < BATCH ? n - first : BATCH, size = 0;
                double begun;

                for (size_t i = 0; i < batch; i++)
                        render_phone_make(first + i, &phones[i]);
                begun = now_s();
                for (size_t i = 0; i < batch; i++) {
                        *ret_settings += render_one(&phones[i], first + i, timed, &size).n_settings;
                        *ret_bytes += size;
                }
                took += now_s() - begun;
                if (shows_memory && (first + batch == 1000 || first + batch == n))
                        show_memory(first + batch);
        }
        return took;
}

/* Other programs share the machine's caches: the best pass is nearest to what one core can do, the worst says how busy it was. */
static void run(size_t n)
{
        size_t bytes, settings;
        double best = pass(n, false, true, &bytes, &settings), worst = best;

        for (int i = 1; i < PASSES; i++) {
                double took = pass(n, false, false, &bytes, &settings);

                best = took < best ? took : best;
                worst = took > worst ? took : worst;
        }
        printf("render: %.0f documents/s on one core (best of %d passes over %zu phones, worst %.0f); %zu settings and %zu bytes each\n"
               "  not in it: what store does first (load), the connection between them, HTTPS\n",
               (double)n / best, PASSES, n, (double)n / worst, settings / n, bytes / n);
}

static void run_steps(size_t n)
{
        size_t bytes, settings;

        (void)pass(n, true, false, &bytes, &settings);
        for (enum step s = 0; s < STEPS; s++)
                printf("  %-5s %6.1f us a document\n", step_names[s], step_s[s] / (double)n * 1e6);
}

/* The writer and its peers on the same settings, a phone at a time, so that all meet the same caches. */
static void run_peers(size_t n)
{
        double ours = 0, tree = 0, calls = 0, at;
        size_t size = 0;

        for (size_t i = 0; i < n; i++) {
                static struct render_phone phone;
                struct settings_document document;
                struct settings_document_problem problem;
                const char *bytes;

                render_phone_make(i, &phone);
                document = render_one(&phone, i, false, &size);
                at = now_s();
                if (settings_document_render(writer, &document, &bytes, &size, &problem))
                        stop(i, "write", problem.reason);
                ours += now_s() - at;
                at = now_s();
                if (!render_peer_tree(&document))
                        stop(i, "peer", "no tree");
                tree += now_s() - at;
                at = now_s();
                if (!render_peer_calls(&document))
                        stop(i, "peer", "no writer");
                calls += now_s() - at;
        }
        printf("writing alone: %.0f documents/s\n", (double)n / ours);
        printf("peer, libxml2's tree dumped:      %.0f documents/s; ours is %.1f times as fast\n", (double)n / tree, tree / ours);
        printf("peer, libxml2's writer call by call: %.0f documents/s; ours is %.1f times as fast\n", (double)n / calls, calls / ours);
}

int main(int argc, char **argv)
{
        size_t n = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 10000;

        if (n < 1 || merge_new(&merge) || settings_document_writer_new(&writer))
                return 1;
        render_phones_prepare();
        run(n);
        run_steps(n);
        run_peers(n < 2000 ? n : 2000);
        printf("(digest %016" PRIx64 ")\n", digest);
        settings_document_writer_free(writer);
        merge_free(merge);
        return 0;
}
