-- Forecasts of the touched order lines that are new or differ; the others are not even locked.
-- The area's match lock keeps every other writer away, so that what is not there can be inserted.
WITH drafted AS MATERIALIZED (
    SELECT staged.*, known.id IS NULL AS is_new
    FROM (
        SELECT
            match_forecast.order_id, match_key.hospital_id, match_key.supplier_id,
            (CAST(:routes AS text[]))[match_forecast.route + 1] AS route,
            nullif(match_forecast.contract_id, CAST(:nil AS uuid)) AS contract_id,
            (CAST(:reasons AS text[]))[match_forecast.reason + 1] AS reason,
            match_forecast.matched, match_forecast.open
        FROM match_forecast
        JOIN match_key ON match_key.key_no = match_forecast.pool
    ) AS staged
    LEFT JOIN order_line_forecast AS known
      ON known.area_code = :area_code AND known.id = staged.order_id
    WHERE known.id IS NULL
       OR (known.route, known.contract_id, known.reason, known.matched_milli, known.open_milli)
          IS DISTINCT FROM
          (staged.route, staged.contract_id, staged.reason, staged.matched, staged.open)
),
changed AS (
    UPDATE order_line_forecast
    SET match_run_id = :run_id,
        route = drafted.route,
        contract_id = drafted.contract_id,
        reason = drafted.reason,
        matched_milli = drafted.matched,
        open_milli = drafted.open
    FROM drafted
    WHERE order_line_forecast.area_code = :area_code
      AND order_line_forecast.id = drafted.order_id
      AND NOT drafted.is_new
)
INSERT INTO order_line_forecast (
    area_code, id, match_run_id, hospital_id, supplier_id, route, contract_id, reason,
    matched_milli, open_milli
)
SELECT
    :area_code, order_id, :run_id, hospital_id, supplier_id, route, contract_id, reason,
    matched, open
FROM drafted
WHERE is_new
