-- Answers to requests that carried an idempotency key. Keys are hashes, so they fall anywhere among the others; they
-- are gathered by the span of six hours in which they came, so that old ones lie together and leave page by page.
-- A key is unique over all spans: whoever inserts looks into the other live ones too.
CREATE TABLE kept_answer (
    span    INTEGER NOT NULL,
    key     BLOB NOT NULL CHECK (length(key) = 32),
    request BLOB NOT NULL CHECK (length(request) = 32),
    answer  BLOB NOT NULL,
    kept_at INTEGER NOT NULL,
    PRIMARY KEY (span, key)
) STRICT, WITHOUT ROWID;
