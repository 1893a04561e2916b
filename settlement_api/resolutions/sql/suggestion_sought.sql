-- What a standing discrepancy is about, as suggestions are looked for: its most telling line, the
-- numbers that this line is called by or names, and the price it was ordered at.
SELECT
    discrepancy.hospital_id, discrepancy.supplier_id,
    discrepancy.invoice_line_id IS NOT NULL AS is_invoice,
    coalesce(invoice.product_code, receipt.product_code, ordered.product_code) AS product_code,
    discrepancy.quantity_milli, nullif(abs(discrepancy.amount_minor), 0) AS amount_minor,
    CASE WHEN discrepancy.invoice_line_id IS NULL THEN ordered.price_micro END AS price_micro,
    ordered.price_pack_size AS price_pack, ordered.price_decimals,
    coalesce(invoice.invoice_date, receipt.receipt_date, ordered.order_date) AS day,
    array_remove(
        ARRAY[
            invoice.order_number, invoice.receipt_number, receipt.receipt_number,
            receipt.order_number,
            CASE WHEN discrepancy.invoice_line_id IS NULL THEN ordered.order_number END
        ],
        NULL
    ) AS names
FROM discrepancy
LEFT JOIN invoice_line AS invoice
  ON invoice.area_code = discrepancy.area_code AND invoice.id = discrepancy.invoice_line_id
LEFT JOIN goods_receipt_line AS receipt
  ON receipt.area_code = discrepancy.area_code AND receipt.id = discrepancy.receipt_line_id
LEFT JOIN purchase_order_line AS ordered
  ON ordered.area_code = discrepancy.area_code AND ordered.id = discrepancy.order_line_id
WHERE discrepancy.area_code = :area_code
  AND discrepancy.id = :discrepancy_id
  AND discrepancy.status <> 'superseded'
