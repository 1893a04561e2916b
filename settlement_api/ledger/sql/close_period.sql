-- Is the period still open, and no later one closed? Closes it.
UPDATE accounting_period
SET state = 'closed', closed_at = :at, closed_by = :closed_by
WHERE area_code = :area_code AND period = :period AND state = 'open'
  AND NOT EXISTS (
      SELECT 1 FROM accounting_period AS later
      WHERE later.area_code = :area_code AND later.state = 'closed' AND later.period > :period
  )
RETURNING id
