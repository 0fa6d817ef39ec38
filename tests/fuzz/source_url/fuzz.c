/*
 * fuzz: URLs of anyone against a trusted source; what is trusted can be read in one way only.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "provisioning/model/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct source_url source, url;
        char text[2 * SOURCE_URL_MAX];

        if (size >= sizeof text || memchr(data, 0, size))
                return 0;
        memcpy(text, data, size);
        text[size] = 0;
        if (source_url_parse(text, &url) < 0)
                return 0;
        assert(url.path[0] == '/' && !strstr(url.path, "..") == !strstr(text, "..") && !strstr(url.path, "//") && !strpbrk(text, "#?\\ "));
        assert(!strpbrk(url.host, "@/:{%"));
        assert(source_url_is_under(&url, &url));
        assert(source_url_parse("https://pbx.example/prov/", &source) == 0);
        if (source_url_is_under(&url, &source))
                assert(url.port == 443 && !strcmp(url.host, "pbx.example") && !strncmp(url.path, "/prov/", 6));
        return 0;
}
