-- For each supplier the account to pay to on a day, or why there is none. A supplier that was
-- renamed or merged is paid as what it is now; suspended under any name, it is not paid.
WITH RECURSIVE later (supplier_id, id) AS (
    SELECT DISTINCT asked.supplier_id, asked.supplier_id
    FROM unnest(CAST(:supplier_ids AS uuid[])) AS asked (supplier_id)
    UNION
    SELECT later.supplier_id, supplier.successor_id
    FROM later
    JOIN supplier ON supplier.id = later.id
    WHERE supplier.successor_id IS NOT NULL
),
payee AS (
    SELECT later.supplier_id,
           min(supplier.id::text) FILTER (WHERE supplier.successor_id IS NULL)::uuid
               AS payee_supplier_id,
           bool_or(supplier.suspended_from IS NOT NULL AND supplier.suspended_from <= :on)
               AS suspended
    FROM later
    JOIN supplier ON supplier.id = later.id
    GROUP BY later.supplier_id
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
