/*
 * error: what the result codes are called.
 *
 * In:   a code of enum pv_error, or a negative errno of libsystemd.
 * Out:  a short phrase, or the pv_error that fits the errno.
 * Not:  no logging; sentences for people are made where the failure is known.
 */
#include "appliance/base/error.h"

#include <errno.h>

const char *pv_error_text(int code)
{
        if (code >= 0)
                return "done";
        switch ((enum pv_error)code) {
        case PV_EMALFORMED: return "malformed";
        case PV_ETOOLARGE:  return "too large";
        case PV_EUNSET:     return "not there";
        case PV_EREFUSED:   return "refused";
        case PV_EBUSY:      return "busy";
        case PV_ENOMEM:     return "out of memory";
        case PV_ESYSTEM:    return "system failure";
        case PV_ETIMEOUT:   return "timed out";
        }
        return "unknown failure";
}

int pv_error_from_errno(int negative_errno)
{
        if (negative_errno >= 0)
                return 0;
        switch (-negative_errno) {
        case EINVAL: case EBADMSG: case EPROTO: case EILSEQ: return PV_EMALFORMED;
        case E2BIG: case ENOBUFS: case EMSGSIZE: case ERANGE: case EFBIG: return PV_ETOOLARGE;
        case ENOENT: case ENXIO: case ENODATA: case ESRCH: return PV_EUNSET;
        case EPERM: case EACCES: return PV_EREFUSED;
        case EBUSY: case EAGAIN: case EINTR: return PV_EBUSY;
        case ENOMEM: return PV_ENOMEM;
        case ETIMEDOUT: case ETIME: return PV_ETIMEOUT;
        default: return PV_ESYSTEM;
        }
}
