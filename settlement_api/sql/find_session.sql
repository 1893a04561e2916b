-- The person behind a session that is open in real time.
SELECT
    account.id,
    account.display_name AS name,
    account.party_kind,
    account.area_code,
    account.hospital_id,
    account.supplier_id,
    ARRAY(SELECT role FROM user_role WHERE user_id = account.id ORDER BY role) AS roles,
    ARRAY[]::text[] AS scopes,
    account.password_is_initial
FROM user_session AS login
JOIN user_account AS account ON account.id = login.user_id
WHERE login.token_hash = $1
  AND login.ended_at IS NULL
  AND login.expires_at > clock_timestamp()
  AND account.disabled_at IS NULL
