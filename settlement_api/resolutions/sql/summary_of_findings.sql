-- The discrepancies of a decision as they stand, those found anew under it included.
SELECT
    discrepancy.reason, discrepancy.effect, discrepancy.status, count(*) AS how_many,
    sum(discrepancy.quantity_milli)::bigint AS quantity_milli,
    sum(discrepancy.amount_minor)::bigint AS amount_minor
FROM discrepancy
WHERE discrepancy.area_code = :area_code
  AND discrepancy.status <> 'superseded'
  AND (
      discrepancy.resolution_id = :resolution_id
      OR discrepancy.id IN (
          SELECT finding.discrepancy_id
          FROM resolution_finding AS finding
          WHERE finding.area_code = :area_code AND finding.resolution_id = :resolution_id
      )
  )
GROUP BY discrepancy.reason, discrepancy.effect, discrepancy.status
ORDER BY discrepancy.reason, discrepancy.effect, discrepancy.status
