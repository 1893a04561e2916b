-- Claims of documents that were voided or superseded no longer count.
UPDATE invoice_claim
SET is_active = (stored.state = 'effective')
FROM document AS stored
WHERE invoice_claim.invoice_key = ANY(CAST(:keys AS text[]))
    AND invoice_claim.area_code = :area_code
    AND stored.area_code = :area_code
    AND stored.id = invoice_claim.document_id
    AND invoice_claim.is_active <> (stored.state = 'effective')
