-- Moves a replay past the components of one chunk and adds up what it found.
UPDATE replay
SET done_count = least(component_count, done_count + :components),
    order_line_count = order_line_count + :order_lines,
    changed_count = changed_count + :changed,
    invoiced_minor = invoiced_minor + :invoiced_minor,
    credited_minor = credited_minor + :credited_minor,
    received_milli = received_milli + :received_milli,
    returned_milli = returned_milli + :returned_milli,
    matched_before_minor = matched_before_minor + :matched_before_minor,
    matched_before_milli = matched_before_milli + :matched_before_milli,
    matched_after_minor = matched_after_minor + :matched_after_minor,
    matched_after_milli = matched_after_milli + :matched_after_milli,
    waiting_before_minor = waiting_before_minor + :waiting_before_minor,
    waiting_before_milli = waiting_before_milli + :waiting_before_milli,
    waiting_after_minor = waiting_after_minor + :waiting_after_minor,
    waiting_after_milli = waiting_after_milli + :waiting_after_milli,
    held_before_minor = held_before_minor + :held_before_minor,
    held_before_milli = held_before_milli + :held_before_milli,
    held_after_minor = held_after_minor + :held_after_minor,
    held_after_milli = held_after_milli + :held_after_milli
WHERE area_code = :area_code AND id = :id AND status = 'running'
