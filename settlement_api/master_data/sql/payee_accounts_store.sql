-- Stores new accounts, unverified.
WITH wanted AS (
    SELECT staged.*, supplier.id AS supplier_id
    FROM staged
    JOIN supplier USING (uscc)
),
stored AS (
    INSERT INTO payee_account
        (id, supplier_id, account_ciphertext, key_id, account_blind_index, account_last4,
         account_name, cnaps_code, verification_state, proposed_by, valid_from, valid_to)
    SELECT id, supplier_id, account_ciphertext, key_id, account_blind_index, account_last4,
           account_name, cnaps_code, 'unverified', proposed_by, valid_from, valid_to
    FROM wanted
    ORDER BY row_no
    ON CONFLICT (supplier_id, account_blind_index, cnaps_code, valid_from) DO NOTHING
    RETURNING supplier_id, account_blind_index, cnaps_code, valid_from
)
SELECT wanted.row_no
FROM wanted
JOIN stored USING (supplier_id, account_blind_index, cnaps_code, valid_from)
