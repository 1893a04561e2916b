-- One payment per verified payee account, its account frozen as it is today.
INSERT INTO payment (
    area_code, payment_batch_id, agency_account_id, scheme, claim_month, supplier_id,
    payee_account_id, payee_name, payee_cnaps_code, payee_account_ciphertext, payee_key_id,
    payee_account_blind_index, payee_account_last4, amount_minor, item_count, remittance
)
SELECT
    :area_code, :batch_id, :agency_account_id, :scheme, :period, payee.supplier_id,
    payee.id, payee.account_name, payee.cnaps_code, payee.account_ciphertext, payee.key_id,
    payee.account_blind_index, payee.account_last4,
    due.amount_minor, due.item_count, :remittance
FROM (
    SELECT payee_account_id, sum(cash_minor)::bigint AS amount_minor, count(*) AS item_count
    FROM eligible_share
    WHERE cash_minor > 0
    GROUP BY payee_account_id
) AS due
JOIN payee_account AS payee ON payee.id = due.payee_account_id
JOIN supplier ON supplier.id = payee.supplier_id
ORDER BY supplier.uscc
