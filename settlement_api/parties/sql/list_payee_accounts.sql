-- Receiving accounts in the order they were recorded, of one supplier or in one state if asked.
SELECT id, supplier_id, account_last4, account_name, cnaps_code, verification_state,
       verified_by_first, verified_by_second, valid_from, valid_to
FROM payee_account
WHERE (CAST(:account_id AS uuid) IS NULL OR id = :account_id)
  AND (CAST(:supplier_id AS uuid) IS NULL OR supplier_id = :supplier_id)
  AND (CAST(:state AS text) IS NULL OR verification_state = :state)
  AND (CAST(:after_id AS uuid) IS NULL OR id > :after_id)
ORDER BY id
LIMIT :row_limit
