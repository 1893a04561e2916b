-- Ends accounts, or moves their last day.
UPDATE agency_account
SET valid_to = staged.valid_to
FROM staged
WHERE agency_account.area_code = staged.area_code
  AND agency_account.account_blind_index = staged.account_blind_index
  AND agency_account.valid_to IS DISTINCT FROM staged.valid_to
RETURNING staged.row_no
