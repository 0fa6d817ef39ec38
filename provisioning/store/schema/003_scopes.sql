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
