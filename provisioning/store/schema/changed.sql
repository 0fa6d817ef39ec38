-- Not kept: which phones store_search has to look at anew. score: what its score depends on changed as well; mac '': the score of
-- every phone. Temporary, so that it costs no write to the disk and is undone with what caused it.
CREATE TEMP TABLE changed_phone (
        mac TEXT PRIMARY KEY,
        score INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TEMP TRIGGER changed_phone_new AFTER INSERT ON main.phone
BEGIN
        INSERT INTO changed_phone (mac, score) VALUES (NEW.mac, 1) ON CONFLICT (mac) DO UPDATE SET score = 1;
END;

CREATE TEMP TRIGGER changed_phone_gone AFTER DELETE ON main.phone
BEGIN
        INSERT INTO changed_phone (mac, score) VALUES (OLD.mac, 1) ON CONFLICT (mac) DO UPDATE SET score = 1;
END;

CREATE TEMP TRIGGER changed_phone_row AFTER UPDATE OF name, model, sip_user, lan_address, tunnel_address, trust, expected, asked_at, enrolled_at,
        tunnel_up, revision_served, seen_at ON main.phone
BEGIN
        INSERT INTO changed_phone (mac, score) VALUES (NEW.mac, 0) ON CONFLICT (mac) DO NOTHING;
END;

CREATE TEMP TRIGGER changed_phone_document AFTER UPDATE OF revision, shared_revision, model, firmware, vpn_class ON main.phone
        WHEN (OLD.revision, OLD.model, OLD.firmware, OLD.vpn_class) <> (NEW.revision, NEW.model, NEW.firmware, NEW.vpn_class) OR
        OLD.shared_revision IS NOT NEW.shared_revision
BEGIN
        INSERT INTO changed_phone (mac, score) VALUES (NEW.mac, 1) ON CONFLICT (mac) DO UPDATE SET score = 1;
END;

CREATE TEMP TRIGGER changed_phone_profile AFTER INSERT ON main.phone_profile
BEGIN
        INSERT INTO changed_phone (mac, score) VALUES (NEW.mac, 1) ON CONFLICT (mac) DO UPDATE SET score = 1;
END;

CREATE TEMP TRIGGER changed_phone_profile_gone AFTER DELETE ON main.phone_profile
BEGIN
        INSERT INTO changed_phone (mac, score) VALUES (OLD.mac, 1) ON CONFLICT (mac) DO UPDATE SET score = 1;
END;

CREATE TEMP TRIGGER changed_seal AFTER INSERT ON main.seal
BEGIN
        INSERT INTO changed_phone (mac, score) VALUES (NEW.mac, 1) ON CONFLICT (mac) DO UPDATE SET score = 1;
END;

CREATE TEMP TRIGGER changed_seal_row AFTER UPDATE ON main.seal
BEGIN
        INSERT INTO changed_phone (mac, score) VALUES (NEW.mac, 1) ON CONFLICT (mac) DO UPDATE SET score = 1;
END;

CREATE TEMP TRIGGER changed_seal_gone AFTER DELETE ON main.seal
BEGIN
        INSERT INTO changed_phone (mac, score) VALUES (OLD.mac, 1) ON CONFLICT (mac) DO UPDATE SET score = 1;
END;

CREATE TEMP TRIGGER changed_base AFTER UPDATE OF value ON main.meta WHEN NEW.name IN ('base', 'site_revision') AND OLD.value <> NEW.value
BEGIN
        INSERT INTO changed_phone (mac, score) VALUES ('', 1) ON CONFLICT (mac) DO NOTHING;
END;

CREATE TEMP TRIGGER changed_firmware AFTER INSERT ON main.firmware
BEGIN
        INSERT INTO changed_phone (mac, score) VALUES ('', 1) ON CONFLICT (mac) DO NOTHING;
END;

CREATE TEMP TRIGGER changed_firmware_gone AFTER DELETE ON main.firmware
BEGIN
        INSERT INTO changed_phone (mac, score) VALUES ('', 1) ON CONFLICT (mac) DO NOTHING;
END;

INSERT INTO changed_phone (mac, score) SELECT mac, 1 FROM main.phone;
