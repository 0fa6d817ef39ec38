-- People who manage the appliance, and programs with tokens. password, totp_secret: sealed; null: none. totp_step: the last one that was used.
-- invitation: SHA-256 in hex of a one-time code, '' none.
CREATE TABLE user (
        name TEXT PRIMARY KEY,
        role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'helpdesk', 'reader')),
        disabled INTEGER NOT NULL DEFAULT 0,
        password BLOB,
        totp_secret BLOB,
        totp_step INTEGER NOT NULL DEFAULT 0,
        invitation TEXT NOT NULL DEFAULT '',
        invited_until INTEGER,
        created_at INTEGER NOT NULL,
        signed_in_at INTEGER,
        version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The recovery codes that are left, as SHA-256 in hex.
CREATE TABLE user_recovery (
        name TEXT NOT NULL REFERENCES user (name) ON DELETE CASCADE,
        sha256 TEXT NOT NULL,
        PRIMARY KEY (name, sha256)
) STRICT, WITHOUT ROWID;

-- A number is never given twice.
CREATE TABLE token (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE,
        role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'helpdesk', 'reader')),
        sha256 TEXT NOT NULL UNIQUE,
        created_by TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        ends_at INTEGER NOT NULL,
        used_at INTEGER
) STRICT;

-- Versions of what people change, from one counter: none comes twice, not even when a phone or scope is removed and made again.
INSERT INTO meta (name, value) VALUES ('version', 1);
ALTER TABLE phone ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
-- Of scopes that phones share; no row: 1.
CREATE TABLE scope_version (
        scope TEXT NOT NULL,
        owner TEXT NOT NULL,
        version INTEGER NOT NULL,
        PRIMARY KEY (scope, owner)
) STRICT, WITHOUT ROWID;
