-- Tunnel addresses that a deleted phone had. Settings are given by tunnel address: none goes to another phone while the
-- former one's tunnel could still be open.
CREATE TABLE tunnel_rest (
        address INTEGER PRIMARY KEY,
        freed_at INTEGER NOT NULL
) STRICT;
