-- Open alarms of a phone.
CREATE INDEX alarm_subject ON alarm (subject) WHERE closed_at IS NULL;
