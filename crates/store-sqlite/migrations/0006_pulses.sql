-- What people may raise, and the log of who raised it. Schemas, fields, users and raisers are JSON.

CREATE TABLE pulse (
    key           INTEGER PRIMARY KEY,
    tail          BLOB NOT NULL CHECK (length(tail) = 12),
    app_key       INTEGER NOT NULL,
    name          TEXT NOT NULL,
    event_type    TEXT NOT NULL,
    description   TEXT NOT NULL,
    fields        TEXT,
    objects_least INTEGER NOT NULL CHECK (objects_least >= 0),
    objects_most  INTEGER NOT NULL CHECK (objects_most >= objects_least),
    object_schema TEXT,
    raisers       TEXT, -- user ids; null for everybody whose token may raise
    archived      INTEGER NOT NULL CHECK (archived IN (0, 1)),
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    revision      INTEGER NOT NULL
) STRICT;
CREATE INDEX pulse_of_app ON pulse (app_key, key);
CREATE UNIQUE INDEX pulse_name ON pulse (app_key, name) WHERE archived = 0;

CREATE TABLE pulse_raise (
    key          INTEGER PRIMARY KEY,
    tail         BLOB NOT NULL CHECK (length(tail) = 12),
    app_key      INTEGER NOT NULL,
    pulse_key    INTEGER NOT NULL,
    pulse_tail   BLOB NOT NULL CHECK (length(pulse_tail) = 12),
    message_key  INTEGER NOT NULL,
    message_tail BLOB NOT NULL CHECK (length(message_tail) = 12),
    user         TEXT,
    token        TEXT, -- the id of the token it was raised with
    object_count INTEGER NOT NULL,
    fields       TEXT NOT NULL,
    note         TEXT,
    raised_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX pulse_raise_of_app ON pulse_raise (app_key, key);
CREATE INDEX pulse_raise_of_pulse ON pulse_raise (app_key, pulse_key, key);
