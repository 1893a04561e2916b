-- Moves the balances of the taken shares; the table's checks hold every one of them.
UPDATE payable_share AS share
SET
    reserved_minor = share.reserved_minor + eligible.cash_minor,
    set_off_minor = share.set_off_minor + eligible.set_off_minor
FROM eligible_share AS eligible
WHERE share.area_code = :area_code
  AND share.id = eligible.share_id
  AND (eligible.cash_minor <> 0 OR eligible.set_off_minor <> 0)
