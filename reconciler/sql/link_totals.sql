-- What both sides of one link by totals (`link`: a document's items that name one invoice, or one
-- line) come to, by documents alone; part of other questions. Uneven where the two differ, or where
-- something that it names is not there, has no value, or is not its own: nobody can say they agree.
WITH item AS (
    SELECT sent.*
    FROM invoice_link_line AS sent
    WHERE sent.area_code = link.area_code
      AND sent.document_id = link.document_id
      AND sent.mode = link.mode
      AND sent.state = 'effective'
      AND CASE
          WHEN link.mode = 'lines_to_invoice' THEN sent.invoice_number = link.invoice_number
          ELSE (
              sent.order_number, sent.order_line_number,
              sent.receipt_number, sent.receipt_line_number
          ) IS NOT DISTINCT FROM (
              link.order_number, link.order_line_number,
              link.receipt_number, link.receipt_line_number
          )
      END
),
-- Charges are judged by themselves; credit notes and returns count on neither side.
billed AS (
    SELECT least(coalesce(sum(invoice.minor), 0), 1000000000000000000)::bigint AS minor,
        bool_and(invoice.minor IS NOT NULL) AS known
    FROM (SELECT DISTINCT invoice_number FROM item) AS named
    LEFT JOIN LATERAL (
        SELECT sum(line.minor) AS minor
        FROM (
            SELECT own.total_minor AS minor
            FROM invoice_line AS own
            WHERE own.area_code = link.area_code
              AND own.supplier_id = link.supplier_id
              AND own.invoice_number = named.invoice_number
              AND own.hospital_id = link.hospital_id
              AND own.charge_kind = 'goods'
              AND own.document_kind = 'invoice'
              AND own.state = 'effective'
              AND NOT EXISTS (
                  SELECT
                  FROM match_charge AS draft
                  WHERE draft.charge_kind = 'goods'
                    AND draft.invoice_number = named.invoice_number
              )
            UNION ALL
            SELECT draft.amount
            FROM match_charge AS draft
            WHERE draft.charge_kind = 'goods' AND draft.invoice_number = named.invoice_number
        ) AS line
        -- An invoice that another line has a part in is not this line's alone.
        WHERE link.mode = 'lines_to_invoice' OR NOT EXISTS (
            SELECT
            FROM invoice_link_line AS rival
            WHERE rival.area_code = link.area_code
              AND rival.supplier_id = link.supplier_id
              AND rival.invoice_number = named.invoice_number
              AND rival.hospital_id = link.hospital_id
              AND rival.state = 'effective'
              AND (
                  rival.order_number, rival.order_line_number,
                  rival.receipt_number, rival.receipt_line_number
              ) IS DISTINCT FROM (
                  link.order_number, link.order_line_number,
                  link.receipt_number, link.receipt_line_number
              )
        )
    ) AS invoice ON true
),
-- Parts of one order line come to its rounded whole together.
bought AS (
    SELECT least(coalesce(sum(part.minor), 0), 1000000000000000000)::bigint AS minor,
        bool_and(part.known AND part.minor IS NOT NULL) AS known
    FROM (
        SELECT
            bool_and(goods.quantity IS NOT NULL) AS known,
            coalesce(
                round(
                    min(goods.amount_minor)::numeric * sum(goods.quantity)
                    / nullif(min(goods.whole), 0)
                ),
                round(
                    sum(goods.quantity) * min(goods.price_micro)
                    / (min(goods.price_pack_size)::numeric * 10000000)
                )
            ) AS minor
        FROM (
            SELECT DISTINCT
                area_code, hospital_id, supplier_id,
                order_number, order_line_number, receipt_number, receipt_line_number
            FROM item
        ) AS sent
        CROSS JOIN LATERAL (
:link_goods
        ) AS goods
        GROUP BY goods.order_id
    ) AS part
)
SELECT
    billed.minor AS invoiced,
    bought.minor AS linked,
    NOT coalesce(billed.known AND bought.known AND billed.minor = bought.minor, false) AS uneven
FROM billed
CROSS JOIN bought
