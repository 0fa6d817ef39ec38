/*
 * pki_check: a whole certificate authority, looked at before anybody depends on it.
 *
 * In:   the files of somebody's backup, their key, the certificates of the phones in its database.
 * Out:  lines of a report.
 * Not:  nothing is made or renewed, and no clock is asked: a certificate that has ended is still one of ours.
 */
#include "vpn/pki/pki_check.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vpn/pki/pki_authority.h"
#include "vpn/pki/pki_certificate.h"

#define ENDING ".sealed"
#define LINE_MAX_SIZE 256
#define CERTIFICATE_MAX 16384
#define END_LINE "-----END CERTIFICATE-----\n"

struct check {
        const struct pki_vault *vault;
        pki_check_said said;
        void *userdata;
};

static void say(const struct check *check, const char *name, bool is_ok, const char *format, ...) __attribute__((format(printf, 4, 5)));

static void say(const struct check *check, const char *name, bool is_ok, const char *format, ...)
{
        char text[PKI_CHECK_TEXT];
        va_list args;

        va_start(args, format);
        (void)vsnprintf(text, sizeof text, format, args);
        va_end(args);
        check->said(name, is_ok, text, check->userdata);
}

/* --- files ----------------------------------------------------------------- */

/* The name without its ending, or false for a file of somebody else. */
static bool name_of(const char *file, char ret[static 40])
{
        size_t size = strlen(file), ending = strlen(ENDING);

        if (size <= ending || size - ending >= 40 || strcmp(file + size - ending, ENDING) != 0)
                return false;
        memcpy(ret, file, size - ending);
        ret[size - ending] = 0;
        return true;
}

static void files(const struct check *check)
{
        int copy = openat(check->vault->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = copy < 0 ? NULL : fdopendir(copy);
        const struct dirent *entry;
        char name[40], bad[40] = "";
        int n = 0, n_good = 0;

        while (dir && (entry = readdir(dir))) {
                uint8_t *data = NULL;
                size_t size = 0;

                if (!name_of(entry->d_name, name))
                        continue;
                n++;
                if (pki_vault_get(check->vault, name, &data, &size) == 0)
                        n_good++;
                else
                        memcpy(bad, name, sizeof bad);
                pki_vault_forget(data, size);
        }
        if (dir)
                closedir(dir);
        else if (copy >= 0)
                close(copy);
        if (n && n == n_good)
                say(check, "pki-key", true, "All %d files of the certificate authority open with its key.", n);
        else
                say(check, "pki-key", false, "%d of %d files of the certificate authority do not open with its key%s%s.", n - n_good, n,
                    *bad ? ": " : "", bad);
}

/* --- certificates ------------------------------------------------------------ */

static bool is_of(const struct pki_generation *generation, const char *certificate)
{
        const char *const issuers[] = {generation->issuing.certificate, generation->former_issuing, generation->legacy.certificate};

        for (size_t i = 0; generation->number && i < sizeof issuers / sizeof issuers[0]; i++)
                if (issuers[i] && pki_certificate_is_signed_by(certificate, issuers[i]))
                        return true;
        return false;
}

/* The next one, with whose it is; "" when it follows another one of the same phone. False: no more. */
static bool next_certificate(FILE *in, char ret_mac[static LINE_MAX_SIZE], char ret_certificate[static CERTIFICATE_MAX])
{
        char line[LINE_MAX_SIZE];
        size_t size = 0;

        *ret_mac = 0;
        while (fgets(line, sizeof line, in)) {
                size_t n = strlen(line);

                if (!size && strncmp(line, "-----BEGIN", 10) != 0) {
                        if (n > 1)
                                (void)snprintf(ret_mac, LINE_MAX_SIZE, "%.*s", (int)n - 1, line);
                        continue;
                }
                if (size + n >= CERTIFICATE_MAX)
                        return false;
                memcpy(ret_certificate + size, line, n + 1);
                size += n;
                if (strcmp(line, END_LINE) == 0)
                        return true;
        }
        return false;
}

static void certificates(const struct check *check, const struct pki_authority *authority, FILE *in)
{
        char *certificate = malloc(CERTIFICATE_MAX), mac[LINE_MAX_SIZE], stray[LINE_MAX_SIZE] = "";
        long n = 0, n_good = 0;

        while (certificate && next_certificate(in, mac, certificate)) {
                if (!*mac)
                        continue;       /* of the same phone's chain */
                n++;
                if (is_of(&authority->newest, certificate) || is_of(&authority->former, certificate))
                        n_good++;
                else
                        memcpy(stray, mac, sizeof stray);
        }
        free(certificate);
        if (n == n_good)
                say(check, "certificates", true, "All %ld certificates of phones are from this authority.", n);
        else
                say(check, "certificates", false, "%ld of %ld certificates of phones are from another authority, as that of %s.", n - n_good, n, stray);
}

void pki_check_run(const struct pki_vault *vault, int fd, pki_check_said said, void *userdata)
{
        const struct check check = {.vault = vault, .said = said, .userdata = userdata};
        struct pki_authority authority = {0};
        FILE *in;
        int r;

        files(&check);
        r = pki_authority_read(vault, &authority);
        say(&check, "authority", r == 0, r == 0 ? "The keys of the certificate authority fit its certificates."
                                                : "The certificate authority is missing, or its keys do not fit its certificates.");
        in = r == 0 ? fdopen(fd, "r") : NULL;
        if (in) {
                certificates(&check, &authority, in);
                (void)fclose(in);
        }
        pki_authority_done(&authority);
}
