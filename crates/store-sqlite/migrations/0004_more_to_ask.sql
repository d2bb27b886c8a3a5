-- Payloads may be kept for hours. Null means the default, as before.
ALTER TABLE message RENAME COLUMN retention_days TO retention_hours;
UPDATE message SET retention_hours = retention_hours * 24 WHERE retention_hours IS NOT NULL;

-- The event.id inside a payload, by which people look for a message; only messages that have one cost anything.
ALTER TABLE message ADD COLUMN payload_event_id TEXT;
CREATE INDEX message_payload_event_id ON message (app_key, payload_event_id, key)
    WHERE payload_event_id IS NOT NULL;

-- Work that goes on behind an answer.
CREATE TABLE background_task (
    key        INTEGER PRIMARY KEY,
    tail       BLOB NOT NULL CHECK (length(tail) = 12),
    app_key    INTEGER NOT NULL,
    app_tail   BLOB NOT NULL CHECK (length(app_tail) = 12),
    work       TEXT NOT NULL,
    status     TEXT NOT NULL CHECK (status IN ('running', 'finished', 'failed')),
    data       TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX background_task_status ON background_task (status, key);
