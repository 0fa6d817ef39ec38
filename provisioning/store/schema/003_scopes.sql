-- Profiles of a phone, in the order in which they are merged.
DROP INDEX phone_profile;
CREATE TABLE phone_profile (
        mac TEXT NOT NULL REFERENCES phone (mac) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        profile TEXT NOT NULL,
        PRIMARY KEY (mac, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX phone_profile_users ON phone_profile (profile);
INSERT INTO phone_profile (mac, position, profile) SELECT mac, 0, profile FROM phone WHERE profile <> '';

-- Shared settings (scopes site, model, profile), their row switches and the site's values that stand in documents, as they
-- were at each revision: a row holds from from_revision on and before until_revision (null: still).
-- Phones follow meta.base, or, when a roll-out reached them, the newest revision (phone.shared_revision).
CREATE TABLE shared_setting (
        scope TEXT NOT NULL CHECK (scope IN ('site', 'model', 'profile')),
        owner TEXT NOT NULL,
        name TEXT NOT NULL,
        idx INTEGER NOT NULL,
        from_revision INTEGER NOT NULL,
        until_revision INTEGER,
        sealed BLOB NOT NULL,
        permission TEXT NOT NULL,
        attributes BLOB,
        PRIMARY KEY (scope, owner, name, idx, from_revision)
) STRICT, WITHOUT ROWID;
CREATE INDEX shared_setting_until ON shared_setting (until_revision);

-- is_on: the hardening row is switched on or off here; no row: as the scopes before say.
CREATE TABLE shared_row (
        scope TEXT NOT NULL CHECK (scope IN ('site', 'model', 'profile')),
        owner TEXT NOT NULL,
        row TEXT NOT NULL,
        from_revision INTEGER NOT NULL,
        until_revision INTEGER,
        is_on INTEGER NOT NULL,
        reason TEXT NOT NULL,
        actor TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (scope, owner, row, from_revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE shared_value (
        name TEXT NOT NULL,
        from_revision INTEGER NOT NULL,
        until_revision INTEGER,
        value TEXT NOT NULL,
        PRIMARY KEY (name, from_revision)
) STRICT, WITHOUT ROWID;

-- What is switched for one phone is not versioned: it takes effect at once.
CREATE TABLE phone_row (
        mac TEXT NOT NULL REFERENCES phone (mac) ON DELETE CASCADE,
        row TEXT NOT NULL,
        is_on INTEGER NOT NULL,
        reason TEXT NOT NULL,
        actor TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (mac, row)
) STRICT, WITHOUT ROWID;

ALTER TABLE phone_setting ADD COLUMN attributes BLOB;
ALTER TABLE phone ADD COLUMN shared_revision INTEGER;

-- state: rolling active stopped
CREATE TABLE revision (
        number INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        actor TEXT NOT NULL,
        summary TEXT NOT NULL,
        reason TEXT NOT NULL,
        phones INTEGER NOT NULL,
        state TEXT NOT NULL
) STRICT;
-- The scopes a revision changed: whom it concerns. A change of a site value concerns all.
CREATE TABLE revision_scope (
        number INTEGER NOT NULL REFERENCES revision (number) ON DELETE CASCADE,
        scope TEXT NOT NULL,
        owner TEXT NOT NULL,
        PRIMARY KEY (number, scope, owner)
) STRICT, WITHOUT ROWID;
INSERT INTO revision (number, at, actor, summary, reason, phones, state)
        SELECT value, unixepoch(), 'store', 'as it was before the first change', '', 0, 'active' FROM meta WHERE name = 'revision';
INSERT INTO meta (name, value) SELECT 'base', value FROM meta WHERE name = 'revision';
INSERT INTO shared_value (name, from_revision, value)
        SELECT site.name, meta.value, site.value FROM site, meta WHERE meta.name = 'base' AND
        site.name IN ('sip_host', 'sip_transport', 'time_zone', 'language', 'country', 'poll_minutes');

-- The one roll-out that runs, or the last one. Its clock (elapsed_ms) goes on only while the store runs, whatever the wall clock does.
CREATE TABLE rollout (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        revision INTEGER NOT NULL,
        previous INTEGER NOT NULL,
        state TEXT NOT NULL,
        ring INTEGER NOT NULL,
        rings INTEGER NOT NULL,
        started_at INTEGER NOT NULL,
        elapsed_ms INTEGER NOT NULL,
        ring_started_ms INTEGER NOT NULL,
        reason TEXT NOT NULL
) STRICT;

-- The phones it concerns. state: 0 later, 1 given, 2 back, 3 failed (store_rollout_plan.h). given: what the phone should fetch.
-- settled_ms: on the roll-out's clock, since when it has it and its tunnel is up; null: not now.
CREATE TABLE rollout_phone (
        mac TEXT PRIMARY KEY REFERENCES phone (mac) ON DELETE CASCADE,
        ring INTEGER NOT NULL,
        state INTEGER NOT NULL,
        given INTEGER NOT NULL,
        settled_ms INTEGER,
        reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What each phone fetched last, sealed: to compare with, and to give when newer settings are held back.
CREATE TABLE phone_document (
        mac TEXT PRIMARY KEY REFERENCES phone (mac) ON DELETE CASCADE,
        revision INTEGER NOT NULL,
        sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER phone_document_ends AFTER UPDATE OF trust ON phone WHEN NEW.trust <> 2
BEGIN
        DELETE FROM phone_document WHERE mac = NEW.mac;
END;
