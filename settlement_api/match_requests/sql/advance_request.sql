-- Moves the request past the components of one match run and adds up what that run found.
-- Whatever its status: a run that was cancelled meanwhile still did this chunk.
UPDATE match_request
SET done_count = least(match_request.component_count, match_request.done_count + :size),
    run_count = match_request.run_count + 1,
    order_line_count = match_request.order_line_count + run.order_line_count,
    payables_inserted = match_request.payables_inserted + run.payables_inserted,
    payables_superseded = match_request.payables_superseded + run.payables_superseded,
    discrepancies_inserted = match_request.discrepancies_inserted + run.discrepancies_inserted,
    discrepancies_superseded
        = match_request.discrepancies_superseded + run.discrepancies_superseded,
    invoiced_minor = match_request.invoiced_minor + run.invoiced_minor,
    credited_minor = match_request.credited_minor + run.credited_minor,
    matched_minor = match_request.matched_minor + run.matched_minor,
    waiting_minor = match_request.waiting_minor + run.waiting_minor,
    held_minor = match_request.held_minor + run.held_minor
FROM match_run AS run
WHERE match_request.area_code = :area_code AND match_request.id = :id
    AND run.area_code = :area_code AND run.id = :run_id AND run.match_request_id = match_request.id
RETURNING match_request.done_count, match_request.component_count
