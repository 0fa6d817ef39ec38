/*
 * ctl_upload: a file that goes to a station in parts.
 *
 * In:   a file or standard input.
 * Out:  its size and SHA-256; parts, base64, one after the other.
 * Not:  the file is not looked into.
 */
#include "appliance/console/ctl_upload.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "appliance/base/text.h"
#include "appliance/console/table.h"

#define PART (1024 * 1024)
#define PART_MS 60000

static uint8_t part[PART];

static uint64_t bytes_of(unsigned mib)
{
        return (uint64_t)mib << 20;
}

int ctl_upload_open(struct ctl *ctl, const char *path, unsigned max_mib, FILE **ret_file)
{
        uint64_t size = 0;
        size_t n;
        int fd;
        FILE *copy;

        if (!text_equal(path, "-")) {
                if (ctl->is_remote)
                        return ctl_fail(ctl, "Only \"-\" (standard input) can be read from here.");
                *ret_file = fopen(path, "re");
                return *ret_file ? CTL_OK : ctl_fail(ctl, "%s cannot be opened: %s.", path, strerror(errno));
        }
        fd = memfd_create("upload", MFD_CLOEXEC);
        copy = fd < 0 ? NULL : fdopen(fd, "w+");
        if (!copy) {
                if (fd >= 0)
                        close(fd);
                return ctl_fail(ctl, "no memory");
        }
        while (size <= bytes_of(max_mib) && (n = fread(part, 1, sizeof part, ctl->in)) > 0 && fwrite(part, 1, n, copy) == n)
                size += n;
        if (ferror(ctl->in) || fflush(copy) != 0) {
                fclose(copy);
                return ctl_fail(ctl, "Standard input cannot be read: %s.", strerror(errno));
        }
        rewind(copy);
        *ret_file = copy;
        return CTL_OK;
}

int ctl_upload_measure(struct ctl *ctl, FILE *file, unsigned max_mib, uint64_t *ret_size, char ret_sha256[static 65])
{
        unsigned char digest[EVP_MAX_MD_SIZE];
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        uint64_t size = 0;
        size_t n;
        int ok = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;

        while (ok && size <= bytes_of(max_mib) && (n = fread(part, 1, sizeof part, file)) > 0) {
                ok = EVP_DigestUpdate(context, part, n) == 1;
                size += n;
        }
        ok = ok && EVP_DigestFinal_ex(context, digest, NULL) == 1;
        EVP_MD_CTX_free(context);
        if (!ok || ferror(file))
                return ctl_fail(ctl, "The file cannot be read.");
        if (size == 0)
                return ctl_fail(ctl, "The file is empty.");
        if (size > bytes_of(max_mib))
                return ctl_fail(ctl, "The file is larger than %u MiB.", max_mib);
        rewind(file);
        text_hex(ret_sha256, digest, 32);
        *ret_size = size;
        return CTL_OK;
}

void ctl_upload_progress(struct ctl *ctl, uint64_t done, uint64_t size)
{
        if (ctl->json || ctl->is_remote || fileno(ctl->err) < 0 || !isatty(fileno(ctl->err)))
                return;
        fprintf(ctl->err, "\r%3u %%%s", (unsigned)(done * 100 / size), done == size ? "\n" : "");
        fflush(ctl->err);
}

static const char *name_of(const char *interface, const char *method)
{
        static char name[80];

        (void)snprintf(name, sizeof name, "io.provost.%s.%s", interface, method);
        return name;
}

int ctl_upload_begin(struct ctl *ctl, const char *station, const char *interface, uint64_t size, const char *sha256, char **ret_upload)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_UNSIGNED("size", size), SD_JSON_BUILD_PAIR_STRING("sha256", sha256)) < 0)
                return ctl_misused(ctl, "The SHA-256 is not text.");
        r = ctl_call(ctl, station, name_of(interface, "BeginUpload"), parameters, CTL_CALL_MS, &reply);
        if (r == CTL_OK) {
                *ret_upload = strdup(table_text(reply, "upload"));
                if (!*ret_upload)
                        r = ctl_fail(ctl, "no memory");
        }
        sd_json_variant_unref(reply);
        return r;
}

int ctl_upload_append(struct ctl *ctl, const char *station, const char *interface, const char *upload, uint64_t offset, const void *bytes, size_t n)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("upload", upload), SD_JSON_BUILD_PAIR_UNSIGNED("offset", offset),
                           SD_JSON_BUILD_PAIR_BASE64("data", bytes, n)) < 0)
                return ctl_fail(ctl, "no memory");
        r = ctl_call(ctl, station, name_of(interface, "AppendUpload"), parameters, PART_MS, &reply);
        sd_json_variant_unref(reply);
        return r;
}

int ctl_upload_send(struct ctl *ctl, const char *station, const char *interface, FILE *file, uint64_t size, const char *sha256, char **ret_upload)
{
        char *upload = NULL;
        uint64_t done = 0;
        int r = ctl_upload_begin(ctl, station, interface, size, sha256, &upload);

        while (r == CTL_OK && done < size) {
                size_t n = fread(part, 1, sizeof part, file);

                if (!n)
                        r = ctl_fail(ctl, "The file changed while it was read.");
                else
                        r = ctl_upload_append(ctl, station, interface, upload, done, part, n);
                done += n;
                if (r == CTL_OK)
                        ctl_upload_progress(ctl, done, size);
        }
        if (r == CTL_OK)
                *ret_upload = upload;
        else
                free(upload);
        return r;
}
