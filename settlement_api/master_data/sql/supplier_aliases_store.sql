-- Stores the aliases that are not on file.
WITH wanted AS (
    SELECT staged.row_no, staged.alias, supplier.id AS supplier_id
    FROM staged
    JOIN supplier USING (uscc)
),
stored AS (
    INSERT INTO supplier_alias (alias, supplier_id)
    SELECT alias, supplier_id
    FROM wanted
    ORDER BY row_no
    ON CONFLICT (alias) WHERE superseded_at IS NULL DO NOTHING
    RETURNING alias
)
SELECT wanted.row_no
FROM wanted
JOIN stored USING (alias)
