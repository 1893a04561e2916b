-- Confirms and disputes locked lines; the part a hospital does not confirm gets a line of its own.
WITH moved AS (
    UPDATE application_line AS line
    SET
        status = decided_line.to_status,
        quantity_milli = decided_line.quantity_milli,
        amount_minor = decided_line.amount_minor,
        dispute_reason =
            CASE WHEN decided_line.to_status = 'disputed' THEN decided_line.reason END,
        dispute_note = CASE WHEN decided_line.to_status = 'disputed' THEN decided_line.note END,
        confirmed_by =
            CASE WHEN decided_line.to_status = 'confirmed' THEN CAST(:actor_id AS uuid) END,
        confirmed_at =
            CASE WHEN decided_line.to_status = 'confirmed' THEN CAST(:at AS timestamptz) END
    FROM decided_line
    WHERE line.area_code = :area_code
      AND line.id = decided_line.line_id
      AND line.status = 'submitted'
    RETURNING
        line.id, line.application_id, line.payable_id, line.hospital_id, line.supplier_id,
        line.status, line.quantity_milli, line.amount_minor,
        decided_line.rest_quantity_milli, decided_line.rest_amount_minor,
        decided_line.reason, decided_line.note
),
split AS (
    INSERT INTO application_line (
        area_code, application_id, payable_id, part_no, hospital_id, supplier_id,
        quantity_milli, amount_minor, status, dispute_reason, dispute_note
    )
    SELECT
        :area_code, application_id, payable_id,
        (
            SELECT max(part.part_no)
            FROM application_line AS part
            WHERE part.area_code = :area_code AND part.payable_id = moved.payable_id
        ) + row_number() OVER (PARTITION BY payable_id ORDER BY moved.id),
        hospital_id, supplier_id, rest_quantity_milli, rest_amount_minor,
        'disputed', reason, note
    FROM moved
    WHERE rest_quantity_milli <> 0
    RETURNING id, quantity_milli, amount_minor, dispute_reason
),
recorded AS (
    INSERT INTO application_line_transition (
        area_code, application_line_id, event, from_status, to_status,
        quantity_milli, amount_minor, reason, actor_id, moved_at
    )
    SELECT
        :area_code, id, CASE status WHEN 'confirmed' THEN 'confirm' ELSE 'dispute' END,
        'submitted', status, quantity_milli, amount_minor,
        CASE WHEN status = 'disputed' THEN reason END, CAST(:actor_id AS uuid), :at
    FROM moved
    UNION ALL
    SELECT
        :area_code, id, 'split', 'submitted', 'disputed', quantity_milli, amount_minor,
        dispute_reason, CAST(:actor_id AS uuid), :at
    FROM split
)
SELECT
    (SELECT count(*) FROM moved) AS moved_count,
    (SELECT count(*) FROM split) AS split_count
