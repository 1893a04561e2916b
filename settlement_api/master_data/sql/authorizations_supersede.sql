-- Marks the authorizations whose end this file corrects.
UPDATE distributor_authorization
SET superseded_at = statement_timestamp()
FROM staged
JOIN product USING (product_code)
JOIN supplier USING (uscc)
WHERE distributor_authorization.superseded_at IS NULL
  AND distributor_authorization.area_code = staged.area_code
  AND distributor_authorization.product_id = product.id
  AND distributor_authorization.supplier_id = supplier.id
  AND distributor_authorization.valid_from = staged.valid_from
  AND distributor_authorization.valid_to IS DISTINCT FROM staged.valid_to
RETURNING staged.row_no
