/*
 * qr: a text as a QR code.
 *
 * In:   a short text.
 * Out:  a square of dark and light modules, in 8-bit mode, of the smallest version that holds the text.
 * Not:  no drawing: the page and the console each do that in their own way.
 *
 * The only folder that sees libqrencode.
 */
#include "appliance/qr/qr.h"

#include <qrencode.h>
#include <stddef.h>
#include <string.h>

int qr_encode(const char *text, struct qr *ret_code)
{
        size_t size = strlen(text);
        QRcode *code;

        if (size == 0)
                return PV_EMALFORMED;
        if (size > QR_TEXT_MAX)
                return PV_ETOOLARGE;
        code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);
        if (!code)
                return PV_ENOMEM;
        if (code->width < 1 || code->width > QR_SIDE_MAX) {
                QRcode_free(code);
                return PV_ETOOLARGE;
        }
        memset(ret_code, 0, sizeof *ret_code);
        ret_code->side = (unsigned)code->width;
        for (unsigned row = 0; row < ret_code->side; row++)
                for (unsigned column = 0; column < ret_code->side; column++)
                        ret_code->dark[row][column] = code->data[row * ret_code->side + column] & 1;
        explicit_bzero(code->data, (size_t)code->width * (size_t)code->width);
        QRcode_free(code);
        return 0;
}
