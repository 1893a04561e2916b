-- Aliases of suppliers that nobody knows, and those that another supplier goes by: on file as its
-- alias, or as its name.
WITH called AS MATERIALIZED (
    SELECT uscc, upper(replace(normalize(name, NFKC), ' ', '')) AS name
    FROM supplier
),
faults AS (
    SELECT row_no, 'uscc' AS column_name, 'unknown_supplier' AS code,
           'no supplier ' || uscc || ' is on file' AS message
    FROM staged
    WHERE uscc IS NOT NULL
      AND NOT EXISTS (SELECT FROM supplier WHERE supplier.uscc = staged.uscc)
    UNION ALL
    SELECT staged.row_no, 'alias', 'alias_ambiguous',
           'supplier ' || supplier.uscc || ' goes by it: withdraw it there first'
    FROM staged
    JOIN supplier_alias USING (alias)
    JOIN supplier ON supplier.id = supplier_alias.supplier_id
    WHERE supplier_alias.superseded_at IS NULL AND supplier.uscc <> staged.uscc
    UNION ALL
    SELECT staged.row_no, 'alias', 'alias_ambiguous',
           'it is the name of supplier ' || min(called.uscc) || ' on file'
    FROM staged
    JOIN called ON called.name = staged.alias AND called.uscc <> staged.uscc
    GROUP BY staged.row_no
)
SELECT row_no, column_name, code, message
FROM faults
ORDER BY row_no, column_name, message
