-- People in the pages, and the links that let them in once. Hashes only.
CREATE TABLE session (
    hash         BLOB PRIMARY KEY CHECK (length(hash) = 32),
    opened_by    BLOB CHECK (length(opened_by) = 32),
    person       TEXT NOT NULL,
    app_key      INTEGER,
    app_tail     BLOB CHECK ((app_tail IS NULL) = (app_key IS NULL)),
    capabilities INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_end ON session (expires_at);

CREATE TABLE sign_in_link (
    hash       BLOB PRIMARY KEY CHECK (length(hash) = 32),
    token      BLOB NOT NULL CHECK (length(token) = 32),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_link_end ON sign_in_link (expires_at);
