-- Marks the volumes that this file corrects.
UPDATE agreed_volume
SET superseded_at = statement_timestamp()
FROM staged
WHERE agreed_volume.area_code = staged.area_code
  AND agreed_volume.superseded_at IS NULL
  AND agreed_volume.contract_code = staged.contract_code
  AND agreed_volume.item_no = staged.item_no
  AND agreed_volume.manufacturer = staged.manufacturer
  AND agreed_volume.scope_code = staged.scope_code
  AND agreed_volume.year = staged.year
  AND agreed_volume.quantity_milli <> staged.quantity_milli
RETURNING staged.row_no
