-- Stores new expenditure accounts.
WITH stored AS (
    INSERT INTO agency_account
        (area_code, id, agency_id, scheme, account_ciphertext, key_id, account_blind_index,
         account_last4, account_name, cnaps_code, valid_from, valid_to)
    SELECT staged.area_code, staged.id, agency.id, staged.scheme, staged.account_ciphertext, staged.key_id,
           staged.account_blind_index, staged.account_last4, staged.account_name,
           staged.cnaps_code, staged.valid_from, staged.valid_to
    FROM staged
    JOIN agency ON agency.area_code = staged.area_code AND agency.code = staged.agency_code
    ORDER BY staged.row_no
    ON CONFLICT (area_code, account_blind_index) DO NOTHING
    RETURNING area_code, account_blind_index
)
SELECT staged.row_no
FROM staged
JOIN stored USING (area_code, account_blind_index)
