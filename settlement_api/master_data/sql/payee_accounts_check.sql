-- Accounts of suppliers nobody knows, and accounts on file with another name or end. An end that
-- a later account brought about is no difference.
WITH faults AS (
    SELECT row_no, 'uscc' AS column_name, 'unknown_supplier' AS code,
           'no supplier ' || uscc || ' is on file' AS message
    FROM staged
    WHERE uscc IS NOT NULL
      AND NOT EXISTS (SELECT FROM supplier WHERE supplier.uscc = staged.uscc)
    UNION ALL
    SELECT staged.row_no, 'account_number', 'not_changeable',
           'the account is on file from the same day with another name or end'
    FROM staged
    JOIN supplier USING (uscc)
    JOIN payee_account
        ON payee_account.supplier_id = supplier.id
        AND payee_account.account_blind_index = staged.account_blind_index
        AND payee_account.cnaps_code = staged.cnaps_code
        AND payee_account.valid_from = staged.valid_from
    WHERE payee_account.account_name <> staged.account_name
       OR (staged.valid_to IS NOT NULL AND staged.valid_to IS DISTINCT FROM payee_account.valid_to)
)
SELECT row_no, column_name, code, message
FROM faults
ORDER BY row_no, column_name
