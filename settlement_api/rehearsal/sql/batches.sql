-- Payment batches by area, scheme and number: what was paid, what the claims do not cover, and
-- what was left out.
SELECT
    area_code AS area,
    scheme,
    batch_no::bigint AS no,
    payment_count::bigint AS payments,
    control_sum_minor AS sum_minor,
    shortfall_minor,
    left_out_count::bigint AS left_out,
    left_out_minor AS left_out_sum_minor
FROM payment_batch
WHERE status <> 'voided'
ORDER BY area_code, scheme, batch_no
