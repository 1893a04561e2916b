-- Keys in the order they were issued, after a given one.
SELECT id, name, party_kind, area_code, hospital_id, supplier_id, roles, scopes,
       expires_at, revoked_at
FROM api_key
WHERE (CAST(:after AS uuid) IS NULL OR id > :after)
  AND (CAST(:area_code AS text) IS NULL OR area_code = :area_code)
ORDER BY id
LIMIT :row_limit
