-- The area's components of the given products, and of charges for orders of them.
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
)
INSERT INTO match_key (key_no, hospital_id, supplier_id, component_code)
SELECT row_number() OVER () - 1, hospital_id, supplier_id, product_code
FROM component
