-- Lines of applications by their ids, with the people who confirmed and reviewed them.
SELECT
    id, payable_id, part_no, amount_minor, status, confirmed_by, confirmed_at, first_reviewed_by,
    first_reviewed_at, re_reviewed_by, accepted_at
FROM application_line
WHERE area_code = :area_code AND id = ANY(CAST(:ids AS uuid[]))
ORDER BY id
