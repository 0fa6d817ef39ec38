-- The store's first schema. Migrations are numbered, run in one transaction each and never change once released.
-- Times are seconds since 1970 unless the name ends in _ms. MACs are 12 lower-case hex digits, addresses host-order numbers.
-- Sealed values: AES-256-GCM, bound to table, row and name (store_seal.c).

CREATE TABLE meta (
        name TEXT PRIMARY KEY,
        value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta (name, value) VALUES ('revision', 1), ('site_revision', 1);

-- One known text, sealed: tells at start whether the key fits the database.
CREATE TABLE key_check (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        sealed BLOB NOT NULL
) STRICT;

CREATE TABLE site (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE source (
        name TEXT PRIMARY KEY,
        url TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE profile (
        name TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- idx -1: the setting has no index.
CREATE TABLE profile_setting (
        profile TEXT NOT NULL REFERENCES profile (name) ON DELETE CASCADE,
        name TEXT NOT NULL,
        idx INTEGER NOT NULL,
        sealed BLOB NOT NULL,
        permission TEXT NOT NULL,
        PRIMARY KEY (profile, name, idx)
) STRICT, WITHOUT ROWID;

-- trust: 0 seen, 1 waiting, 2 approved, 3 revoked (model/phone.h). The state shown is derived.
CREATE TABLE phone (
        mac TEXT PRIMARY KEY CHECK (length(mac) = 12),
        name TEXT NOT NULL DEFAULT '',
        model TEXT NOT NULL DEFAULT '',
        firmware TEXT NOT NULL DEFAULT '',
        trust INTEGER NOT NULL CHECK (trust BETWEEN 0 AND 3),
        profile TEXT NOT NULL DEFAULT 'default',
        key_type TEXT NOT NULL DEFAULT '' CHECK (key_type IN ('', 'p256', 'rsa2048')),     -- '': by its model, site value rsa_models
        lan_address INTEGER UNIQUE,
        tunnel_address INTEGER UNIQUE,
        tunnel_up INTEGER NOT NULL DEFAULT 0,
        sip_user TEXT NOT NULL DEFAULT '',
        certificate TEXT,
        certificate_serial TEXT,
        certificate_sha256 TEXT,
        certificate_not_before INTEGER,
        certificate_not_after INTEGER,
        window_until INTEGER,
        revision INTEGER NOT NULL DEFAULT 0,
        revision_served INTEGER NOT NULL DEFAULT 0,
        added_at INTEGER NOT NULL,
        seen_at INTEGER,
        approved_at INTEGER,
        enrolled_at INTEGER,
        connected_at INTEGER,
        served_at INTEGER,
        revoked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX phone_seen ON phone (seen_at) WHERE trust = 0;
CREATE INDEX phone_profile ON phone (profile);

CREATE TABLE phone_setting (
        mac TEXT NOT NULL REFERENCES phone (mac) ON DELETE CASCADE,
        name TEXT NOT NULL,
        idx INTEGER NOT NULL,
        sealed BLOB NOT NULL,
        permission TEXT NOT NULL,
        PRIMARY KEY (mac, name, idx)
) STRICT, WITHOUT ROWID;

-- sip_secret, http_pass, admin_mode_password, vpn_key
CREATE TABLE secret (
        mac TEXT NOT NULL REFERENCES phone (mac) ON DELETE CASCADE,
        name TEXT NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (mac, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE lease (
        address INTEGER PRIMARY KEY,
        mac TEXT NOT NULL,
        client_id TEXT NOT NULL,
        hostname TEXT NOT NULL,
        expires_at INTEGER NOT NULL,
        state TEXT NOT NULL
) STRICT;
CREATE INDEX lease_mac ON lease (mac);

CREATE TABLE event (
        id INTEGER PRIMARY KEY,
        at_ms INTEGER NOT NULL,
        mac TEXT NOT NULL,
        station TEXT NOT NULL,
        word TEXT NOT NULL,
        detail TEXT NOT NULL
) STRICT;
CREATE INDEX event_mac ON event (mac, id);

CREATE TABLE audit (
        id INTEGER PRIMARY KEY,
        at_ms INTEGER NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT NOT NULL,
        detail TEXT NOT NULL
) STRICT;
