/*
 * jail: reads hostile files in a child that may do nothing but compute.
 *
 * In:   files, one after the other, in memory.
 * Out:  for each: what import_read() said, processor time, memory taken at the most and memory not given back.
 * Not:  a child that asks the kernel for anything else (a file, a socket, a process) is killed, and the test says at which file.
 */
#pragma once

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "provisioning/document/settings_reader.h"
#include "provisioning/import/import_read.h"
#include "tests/support/test.h"

/* Of the address sanitizer, which every unit test has; gcc comes without its header here. */
int __sanitizer_install_malloc_and_free_hooks(void (*taken)(const volatile void *, size_t), void (*given)(const volatile void *));
size_t __sanitizer_get_allocated_size(const volatile void *at);

struct jail_report {
        int result;                     /* of import_read() */
        bool has_error, says_doctype;   /* among the problems */
        unsigned n_found;               /* settings and phones */
        uint64_t cpu_us;
        int64_t grown;                  /* bytes not given back */
        uint64_t peak;                  /* bytes taken at the same time */
        char first[200];                /* the first error */
};

/* The next file: false when there is none. */
typedef bool (*jail_next)(unsigned i, const char **ret_kind, const uint8_t **ret_bytes, size_t *ret_size);

#define JAIL_CPU_S 5                    /* a file that takes this long never ends; the tests ask for far less */

static int64_t jail_now, jail_most;

static void jail_taken(const volatile void *at, size_t size)
{
        (void)at;
        jail_now += (int64_t)size;
        if (jail_now > jail_most)
                jail_most = jail_now;
}

static void jail_given(const volatile void *at)
{
        if (at)
                jail_now -= (int64_t)__sanitizer_get_allocated_size(at);
}

/* _exit() looks for leaks here, and that asks the kernel for much. */
__attribute__((noreturn)) static inline void jail_leave(int code)
{
        for (;;)
                syscall(SYS_exit_group, code);
}

static inline void jail_close(void)
{
        static const int allowed[] = {SYS_read, SYS_write, SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_brk, SYS_futex,
                                      SYS_clock_gettime, SYS_setitimer, SYS_rt_sigreturn, SYS_exit, SYS_exit_group};
        struct sock_filter code[4 + 2 * sizeof allowed / sizeof allowed[0] + 1] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        };
        struct sock_fprog program = {.filter = code};
        unsigned short n = 4;

        for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
                code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)allowed[i], 0, 1);
                code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        }
        code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
        program.len = n;
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
                jail_leave(100);
}

static inline uint64_t jail_cpu_us(void)
{
        struct timespec now;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static inline void jail_read(const char *kind, const uint8_t *bytes, size_t size, struct jail_report *ret)
{
        struct itimerval limit = {.it_value = {JAIL_CPU_S, 0}};
        struct import_result result;
        const char *reason = "";
        int64_t before = jail_now;
        uint64_t start;

        *ret = (struct jail_report){0};
        setitimer(ITIMER_PROF, &limit, NULL);
        jail_most = jail_now;
        start = jail_cpu_us();
        import_result_init(&result);
        ret->result = import_read(kind, "f", bytes, size, &result, &reason);
        ret->has_error = result.has_error;
        ret->n_found = (unsigned)(result.n_phones + result.n_shared + result.settings.n);
        snprintf(ret->first, sizeof ret->first, "%s", ret->result ? reason : "");
        for (size_t i = 0; i < result.n_problems; i++) {
                ret->says_doctype = ret->says_doctype || !strcmp(result.problems[i].what, "<!DOCTYPE>");
                if (result.problems[i].is_error && !ret->first[0])
                        snprintf(ret->first, sizeof ret->first, "%u %s: %s", result.problems[i].line, result.problems[i].what, result.problems[i].reason);
        }
        import_result_done(&result);
        ret->cpu_us = jail_cpu_us() - start;
        ret->grown = jail_now - before;
        ret->peak = (uint64_t)(jail_most - before);
        if (settings_reader_n_opened())
                jail_leave(101);
}

static inline void jail_child(jail_next next, int out)
{
        static const uint8_t warm[] = "<settings><phone-settings><a idx=\"1\">&#65;</a><b></a></phone-settings></settings>";
        struct jail_report report;
        const char *kind;
        const uint8_t *bytes;
        size_t size;

        __sanitizer_install_malloc_and_free_hooks(jail_taken, jail_given);
        jail_close();
        jail_read("settings", warm, sizeof warm - 1, &report);         /* what the library sets up once */
        for (unsigned i = 0; next(i, &kind, &bytes, &size); i++) {
                jail_read(kind, bytes, size, &report);
                if (write(out, &report, sizeof report) != sizeof report)
                        jail_leave(102);
        }
        jail_leave(0);
}

/* How many reports came; *ret_status as waitpid() gives it. */
static inline unsigned jail_run(jail_next next, struct jail_report *reports, unsigned n_max, int *ret_status)
{
        unsigned n = 0;
        int ends[2];
        pid_t child;

        CHECK(pipe(ends) == 0);
        fflush(stdout);
        child = fork();
        CHECK(child >= 0);
        if (child == 0)
                jail_child(next, ends[1]);
        close(ends[1]);
        while (n < n_max && read(ends[0], &reports[n], sizeof reports[n]) == sizeof reports[n])
                n++;
        close(ends[0]);
        CHECK(waitpid(child, ret_status, 0) == child);
        return n;
}
