-- Forecasts of the touched order lines; unchanged ones are left alone.
INSERT INTO order_line_forecast AS known (
    area_code, id, match_run_id, hospital_id, supplier_id, route, contract_id, reason,
    matched_milli, open_milli
)
SELECT
    :area_code, staged.order_id, :run_id, match_key.hospital_id, match_key.supplier_id,
    (CAST(:routes AS text[]))[staged.route + 1],
    nullif(staged.contract_id, CAST(:nil AS uuid)),
    (CAST(:reasons AS text[]))[staged.reason + 1],
    staged.matched, staged.open
FROM match_forecast AS staged
JOIN match_key ON match_key.key_no = staged.pool
ON CONFLICT (area_code, id) DO UPDATE
SET match_run_id = excluded.match_run_id,
    route = excluded.route,
    contract_id = excluded.contract_id,
    reason = excluded.reason,
    matched_milli = excluded.matched_milli,
    open_milli = excluded.open_milli
WHERE (known.route, known.contract_id, known.reason, known.matched_milli, known.open_milli)
      IS DISTINCT FROM
      (excluded.route, excluded.contract_id, excluded.reason, excluded.matched_milli,
       excluded.open_milli)
