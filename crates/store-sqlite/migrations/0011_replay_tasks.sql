-- What a background task works on and how far it is. Nothing could make one before, so none is lost.
DROP TABLE background_task;
CREATE TABLE background_task (
    key           INTEGER PRIMARY KEY,
    tail          BLOB NOT NULL CHECK (length(tail) = 12),
    app_key       INTEGER NOT NULL,
    app_tail      BLOB NOT NULL CHECK (length(app_tail) = 12),
    endpoint_key  INTEGER NOT NULL,
    endpoint_tail BLOB NOT NULL CHECK (length(endpoint_tail) = 12),
    work          TEXT NOT NULL,
    since         INTEGER NOT NULL,
    until         INTEGER NOT NULL,
    event_types   TEXT, -- null when empty, as statuses
    channel       TEXT,
    tag           TEXT,
    statuses      TEXT,
    status_class  INTEGER,
    rate          INTEGER NOT NULL CHECK (rate > 0),
    cursor        INTEGER NOT NULL, -- the key of the last message it looked at
    found         INTEGER NOT NULL,
    sent          INTEGER NOT NULL,
    expired       INTEGER NOT NULL,
    status        TEXT NOT NULL CHECK (status IN ('running', 'finished', 'failed')),
    stopped       TEXT CHECK ((stopped IS NOT NULL) = (status = 'failed')),
    updated_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX background_task_status ON background_task (status, key);
CREATE INDEX background_task_of_app ON background_task (app_key, key);
CREATE INDEX background_task_running ON background_task (app_key) WHERE status = 'running';
