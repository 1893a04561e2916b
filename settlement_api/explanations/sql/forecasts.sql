-- Where order lines will probably go.
SELECT forecast.id, forecast.route, forecast.reason, forecast.contract_id,
    forecast.matched_milli, forecast.open_milli
FROM order_line_forecast AS forecast
WHERE forecast.area_code = ANY(CAST(:areas AS text[])) AND forecast.id = ANY(CAST(:ids AS uuid[]))
ORDER BY forecast.id
