-- How many applied intakes and fund imports with records does each area have?
SELECT area_code, count(*)::bigint AS rows
FROM (
    SELECT coalesce(area_code, 'all') AS area_code FROM intake
    WHERE state = 'applied' AND received_records > 0
    UNION ALL
    SELECT area_code FROM fund_import WHERE received_count > 0
) AS intake
GROUP BY area_code
