-- Payment batches by area, scheme and number: what was eligible, taken and left out.
SELECT
    area_code,
    scheme,
    batch_no::bigint AS batch_no,
    status,
    taken_count::bigint AS taken,
    left_out_count::bigint AS left_out,
    payment_count::bigint AS payments,
    control_sum_minor,
    planned_recovery_minor,
    shortfall_minor,
    left_out_minor
FROM payment_batch
ORDER BY area_code, scheme, batch_no
