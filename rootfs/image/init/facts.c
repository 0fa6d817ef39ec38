/*
 * facts: what the start found and did, for the stations: /run/provost/boot.json.
 *
 * In:   names of devices, hexadecimal digits and our own words: nothing in them needs an escape.
 * Out:  one JSON object, readable by all.
 * Not:  nothing secret.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rootfs/image/init/facts.h"
#include "rootfs/image/init/say.h"

static const char *boolean(bool is_so)
{
        return is_so ? "true" : "false";
}

bool facts_write(const struct facts *facts, char *ret_text, size_t size)
{
        const struct data *data = facts->data;
        int length = snprintf(ret_text, size,
                              "{\"slot\":\"%s\",\"device\":\"%s\",\"version\":\"%s\",\"root_hash\":\"%s\",\"verified\":true,\"esp\":\"%s\","
                              "\"data\":{\"device\":\"%s\",\"encryption\":\"%s\",\"created\":%s,\"grown\":%s,\"wiped\":%s},\"profile\":\"%s\"}\n",
                              facts->slot, facts->device, facts->version, facts->root_hash, facts->esp, data->device, data->encryption,
                              boolean(data->created), boolean(data->grown), boolean(data->wiped), facts->profile);

        return length > 0 && (size_t)length < size;
}

void facts_version(const char *path, char *ret_version, size_t size)
{
        static const char key[] = "VERSION_ID=\"";
        char line[256];
        FILE *file = fopen(path, "re");

        ret_version[0] = '\0';
        if (!file)
                return;
        while (fgets(line, sizeof(line), file))
                if (strncmp(line, key, strlen(key)) == 0)
                        snprintf(ret_version, size, "%.*s", (int)strspn(line + strlen(key), "0123456789."), line + strlen(key));
        fclose(file);
}

void facts_save(const char *path, const char *folder, const char *text)
{
        mkdir(folder, 0755);
        int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (file < 0 || write(file, text, strlen(text)) != (ssize_t)strlen(text))
                say(LEVEL_SHOWN, "%s cannot be written", path);
        if (file >= 0)
                close(file);
}
