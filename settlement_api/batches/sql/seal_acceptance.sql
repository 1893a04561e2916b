-- Seals an area's acceptances up to a cut-off; waits for acceptances under way.
INSERT INTO acceptance_seal (area_code, sealed_until)
VALUES (:area_code, CAST(:cutoff_at AS timestamptz))
ON CONFLICT (area_code) DO UPDATE
SET sealed_until = greatest(acceptance_seal.sealed_until, excluded.sealed_until)
