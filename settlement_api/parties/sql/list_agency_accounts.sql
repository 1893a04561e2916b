-- Expenditure accounts of the area.
SELECT id, agency_id, scheme, account_last4, account_name, cnaps_code, valid_from, valid_to
FROM agency_account
WHERE area_code = :area_code
  AND (CAST(:after_id AS uuid) IS NULL OR id > :after_id)
ORDER BY id
LIMIT :row_limit
