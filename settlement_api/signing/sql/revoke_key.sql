-- Ends a key from a moment on, once.
UPDATE signing_key
SET revoked_at = :revoked_at, revocation_reason = :reason
WHERE key_name = :key_name AND revoked_at IS NULL
RETURNING id
