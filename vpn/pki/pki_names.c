/*
 * pki_names: which names and addresses may stand in a certificate.
 *
 * In:   text of a caller (bootstrap, box).
 * Out:  yes or no.
 * Not:  no look-up, no rewriting.
 */
#include "vpn/pki/pki_names.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

#define COMMON_NAME_MAX 64
#define HOST_MAX 253
#define LABEL_MAX 63

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
        return (c >= 'a' && c <= 'z') || is_digit(c);
}

static bool is_letter_or_digit(char c)
{
        return is_lower(c) || (c >= 'A' && c <= 'Z');
}

bool pki_names_is_common_name(const char *text)
{
        size_t size = text ? strnlen(text, COMMON_NAME_MAX + 1) : 0;

        if (size == 0 || size > COMMON_NAME_MAX || !is_lower(text[0]) || !is_lower(text[size - 1]))
                return false;
        for (size_t i = 0; i < size; i++)
                if (!is_lower(text[i]) && text[i] != '.' && text[i] != '-')
                        return false;
        return true;
}

static bool is_label(const char *label, size_t size)
{
        if (size == 0 || size > LABEL_MAX || label[0] == '-' || label[size - 1] == '-')
                return false;
        for (size_t i = 0; i < size; i++)
                if (!is_letter_or_digit(label[i]) && label[i] != '-')
                        return false;
        return true;
}

bool pki_names_is_host(const char *text)
{
        size_t size = text ? strnlen(text, HOST_MAX + 1) : 0;
        bool has_letter = false;

        if (size == 0 || size > HOST_MAX)
                return false;
        for (size_t i = 0; i < size; i++)
                has_letter = has_letter || (is_letter_or_digit(text[i]) && !is_digit(text[i]));
        for (const char *label = text;;) {
                size_t length = strcspn(label, ".");

                if (!is_label(label, length))
                        return false;
                if (!label[length])
                        return has_letter;
                label += length + 1;
        }
}

bool pki_names_is_address(const char *text)
{
        unsigned char bytes[sizeof(struct in6_addr)];

        return text && (inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1);
}
