-- Which rows of tables without foreign keys point at a row that is not there?
WITH link AS (
    SELECT child.area_code, 'payable.hospital_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM payable AS child
    LEFT JOIN hospital AS target
        ON target.area_code = child.area_code AND target.id = child.hospital_id
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'payable.match_run_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM payable AS child
    LEFT JOIN match_run AS target
        ON target.area_code = child.area_code AND target.id = child.match_run_id
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'payable.order_line_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM payable AS child
    LEFT JOIN purchase_order_line AS target
        ON target.area_code = child.area_code AND target.id = child.order_line_id
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'payable.receipt_line_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM payable AS child
    LEFT JOIN goods_receipt_line AS target
        ON target.area_code = child.area_code AND target.id = child.receipt_line_id
    WHERE child.receipt_line_id IS NOT NULL
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'payable.invoice_line_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM payable AS child
    LEFT JOIN invoice_line AS target
        ON target.area_code = child.area_code AND target.id = child.invoice_line_id
    WHERE child.invoice_line_id IS NOT NULL
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'payable.adjusts_payable_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM payable AS child
    LEFT JOIN payable AS target
        ON target.area_code = child.area_code AND target.id = child.adjusts_payable_id
    WHERE child.adjusts_payable_id IS NOT NULL
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'payable.decision_context_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM payable AS child
    LEFT JOIN decision_context AS target
        ON target.area_code = child.area_code AND target.id = child.decision_context_id
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'payable.superseded_by_run_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM payable AS child
    LEFT JOIN match_run AS target
        ON target.area_code = child.area_code AND target.id = child.superseded_by_run_id
    WHERE child.superseded_by_run_id IS NOT NULL
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'discrepancy.match_run_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM discrepancy AS child
    LEFT JOIN match_run AS target
        ON target.area_code = child.area_code AND target.id = child.match_run_id
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'order_line_forecast.id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM order_line_forecast AS child
    LEFT JOIN purchase_order_line AS target
        ON target.area_code = child.area_code AND target.id = child.id
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'application_line.application_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM application_line AS child
    LEFT JOIN settlement_application AS target
        ON target.area_code = child.area_code AND target.id = child.application_id
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'application_line.payable_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM application_line AS child
    LEFT JOIN payable AS target
        ON target.area_code = child.area_code AND target.id = child.payable_id
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'application_line_transition.application_line_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM application_line_transition AS child
    LEFT JOIN application_line AS target
        ON target.area_code = child.area_code AND target.id = child.application_line_id
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'payable_share.application_line_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM payable_share AS child
    LEFT JOIN application_line AS target
        ON target.area_code = child.area_code AND target.id = child.application_line_id
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'payable_share.payable_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM payable_share AS child
    LEFT JOIN payable AS target
        ON target.area_code = child.area_code AND target.id = child.payable_id
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'set_off.negative_share_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM set_off AS child
    LEFT JOIN payable_share AS target
        ON target.area_code = child.area_code AND target.id = child.negative_share_id
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'set_off.positive_share_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM set_off AS child
    LEFT JOIN payable_share AS target
        ON target.area_code = child.area_code AND target.id = child.positive_share_id
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'set_off.payment_batch_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM set_off AS child
    LEFT JOIN payment_batch AS target
        ON target.area_code = child.area_code AND target.id = child.payment_batch_id
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'batch_exclusion.payable_share_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM batch_exclusion AS child
    LEFT JOIN payable_share AS target
        ON target.area_code = child.area_code AND target.id = child.payable_share_id
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'batch_exclusion.payment_batch_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM batch_exclusion AS child
    LEFT JOIN payment_batch AS target
        ON target.area_code = child.area_code AND target.id = child.payment_batch_id
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'payment_item.payment_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM payment_item AS child
    LEFT JOIN payment AS target
        ON target.area_code = child.area_code AND target.id = child.payment_id
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'payment_item.payable_share_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM payment_item AS child
    LEFT JOIN payable_share AS target
        ON target.area_code = child.area_code AND target.id = child.payable_share_id
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'payment_item.hospital_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM payment_item AS child
    LEFT JOIN hospital AS target
        ON target.area_code = child.area_code AND target.id = child.hospital_id
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'document.hospital_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM document AS child
    LEFT JOIN hospital AS target
        ON target.area_code = child.area_code AND target.id = child.hospital_id
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'purchase_order_line.document_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM purchase_order_line AS child
    LEFT JOIN document AS target
        ON target.area_code = child.area_code AND target.id = child.document_id
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'despatch_line.document_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM despatch_line AS child
    LEFT JOIN document AS target
        ON target.area_code = child.area_code AND target.id = child.document_id
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'goods_receipt_line.document_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM goods_receipt_line AS child
    LEFT JOIN document AS target
        ON target.area_code = child.area_code AND target.id = child.document_id
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'invoice_line.document_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM invoice_line AS child
    LEFT JOIN document AS target
        ON target.area_code = child.area_code AND target.id = child.document_id
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'return_note_line.document_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM return_note_line AS child
    LEFT JOIN document AS target
        ON target.area_code = child.area_code AND target.id = child.document_id
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'invoice_link_line.document_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM invoice_link_line AS child
    LEFT JOIN document AS target
        ON target.area_code = child.area_code AND target.id = child.document_id
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'document_cancellation.document_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM document_cancellation AS child
    LEFT JOIN document AS target
        ON target.area_code = child.area_code AND target.id = child.document_id
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'seal.event_id' AS link, count(*) AS examined,
        count(*) FILTER (WHERE target.id IS NULL) AS broken
    FROM seal AS child
    LEFT JOIN outbox_event AS target
        ON target.area_code = child.area_code AND target.id = child.event_id
    WHERE child.kind = 'area'
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'payable.supplier_id', count(*),
        count(*) FILTER (WHERE target.id IS NULL)
    FROM payable AS child
    LEFT JOIN supplier AS target ON target.id = child.supplier_id
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'payable.contract_id', count(*),
        count(*) FILTER (WHERE target.id IS NULL)
    FROM payable AS child
    LEFT JOIN contract AS target ON target.id = child.contract_id
    WHERE child.contract_id IS NOT NULL
    GROUP BY child.area_code
    UNION ALL
    SELECT child.area_code, 'document.supplier_id', count(*),
        count(*) FILTER (WHERE target.id IS NULL)
    FROM document AS child
    LEFT JOIN supplier AS target ON target.id = child.supplier_id
    GROUP BY child.area_code
)
SELECT area_code, sum(examined)::bigint AS examined, sum(broken)::bigint AS broken,
    NULL::bigint AS figure_minor,
    string_agg(link || ': ' || broken, ', ' ORDER BY link) FILTER (WHERE broken > 0) AS sample
FROM link
GROUP BY area_code
