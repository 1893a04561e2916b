-- Writes the folded outcomes and what now stands posted; the attempts are locked.
-- A conflict opens nothing that was over; only people's correction does.
UPDATE payment_attempt AS attempt
SET outcome = change.outcome,
    returned_minor = change.returned_minor,
    is_final = change.is_final OR attempt.is_final AND change.outcome = 'conflict',
    posted_paid_minor = change.paid_after,
    posted_returned_minor = change.returned_after,
    posted_released = change.released_after,
    posted_disowned_minor = change.disowned_after,
    version = attempt.version + 1
FROM payment_change AS change
WHERE attempt.area_code = :area_code AND attempt.id = change.attempt_id
