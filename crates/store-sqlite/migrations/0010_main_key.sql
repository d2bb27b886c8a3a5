-- Secrets are sealed with a main key that lies elsewhere. What is sealed of an endpoint: url and headers; its row in
-- endpoint_secret: secret; its rows in endpoint_url: url; its row in endpoint_oauth: token_url, client_secret,
-- extra_params and extra_headers. Sealed texts are `<key id>:<base64>`.
CREATE TABLE main_key (
    number     INTEGER PRIMARY KEY CHECK (number = 1),
    proof      TEXT NOT NULL, -- something known, sealed with the key in force
    next_proof TEXT CHECK (next_proof IS NULL OR walked_to IS NOT NULL), -- with the key that takes its place
    walked_to  INTEGER,       -- the last endpoint sealed; null when all are
    unswept    INTEGER NOT NULL CHECK (unswept IN (0, 1)) -- whether pages may hold what stood in clear before
) STRICT;

-- Sealed, the same URL never looks the same: URLs are found by their endpoint.
CREATE TABLE endpoint_url_of_now (
    number       INTEGER PRIMARY KEY,
    endpoint_key INTEGER NOT NULL,
    url          TEXT NOT NULL
) STRICT;
INSERT INTO endpoint_url_of_now SELECT number, endpoint_key, url FROM endpoint_url;
DROP TABLE endpoint_url;
ALTER TABLE endpoint_url_of_now RENAME TO endpoint_url;
CREATE INDEX endpoint_url_of_endpoint ON endpoint_url (endpoint_key);
