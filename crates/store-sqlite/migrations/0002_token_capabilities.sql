-- What a token may do, as bits: 1 ViewBase, 2 ViewEndpointSecret, 4 ManageEndpointSecret, 8 CreateAttempts,
-- 16 ManageEndpoint, 32 SendMessages, 64 ManageCatalog, 128 Admin. Tokens made before have what they had.
ALTER TABLE token ADD COLUMN capabilities INTEGER NOT NULL DEFAULT 0 CHECK (capabilities BETWEEN 0 AND 255);
ALTER TABLE token ADD COLUMN expires_at INTEGER;
ALTER TABLE token ADD COLUMN last_used_at INTEGER; -- to about a minute
ALTER TABLE token ADD COLUMN revoked_at INTEGER;
UPDATE token SET capabilities = CASE WHEN app_key IS NULL THEN 255 ELSE 31 END;
CREATE UNIQUE INDEX token_key ON token (key);
