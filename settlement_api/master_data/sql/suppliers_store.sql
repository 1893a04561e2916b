-- Stores new suppliers and what changed of known ones, but for their successors.
WITH stored AS (
    INSERT INTO supplier (uscc, name, name_pinyin, is_sme, suspended_from)
    SELECT uscc, name, name_pinyin, is_sme, suspended_from
    FROM staged
    ORDER BY uscc
    ON CONFLICT (uscc) DO UPDATE
        SET name = excluded.name, name_pinyin = excluded.name_pinyin, is_sme = excluded.is_sme,
            suspended_from = excluded.suspended_from
        WHERE (supplier.name, supplier.is_sme, supplier.suspended_from)
            IS DISTINCT FROM (excluded.name, excluded.is_sme, excluded.suspended_from)
    RETURNING uscc
)
SELECT staged.row_no
FROM staged
JOIN stored USING (uscc)
