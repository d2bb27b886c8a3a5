-- Tokens and background tasks that ended long ago are removed, from the front of these.
ALTER TABLE token ADD COLUMN ended_at INTEGER
    AS (min(ifnull(revoked_at, expires_at), ifnull(expires_at, revoked_at))) VIRTUAL;
CREATE INDEX token_ended ON token (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX background_task_ended ON background_task (updated_at) WHERE status <> 'running';
