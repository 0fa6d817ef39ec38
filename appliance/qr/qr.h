#ifndef PROVOST_QR_QR_H
#define PROVOST_QR_QR_H

#include <stdbool.h>

#include "appliance/base/error.h"

/*
 * A text as a QR code: a square of dark and light modules, without the quiet zone of four light modules
 * that whoever draws it leaves around it. The lowest level of error correction: it is shown on a screen.
 */
#define QR_TEXT_MAX 600         /* bytes; an authenticator's address and a page's URL are far below */
#define QR_SIDE_MAX 105

struct qr {
        unsigned side;
        bool dark[QR_SIDE_MAX][QR_SIDE_MAX];    /* [row][column] */
};

/* PV_EMALFORMED when the text is empty, PV_ETOOLARGE beyond QR_TEXT_MAX, PV_ENOMEM. */
int qr_encode(const char *text, struct qr *ret_code) PV_MUST_CHECK;

#endif
