-- Each entry's hash is SHA-256 over the one before and its own fields. Entries of an older system get theirs at the first start.
ALTER TABLE audit ADD COLUMN hash BLOB;
-- Where the chain begins and ends. before: the last entry that was forgotten for its age, with its hash (0 and zeros: none); last: the
-- newest one with its hash. seal: keyed, over both, so that who can write this file cannot cut off the end and say that it is the end.
CREATE TABLE audit_head (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        before INTEGER NOT NULL,
        before_hash BLOB NOT NULL,
        last INTEGER NOT NULL,
        hash BLOB NOT NULL,
        seal BLOB NOT NULL
) STRICT;
