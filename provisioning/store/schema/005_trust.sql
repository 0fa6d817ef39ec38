-- Who may in. stranger: nobody ever decided about it, it made itself known; such rows are bounded and go first.
-- expected: on a list. asked_at: it asked for its documents over HTTPS, as a phone does. proven_at: it showed the factory certificate of
-- its MAC there. proof: what it showed last, '' never asked. stolen: it was revoked as such.
ALTER TABLE phone ADD COLUMN stranger INTEGER NOT NULL DEFAULT 0;
ALTER TABLE phone ADD COLUMN expected INTEGER NOT NULL DEFAULT 0;
ALTER TABLE phone ADD COLUMN asked_at INTEGER;
ALTER TABLE phone ADD COLUMN proven_at INTEGER;
ALTER TABLE phone ADD COLUMN proof TEXT NOT NULL DEFAULT '' CHECK (proof IN ('', 'none', 'invalid', 'factory'));
ALTER TABLE phone ADD COLUMN vpn_class TEXT NOT NULL DEFAULT 'modern' CHECK (vpn_class IN ('modern', 'legacy'));
ALTER TABLE phone ADD COLUMN stolen INTEGER NOT NULL DEFAULT 0;
UPDATE phone SET stranger = 1 WHERE trust = 0;
-- In the order in which they are forgotten: those that proved nothing first, those only heard of before those that asked.
DROP INDEX phone_seen;
CREATE INDEX phone_stranger ON phone (proven_at IS NOT NULL, trust, seen_at) WHERE stranger = 1;

-- What was heard of a phone, escaped: at most four values of a kind, the first one and the latest.
CREATE TABLE evidence (
        mac TEXT NOT NULL REFERENCES phone (mac) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        value TEXT NOT NULL,
        first_at INTEGER NOT NULL,
        last_at INTEGER NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (mac, kind, value)
) STRICT, WITHOUT ROWID;

-- The time in which listed phones are let in without a certificate; one at a time. Good from opened_at on and before open_until: a
-- clock that is set back closes it.
CREATE TABLE enrolment (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        opened_at INTEGER NOT NULL,
        open_until INTEGER NOT NULL,
        phones_left INTEGER NOT NULL
) STRICT;
CREATE TABLE enrolment_phone (
        position INTEGER PRIMARY KEY,
        mac TEXT NOT NULL
) STRICT;

-- undo: what old and new were before, sealed; null once it is settled. waited_ms: of wait_s, while the store ran.
-- base: the revision that all phones followed then.
CREATE TABLE replacement (
        id INTEGER PRIMARY KEY,
        old TEXT NOT NULL,
        new TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('pending', 'done', 'undone')),
        started_at INTEGER NOT NULL,
        wait_s INTEGER NOT NULL,
        waited_ms INTEGER NOT NULL DEFAULT 0,
        base INTEGER NOT NULL,
        ended_at INTEGER,
        reason TEXT NOT NULL DEFAULT '',
        undo BLOB
) STRICT;
CREATE UNIQUE INDEX replacement_old ON replacement (old) WHERE state = 'pending';
CREATE UNIQUE INDEX replacement_new ON replacement (new) WHERE state = 'pending';

-- told_at: when the timeline got a line of it last.
CREATE TABLE alarm (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        subject TEXT NOT NULL,
        detail TEXT NOT NULL,
        first_at INTEGER NOT NULL,
        last_at INTEGER NOT NULL,
        told_at INTEGER NOT NULL,
        count INTEGER NOT NULL,
        closed_at INTEGER,
        closed_by TEXT NOT NULL DEFAULT '',
        note TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX alarm_open ON alarm (kind, subject) WHERE closed_at IS NULL;
CREATE INDEX alarm_closed ON alarm (kind, id) WHERE closed_at IS NOT NULL;

-- lines, todo: JSON arrays as they were kept. Outlives the phone.
CREATE TABLE receipt (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        mac TEXT NOT NULL,
        at INTEGER NOT NULL,
        actor TEXT NOT NULL,
        cause TEXT NOT NULL,
        lines TEXT NOT NULL,
        todo TEXT NOT NULL
) STRICT;
CREATE INDEX receipt_mac ON receipt (mac, id);
