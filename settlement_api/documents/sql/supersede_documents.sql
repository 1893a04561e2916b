-- Marks lower revisions as superseded by the higher one just stored.
UPDATE document
SET state = 'superseded', superseded_by_id = pair.new_id
FROM unnest(CAST(:old_ids AS uuid[]), CAST(:new_ids AS uuid[])) AS pair (old_id, new_id)
WHERE document.area_code = :area_code
    AND document.id = pair.old_id
