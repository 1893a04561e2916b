-- Moves locked lines by one event, recording each move; a line in another state is not moved.
WITH moved AS (
    UPDATE application_line AS line
    SET
        status = :to_status,
        confirmed_by = CASE
            WHEN :to_status = 'confirmed' THEN CAST(:actor_id AS uuid)
            WHEN :to_status = 'submitted' THEN NULL
            ELSE line.confirmed_by
        END,
        confirmed_at = CASE
            WHEN :to_status = 'confirmed' THEN CAST(:at AS timestamptz)
            WHEN :to_status = 'submitted' THEN NULL
            ELSE line.confirmed_at
        END,
        first_reviewed_by = CASE
            WHEN :to_status = 'under_review' THEN CAST(:actor_id AS uuid)
            WHEN :to_status = 'submitted' THEN NULL
            ELSE line.first_reviewed_by
        END,
        first_reviewed_at = CASE
            WHEN :to_status = 'under_review' THEN CAST(:at AS timestamptz)
            WHEN :to_status = 'submitted' THEN NULL
            ELSE line.first_reviewed_at
        END,
        re_reviewed_by =
            CASE WHEN :to_status = 'accepted' THEN CAST(:actor_id AS uuid) END,
        accepted_at =
            CASE WHEN :to_status = 'accepted' THEN CAST(:accepted_at AS timestamptz) END
    WHERE line.area_code = :area_code
      AND line.id = ANY(CAST(:line_ids AS uuid[]))
      AND line.status = ANY(CAST(:from_statuses AS text[]))
    RETURNING line.id, old.status AS from_status, line.quantity_milli, line.amount_minor
),
recorded AS (
    INSERT INTO application_line_transition (
        area_code, application_line_id, event, from_status, to_status,
        quantity_milli, amount_minor, reason, actor_id, moved_at
    )
    SELECT
        :area_code, id, :event, from_status, :to_status,
        quantity_milli, amount_minor, :reason, CAST(:actor_id AS uuid), :at
    FROM moved
)
SELECT count(*) AS line_count, coalesce(sum(amount_minor), 0)::bigint AS amount_minor
FROM moved
