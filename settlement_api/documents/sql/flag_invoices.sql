-- What is wrong with invoice numbers: claimed in full more than once, or beyond their total.
-- Returns the numbers of which that changed and which other areas claim too.
WITH claims AS (
    SELECT
        given.invoice_key,
        count(claim.document_id) AS claim_count,
        min(claim.total_minor) AS total_minor,
        coalesce(sum(claim.amount_minor), 0)::bigint AS claimed_minor,
        min(claim.amount_minor) = max(claim.amount_minor) AS is_repeated
    FROM unnest(CAST(:keys AS text[])) AS given (invoice_key)
    LEFT JOIN invoice_claim AS claim
        ON claim.invoice_key = given.invoice_key
        AND claim.is_active
    GROUP BY given.invoice_key
),
judged AS (
    SELECT
        invoice_key, coalesce(total_minor, 0) AS total_minor, claimed_minor,
        CASE
            WHEN claim_count < 2 OR claimed_minor <= total_minor THEN NULL
            WHEN is_repeated THEN 'invoice_duplicate'
            ELSE 'invoice_overdrawn'
        END AS flag
    FROM claims
),
flagged AS (
    UPDATE invoice_registry
    SET total_minor = judged.total_minor, claimed_minor = judged.claimed_minor, flag = judged.flag
    FROM judged
    WHERE invoice_registry.invoice_key = judged.invoice_key
    RETURNING new.invoice_key, old.flag IS DISTINCT FROM new.flag AS is_changed
)
SELECT flagged.invoice_key
FROM flagged
WHERE flagged.is_changed
    AND EXISTS (
        SELECT
        FROM invoice_claim AS claim
        WHERE claim.invoice_key = flagged.invoice_key
            AND claim.area_code <> :area_code
    )
ORDER BY flagged.invoice_key
