-- For each supplier the account to pay to on a day, or why there is none. A supplier that was
-- renamed or merged is paid as its successor (two steps at most).
WITH asked AS (
    SELECT supplier_id
    FROM unnest(CAST(:supplier_ids AS uuid[])) AS asked (supplier_id)
),
payee AS (
    SELECT asked.supplier_id, present.id AS payee_supplier_id, present.name AS payee_name,
           (supplier.suspended_from IS NOT NULL AND supplier.suspended_from <= :on)
               OR (present.suspended_from IS NOT NULL AND present.suspended_from <= :on)
               AS suspended
    FROM asked
    JOIN supplier ON supplier.id = asked.supplier_id
    LEFT JOIN supplier AS successor ON successor.id = supplier.successor_id
    JOIN supplier AS present
        ON present.id = COALESCE(successor.successor_id, successor.id, supplier.id)
)
SELECT payee.supplier_id, payee.payee_supplier_id,
       CASE
           WHEN payee.suspended THEN 'supplier_suspended'
           WHEN account.id IS NULL THEN 'account_unverified'
       END AS reason,
       account.id AS payee_account_id, account.account_ciphertext, account.key_id,
       account.account_blind_index, account.account_last4, account.account_name,
       account.cnaps_code
FROM payee
LEFT JOIN payee_account AS account
    ON account.supplier_id = payee.payee_supplier_id
    AND account.verification_state = 'verified'
    AND account.valid_from <= :on
    AND (account.valid_to IS NULL OR account.valid_to >= :on)
    AND (account.verified_at AT TIME ZONE 'Asia/Shanghai')::date + CAST(:cooling_days AS int) <= :on
ORDER BY payee.supplier_id
