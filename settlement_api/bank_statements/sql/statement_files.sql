-- Statement files, newest first, with what became of each and who brought it.
SELECT file.id, file.agency_account_id, file.source, file.format, file.statement_date, file.state, file.fault,
       file.xsd_valid, file.profile, file.received_at, brought.actor_name AS received_by
FROM statement_file file
LEFT JOIN LATERAL (
    SELECT event.actor_name
    FROM outbox_event event
    WHERE event.area_code = file.area_code
      AND event.aggregate_id = file.id
      AND event.name = 'statement_files.file.received'
    ORDER BY event.id
    LIMIT 1
) brought ON true
WHERE file.area_code = :area_code
  AND (CAST(:file_id AS uuid) IS NULL OR file.id = :file_id)
  AND (CAST(:state AS text) IS NULL OR file.state = :state)
  AND (CAST(:after AS uuid) IS NULL OR file.id < :after)
ORDER BY file.id DESC
LIMIT :limit
