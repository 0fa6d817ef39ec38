-- phone_profile (003) took its place.
ALTER TABLE phone DROP COLUMN profile;

-- former: what the phone may still use, until it fetched a revision of set_revision or later. Sealed for the same place.
-- digest: keyed; equal for equal values, so that one value on two phones is found without opening all of them.
ALTER TABLE secret ADD COLUMN made_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE secret ADD COLUMN set_revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE secret ADD COLUMN former BLOB;
ALTER TABLE secret ADD COLUMN digest BLOB;
CREATE INDEX secret_digest ON secret (digest) WHERE digest IS NOT NULL;
ALTER TABLE phone_setting ADD COLUMN digest BLOB;
CREATE INDEX phone_setting_digest ON phone_setting (digest) WHERE digest IS NOT NULL;
UPDATE secret SET made_at = (SELECT coalesce(approved_at, added_at) FROM phone WHERE phone.mac = secret.mac);

-- Files that settings keeps on its disk.
CREATE TABLE firmware (
        file TEXT PRIMARY KEY,
        model TEXT NOT NULL,
        version TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('firmware', 'vpn-feature')),
        size INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        added_at INTEGER NOT NULL,
        UNIQUE (model, version, kind)
) STRICT, WITHOUT ROWID;

-- inspected_at null: never since the seal was put on.
CREATE TABLE seal (
        mac TEXT PRIMARY KEY REFERENCES phone (mac) ON DELETE CASCADE,
        number TEXT NOT NULL,
        place TEXT NOT NULL,
        set_at INTEGER NOT NULL,
        inspected_at INTEGER
) STRICT, WITHOUT ROWID;
