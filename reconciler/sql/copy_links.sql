-- Invoice links of the touched components, in the smallest unit: what people decided first, then
-- what documents say, each first in first. Then every invoice line that a link by totals is about,
-- named by it or not, with what both sides of it come to: such a row binds nothing.
WITH billed AS (
    SELECT
        match_key.key_no, line.hospital_id, line.supplier_id, line.invoice_number, line.line_number
    FROM match_key
    CROSS JOIN LATERAL (
        SELECT *
        FROM invoice_line AS own
        WHERE own.area_code = (SELECT current_setting('app.area_code'))
          AND own.hospital_id = match_key.hospital_id
          AND own.supplier_id = match_key.supplier_id
          AND own.product_code = match_key.component_code
        :fence
    ) AS line
    WHERE line.state = 'effective' AND line.document_kind = 'invoice' AND :by_totals
),
about AS (
    SELECT
        sent.area_code, sent.hospital_id, sent.supplier_id, sent.invoice_number,
        sent.document_id, sent.mode, sent.link_date, sent.link_number,
        min(sent.line_number) AS item_number,
        named.order_number, named.order_line_number,
        named.receipt_number, named.receipt_line_number,
        dense_rank() OVER (
            ORDER BY sent.document_id, sent.mode, named.invoice_number, named.order_number,
            named.order_line_number, named.receipt_number, named.receipt_line_number
        ) AS link_no
    FROM (SELECT DISTINCT hospital_id, supplier_id, invoice_number FROM billed) AS invoice
    JOIN invoice_link_line AS sent
      ON sent.area_code = (SELECT current_setting('app.area_code'))
     AND sent.supplier_id = invoice.supplier_id
     AND sent.invoice_number = invoice.invoice_number
     AND sent.hospital_id = invoice.hospital_id
     AND sent.mode <> 'quantity'
    CROSS JOIN LATERAL (
:link_named
    ) AS named
    WHERE sent.state = 'effective' AND :by_totals
    GROUP BY
        sent.area_code, sent.hospital_id, sent.supplier_id, sent.invoice_number,
        sent.document_id, sent.mode, sent.link_date, sent.link_number, named.invoice_number,
        named.order_number, named.order_line_number,
        named.receipt_number, named.receipt_line_number
),
totalled AS MATERIALIZED (
    SELECT link.link_no, totals.uneven, totals.invoiced, totals.linked
    FROM (SELECT DISTINCT ON (link_no) * FROM about) AS link
    CROSS JOIN LATERAL (
:link_totals
    ) AS totals
    WHERE :by_totals
)
SELECT
    link.key_no AS pool,
    hashtextextended(link.invoice_number, 0) AS number,
    link.invoice_line_number AS line_number,
    coalesce(hashtextextended(link.order_number, 0), 0) AS order_number,
    CASE WHEN link.order_number IS NULL THEN -2 ELSE coalesce(link.order_line_number, -1) END
        AS order_line,
    coalesce(hashtextextended(link.receipt_number, 0), 0) AS receipt_number,
    CASE WHEN link.receipt_number IS NULL THEN -2 ELSE coalesce(link.receipt_line_number, -1) END
        AS receipt_line,
    coalesce(
        link.own_quantity,
        CASE
            WHEN link.unit_factor_known AND product_unit.id IS NOT NULL
            THEN least(
                trunc(
                    link.quantity_milli::numeric * product_unit.numerator / product_unit.denominator
                ),
                1000000000000
            )::bigint
            ELSE link.quantity_milli
        END,
        -1
    ) AS quantity,
    link.uneven,
    link.invoiced,
    link.linked
FROM (
    SELECT
        0 AS turn, match_key.key_no, line.product_id, line.unit, line.unit_factor_known,
        CAST(NULL AS date) AS link_date, CAST(NULL AS text) AS link_number, made.line_number, made.id,
        made.invoice_number, made.invoice_line_number, made.order_number, made.order_line_number,
        made.receipt_number, made.receipt_line_number, made.quantity_milli,
        CAST(NULL AS bigint) AS own_quantity, false AS uneven, 0::bigint AS invoiced,
        0::bigint AS linked
    FROM match_key
    JOIN resolution_link AS made
      ON made.area_code = (SELECT current_setting('app.area_code'))
     AND made.hospital_id = match_key.hospital_id
     AND made.supplier_id = match_key.supplier_id
     AND made.component_code = match_key.component_code
    JOIN invoice_line AS line
      ON line.area_code = (SELECT current_setting('app.area_code'))
     AND line.hospital_id = made.hospital_id
     AND line.supplier_id = made.supplier_id
     AND line.invoice_number = made.invoice_number
     AND line.line_number = made.invoice_line_number
     AND line.product_code = made.component_code
    WHERE line.state = 'effective' AND line.document_kind = 'invoice' AND made.status = 'effective'
      AND made.accepted_minor IS NULL
    UNION ALL
    SELECT
        1 AS turn, match_key.key_no, line.product_id, line.unit, line.unit_factor_known,
        sent.link_date, sent.link_number, sent.line_number, sent.id,
        sent.invoice_number, sent.invoice_line_number, sent.order_number, sent.order_line_number,
        sent.receipt_number, sent.receipt_line_number, sent.quantity_milli, own.quantity,
        false, 0::bigint, 0::bigint
    FROM match_key
    JOIN invoice_line AS line
      ON line.area_code = (SELECT current_setting('app.area_code'))
     AND line.hospital_id = match_key.hospital_id
     AND line.supplier_id = match_key.supplier_id
     AND line.product_code = match_key.component_code
    JOIN invoice_link_line AS sent
      ON sent.area_code = (SELECT current_setting('app.area_code'))
     AND sent.supplier_id = line.supplier_id
     AND sent.invoice_number = line.invoice_number
     AND sent.invoice_line_number = line.line_number
     AND (sent.mode = 'quantity' OR sent.hospital_id = line.hospital_id)
    LEFT JOIN LATERAL (
        SELECT least(goods.quantity, 1000000000000) AS quantity
        FROM (
:link_goods
        ) AS goods
        WHERE :by_totals AND sent.mode = 'lines_to_invoice'
        LIMIT 1
    ) AS own ON true
    WHERE line.state = 'effective' AND line.document_kind = 'invoice' AND sent.state = 'effective'
    UNION ALL
    SELECT
        2, billed.key_no, NULL, NULL, false,
        about.link_date, about.link_number, about.item_number, NULL,
        billed.invoice_number, billed.line_number, NULL, NULL, NULL, NULL, 0, NULL,
        totalled.uneven, totalled.invoiced, totalled.linked
    FROM about
    JOIN totalled ON totalled.link_no = about.link_no
    JOIN billed
      ON billed.hospital_id = about.hospital_id
     AND billed.supplier_id = about.supplier_id
     AND billed.invoice_number = about.invoice_number
    WHERE :by_totals
) AS link
LEFT JOIN product_unit
  ON product_unit.product_id = link.product_id AND product_unit.unit = link.unit
ORDER BY
    link.turn, link.link_date, link.link_number COLLATE "C", link.line_number, link.id,
    link.invoiced, link.linked
