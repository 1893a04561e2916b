-- People by login name, after a given one.
SELECT
    account.id,
    account.login_name,
    account.display_name,
    account.party_kind,
    account.area_code,
    account.hospital_id,
    account.supplier_id,
    account.disabled_at IS NOT NULL AS disabled,
    account.password_is_initial,
    ARRAY(SELECT role FROM user_role WHERE user_id = account.id ORDER BY role) AS roles
FROM user_account AS account
WHERE (CAST(:after AS text) IS NULL OR account.login_name > :after)
  AND (CAST(:user_id AS uuid) IS NULL OR account.id = :user_id)
  AND (CAST(:area_code AS text) IS NULL OR account.area_code = :area_code)
ORDER BY account.login_name
LIMIT :row_limit
