/*
 * mapper: device-mapper targets, by the kernel's ioctls.
 *
 * In:   a target's name and its parameters, as the kernel's documentation has them.
 * Out:  /dev/dm-N.
 * Not:  no libdevmapper: three calls need no library, and no udev is there to wait for.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "rootfs/image/init/mapper.h"

union request {
        struct dm_ioctl head;
        char bytes[4096];
};

static void prepare(union request *request, const char *name, uint32_t flags)
{
        memset(request, 0, sizeof(*request));
        request->head.version[0] = DM_VERSION_MAJOR;
        request->head.data_size = sizeof(*request);
        request->head.data_start = sizeof(request->head);
        request->head.flags = flags;
        snprintf(request->head.name, sizeof(request->head.name), "%s", name);
}

/* 0 when the parameters fit. */
static int put_table(union request *request, const char *target, uint64_t sectors, const char *parameters)
{
        struct dm_target_spec spec = {.length = sectors};
        size_t at = sizeof(request->head) + sizeof(spec);

        if (at + strlen(parameters) + 1 > sizeof(*request))
                return -E2BIG;
        snprintf(spec.target_type, sizeof(spec.target_type), "%s", target);
        memcpy(request->bytes + sizeof(request->head), &spec, sizeof(spec));
        strcpy(request->bytes + at, parameters);
        request->head.target_count = 1;
        return 0;
}

static int call(int control, unsigned long command, union request *request)
{
        return ioctl(control, command, request) < 0 ? -errno : 0;
}

static int open_device(int control, const char *name, const char *target, uint64_t sectors, const char *parameters, char *ret_path,
                       size_t size)
{
        union request request;
        int r;

        prepare(&request, name, DM_READONLY_FLAG);
        if ((r = call(control, DM_DEV_CREATE, &request)) < 0)
                return r;
        unsigned number = minor(request.head.dev);
        prepare(&request, name, DM_READONLY_FLAG);
        if ((r = put_table(&request, target, sectors, parameters)) < 0 ||
            (r = call(control, DM_TABLE_LOAD, &request)) < 0)
                return r;
        prepare(&request, name, 0);
        if ((r = call(control, DM_DEV_SUSPEND, &request)) < 0)          /* without DM_SUSPEND_FLAG: resume */
                return r;
        snprintf(ret_path, size, "/dev/dm-%u", number);
        return 0;
}

int mapper_open(const char *name, const char *target, uint64_t sectors, const char *parameters, char *ret_path, size_t size)
{
        int control = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);

        if (control < 0)
                return -errno;
        int r = open_device(control, name, target, sectors, parameters, ret_path, size);
        close(control);
        return r;
}

int mapper_close(const char *name)
{
        union request request;
        int control = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);

        if (control < 0)
                return -errno;
        prepare(&request, name, 0);
        int r = call(control, DM_DEV_REMOVE, &request);
        close(control);
        return r;
}
