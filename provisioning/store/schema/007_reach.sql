-- What phones may reach through the tunnel. A number is never given twice. ports: sorted ranges, "" all.
CREATE TABLE reach (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        scope TEXT NOT NULL CHECK (scope IN ('site', 'profile')),
        owner TEXT NOT NULL,
        target TEXT NOT NULL,
        protocol TEXT NOT NULL CHECK (protocol IN ('any', 'udp', 'tcp', 'icmp')),
        ports TEXT NOT NULL,
        added_at INTEGER NOT NULL,
        UNIQUE (scope, owner, target, protocol, ports)
) STRICT;
