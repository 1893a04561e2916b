-- Everything eligible that the batch left out, with its reason.
INSERT INTO batch_exclusion (
    area_code, payment_batch_id, application_line_id, payable_share_id, hospital_id, supplier_id,
    reason, amount_minor
)
SELECT
    :area_code, :batch_id, line_id, share_id, hospital_id, supplier_id,
    reason, open_minor - set_off_minor - cash_minor
FROM eligible_share
WHERE reason IS NOT NULL
ORDER BY rank
