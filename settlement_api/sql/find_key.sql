-- The system behind a key that is neither revoked nor past its end in real time.
SELECT id, name, party_kind, area_code, hospital_id, supplier_id, roles, scopes,
    false AS password_is_initial
FROM api_key
WHERE secret_hash = $1
  AND revoked_at IS NULL
  AND (expires_at IS NULL OR expires_at > clock_timestamp())
