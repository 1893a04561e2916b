-- What about payments waits for a person, in all areas: contradictions, odd answers, thrown
-- switches, halted batches?
SELECT 'conflict' AS alarm, count(*) AS found FROM payment_attempt WHERE outcome = 'conflict'
UNION ALL
SELECT 'odd_answer', count(*) FROM bank_message WHERE finding IS NOT NULL
UNION ALL
SELECT 'stop', count(*) FROM payment_stop WHERE lifted_at IS NULL
UNION ALL
SELECT 'halted', count(*) FROM payment_batch WHERE halted_at IS NOT NULL
