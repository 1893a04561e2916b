-- Stores new source systems and what changed of known ones.
WITH stored AS (
    INSERT INTO source_system (code, name, revision_profile)
    SELECT code, name, revision_profile
    FROM staged
    ORDER BY code
    ON CONFLICT (code) DO UPDATE
        SET name = excluded.name, revision_profile = excluded.revision_profile
        WHERE (source_system.name, source_system.revision_profile)
            IS DISTINCT FROM (excluded.name, excluded.revision_profile)
    RETURNING code
)
SELECT staged.row_no
FROM staged
JOIN stored USING (code)
