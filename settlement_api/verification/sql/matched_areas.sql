-- Which areas have order lines, and where does matching still have something to look at?
WITH waiting AS (
    SELECT event.area_code
    FROM outbox_pending AS pending
    JOIN outbox_event AS event
        ON event.area_code = pending.area_code AND event.id = pending.event_id
    WHERE event.name LIKE 'documents.%' OR event.name LIKE 'reconciliation.run.requested'
    UNION
    SELECT convert_from(job.payload, 'UTF8')::jsonb ->> 'area_code'
    FROM jobs.pgqueuer AS job
    WHERE job.entrypoint LIKE 'reconciliation.%' AND job.status <> 'failed'
    UNION
    -- A long body's documents are stored part by part, and matched when it is whole.
    SELECT document.area_code
    FROM intake
    JOIN document ON document.intake_id = intake.id
    WHERE intake.state NOT IN ('applied', 'refused')
)
SELECT ordered.area_code, ordered.area_code IN (
    SELECT area_code FROM waiting WHERE area_code IS NOT NULL
) AS waits
FROM (SELECT DISTINCT area_code FROM purchase_order_line) AS ordered
ORDER BY ordered.area_code
