-- Shares by their ids, or of application lines: what each scheme bears, and its balance.
SELECT
    share.area_code, share.id, share.hospital_id, share.supplier_id, share.application_line_id,
    share.scheme, share.confirmed_minor, share.reserved_minor, share.paid_minor,
    share.returned_minor, share.set_off_minor, count(*) OVER () AS total
FROM payable_share AS share
WHERE share.area_code = ANY(CAST(:areas AS text[]))
  AND (
      share.application_line_id = ANY(CAST(:line_ids AS uuid[]))
      OR share.id = ANY(CAST(:ids AS uuid[]))
  )
ORDER BY share.application_line_id, share.scheme
LIMIT :most
