-- Suppliers with anything open in a scheme.
SELECT DISTINCT supplier_id
FROM payable_share
WHERE area_code = :area_code
  AND scheme = :scheme
  AND confirmed_minor - reserved_minor - paid_minor + returned_minor - set_off_minor <> 0
