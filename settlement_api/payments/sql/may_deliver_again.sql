-- May the same bytes go to the bank again? Once, unless the kill switch is thrown or people have
-- decided that one of the message's payments was not sent: a new attempt carries that one.
SELECT NOT EXISTS (
    SELECT 1 FROM payment_stop
    WHERE payment_stop.area_code = :area_code AND payment_stop.lifted_at IS NULL
)
AND NOT EXISTS (
    SELECT 1 FROM payment_attempt AS attempt
    WHERE attempt.area_code = :area_code AND attempt.submission_id = :submission_id
      AND attempt.outcome = 'not_sent'
)
AND (
    SELECT count(*) FROM bank_message AS answer
    WHERE answer.area_code = :area_code AND answer.submission_id = :submission_id
      AND answer.source = 'synchronous_reply'
) < 2
