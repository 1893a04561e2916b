-- Marks stored documents superseded where an accepted row brings a higher version.
UPDATE fund_document AS stored
SET state = 'superseded'
FROM fund_row
WHERE stored.area_code = :area_code
  AND stored.state = 'effective'
  AND fund_row.outcome = 'accepted'
  AND stored.hospital_id = fund_row.hospital_id
  AND stored.month = fund_row.month
  AND stored.scheme = fund_row.scheme
  AND stored.kind = fund_row.kind
  AND stored.aspect = fund_row.aspect
  AND stored.external_number = fund_row.external_number
  AND stored.version < fund_row.version
