-- Returns that net against a withdrawn part wait as withdrawn lines; submits of them what the
-- parts that stand have room for, oldest first, splitting the line at which the room ends.
WITH room AS (
    SELECT original_id, room_minor
    FROM unnest(CAST(:original_ids AS uuid[]), CAST(:rooms AS bigint[]))
        AS given (original_id, room_minor)
),
waiting AS (
    SELECT
        line.id, room.room_minor, line.quantity_milli, -line.amount_minor AS size_minor,
        sum(-line.amount_minor) OVER (
            PARTITION BY room.original_id ORDER BY payable.clock_start_date, line.id
        ) AS upto_minor
    FROM room
    JOIN payable
        ON payable.area_code = :area_code AND payable.adjusts_payable_id = room.original_id
    JOIN application_line AS line
        ON line.area_code = :area_code AND line.payable_id = payable.id
        AND line.status = 'withdrawn' AND line.amount_minor < 0
),
taken AS (
    SELECT
        waiting.*, least(size_minor, room_minor - (upto_minor - size_minor))::bigint AS taken_minor
    FROM waiting
    WHERE room_minor > upto_minor - size_minor
),
sized AS (
    SELECT
        id, -taken_minor AS amount_minor, taken_minor - size_minor AS rest_minor,
        -div(2 * abs(quantity_milli)::numeric * taken_minor + size_minor, 2 * size_minor)::bigint
            AS part_milli
    FROM taken
),
moved AS (
    UPDATE application_line AS line
    SET status = 'submitted', amount_minor = sized.amount_minor, quantity_milli = sized.part_milli
    FROM sized
    WHERE line.area_code = :area_code AND line.id = sized.id AND line.status = 'withdrawn'
    RETURNING
        line.id, line.application_id, line.payable_id, line.part_no, line.hospital_id,
        line.supplier_id, line.quantity_milli, line.amount_minor,
        old.quantity_milli - line.quantity_milli AS rest_milli, sized.rest_minor
),
split AS (
    INSERT INTO application_line (
        area_code, application_id, payable_id, part_no, hospital_id, supplier_id,
        quantity_milli, amount_minor, status
    )
    SELECT
        :area_code, application_id, payable_id,
        1 + (
            SELECT max(part.part_no)
            FROM application_line AS part
            WHERE part.area_code = :area_code AND part.payable_id = moved.payable_id
        ),
        hospital_id, supplier_id, rest_milli, rest_minor, 'withdrawn'
    FROM moved
    WHERE rest_minor <> 0
    RETURNING id, quantity_milli, amount_minor
)
INSERT INTO application_line_transition (
    area_code, application_line_id, event, from_status, to_status,
    quantity_milli, amount_minor, actor_id, moved_at
)
SELECT
    :area_code, id, 'reinstate', 'withdrawn', 'submitted', quantity_milli, amount_minor,
    CAST(:actor_id AS uuid), CAST(:at AS timestamptz)
FROM moved
UNION ALL
SELECT
    :area_code, id, 'split', 'withdrawn', 'withdrawn', quantity_milli, amount_minor,
    CAST(:actor_id AS uuid), CAST(:at AS timestamptz)
FROM split
