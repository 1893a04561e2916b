-- A new key of a system.
INSERT INTO api_key (
    name, secret_hash, party_kind, area_code, hospital_id, supplier_id,
    roles, scopes, issued_by, expires_at
)
VALUES (
    :name, :secret_hash, :party_kind, :area_code, :hospital_id, :supplier_id,
    :roles, :scopes, :issued_by, :expires_at
)
RETURNING id
