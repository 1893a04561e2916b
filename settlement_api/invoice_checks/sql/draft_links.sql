-- Links that came before the invoice they speak of, as matching would copy them: end to end.
WITH given AS (
    SELECT match_key.key_no, line.*
    FROM unnest(
        CAST(:line_numbers AS int[]), CAST(:codes AS text[]), CAST(:known AS boolean[]),
        CAST(:charges AS boolean[]), CAST(:numerators AS bigint[]),
        CAST(:denominators AS bigint[])
    ) AS line (line_number, code, known, charge, numerator, denominator)
    JOIN match_key ON match_key.component_code = line.code
),
sent AS (
    SELECT *
    FROM invoice_link_line
    WHERE area_code = :area_code AND supplier_id = :supplier_id AND invoice_number = :number
      AND (mode = 'quantity' OR hospital_id = :hospital_id)
      AND state = 'effective'
),
link AS (
    SELECT DISTINCT ON (
        sent.document_id, sent.mode, named.invoice_number, named.order_number,
        named.order_line_number, named.receipt_number, named.receipt_line_number
    )
        sent.area_code, sent.hospital_id, sent.supplier_id, sent.document_id, sent.mode,
        sent.link_date, sent.link_number, sent.line_number AS item_number, sent.invoice_number,
        named.order_number, named.order_line_number,
        named.receipt_number, named.receipt_line_number
    FROM sent
    CROSS JOIN LATERAL (
:link_named
    ) AS named
    WHERE sent.mode <> 'quantity'
    ORDER BY
        sent.document_id, sent.mode, named.invoice_number, named.order_number,
        named.order_line_number, named.receipt_number, named.receipt_line_number,
        sent.line_number
),
bound AS (
    SELECT
        given.key_no AS pool,
        hashtextextended(sent.invoice_number, 0) AS number,
        sent.invoice_line_number AS line_number,
        coalesce(hashtextextended(sent.order_number, 0), 0) AS order_number,
        CASE WHEN sent.order_number IS NULL THEN -2 ELSE coalesce(sent.order_line_number, -1) END
            AS order_line,
        coalesce(hashtextextended(sent.receipt_number, 0), 0) AS receipt_number,
        CASE
            WHEN sent.receipt_number IS NULL THEN -2 ELSE coalesce(sent.receipt_line_number, -1)
        END AS receipt_line,
        coalesce(
            own.quantity,
            CASE
                WHEN given.known AND given.numerator IS NOT NULL
                THEN least(
                    trunc(sent.quantity_milli::numeric * given.numerator / given.denominator),
                    1000000000000
                )::bigint
                ELSE sent.quantity_milli
            END,
            -1
        ) AS quantity,
        false AS uneven,
        0::bigint AS invoiced,
        0::bigint AS linked
    FROM given
    JOIN sent ON sent.invoice_line_number = given.line_number
    LEFT JOIN LATERAL (
        SELECT least(goods.quantity, 1000000000000) AS quantity
        FROM (
:link_goods
        ) AS goods
        WHERE sent.mode = 'lines_to_invoice'
        LIMIT 1
    ) AS own ON true
    -- Of an earlier revision's lines matching has copied the links already.
    WHERE NOT EXISTS (
        SELECT
        FROM invoice_line AS stored
        WHERE stored.area_code = :area_code
          AND stored.supplier_id = :supplier_id
          AND stored.invoice_number = :number
          AND stored.hospital_id = :hospital_id
          AND stored.line_number = given.line_number
          AND stored.product_code = given.code
          AND stored.document_kind = 'invoice'
          AND stored.state = 'effective'
    )
    ORDER BY sent.link_date, sent.link_number COLLATE "C", sent.line_number, sent.id
),
totalled AS MATERIALIZED (
    SELECT
        given.key_no AS pool,
        hashtextextended(link.invoice_number, 0) AS number,
        given.line_number,
        0::bigint AS order_number,
        -2 AS order_line,
        0::bigint AS receipt_number,
        -2 AS receipt_line,
        0::bigint AS quantity,
        totals.uneven,
        totals.invoiced,
        totals.linked
    FROM link
    CROSS JOIN LATERAL (
:link_totals
    ) AS totals
    JOIN given ON NOT given.charge
    ORDER BY
        link.link_date, link.link_number COLLATE "C", link.item_number,
        totals.invoiced, totals.linked
)
SELECT
    (SELECT coalesce(string_agg(record_send(line), ''), '') FROM bound AS line)
    || (SELECT coalesce(string_agg(record_send(line), ''), '') FROM totalled AS line) AS records
