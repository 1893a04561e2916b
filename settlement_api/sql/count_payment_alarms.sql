-- What about payments waits for a person, in all areas: contradictions, odd answers, thrown
-- switches, messages that wait for a signature, halted batches?
SELECT 'conflict' AS alarm, count(*) AS found FROM payment_attempt WHERE outcome = 'conflict'
UNION ALL
SELECT 'odd_answer', count(*)
FROM bank_message AS answer
JOIN submission
    ON submission.area_code = answer.area_code AND submission.id = answer.submission_id
WHERE answer.finding IS NOT NULL
  AND submission.next_inquiry_at IS NOT NULL
  AND NOT EXISTS (
      SELECT 1 FROM bank_message AS later
      WHERE later.area_code = answer.area_code AND later.submission_id = answer.submission_id
        AND later.id > answer.id AND later.read_at IS NOT NULL AND later.finding IS NULL
        AND (later.xsd_valid IS NOT NULL OR later.verdict = 'not_found')
        AND later.asked_end_to_end_id IS NOT DISTINCT FROM answer.asked_end_to_end_id
  )
UNION ALL
SELECT 'stop', count(*) FROM payment_stop WHERE lifted_at IS NULL
UNION ALL
SELECT 'unsigned', count(*) FROM submission WHERE state = 'stored'
UNION ALL
SELECT 'halted', count(*) FROM payment_batch WHERE halted_at IS NOT NULL
