-- Every key ever registered, in the order of taking over.
SELECT key_name, algorithm, place, public_key, user_id, valid_from, valid_until, revoked_at
FROM signing_key
ORDER BY valid_from, key_name
