/*
 * machine: what runs here, and from where.
 *
 * In:   the file of the initramfs, os-release, variables of the firmware.
 * Out:  struct machine; what is not known is empty.
 * Not:  nothing is asked of another process.
 */
#include "appliance/update/machine.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <systemd/sd-json.h>
#include <unistd.h>

#include "appliance/base/text.h"
#include "appliance/service/service_field.h"
#include "appliance/update/durable.h"

#define EFI "/sys/firmware/efi/efivars/"
#define GLOBAL "-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define FILE_MAX 16384

static void field(sd_json_variant *object, const char *name, char *ret, size_t size)
{
        const char *text = service_field_text(object, name);

        if (text)
                (void)text_copy(ret, size, text);
}

void machine_read_boot(const char *json, struct machine *ret)
{
        sd_json_variant *all = NULL, *data;

        if (sd_json_parse(json, 0, &all, NULL, NULL) >= 0 && sd_json_variant_is_object(all)) {
                field(all, "device", ret->slot_device, sizeof ret->slot_device);
                field(all, "esp", ret->esp_device, sizeof ret->esp_device);
                field(all, "slot", ret->slot, sizeof ret->slot);
                field(all, "version", ret->version, sizeof ret->version);
                ret->is_verified = service_field_is_true(all, "verified");
                data = sd_json_variant_by_key(all, "data");
                field(data, "device", ret->data_device, sizeof ret->data_device);
                field(data, "encryption", ret->encryption, sizeof ret->encryption);
        }
        sd_json_variant_unref(all);
        ret->has_slots = *ret->slot_device && *ret->esp_device && *ret->slot;
}

void machine_read_release(const char *os_release, struct machine *ret)
{
        static const char name[] = "VERSION_ID=";

        for (const char *line = os_release; line && *line; line = strchr(line, '\n')) {
                line += *line == '\n';
                if (!text_starts(line, name))
                        continue;
                line += sizeof name - 1;
                line += *line == '"';
                size_t size = strcspn(line, "\"\n");

                if (size < sizeof ret->version) {
                        memcpy(ret->version, line, size);
                        ret->version[size] = 0;
                }
        }
}

const char *machine_secure_boot(int secure, int setup)
{
        if (secure < 0)
                return "none";
        return secure == 1 ? "on" : setup == 1 ? "setup" : "off";
}

/* Four bytes of attributes stand before the value. */
static int variable(const char *path)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        unsigned char bytes[5];
        ssize_t n = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);

        if (fd >= 0)
                close(fd);
        return n == sizeof bytes ? bytes[4] : -1;
}

static void read_file(const char *folder, const char *name, void (*reader)(const char *text, struct machine *ret), struct machine *ret)
{
        int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        char *text = NULL;

        if (directory >= 0 && durable_read(directory, name, FILE_MAX, &text) == 0)
                reader(text, ret);
        if (directory >= 0)
                close(directory);
        free(text);
}

void machine_read(struct machine *ret)
{
        struct utsname name = {0};
        int secure = variable(EFI "SecureBoot" GLOBAL);

        *ret = (struct machine){.architecture = "unknown"};
        (void)text_copy(ret->encryption, sizeof ret->encryption, "none");
        if (uname(&name) == 0)
                ret->architecture = text_equal(name.machine, "x86_64") ? "amd64" : text_equal(name.machine, "aarch64") ? "arm64" : "unknown";
        ret->is_container = access("/run/systemd/container", F_OK) == 0;
        read_file("/usr/lib", "os-release", machine_read_release, ret);
        if (!ret->is_container)
                read_file("/run/provost", "boot.json", machine_read_boot, ret);
        ret->secure_boot = machine_secure_boot(secure, variable(EFI "SetupMode" GLOBAL));
}
