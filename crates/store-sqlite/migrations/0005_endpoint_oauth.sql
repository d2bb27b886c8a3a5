-- How endpoints are authorized to; at most one row an endpoint, gone with it. Found by app, so that loading an app
-- asks once for all of its endpoints.
CREATE TABLE endpoint_oauth (
    app_key       INTEGER NOT NULL,
    endpoint_key  INTEGER NOT NULL,
    token_url     TEXT NOT NULL,
    client_id     TEXT NOT NULL,
    client_secret TEXT NOT NULL,
    auth_method   TEXT NOT NULL CHECK (auth_method IN ('client_secret_basic', 'client_secret_post')),
    scopes        TEXT NOT NULL,
    extra_params  TEXT NOT NULL,
    extra_headers TEXT NOT NULL,
    updated_at    INTEGER NOT NULL,
    PRIMARY KEY (app_key, endpoint_key)
) STRICT, WITHOUT ROWID;
