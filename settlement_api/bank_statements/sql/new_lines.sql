-- Which staged lines has no statement of this account brought before?
SELECT staged.line_number, staged.detail_number, staged.entry_id
FROM statement_line AS staged
WHERE NOT EXISTS (
    SELECT 1 FROM statement_entry AS known
    WHERE known.area_code = :area_code AND known.agency_account_id = :agency_account_id
      AND known.content_digest = staged.content_digest
)
ORDER BY staged.line_number, staged.detail_number
