-- The keys that signed these messages, by their names.
SELECT key_name, algorithm, place, encode(public_key, 'hex') AS public_key, user_id, valid_from,
    valid_until, revoked_at
FROM signing_key
WHERE key_name = ANY(CAST(:names AS text[]))
ORDER BY key_name
