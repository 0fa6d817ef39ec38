-- The certificate of a phone: its CA generation, the class of its authority ("modern", "legacy"), where its bundle was handed out
-- ("lan", "tunnel", "" nowhere yet).
ALTER TABLE phone ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE phone ADD COLUMN certificate_class TEXT NOT NULL DEFAULT 'modern';
ALTER TABLE phone ADD COLUMN delivered TEXT NOT NULL DEFAULT '' CHECK (delivered IN ('', 'lan', 'tunnel'));
UPDATE phone SET generation = 1 WHERE certificate_sha256 IS NOT NULL;
UPDATE phone SET delivered = 'lan' WHERE certificate_sha256 IS NOT NULL AND enrolled_at IS NOT NULL;

-- The certificate that is to take the present one's place once a tunnel with it is up; both are good until then.
-- fetched_at: when the phone took its bundle; stuck_at: when it was told that it still comes with the former one.
CREATE TABLE renewal (
        mac TEXT PRIMARY KEY REFERENCES phone (mac) ON DELETE CASCADE,
        certificate TEXT NOT NULL,
        serial TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        not_before INTEGER NOT NULL,
        not_after INTEGER NOT NULL,
        generation INTEGER NOT NULL,
        class TEXT NOT NULL,
        sealed_key BLOB NOT NULL,
        made_at INTEGER NOT NULL,
        fetched_at INTEGER,
        delivered TEXT NOT NULL DEFAULT '',
        stuck_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE TRIGGER renewal_ends AFTER UPDATE OF trust ON phone WHEN NEW.trust <> 2
BEGIN
        DELETE FROM renewal WHERE mac = NEW.mac;
END;

-- Approved anew, or of another class: it begins with a certificate of its own.
CREATE TRIGGER renewal_begins_anew AFTER UPDATE OF certificate_sha256 ON phone WHEN NEW.certificate_sha256 IS NULL
BEGIN
        DELETE FROM renewal WHERE mac = NEW.mac;
END;

-- The authorities that phones should trust now, newest first, for each class of phones. told: 1 from the first change on; before
-- that phones have them from stage 1.
CREATE TABLE authority (
        class TEXT PRIMARY KEY CHECK (class IN ('modern', 'legacy')),
        roots TEXT NOT NULL,
        generation INTEGER NOT NULL,
        told INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- When the certificates of pki end.
CREATE TABLE own_end (
        subject TEXT PRIMARY KEY,
        not_after INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What was said of an end already: level 1 to 3: 30, 14, 3 days before, 4: it is over. Another end begins anew.
CREATE TABLE end_note (
        subject TEXT PRIMARY KEY,
        not_after INTEGER NOT NULL,
        level INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- floor: the newest moment that pki knows to have passed.
INSERT INTO meta (name, value) VALUES ('floor', 0);
