-- New keys of the rehearsal's systems, set-wise.
INSERT INTO api_key
    (name, secret_hash, party_kind, area_code, hospital_id, supplier_id, roles, scopes)
SELECT
    name,
    decode(secret_hash, 'hex'),
    party_kind,
    area_code,
    hospital_id,
    supplier_id,
    ARRAY(SELECT jsonb_array_elements_text(roles)),
    ARRAY['*:*']
FROM jsonb_to_recordset(CAST(:keys AS jsonb)) AS given (
    name text, secret_hash text, party_kind text, area_code text,
    hospital_id uuid, supplier_id uuid, roles jsonb
)
