-- Lines that are here and effective, but not of the invoice line's hospital, supplier and product,
-- though named like a part of it: by number and line, where no line of its own is called so.
WITH part AS (
    SELECT *
    FROM unnest(
        CAST(:order_numbers AS text[]), CAST(:order_lines AS integer[]),
        CAST(:receipt_numbers AS text[]), CAST(:receipt_lines AS integer[])
    ) AS given (order_number, order_line_number, receipt_number, receipt_line_number)
),
named AS (
    SELECT part.*, line.supplier_id, line.product_code
    FROM part
    JOIN purchase_order_line AS line
      ON line.area_code = :area_code
     AND line.hospital_id = :hospital_id
     AND line.order_number = part.order_number
     AND line.line_number = part.order_line_number
     AND line.state = 'effective'
    UNION ALL
    SELECT part.*, line.supplier_id, line.product_code
    FROM part
    JOIN goods_receipt_line AS line
      ON line.area_code = :area_code
     AND line.hospital_id = :hospital_id
     AND line.receipt_number = part.receipt_number
     AND line.line_number = part.receipt_line_number
     AND line.state = 'effective'
)
SELECT coalesce(order_number, receipt_number) AS number
FROM named
GROUP BY order_number, order_line_number, receipt_number, receipt_line_number
HAVING NOT bool_or(supplier_id = :supplier_id AND product_code = :product_code)
ORDER BY number
