-- The area's components of the given products, of charges for orders of them, and of whatever links by
-- totals name beside lines of them.
WITH component AS (
    SELECT hospital_id, supplier_id, product_code
    FROM purchase_order_line
    WHERE area_code = :area_code AND product_code = ANY(CAST(:product_codes AS text[]))
    UNION
    SELECT hospital_id, supplier_id, product_code
    FROM goods_receipt_line
    WHERE area_code = :area_code AND product_code = ANY(CAST(:product_codes AS text[]))
    UNION
    SELECT hospital_id, supplier_id, product_code
    FROM return_note_line
    WHERE area_code = :area_code AND product_code = ANY(CAST(:product_codes AS text[]))
    UNION
    SELECT hospital_id, supplier_id, product_code
    FROM invoice_line
    WHERE area_code = :area_code AND product_code = ANY(CAST(:product_codes AS text[]))
        AND charge_kind = 'goods'
    UNION
    SELECT charge.hospital_id, charge.supplier_id, 'charge:' || charge.invoice_number
    FROM invoice_line AS charge
    WHERE charge.area_code = :area_code
      AND charge.charge_kind <> 'goods'
      AND charge.order_number IS NOT NULL
      AND charge.document_kind = 'invoice'
      AND EXISTS (
          SELECT
          FROM purchase_order_line AS ordered
          WHERE ordered.area_code = :area_code
            AND ordered.hospital_id = charge.hospital_id
            AND ordered.order_number = charge.order_number
            AND ordered.supplier_id = charge.supplier_id
            AND ordered.product_code = ANY(CAST(:product_codes AS text[]))
      )
    UNION
    SELECT beside.hospital_id, beside.supplier_id, beside.product_code
    FROM (
        SELECT DISTINCT item.hospital_id, item.supplier_id, item.invoice_number
        FROM (
            SELECT link.document_id
            FROM invoice_link_line AS link
            JOIN purchase_order_line AS line
              ON line.area_code = :area_code
             AND line.hospital_id = link.hospital_id
             AND line.order_number = link.order_number
            WHERE link.area_code = :area_code AND link.mode <> 'quantity'
              AND line.product_code = ANY(CAST(:product_codes AS text[]))
            UNION
            SELECT link.document_id
            FROM invoice_link_line AS link
            JOIN goods_receipt_line AS line
              ON line.area_code = :area_code
             AND line.hospital_id = link.hospital_id
             AND line.receipt_number = link.receipt_number
            WHERE link.area_code = :area_code AND link.mode <> 'quantity'
              AND line.product_code = ANY(CAST(:product_codes AS text[]))
        ) AS moved
        JOIN invoice_link_line AS item
          ON item.area_code = :area_code AND item.document_id = moved.document_id
    ) AS linked
    JOIN invoice_line AS beside
      ON beside.area_code = :area_code
     AND beside.supplier_id = linked.supplier_id
     AND beside.invoice_number = linked.invoice_number
     AND beside.hospital_id = linked.hospital_id
     AND beside.charge_kind = 'goods'
    WHERE beside.product_code IS NOT NULL
)
INSERT INTO match_key (key_no, hospital_id, supplier_id, component_code)
SELECT row_number() OVER () - 1, hospital_id, supplier_id, product_code
FROM component
