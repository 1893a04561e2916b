-- Registers a key under a name that was never given before.
INSERT INTO signing_key
    (key_name, algorithm, place, public_key, user_id, valid_from, valid_until)
VALUES (:key_name, :algorithm, :place, :public_key, :user_id, :valid_from, :valid_until)
ON CONFLICT (key_name) DO NOTHING
RETURNING id
