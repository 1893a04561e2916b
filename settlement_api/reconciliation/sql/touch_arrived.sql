-- The components (hospital x supplier x product) that the documents of one applied chunk touch.
WITH arrived AS (
    SELECT document.*
    FROM document
    WHERE document.area_code = :area_code
      AND document.intake_id = :intake_id
      AND document.raw_position BETWEEN :first_position AND :last_position
),
touched AS (
    SELECT id, kind FROM arrived
    UNION
    SELECT revision.id, revision.kind
    FROM arrived
    JOIN document AS revision
      ON revision.area_code = arrived.area_code
     AND revision.source_system = arrived.source_system
     AND revision.kind = arrived.kind
     AND revision.issuer_code = arrived.issuer_code
     AND revision.external_number = arrived.external_number
    WHERE arrived.revision > 1
),
cancelled AS (
    SELECT cancellation.*
    FROM touched
    JOIN document_cancellation AS cancellation
      ON cancellation.area_code = :area_code AND cancellation.document_id = touched.id
    WHERE touched.kind IN ('order_cancellation', 'receipt_cancellation', 'invoice_void')
),
linked AS (
    SELECT link.*
    FROM touched
    JOIN invoice_link_line AS link
      ON link.area_code = :area_code AND link.document_id = touched.id
    WHERE touched.kind = 'invoice_link'
),
changed_order AS (
    SELECT DISTINCT line.hospital_id, line.order_number
    FROM touched
    JOIN purchase_order_line AS line
      ON line.area_code = :area_code AND line.document_id = touched.id
    WHERE touched.kind = 'order_change'
    UNION
    SELECT hospital_id, target_number FROM cancelled WHERE target_kind = 'purchase_order'
),
numbered_invoice AS (
    SELECT supplier_id, target_number AS invoice_number FROM cancelled WHERE target_kind = 'invoice'
    UNION
    SELECT supplier_id, invoice_number FROM linked
),
claimed AS (
    SELECT external_number AS invoice_number FROM arrived WHERE kind IN ('invoice', 'credit_note')
    UNION
    SELECT target_number FROM cancelled WHERE target_kind = 'invoice'
),
-- Claims on one number are judged together: whoever came before is judged anew.
rival AS (
    SELECT DISTINCT claim.document_id
    FROM claimed
    JOIN invoice_claim AS claim
      ON claim.invoice_key = claimed.invoice_number AND claim.area_code = :area_code
),
component AS (
    SELECT line.hospital_id, line.supplier_id, line.product_code
    FROM touched
    JOIN purchase_order_line AS line
      ON line.area_code = :area_code AND line.document_id = touched.id
    WHERE touched.kind IN ('purchase_order', 'order_change')
    UNION ALL
    SELECT line.hospital_id, line.supplier_id, line.product_code
    FROM touched
    JOIN goods_receipt_line AS line
      ON line.area_code = :area_code AND line.document_id = touched.id
    WHERE touched.kind IN ('goods_receipt')
    UNION ALL
    SELECT line.hospital_id, line.supplier_id, line.product_code
    FROM touched
    JOIN return_note_line AS line
      ON line.area_code = :area_code AND line.document_id = touched.id
    WHERE touched.kind IN ('return_note')
    UNION ALL
    SELECT line.hospital_id, line.supplier_id,
           CASE
               WHEN line.charge_kind = 'goods' THEN line.product_code
               ELSE 'charge:' || coalesce(line.blue_invoice_number, line.invoice_number)
           END
    FROM touched
    JOIN invoice_line AS line
      ON line.area_code = :area_code AND line.document_id = touched.id
    WHERE touched.kind IN ('invoice', 'credit_note')
    UNION ALL
    SELECT line.hospital_id, line.supplier_id, line.product_code
    FROM changed_order
    JOIN purchase_order_line AS line
      ON line.area_code = :area_code
     AND line.hospital_id = changed_order.hospital_id
     AND line.order_number = changed_order.order_number
    UNION ALL
    SELECT line.hospital_id, line.supplier_id, line.product_code
    FROM cancelled
    JOIN goods_receipt_line AS line
      ON line.area_code = :area_code
     AND line.hospital_id = cancelled.hospital_id
     AND line.receipt_number = cancelled.target_number
    WHERE cancelled.target_kind = 'goods_receipt'
    UNION ALL
    SELECT line.hospital_id, line.supplier_id,
           CASE
               WHEN line.charge_kind = 'goods' THEN line.product_code
               ELSE 'charge:' || coalesce(line.blue_invoice_number, line.invoice_number)
           END
    FROM numbered_invoice
    JOIN invoice_line AS line
      ON line.area_code = :area_code
     AND line.supplier_id = numbered_invoice.supplier_id
     AND line.invoice_number = numbered_invoice.invoice_number
    UNION ALL
    SELECT line.hospital_id, line.supplier_id,
           CASE
               WHEN line.charge_kind = 'goods' THEN line.product_code
               ELSE 'charge:' || coalesce(line.blue_invoice_number, line.invoice_number)
           END
    FROM rival
    JOIN invoice_line AS line
      ON line.area_code = :area_code AND line.document_id = rival.document_id
),
-- Charges are held to their order and to one another: all charges of an order are judged together.
-- No area without such charges looks for them.
charged_order AS (
    SELECT ordered.hospital_id, ordered.supplier_id, ordered.order_number
    FROM (
        SELECT line.hospital_id, line.supplier_id, line.order_number
        FROM touched
        JOIN purchase_order_line AS line
          ON line.area_code = :area_code AND line.document_id = touched.id
        WHERE touched.kind IN ('purchase_order', 'order_change')
        UNION
        SELECT line.hospital_id, line.supplier_id, line.order_number
        FROM changed_order
        JOIN purchase_order_line AS line
          ON line.area_code = :area_code
         AND line.hospital_id = changed_order.hospital_id
         AND line.order_number = changed_order.order_number
    ) AS ordered
    WHERE (
        SELECT EXISTS (
            SELECT
            FROM invoice_line AS any_charge
            WHERE any_charge.area_code = :area_code
              AND any_charge.charge_kind <> 'goods'
              AND any_charge.order_number IS NOT NULL
        )
    )
    UNION
    SELECT line.hospital_id, line.supplier_id, line.order_number
    FROM component
    JOIN invoice_line AS line
      ON line.area_code = :area_code
     AND line.supplier_id = component.supplier_id
     AND line.invoice_number = substr(component.product_code, 8)
     AND line.hospital_id = component.hospital_id
     AND line.charge_kind <> 'goods'
     AND line.order_number IS NOT NULL
    WHERE starts_with(component.product_code, 'charge:')
),
-- A link by totals is judged with every line and invoice that it names, and with every other link of
-- those invoices. No area without such links looks for them.
moved_order AS MATERIALIZED (
    SELECT line.hospital_id, line.order_number
    FROM touched
    JOIN purchase_order_line AS line
      ON line.area_code = :area_code AND line.document_id = touched.id
    UNION
    SELECT hospital_id, order_number FROM changed_order
),
moved_receipt AS MATERIALIZED (
    SELECT line.hospital_id, line.receipt_number
    FROM touched
    JOIN goods_receipt_line AS line
      ON line.area_code = :area_code AND line.document_id = touched.id
    UNION
    SELECT hospital_id, target_number FROM cancelled WHERE target_kind = 'goods_receipt'
    UNION
    -- A receipt states no price: it is worth what its order says.
    SELECT line.hospital_id, line.receipt_number
    FROM moved_order
    JOIN purchase_order_line AS ordered
      ON ordered.area_code = :area_code
     AND ordered.hospital_id = moved_order.hospital_id
     AND ordered.order_number = moved_order.order_number
    JOIN goods_receipt_line AS line
      ON line.area_code = :area_code
     AND line.hospital_id = ordered.hospital_id
     AND line.supplier_id = ordered.supplier_id
     AND line.product_code = ordered.product_code
     AND line.order_number = ordered.order_number
),
moved_invoice AS MATERIALIZED (
    SELECT line.supplier_id, line.invoice_number
    FROM (SELECT id FROM touched UNION SELECT document_id FROM rival) AS stated
    JOIN invoice_line AS line
      ON line.area_code = :area_code AND line.document_id = stated.id
    UNION
    SELECT supplier_id, invoice_number FROM numbered_invoice
),
totalled AS MATERIALIZED (
    SELECT link.document_id
    FROM moved_order
    JOIN invoice_link_line AS link
      ON link.area_code = :area_code
     AND link.hospital_id = moved_order.hospital_id
     AND link.order_number = moved_order.order_number
     AND link.mode <> 'quantity'
    WHERE :by_totals
    UNION
    SELECT link.document_id
    FROM moved_receipt
    JOIN invoice_link_line AS link
      ON link.area_code = :area_code
     AND link.hospital_id = moved_receipt.hospital_id
     AND link.receipt_number = moved_receipt.receipt_number
     AND link.mode <> 'quantity'
    WHERE :by_totals
    UNION
    SELECT link.document_id
    FROM moved_invoice
    JOIN invoice_link_line AS link
      ON link.area_code = :area_code
     AND link.supplier_id = moved_invoice.supplier_id
     AND link.invoice_number = moved_invoice.invoice_number
     AND link.mode <> 'quantity'
    WHERE :by_totals
),
linked_invoice AS MATERIALIZED (
    SELECT DISTINCT link.supplier_id, link.invoice_number
    FROM totalled
    JOIN invoice_link_line AS link
      ON link.area_code = :area_code AND link.document_id = totalled.document_id
),
beside AS MATERIALIZED (
    SELECT DISTINCT link.document_id
    FROM linked_invoice
    JOIN invoice_link_line AS link
      ON link.area_code = :area_code
     AND link.supplier_id = linked_invoice.supplier_id
     AND link.invoice_number = linked_invoice.invoice_number
),
totalled_invoice AS MATERIALIZED (
    SELECT DISTINCT link.supplier_id, link.invoice_number
    FROM beside
    JOIN invoice_link_line AS link
      ON link.area_code = :area_code AND link.document_id = beside.document_id
),
every_component AS (
    SELECT * FROM component
    UNION ALL
    SELECT line.hospital_id, line.supplier_id, line.product_code
    FROM totalled_invoice
    JOIN invoice_line AS line
      ON line.area_code = :area_code
     AND line.supplier_id = totalled_invoice.supplier_id
     AND line.invoice_number = totalled_invoice.invoice_number
     AND line.charge_kind = 'goods'
    UNION ALL
    SELECT line.hospital_id, line.supplier_id, 'charge:' || line.invoice_number
    FROM charged_order
    JOIN invoice_line AS line
      ON line.area_code = :area_code
     AND line.hospital_id = charged_order.hospital_id
     AND line.order_number = charged_order.order_number
     AND line.supplier_id = charged_order.supplier_id
     AND line.charge_kind <> 'goods'
     AND line.document_kind = 'invoice'
)
INSERT INTO match_key (key_no, hospital_id, supplier_id, component_code)
SELECT row_number() OVER () - 1, hospital_id, supplier_id, product_code
FROM (SELECT DISTINCT * FROM every_component WHERE product_code IS NOT NULL) AS distinct_component
