-- Of every enterprise that was renamed or merged each name (`id`), today's too, and today's.
later (id, later_id) AS (
    SELECT id, successor_id FROM supplier WHERE successor_id IS NOT NULL
    UNION
    SELECT later.id, supplier.successor_id
    FROM later
    JOIN supplier ON supplier.id = later.later_id
    WHERE supplier.successor_id IS NOT NULL
),
present_name (id, head_id) AS (
    SELECT later.id, later.later_id
    FROM later
    JOIN supplier ON supplier.id = later.later_id
    WHERE supplier.successor_id IS NULL
    UNION
    SELECT supplier.id, supplier.id
    FROM later
    JOIN supplier ON supplier.id = later.later_id
    WHERE supplier.successor_id IS NULL
)
