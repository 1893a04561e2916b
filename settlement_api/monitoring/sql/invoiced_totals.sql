-- How much of the staged invoice lines stands where, and why.
SELECT
    line.charge_kind,
    invoiced_part.ending,
    invoiced_part.reason,
    count(*) AS line_count,
    sum(invoiced_part.amount_minor)::bigint AS amount_minor
FROM invoiced_part
JOIN invoice_line AS line
    ON line.area_code = :area_code AND line.id = invoiced_part.line_id
GROUP BY line.charge_kind, invoiced_part.ending, invoiced_part.reason
ORDER BY line.charge_kind, invoiced_part.ending, invoiced_part.reason
