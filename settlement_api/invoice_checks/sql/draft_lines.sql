-- The lines of a draft as matching would copy them once stored, end to end as records.
SELECT coalesce(string_agg(record_send(line), ''), '') AS records
FROM (
    SELECT
        given.id,
        match_key.key_no AS pool,
        hashtextextended(:number, 0) AS number,
        given.line_number,
        false AS red,
        coalesce(hashtextextended(given.order_number, 0), 0) AS order_number,
        CASE WHEN given.order_number IS NULL THEN -2 ELSE coalesce(given.order_line, -1) END
            AS order_line,
        coalesce(hashtextextended(given.receipt_number, 0), 0) AS receipt_number,
        CASE WHEN given.receipt_number IS NULL THEN -2 ELSE coalesce(given.receipt_line, -1) END
            AS receipt_line,
        coalesce(hashtextextended(given.blue_number, 0), 0) AS blue_number,
        CASE WHEN given.blue_number IS NULL THEN -2 ELSE coalesce(given.blue_line, -1) END
            AS blue_line,
        CASE WHEN given.known THEN 0 ELSE hashtext(coalesce(given.unit, '')) | 1 END AS unit,
        coalesce(given.quantity, 0) AS quantity,
        given.amount,
        CASE
            WHEN given.line_number = min(given.line_number) OVER ()
            THEN CAST(:difference AS bigint) ELSE 0
        END AS difference,
        CAST(:day AS date) - DATE '1970-01-01' AS day,
        (CASE
            WHEN given.charge OR given.upstream IS NOT NULL OR given.blue_number IS NOT NULL THEN 0
            WHEN product.kind = 'drug' THEN 1
            WHEN product.kind = 'consumable' THEN 2
            WHEN product.kind = 'reagent' THEN 3
            ELSE 0
        END)::smallint AS chain,
        CASE
            WHEN given.lot IS NULL THEN 0
            ELSE hashtextextended(upper(replace(normalize(given.lot, NFKC), ' ', '')), 0)
        END AS lot,
        given.charge,
        CAST(:flag AS smallint) AS flag,
        given.unknown,
        (sum(given.amount) OVER (PARTITION BY given.charge ORDER BY given.line_number)
            - given.amount)::bigint AS document_start,
        (sum(given.amount) OVER (PARTITION BY given.charge))::bigint AS document_total,
        coalesce(lowered.accepted_minor, 0) AS lowered
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:line_numbers AS int[]), CAST(:codes AS text[]),
        CAST(:order_numbers AS text[]), CAST(:order_lines AS int[]),
        CAST(:receipt_numbers AS text[]), CAST(:receipt_lines AS int[]),
        CAST(:blue_numbers AS text[]), CAST(:blue_lines AS int[]),
        CAST(:lots AS text[]),
        CAST(:units AS text[]), CAST(:known AS boolean[]), CAST(:quantities AS bigint[]),
        CAST(:amounts AS bigint[]), CAST(:charges AS boolean[]), CAST(:unknown AS boolean[]),
        CAST(:upstream AS text[])
    ) AS given (
        id, line_number, code, order_number, order_line, receipt_number, receipt_line,
        blue_number, blue_line, lot, unit, known, quantity, amount, charge, unknown, upstream
    )
    JOIN match_key ON match_key.component_code = given.code
    LEFT JOIN product ON product.product_code = given.code
    LEFT JOIN resolution_link AS lowered
      ON lowered.area_code = (SELECT current_setting('app.area_code'))
     AND lowered.hospital_id = match_key.hospital_id
     AND lowered.supplier_id = match_key.supplier_id
     AND lowered.component_code = given.code
     AND lowered.invoice_number = :number
     AND lowered.invoice_line_number = given.line_number
     AND lowered.status = 'effective'
     AND lowered.accepted_minor IS NOT NULL
     AND NOT given.charge
    ORDER BY
        given.line_number
) AS line
