-- The staged invoice lines with their parts, in the order of their ids.
SELECT
    line.id, line.invoice_number, line.line_number, line.charge_kind, line.hospital_id,
    line.supplier_id, line.total_minor,
    jsonb_agg(
        jsonb_build_object(
            'end', invoiced_part.ending,
            'reason', invoiced_part.reason,
            'amount_minor', invoiced_part.amount_minor
        )
        ORDER BY invoiced_part.ending, invoiced_part.reason
    ) AS parts
FROM invoiced_part
JOIN invoice_line AS line
    ON line.area_code = :area_code AND line.id = invoiced_part.line_id
GROUP BY line.area_code, line.id
ORDER BY line.id
