-- Stores the lines that are new, each with the class it was booked under.
INSERT INTO statement_entry (
    area_code, id, bank_statement_id, agency_account_id, scheme, line_number, detail_number,
    content_digest, entry_class, amount_minor, is_credit, is_return, booking_date, value_date,
    bank_reference, end_to_end_id, return_reason, counterparty_name, counterparty_blind_index,
    counterparty_last4, remittance
)
SELECT :area_code, staged.entry_id, :statement_id, :agency_account_id, :scheme,
    staged.line_number, staged.detail_number, staged.content_digest, judged.entry_class,
    staged.amount_minor, staged.is_credit, staged.is_return, staged.booking_date,
    staged.value_date, staged.bank_reference, staged.end_to_end_id, staged.return_reason,
    staged.counterparty_name, staged.counterparty_blind_index, staged.counterparty_last4,
    staged.remittance
FROM unnest(CAST(:entry_ids AS uuid[]), CAST(:entry_classes AS text[]))
    AS judged (entry_id, entry_class)
JOIN statement_line AS staged ON staged.entry_id = judged.entry_id
ORDER BY staged.line_number, staged.detail_number
