-- Marks the days that this file corrects.
UPDATE calendar_day
SET superseded_at = statement_timestamp()
FROM staged
WHERE calendar_day.day = staged.day
  AND calendar_day.superseded_at IS NULL
  AND (calendar_day.is_working, calendar_day.name) <> (staged.is_working, staged.name)
RETURNING staged.row_no
