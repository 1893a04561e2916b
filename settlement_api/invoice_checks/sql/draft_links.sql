-- Links that came before the invoice they speak of, as matching would copy them: end to end.
SELECT coalesce(string_agg(record_send(line), ''), '') AS records
FROM (
    SELECT
        match_key.key_no AS pool,
        hashtextextended(link.invoice_number, 0) AS number,
        link.invoice_line_number AS line_number,
        coalesce(hashtextextended(link.order_number, 0), 0) AS order_number,
        CASE WHEN link.order_number IS NULL THEN -2 ELSE coalesce(link.order_line_number, -1) END
            AS order_line,
        coalesce(hashtextextended(link.receipt_number, 0), 0) AS receipt_number,
        CASE
            WHEN link.receipt_number IS NULL THEN -2 ELSE coalesce(link.receipt_line_number, -1)
        END AS receipt_line,
        coalesce(
            CASE
                WHEN given.known AND given.numerator IS NOT NULL
                THEN least(
                    trunc(link.quantity_milli::numeric * given.numerator / given.denominator),
                    1000000000000
                )::bigint
                ELSE link.quantity_milli
            END,
            -1
        ) AS quantity
    FROM unnest(
        CAST(:line_numbers AS int[]), CAST(:codes AS text[]), CAST(:known AS boolean[]),
        CAST(:numerators AS bigint[]), CAST(:denominators AS bigint[])
    ) AS given (line_number, code, known, numerator, denominator)
    JOIN match_key ON match_key.component_code = given.code
    JOIN invoice_link_line AS link
      ON link.area_code = :area_code
     AND link.supplier_id = :supplier_id
     AND link.invoice_number = :number
     AND link.invoice_line_number = given.line_number
     AND link.state = 'effective'
    ORDER BY link.link_date, link.link_number COLLATE "C", link.line_number, link.id
) AS line
