-- Writes the folded outcomes and what now stands posted; the attempts are locked.
UPDATE payment_attempt AS attempt
SET outcome = change.outcome,
    returned_minor = change.returned_minor,
    is_final = attempt.is_final OR change.is_final,
    posted_paid_minor = change.paid_after,
    posted_returned_minor = change.returned_after,
    posted_released = change.released_after,
    version = attempt.version + 1
FROM payment_change AS change
WHERE attempt.area_code = :area_code AND attempt.id = change.attempt_id
