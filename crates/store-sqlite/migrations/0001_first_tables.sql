-- Every id is a key (rising, an integer) and a tail (12 random bytes). Rows are found by key and the tail is
-- compared, so that a guessed key opens nothing. Instants are milliseconds since 1970, UTC; lists and maps are JSON.

CREATE TABLE app (
    key           INTEGER PRIMARY KEY,
    tail          BLOB NOT NULL CHECK (length(tail) = 12),
    uid           TEXT,
    name          TEXT NOT NULL,
    throttle_rate INTEGER,
    metadata      TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    deleted_at    INTEGER
) STRICT;
CREATE UNIQUE INDEX app_uid ON app (uid) WHERE uid IS NOT NULL AND deleted_at IS NULL;

CREATE TABLE endpoint (
    key             INTEGER PRIMARY KEY,
    tail            BLOB NOT NULL CHECK (length(tail) = 12),
    app_key         INTEGER NOT NULL,
    uid             TEXT,
    url             TEXT NOT NULL,
    description     TEXT NOT NULL,
    event_types     TEXT NOT NULL,
    channels        TEXT NOT NULL,
    disabled_reason TEXT CHECK (disabled_reason IN ('by_hand', 'gone', 'failing')),
    disabled_at     INTEGER CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL)),
    throttle_rate   INTEGER,
    metadata        TEXT NOT NULL,
    headers         TEXT NOT NULL,
    failing_since   INTEGER,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    revision        INTEGER NOT NULL,
    deleted_at      INTEGER
) STRICT;
CREATE INDEX endpoint_of_app ON endpoint (app_key, key);
CREATE UNIQUE INDEX endpoint_uid ON endpoint (app_key, uid) WHERE uid IS NOT NULL AND deleted_at IS NULL;

CREATE TABLE endpoint_secret (
    number       INTEGER PRIMARY KEY,
    endpoint_key INTEGER NOT NULL,
    secret       TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER
) STRICT;
CREATE INDEX endpoint_secret_of_endpoint ON endpoint_secret (endpoint_key, number);
CREATE UNIQUE INDEX endpoint_secret_current ON endpoint_secret (endpoint_key) WHERE expires_at IS NULL;

-- The URLs an endpoint ever had, so that an attempt keeps the one it was sent to in a small number.
CREATE TABLE endpoint_url (
    number       INTEGER PRIMARY KEY,
    endpoint_key INTEGER NOT NULL,
    url          TEXT NOT NULL,
    UNIQUE (endpoint_key, url)
) STRICT;

CREATE TABLE event_type (
    name         TEXT PRIMARY KEY,
    description  TEXT NOT NULL,
    archived     INTEGER NOT NULL CHECK (archived IN (0, 1)),
    deprecated   INTEGER NOT NULL CHECK (deprecated IN (0, 1)),
    schemas      TEXT,
    feature_flag TEXT,
    group_name   TEXT,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE token (
    hash       BLOB PRIMARY KEY CHECK (length(hash) = 32),
    key        INTEGER NOT NULL,
    tail       BLOB NOT NULL CHECK (length(tail) = 12),
    name       TEXT NOT NULL,
    app_key    INTEGER, -- the app it is for; without one, the whole organisation
    app_tail   BLOB CHECK ((app_tail IS NULL) = (app_key IS NULL)),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE message (
    app_key        INTEGER NOT NULL,
    key            INTEGER NOT NULL,
    tail           BLOB NOT NULL CHECK (length(tail) = 12),
    event_type     TEXT NOT NULL,
    event_id       TEXT,
    channels       TEXT, -- null when empty
    tags           TEXT, -- null when empty
    created_at     INTEGER NOT NULL,
    deliver_at     INTEGER,
    retention_days INTEGER, -- null means the default
    PRIMARY KEY (app_key, key)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX message_event_id ON message (app_key, event_id) WHERE event_id IS NOT NULL;
CREATE INDEX message_event_type ON message (app_key, event_type, key);

-- What lists by channel and tag walk along; only messages that have some cost anything here.
CREATE TABLE message_channel (
    app_key     INTEGER NOT NULL,
    channel     TEXT NOT NULL,
    message_key INTEGER NOT NULL,
    PRIMARY KEY (app_key, channel, message_key)
) STRICT, WITHOUT ROWID;
CREATE TABLE message_tag (
    app_key     INTEGER NOT NULL,
    tag         TEXT NOT NULL,
    message_key INTEGER NOT NULL,
    PRIMARY KEY (app_key, tag, message_key)
) STRICT, WITHOUT ROWID;

-- Appended in key order, so the oldest leave from the front. Whoever removes rows leaves the one of the highest
-- key, and a payload that goes before its time is set to null: new ids start above the highest key found here.
CREATE TABLE message_content (
    key        INTEGER PRIMARY KEY,
    payload    BLOB,
    expires_at INTEGER -- only where it is not kept for the default time
) STRICT;
CREATE INDEX message_content_expiry ON message_content (expires_at) WHERE expires_at IS NOT NULL;

-- state: 0 pending, 1 delivered, 2 failed, 3 canceled, 4 skipped.
CREATE TABLE delivery (
    endpoint_key  INTEGER NOT NULL,
    message_key   INTEGER NOT NULL,
    state         INTEGER NOT NULL CHECK (state BETWEEN 0 AND 4),
    tries         INTEGER NOT NULL,
    revision      INTEGER NOT NULL,
    due_at        INTEGER CHECK ((due_at IS NOT NULL) = (state = 0)),
    -- Set while one attempt by hand is wanted: what the delivery returns to when it fails.
    resume_state  INTEGER CHECK (resume_state IS NULL OR state = 0),
    resume_due_at INTEGER CHECK ((resume_due_at IS NOT NULL) = (resume_state IS 0)),
    PRIMARY KEY (endpoint_key, message_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_pending ON delivery (endpoint_key, due_at, message_key) WHERE state = 0;
CREATE INDEX delivery_failed ON delivery (endpoint_key, message_key) WHERE state = 2;

CREATE TABLE attempt (
    endpoint_key   INTEGER NOT NULL,
    key            INTEGER NOT NULL,
    tail           BLOB NOT NULL CHECK (length(tail) = 12),
    message_key    INTEGER NOT NULL,
    by_hand        INTEGER NOT NULL CHECK (by_hand IN (0, 1)),
    started_at     INTEGER NOT NULL,
    duration_us    INTEGER NOT NULL,
    succeeded      INTEGER NOT NULL CHECK (succeeded IN (0, 1)),
    status         INTEGER,
    failure        TEXT,
    remote_address TEXT,
    dns_us         INTEGER,
    connect_us     INTEGER,
    tls_us         INTEGER,
    first_byte_us  INTEGER,
    url_number     INTEGER NOT NULL,
    PRIMARY KEY (endpoint_key, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_of_message ON attempt (message_key, key);
CREATE INDEX attempt_failed ON attempt (endpoint_key, key) WHERE succeeded = 0;

-- As with message_content: rows leave from the front, the one of the highest key stays.
CREATE TABLE attempt_content (
    key              INTEGER PRIMARY KEY,
    signature        TEXT NOT NULL,
    response_headers BLOB NOT NULL,
    response_body    BLOB NOT NULL
) STRICT;

CREATE TABLE endpoint_counts (
    endpoint_key       INTEGER NOT NULL,
    span               INTEGER NOT NULL, -- when its five minutes began
    attempts_succeeded INTEGER NOT NULL,
    attempts_failed    INTEGER NOT NULL,
    duration_ms        INTEGER NOT NULL,
    delivered          INTEGER NOT NULL,
    failed             INTEGER NOT NULL,
    canceled           INTEGER NOT NULL,
    PRIMARY KEY (endpoint_key, span)
) STRICT, WITHOUT ROWID;

-- One row that a health check writes and reads.
CREATE TABLE store_check (
    number     INTEGER PRIMARY KEY CHECK (number = 1),
    checked_at INTEGER NOT NULL
) STRICT;
