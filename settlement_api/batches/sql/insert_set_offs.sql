-- The set-offs of a batch, as rows.
INSERT INTO set_off (
    area_code, payment_batch_id, negative_share_id, positive_share_id, hospital_id, supplier_id,
    amount_minor
)
SELECT
    :area_code, :batch_id, negative_share_id, positive_share_id, hospital_id, supplier_id,
    amount_minor
FROM share_set_off
