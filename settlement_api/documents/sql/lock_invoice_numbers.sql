-- Registers invoice numbers province-wide and locks their rows, in one order for everybody.
INSERT INTO invoice_registry (invoice_key, total_minor, claimed_minor)
SELECT DISTINCT given.invoice_key, 0, 0
FROM unnest(CAST(:keys AS text[])) AS given (invoice_key)
ORDER BY given.invoice_key
ON CONFLICT (invoice_key) DO UPDATE SET claimed_minor = invoice_registry.claimed_minor
