-- Rounds that are on file with another level.
SELECT staged.row_no, 'level' AS column_name, 'not_changeable' AS code,
       'the round is on file as ' || procurement_round.level AS message
FROM staged
JOIN procurement_round USING (round_code)
WHERE staged.level <> procurement_round.level
ORDER BY row_no
