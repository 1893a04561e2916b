-- Stores new rounds and new names of known ones.
WITH stored AS (
    INSERT INTO procurement_round (round_code, name, level)
    SELECT round_code, name, level
    FROM staged
    ORDER BY round_code
    ON CONFLICT (round_code) DO UPDATE
        SET name = excluded.name
        WHERE procurement_round.name <> excluded.name
    RETURNING round_code
)
SELECT staged.row_no
FROM staged
JOIN stored USING (round_code)
