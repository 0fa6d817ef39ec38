#ifndef PROVOST_BASE_ERROR_H
#define PROVOST_BASE_ERROR_H

/*
 * The result codes of all Provost code. A call returns 0 when it is done and
 * one of these (all negative) when it is not; outputs are untouched on failure.
 */
enum pv_error {
        PV_EMALFORMED = -1001,  /* the input breaks its format */
        PV_ETOOLARGE  = -1002,  /* a bound was reached: input, buffer, table */
        PV_EUNSET     = -1003,  /* the thing asked for is not there */
        PV_EREFUSED   = -1004,  /* a rule says no */
        PV_EBUSY      = -1005,  /* not now, try again */
        PV_ENOMEM     = -1006,  /* no memory */
        PV_ESYSTEM    = -1007,  /* the system said no; errno or the log has more */
        PV_ETIMEOUT   = -1008,  /* the deadline passed */
};

/* Calls whose result must be looked at. */
#define PV_MUST_CHECK __attribute__((warn_unused_result))

/* One short English phrase for a code, static storage; "done" for 0. */
const char *pv_error_text(int code);

/* Turns a negative errno (as libsystemd returns it) into a pv_error; 0 and above give 0. */
int pv_error_from_errno(int negative_errno);

#endif
