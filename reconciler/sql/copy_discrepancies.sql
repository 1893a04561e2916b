-- Discrepancies of the touched components that no later run has superseded; what was compared only
-- where matching tells one from another by it.
SELECT
    discrepancy.id,
    coalesce(discrepancy.order_line_id, '00000000-0000-0000-0000-000000000000') AS order_line_id,
    coalesce(discrepancy.receipt_line_id, '00000000-0000-0000-0000-000000000000')
        AS receipt_line_id,
    coalesce(discrepancy.invoice_line_id, '00000000-0000-0000-0000-000000000000')
        AS invoice_line_id,
    coalesce(discrepancy.other_line_id, '00000000-0000-0000-0000-000000000000') AS other_line_id,
    (array_position(:reasons, discrepancy.reason) - 1)::smallint AS reason,
    (array_position(:effects, discrepancy.effect) - 1)::smallint AS effect,
    discrepancy.quantity_milli AS quantity,
    discrepancy.amount_minor AS amount,
    CASE WHEN discrepancy.reason = :of_totals
        THEN (discrepancy.compared ->> 'stated')::bigint ELSE 0 END AS stated,
    CASE WHEN discrepancy.reason = :of_totals
        THEN (discrepancy.compared ->> 'allowed')::bigint ELSE 0 END AS allowed
FROM match_key
CROSS JOIN LATERAL (
    SELECT *
    FROM discrepancy AS own
    WHERE own.area_code = (SELECT current_setting('app.area_code'))
      AND own.hospital_id = match_key.hospital_id
      AND own.supplier_id = match_key.supplier_id
      AND own.component_code = match_key.component_code
    :fence
) AS discrepancy
WHERE discrepancy.status <> 'superseded'
ORDER BY discrepancy.id
