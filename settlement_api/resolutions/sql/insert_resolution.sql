-- A decision as proposed; nothing where another one that takes back the same stands already.
INSERT INTO resolution (
    area_code, id, action, reason_code, remark, sent_to, act_by_date, undoes_resolution_id,
    item_count, amount_minor, stake_minor, needs_two, content_hash, before, status, proposed_by,
    proposed_at
)
VALUES (
    :area_code, :id, :action, :reason_code, :remark, :sent_to, :act_by_date, :undoes_resolution_id,
    :item_count, :amount_minor, :stake_minor, :needs_two, :content_hash, '{}', 'proposed',
    :person, :at
)
ON CONFLICT DO NOTHING
