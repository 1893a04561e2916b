-- Opens a suspense case for each of these entries, with its owner and deadline.
INSERT INTO suspense_case (
    area_code, statement_entry_id, agency_account_id, scheme, amount_minor, is_credit, reason,
    owner_role, due_date, status, opened_at
)
SELECT :area_code, entry.id, entry.agency_account_id, entry.scheme, entry.amount_minor,
    entry.is_credit, judged.reason, :owner_role, CAST(:due_date AS date), 'open', :at
FROM unnest(CAST(:entry_ids AS uuid[]), CAST(:reasons AS text[])) AS judged (entry_id, reason)
JOIN statement_entry AS entry
    ON entry.area_code = :area_code AND entry.id = judged.entry_id
ORDER BY entry.line_number, entry.detail_number, entry.id
ON CONFLICT (area_code, statement_entry_id) DO UPDATE
SET reason = excluded.reason, owner_role = excluded.owner_role, due_date = excluded.due_date,
    status = 'open', resolution = NULL, attempt_id = NULL, attempt_ids = '{}',
    proposed_by = NULL, confirmed_by = NULL, resolved_at = NULL
WHERE suspense_case.status = 'resolved'
  AND suspense_case.resolution IN ('payment_return', 'payments')
