/* render_peer: the same documents by other means. */
#pragma once

#include "provisioning/document/settings_document.h"

/* Each makes the document, throws it away and returns how many bytes it had; 0: it failed. Plain settings and keys only. */
size_t render_peer_tree(const struct settings_document *document);
size_t render_peer_calls(const struct settings_document *document);
