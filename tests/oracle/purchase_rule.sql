-- The matching rule of domain.md sections 5 and 5a, once more and on its own, as one question in SQL.
--
-- Relations: sent_orders, sent_receipts, sent_invoices, sent_returns, sent_links, credits, supplements,
-- contracts, authorizations, charges, charge_goods, charge_terms (the columns of reconciler.columns,
-- `line` = row number = first in, first out), pools (a row for each where some are of one product group,
-- else none), committed (payables applied for), reasons and routes (code, name), and by `terms` (0 is
-- today's rule pack, others are those under which something was applied for, the oldest first): rules
-- (authorization_required, first_date, second_date, third_date, hold_expired_since, substitutes_allowed,
-- substitutes_since, substitutes_until), tolerances (reason, absolute, permyriad, greater, per_document)
-- and demands (paper, kind, effect, since): papers that a kind of product needs. A line that lacks one
-- has the kind of its product there, else 0.
-- -1 points nowhere or was not stated, -2 names what is not there, 2147483647 is no day.
--
-- A laying puts supply and demand of a group end to end, each in its own order: every line fills the
-- stretch (upto - quantity, upto], and two lines share what their stretches have in common.

WITH

-- 0. Products of one group -------------------------------------------------------------------------

-- A line counts alike with another of its group if both are in the smallest unit, of one name. Bills
-- are of a whole group; what follows asks for those of one product, so they are told apart.
ordered AS (
    SELECT o.* REPLACE (CASE WHEN o.bill < 0 OR p.line IS NULL THEN o.bill
            ELSE o.bill * (SELECT count(*) FROM pools) + o.pool END AS bill),
        o.bill AS group_bill, p.kin, CASE WHEN o.unit = 0 THEN p.measure END AS measure,
        substitutes_allowed AND (substitutes_since IS NULL OR o.day >= substitutes_since)
            AND (substitutes_until IS NULL OR o.day <= substitutes_until) AS open
    FROM sent_orders o LEFT JOIN pools p ON p.line = o.pool JOIN rules ON rules.terms = 0
),
-- What was applied for, less what corrections took off it since, the oldest first: of the product that
-- was received, else invoiced, else ordered.
applied_as_sent AS (
    SELECT c.line, c.order_line, c.receipt_line, c.invoice_line, c.terms,
        coalesce(r.pool, i.pool, o.pool) AS pool,
        CAST(c.quantity + coalesce(k.quantity, 0) AS BIGINT) AS quantity,
        row_number() OVER (ORDER BY c.clock_day, c.receipt_line, c.invoice_line, c.line) AS place
    FROM committed c JOIN sent_orders o ON o.line = c.order_line
    LEFT JOIN sent_receipts r ON r.line = c.receipt_line
    LEFT JOIN sent_invoices i ON i.line = c.invoice_line
    LEFT JOIN (
        SELECT adjusts, sum(quantity) AS quantity FROM committed WHERE adjusts >= 0 GROUP BY adjusts
    ) k ON k.adjusts = c.line
    WHERE c.adjusts < 0 AND NOT c.charge
),
-- Of a receipt of another product as much stays as was applied for under a rule pack that allowed it,
-- whatever today's says.
others_applied AS (
    SELECT a.order_line, a.receipt_line, a.pool, CAST(sum(a.quantity) AS BIGINT) AS quantity
    FROM applied_as_sent a JOIN ordered o ON o.line = a.order_line AND NOT o.open AND o.pool <> a.pool
    JOIN pools p ON p.line = a.pool AND p.kin = o.kin AND p.measure = o.measure
    JOIN rules u ON u.terms = a.terms AND u.terms > 0 AND u.substitutes_allowed
        AND (u.substitutes_since IS NULL OR o.day >= u.substitutes_since)
        AND (u.substitutes_until IS NULL OR o.day <= u.substitutes_until)
    WHERE a.receipt_line >= 0
    GROUP BY a.order_line, a.receipt_line, a.pool HAVING sum(a.quantity) > 0
),
others_named AS (SELECT DISTINCT order_line, pool FROM others_applied),
-- A line may name an order line of another product (-3: not allowed, -4: not counted alike).
receipts AS (
    SELECT r.* REPLACE (CASE WHEN r.bill < 0 OR p.line IS NULL THEN r.bill
            ELSE r.bill * (SELECT count(*) FROM pools) + r.pool END AS bill,
            CASE WHEN o.line IS NULL OR o.pool = r.pool THEN r.order_line
            WHEN NOT o.open AND k.pool IS NULL THEN -3
            WHEN r.unit = 0 AND o.measure = p.measure THEN r.order_line ELSE -4 END AS order_line),
        r.bill AS group_bill, p.kin, CASE WHEN r.unit = 0 THEN p.measure END AS measure,
        k.pool IS NOT NULL AND r.unit = 0 AS names_kept
    FROM sent_receipts r LEFT JOIN pools p ON p.line = r.pool
    LEFT JOIN ordered o ON o.line = r.order_line
    LEFT JOIN others_named k ON k.order_line = r.order_line AND k.pool = r.pool
),
invoices AS (
    SELECT i.* REPLACE (CASE WHEN i.bill < 0 OR p.line IS NULL THEN i.bill
            ELSE i.bill * (SELECT count(*) FROM pools) + i.pool END AS bill,
            CASE WHEN o.line IS NULL OR o.pool = i.pool THEN i.order_line
            WHEN NOT o.open AND k.pool IS NULL THEN -3
            WHEN i.unit = 0 AND o.measure = p.measure THEN i.order_line ELSE -4 END AS order_line),
        i.bill AS group_bill, p.kin, CASE WHEN i.unit = 0 THEN p.measure END AS measure
    FROM sent_invoices i LEFT JOIN pools p ON p.line = i.pool
    LEFT JOIN ordered o ON o.line = i.order_line
    LEFT JOIN others_named k ON k.order_line = i.order_line AND k.pool = i.pool
),
returns AS (
    SELECT t.* REPLACE (CASE WHEN o.line IS NULL OR o.pool = t.pool THEN t.order_line
            WHEN NOT o.open AND k.pool IS NULL THEN -3
            WHEN t.unit = 0 AND o.measure = p.measure THEN t.order_line ELSE -4 END AS order_line)
    FROM sent_returns t LEFT JOIN pools p ON p.line = t.pool
    LEFT JOIN ordered o ON o.line = t.order_line
    LEFT JOIN others_named k ON k.order_line = t.order_line AND k.pool = t.pool
),
links_of_products AS (
    SELECT k.* REPLACE (CASE WHEN o.line IS NULL OR i.line IS NULL OR o.pool = i.pool
            THEN k.order_line WHEN NOT o.open AND a.pool IS NULL THEN -3
            WHEN o.measure = i.measure THEN k.order_line ELSE -4 END AS order_line), i.pool
    FROM sent_links k LEFT JOIN invoices i ON i.line = k.invoice_line
    LEFT JOIN ordered o ON o.line = k.order_line
    LEFT JOIN others_named a ON a.order_line = k.order_line AND a.pool = i.pool
),

-- 1. What each line has left ----------------------------------------------------------------------

receipt_bars AS (
    SELECT r.line, CASE
        WHEN r.barred > 0 THEN (SELECT name FROM reasons WHERE code = r.barred - 1)
        WHEN o.unit <> r.unit AND r.unknown THEN 'product_unknown'
        WHEN o.unit <> r.unit THEN 'unit_not_convertible' END AS reason
    FROM receipts r LEFT JOIN ordered o ON o.line = r.order_line
),
returns_named AS (
    SELECT t.line AS return_line, t.receipt_line,
        greatest(0, least(t.quantity, t.there - (t.upto - t.quantity))) AS quantity
    FROM (
        SELECT t.*, r.quantity AS there,
            sum(t.quantity) OVER (PARTITION BY r.line ORDER BY t.line) AS upto
        FROM returns t JOIN receipts r ON r.line = t.receipt_line AND r.unit = t.unit
        JOIN receipt_bars b ON b.line = r.line AND b.reason IS NULL
    ) t
),
receipts_1 AS (
    SELECT r.*, r.quantity - coalesce(t.quantity, 0) AS free
    FROM receipts r LEFT JOIN (
        SELECT receipt_line, sum(quantity) AS quantity FROM returns_named GROUP BY receipt_line
    ) t ON t.receipt_line = r.line
),
-- A return that names no receipt comes off the newest: of its order line, else of its pool; and of
-- its lot (0 is none) before any other.
returns_by_order_lot AS (
    SELECT d.line AS return_line, s.line AS receipt_line,
        least(s.upto, d.upto) - greatest(s.upto - s.free, d.upto - d.quantity) AS quantity
    FROM (
        SELECT line, order_line, pool, unit, lot, free,
            sum(free) OVER (PARTITION BY order_line, pool, unit, lot ORDER BY line DESC) AS upto
        FROM receipts_1 JOIN receipt_bars USING (line) WHERE reason IS NULL AND free > 0
    ) s JOIN (
        SELECT line, order_line, pool, unit, lot, quantity,
            sum(quantity) OVER (PARTITION BY order_line, pool, unit, lot ORDER BY line) AS upto
        FROM returns WHERE receipt_line = -1 AND order_line >= 0 AND quantity > 0 AND lot <> 0
    ) d ON d.order_line = s.order_line AND d.pool = s.pool AND d.unit = s.unit AND d.lot = s.lot
        AND s.upto - s.free < d.upto AND d.upto - d.quantity < s.upto
),
receipts_1b AS (
    SELECT r.* REPLACE (r.free - coalesce(t.quantity, 0) AS free)
    FROM receipts_1 r LEFT JOIN (
        SELECT receipt_line, sum(quantity) AS quantity FROM returns_by_order_lot GROUP BY receipt_line
    ) t ON t.receipt_line = r.line
),
returns_1b AS (
    SELECT r.* REPLACE (r.quantity - coalesce(t.quantity, 0) AS quantity)
    FROM returns r LEFT JOIN (
        SELECT return_line, sum(quantity) AS quantity FROM returns_by_order_lot GROUP BY return_line
    ) t ON t.return_line = r.line
),
returns_by_order AS (
    SELECT d.line AS return_line, s.line AS receipt_line,
        least(s.upto, d.upto) - greatest(s.upto - s.free, d.upto - d.quantity) AS quantity
    FROM (
        SELECT line, order_line, pool, unit, free,
            sum(free) OVER (PARTITION BY order_line, pool, unit ORDER BY line DESC) AS upto
        FROM receipts_1b JOIN receipt_bars USING (line) WHERE reason IS NULL AND free > 0
    ) s JOIN (
        SELECT line, order_line, pool, unit, quantity,
            sum(quantity) OVER (PARTITION BY order_line, pool, unit ORDER BY line) AS upto
        FROM returns_1b WHERE receipt_line = -1 AND order_line >= 0 AND quantity > 0
    ) d ON d.order_line = s.order_line AND d.pool = s.pool AND d.unit = s.unit
        AND s.upto - s.free < d.upto AND d.upto - d.quantity < s.upto
),
receipts_2 AS (
    SELECT r.* REPLACE (r.free - coalesce(t.quantity, 0) AS free)
    FROM receipts_1b r LEFT JOIN (
        SELECT receipt_line, sum(quantity) AS quantity FROM returns_by_order GROUP BY receipt_line
    ) t ON t.receipt_line = r.line
),
returns_by_pool_lot AS (
    SELECT d.line AS return_line, s.line AS receipt_line,
        least(s.upto, d.upto) - greatest(s.upto - s.free, d.upto - d.quantity) AS quantity
    FROM (
        SELECT line, pool, unit, lot, free,
            sum(free) OVER (PARTITION BY pool, unit, lot ORDER BY line DESC) AS upto
        FROM receipts_2 JOIN receipt_bars USING (line) WHERE reason IS NULL AND free > 0
    ) s JOIN (
        SELECT line, pool, unit, lot, quantity,
            sum(quantity) OVER (PARTITION BY pool, unit, lot ORDER BY line) AS upto
        FROM returns WHERE receipt_line = -1 AND order_line = -1 AND quantity > 0 AND lot <> 0
    ) d ON d.pool = s.pool AND d.unit = s.unit AND d.lot = s.lot
        AND s.upto - s.free < d.upto AND d.upto - d.quantity < s.upto
),
receipts_2b AS (
    SELECT r.* REPLACE (r.free - coalesce(t.quantity, 0) AS free)
    FROM receipts_2 r LEFT JOIN (
        SELECT receipt_line, sum(quantity) AS quantity FROM returns_by_pool_lot GROUP BY receipt_line
    ) t ON t.receipt_line = r.line
),
returns_2b AS (
    SELECT r.* REPLACE (r.quantity - coalesce(t.quantity, 0) AS quantity)
    FROM returns r LEFT JOIN (
        SELECT return_line, sum(quantity) AS quantity FROM returns_by_pool_lot GROUP BY return_line
    ) t ON t.return_line = r.line
),
returns_by_pool AS (
    SELECT d.line AS return_line, s.line AS receipt_line,
        least(s.upto, d.upto) - greatest(s.upto - s.free, d.upto - d.quantity) AS quantity
    FROM (
        SELECT line, pool, unit, free,
            sum(free) OVER (PARTITION BY pool, unit ORDER BY line DESC) AS upto
        FROM receipts_2b JOIN receipt_bars USING (line) WHERE reason IS NULL AND free > 0
    ) s JOIN (
        SELECT line, pool, unit, quantity,
            sum(quantity) OVER (PARTITION BY pool, unit ORDER BY line) AS upto
        FROM returns_2b WHERE receipt_line = -1 AND order_line = -1 AND quantity > 0
    ) d ON d.pool = s.pool AND d.unit = s.unit
        AND s.upto - s.free < d.upto AND d.upto - d.quantity < s.upto
),
returned AS (
    SELECT * FROM returns_named UNION ALL SELECT * FROM returns_by_order_lot
    UNION ALL SELECT * FROM returns_by_order UNION ALL SELECT * FROM returns_by_pool_lot
    UNION ALL SELECT * FROM returns_by_pool
),
receipts_net AS (
    SELECT r.line, r.pool, r.bill, r.unit, r.order_line, b.reason, r.group_bill, r.kin, r.measure,
        r.names_kept,
        CAST(r.quantity - coalesce(t.quantity, 0) AS BIGINT) AS quantity
    FROM receipts r JOIN receipt_bars b USING (line) LEFT JOIN (
        SELECT receipt_line, sum(quantity) AS quantity FROM returned GROUP BY receipt_line
    ) t ON t.receipt_line = r.line
),
-- A credit note takes quantity and amount off its blue line, and never more than is left of it.
credited AS (
    SELECT k.line, k.invoice_line,
        greatest(0, least(k.quantity, k.there - (k.units_upto - k.quantity))) AS quantity,
        greatest(0, least(k.amount, k.fen_there - (k.fen_upto - k.amount))) AS amount
    FROM (
        SELECT k.*, i.quantity AS there, i.amount AS fen_there,
            sum(k.quantity) OVER (PARTITION BY i.line ORDER BY k.line) AS units_upto,
            sum(k.amount) OVER (PARTITION BY i.line ORDER BY k.line) AS fen_upto
        FROM credits k JOIN invoices i ON i.line = k.invoice_line
            AND (i.unit = k.unit OR k.quantity = 0)
    ) k
),
-- A charge is held to the contracts of its order's lines: of each line the one in force on the day
-- of the order, else of the invoice. Terms in force that day allow a part of what the lines under
-- their contract are worth (by the lower of the order's and the contract's price), or an amount, or
-- the lower of both; several contracts allow their sum.
charge_days AS (
    SELECT g.charge, h.kind AS charge_kind, o.*,
        CASE WHEN o.day = 2147483647 THEN i.day ELSE o.day END AS basis_day
    FROM charge_goods g JOIN charges h ON h.line = g.charge
    JOIN invoices i ON i.line = h.invoice_line JOIN ordered o ON o.line = g.order_line
),
charge_candidates AS (
    SELECT d.charge, d.line, k.line AS contract, k.agreement, k.price, k.pack,
        NOT k.covers AS elsewhere, k.holder = d.supplier AS won,
        k.covers AND d.basis_day BETWEEN k.valid_from AND k.valid_to
            AND d.basis_day < 2147483647 AS in_force,
        row_number() OVER (PARTITION BY d.charge, d.line ORDER BY
            CASE WHEN NOT k.covers THEN 2 WHEN d.basis_day BETWEEN k.valid_from AND k.valid_to
                AND d.basis_day < 2147483647 THEN 0 ELSE 1 END,
            CAST(greatest(d.price, 0) AS HUGEINT) * k.pack
                <> CAST(k.price AS HUGEINT) * d.pack OR d.price <= 0,
            CAST(k.price AS HUGEINT) * 4611686018427387904 // k.pack, k.line) AS choice
    FROM charge_days d
    JOIN contracts k ON k.product = d.product AND d.agreement IN (0, k.agreement)
        AND d.manufacturer IN (0, k.manufacturer)
    WHERE d.product >= 0
),
charge_worth AS (
    SELECT d.charge, d.charge_kind, d.line AS order_line, d.basis_day, d.offline, k.contract,
        k.agreement, d.unit = 0 AND (k.won OR NOT rules.authorization_required OR EXISTS (
            FROM authorizations a WHERE a.product = d.product AND a.supplier = d.supplier
            AND d.basis_day BETWEEN a.valid_from AND a.valid_to)) AS by_the_fund,
        least(1000000000000000, CASE WHEN d.price >= 0 THEN
                (2 * CAST(d.price AS HUGEINT) * d.quantity + CAST(d.pack AS HUGEINT) * 10000000)
                    // (CAST(d.pack AS HUGEINT) * 20000000)
            WHEN d.amount >= 0 THEN d.amount ELSE NULL END,
            CASE WHEN d.unit = 0 THEN
                (2 * CAST(k.price AS HUGEINT) * d.quantity + CAST(k.pack AS HUGEINT) * 10000000)
                    // (CAST(k.pack AS HUGEINT) * 20000000) END,
            CASE WHEN d.price < 0 AND d.amount < 0 AND d.unit <> 0 THEN 0 END) AS worth
    FROM charge_days d
    JOIN charge_candidates k ON k.charge = d.charge AND k.line = d.line AND k.choice = 1
    JOIN rules ON rules.terms = 0
    WHERE k.in_force AND d.quantity > 0 AND d.barred = 0
),
charge_parts AS (
    SELECT w.charge, min(w.order_line) AS order_line, least(any_value(t.most),
            CAST(sum(w.worth) AS HUGEINT) * any_value(t.permyriad) // 10000) AS allowed
    FROM charge_worth w
    JOIN (
        SELECT line, agreement, kind, valid_from, valid_to,
            CASE WHEN permyriad >= 0 THEN permyriad END AS permyriad,
            CASE WHEN most >= 0 THEN most END AS most
        FROM charge_terms WHERE payable
    ) t ON t.agreement = w.agreement AND t.kind = w.charge_kind
        AND w.basis_day BETWEEN t.valid_from AND t.valid_to
    GROUP BY w.charge, t.line
),
charge_caps AS (
    SELECT h.invoice_line, h.before, c.cap, w.order_line, w.basis_day, w.contract,
        CASE WHEN w.offline THEN 'outside' WHEN w.by_the_fund THEN 'direct' ELSE 'self' END AS route
    FROM charges h JOIN (
        SELECT charge, min(order_line) AS order_line, sum(allowed) AS cap
        FROM charge_parts GROUP BY charge
    ) c ON c.charge = h.line
    JOIN charge_worth w ON w.charge = h.line AND w.order_line = c.order_line
),
invoices_1 AS (
    SELECT i.line, i.pool, i.bill, i.unit, i.order_line, i.receipt_line, i.unknown, i.charge,
        i.group_bill, i.kin, i.measure,
        CAST(i.quantity - coalesce(k.quantity, 0) AS BIGINT) AS quantity,
        CAST(i.amount - coalesce(k.amount, 0) AS BIGINT) AS amount,
        CASE
            WHEN i.barred > 0 THEN (SELECT name FROM reasons WHERE code = i.barred - 1)
            WHEN i.charge AND (coalesce(c.cap, 0) = 0 OR i.amount = coalesce(k.amount, 0))
                THEN 'charge_not_contracted'
            WHEN (o.unit <> i.unit OR r.unit <> i.unit) AND i.unknown THEN 'product_unknown'
            WHEN o.unit <> i.unit OR r.unit <> i.unit THEN 'unit_not_convertible'
            WHEN NOT (i.quantity = coalesce(k.quantity, 0) AND i.amount > coalesce(k.amount, 0)
                    AND NOT i.charge AND i.line NOT IN (SELECT invoice_line FROM supplements))
                AND EXISTS (FROM sent_links u WHERE u.invoice_line = i.line AND u.uneven)
                THEN 'link_total_mismatch'
        END AS reason
    FROM invoices i
    LEFT JOIN (
        SELECT invoice_line, sum(quantity) AS quantity, sum(amount) AS amount
        FROM credited GROUP BY invoice_line
    ) k ON k.invoice_line = i.line
    LEFT JOIN ordered o ON o.line = i.order_line
    LEFT JOIN receipts r ON r.line = i.receipt_line
    LEFT JOIN charge_caps c ON c.invoice_line = i.line
),
-- What charges before it left of the cap is payable; what would have fitted without them repeats
-- them, what would not is above the contract.
charges_laid AS (
    SELECT i.line AS invoice_line, i.quantity, i.amount, day AS clock_day,
        c.cap, c.before, c.order_line, c.basis_day, c.contract, c.route,
        least(i.amount, c.cap) AS fits,
        greatest(0, least(i.amount, c.cap - c.before)) AS paid
    FROM invoices_1 i JOIN charge_caps c ON c.invoice_line = i.line
    JOIN invoices own ON own.line = i.line
    WHERE i.reason IS NULL
),
-- A line that raises another's price bears no goods: its amount is the other's, if that one stands.
raises AS (
    SELECT own.line, base.line AS blue, own.amount, CASE
            WHEN own.reason IS NOT NULL THEN own.reason
            WHEN base.line IS NULL OR base.line IN (SELECT invoice_line FROM supplements)
                THEN 'adjustment_without_invoice'
            WHEN base.reason IS NOT NULL THEN base.reason
            WHEN base.quantity = 0 THEN 'nothing_to_pay' END AS reason
    FROM supplements s JOIN invoices_1 own ON own.line = s.invoice_line
    LEFT JOIN invoices_1 base ON base.line = s.blue
),
invoices_net AS (
    SELECT i.* REPLACE (
            CAST(CASE WHEN own.line IS NULL THEN i.amount + coalesce(u.amount, 0)
                WHEN own.reason IS NULL THEN 0 ELSE own.amount END AS BIGINT) AS amount,
            coalesce(own.reason, i.reason) AS reason),
        CAST(coalesce(u.amount, 0) AS BIGINT) AS raised
    FROM invoices_1 i LEFT JOIN raises own ON own.line = i.line
    LEFT JOIN (
        SELECT blue, sum(amount) AS amount FROM raises WHERE reason IS NULL GROUP BY blue
    ) u ON u.blue = i.line
    WHERE NOT i.charge OR i.reason IS NOT NULL
),

-- 1b. What came in another product than ordered ----------------------------------------------------

-- What is kept from earlier rules stays before anything else is laid. Then
-- receipts of every product on their own order lines first, and on lines of others that they name;
-- then what is left where there is room: in the number named, else anywhere in the group.
others_kept AS (
    SELECT k.order_line, k.receipt_line, k.pool,
        CAST(least(k.quantity, greatest(0, r.quantity - (k.upto - k.quantity))) AS BIGINT) AS quantity
    FROM (
        SELECT *, sum(quantity) OVER (PARTITION BY receipt_line ORDER BY order_line) AS upto
        FROM (
            SELECT k.order_line, k.receipt_line, k.pool, least(k.quantity, greatest(0, CASE
                    WHEN o.barred > 0 OR o.of_charges THEN 0 ELSE o.quantity END
                    - (k.upto - k.quantity))) AS quantity
            FROM (
                SELECT *, sum(quantity) OVER (PARTITION BY order_line ORDER BY receipt_line) AS upto
                FROM others_applied
            ) k JOIN ordered o ON o.line = k.order_line)
    ) k JOIN receipts_net r ON r.line = k.receipt_line AND r.reason IS NULL
    WHERE k.quantity > 0 AND r.quantity > k.upto - k.quantity
),
first_0 AS (
    SELECT o.line, o.pool, o.bill, o.unit, o.group_bill, o.kin, o.measure, o.open,
        CASE WHEN o.barred > 0 OR o.of_charges THEN 0 ELSE o.quantity END
            - coalesce(k.quantity, 0) AS quantity
    FROM ordered o LEFT JOIN (
        SELECT order_line, sum(quantity) AS quantity FROM others_kept GROUP BY order_line
    ) k ON k.order_line = o.line
    WHERE o.kin IS NOT NULL
),
coming AS (
    SELECT r.* REPLACE (r.quantity - coalesce(k.quantity, 0) AS quantity)
    FROM receipts_net r LEFT JOIN (
        SELECT receipt_line, sum(quantity) AS quantity FROM others_kept GROUP BY receipt_line
    ) k ON k.receipt_line = r.line
    WHERE r.reason IS NULL AND r.quantity > coalesce(k.quantity, 0) AND r.kin IS NOT NULL
),
first_by_line AS (
    SELECT o.line AS order_line, r.line AS receipt_line, o.pool <> r.pool AS other,
        least(o.quantity, r.upto) - greatest(0, r.upto - r.quantity) AS quantity
    FROM first_0 o JOIN (
        SELECT *, sum(quantity) OVER (PARTITION BY order_line ORDER BY line) AS upto
        FROM coming WHERE order_line >= 0 AND NOT names_kept
    ) r ON r.order_line = o.line AND r.upto - r.quantity < o.quantity
),
first_1 AS (
    SELECT o.* REPLACE (o.quantity - coalesce(t.quantity, 0) AS quantity)
    FROM first_0 o LEFT JOIN (
        SELECT order_line, sum(quantity) AS quantity FROM first_by_line GROUP BY order_line
    ) t ON t.order_line = o.line
),
first_by_bill AS (
    SELECT s.line AS order_line, d.line AS receipt_line, s.pool <> d.pool AS other,
        least(s.upto, d.upto) - greatest(s.upto - s.quantity, d.upto - d.quantity) AS quantity
    FROM (
        SELECT *, sum(quantity) OVER (PARTITION BY bill, unit ORDER BY line) AS upto
        FROM first_1 WHERE quantity > 0 AND bill >= 0
    ) s JOIN (
        SELECT *, sum(quantity) OVER (PARTITION BY bill, unit ORDER BY line) AS upto
        FROM coming WHERE order_line = -1 AND bill >= 0
    ) d ON d.bill = s.bill AND d.unit = s.unit
        AND s.upto - s.quantity < d.upto AND d.upto - d.quantity < s.upto
),
first_2 AS (
    SELECT o.* REPLACE (o.quantity - coalesce(t.quantity, 0) AS quantity)
    FROM first_1 o LEFT JOIN (
        SELECT order_line, sum(quantity) AS quantity FROM first_by_bill GROUP BY order_line
    ) t ON t.order_line = o.line
),
first_by_pool AS (
    SELECT s.line AS order_line, d.line AS receipt_line, s.pool <> d.pool AS other,
        least(s.upto, d.upto) - greatest(s.upto - s.quantity, d.upto - d.quantity) AS quantity
    FROM (
        SELECT *, sum(quantity) OVER (PARTITION BY pool, unit ORDER BY line) AS upto
        FROM first_2 WHERE quantity > 0
    ) s JOIN (
        SELECT *, sum(quantity) OVER (PARTITION BY pool, unit ORDER BY line) AS upto
        FROM coming WHERE order_line = -1 AND bill = -1
    ) d ON d.pool = s.pool AND d.unit = s.unit
        AND s.upto - s.quantity < d.upto AND d.upto - d.quantity < s.upto
),
still_coming AS (
    SELECT c.* REPLACE (c.quantity - coalesce(t.quantity, 0) AS quantity)
    FROM coming c LEFT JOIN (
        SELECT receipt_line, sum(quantity) AS quantity
        FROM (FROM first_by_line UNION ALL FROM first_by_bill UNION ALL FROM first_by_pool)
        GROUP BY receipt_line
    ) t ON t.receipt_line = c.line
    WHERE c.order_line = -1 AND c.measure IS NOT NULL AND c.quantity > coalesce(t.quantity, 0)
),
first_3 AS (
    SELECT o.* REPLACE (o.quantity - coalesce(t.quantity, 0) AS quantity)
    FROM first_2 o LEFT JOIN (
        SELECT order_line, sum(quantity) AS quantity FROM first_by_pool GROUP BY order_line
    ) t ON t.order_line = o.line
),
first_by_group_bill AS (
    SELECT s.line AS order_line, d.line AS receipt_line, s.pool <> d.pool AS other,
        least(s.upto, d.upto) - greatest(s.upto - s.quantity, d.upto - d.quantity) AS quantity
    FROM (
        SELECT *, sum(quantity) OVER (PARTITION BY kin, group_bill, measure ORDER BY line) AS upto
        FROM first_3 WHERE quantity > 0 AND open AND group_bill >= 0 AND measure IS NOT NULL
    ) s JOIN (
        SELECT *, sum(quantity) OVER (PARTITION BY kin, group_bill, measure ORDER BY line) AS upto
        FROM still_coming WHERE group_bill >= 0
    ) d ON d.kin = s.kin AND d.group_bill = s.group_bill AND d.measure = s.measure
        AND s.upto - s.quantity < d.upto AND d.upto - d.quantity < s.upto
),
first_4 AS (
    SELECT o.* REPLACE (o.quantity - coalesce(t.quantity, 0) AS quantity)
    FROM first_3 o LEFT JOIN (
        SELECT order_line, sum(quantity) AS quantity FROM first_by_group_bill GROUP BY order_line
    ) t ON t.order_line = o.line
),
first_by_group AS (
    SELECT s.line AS order_line, d.line AS receipt_line, s.pool <> d.pool AS other,
        least(s.upto, d.upto) - greatest(s.upto - s.quantity, d.upto - d.quantity) AS quantity
    FROM (
        SELECT *, sum(quantity) OVER (PARTITION BY kin, measure ORDER BY line) AS upto
        FROM first_4 WHERE quantity > 0 AND open AND measure IS NOT NULL
    ) s JOIN (
        SELECT *, sum(quantity) OVER (PARTITION BY kin, measure ORDER BY line) AS upto
        FROM still_coming WHERE group_bill < 0
    ) d ON d.kin = s.kin AND d.measure = s.measure
        AND s.upto - s.quantity < d.upto AND d.upto - d.quantity < s.upto
),
-- Each order line's part that came in another product is an order line of that product from here on:
-- of as many as came, at no price of the order's, under no contract that the order names. It exists
-- also where somebody only speaks of it, and of what was applied for.
came_otherwise AS (
    SELECT f.order_line, r.pool, CAST(sum(f.quantity) AS BIGINT) AS quantity
    FROM (FROM first_by_line UNION ALL FROM first_by_bill UNION ALL FROM first_by_pool
          UNION ALL FROM first_by_group_bill UNION ALL FROM first_by_group
          UNION ALL SELECT order_line, receipt_line, true, quantity FROM others_kept) f
    JOIN receipts_net r ON r.line = f.receipt_line
    WHERE f.other GROUP BY f.order_line, r.pool
),
spoken_of AS (
    SELECT order_line, pool FROM receipts_net UNION SELECT order_line, pool FROM invoices_net
    UNION SELECT order_line, pool FROM links_of_products
    UNION SELECT order_line, pool FROM applied_as_sent
),
parts AS (
    SELECT (SELECT count(*) FROM sent_orders) - 1 + row_number() OVER (ORDER BY order_line, pool)
        AS line, order_line, pool, coalesce(c.quantity, 0) AS quantity
    FROM (SELECT order_line, pool FROM came_otherwise
          UNION
          SELECT s.order_line, s.pool FROM spoken_of s JOIN ordered o ON o.line = s.order_line
          WHERE o.pool <> s.pool)
    LEFT JOIN came_otherwise c USING (order_line, pool)
),
orders AS (
    SELECT o.*, -1 AS part_of, false AS kept_only FROM ordered o
    UNION ALL
    SELECT o.* REPLACE (t.line AS line, t.pool AS pool, t.quantity AS quantity, 0 AS barred,
            CASE WHEN o.group_bill < 0 THEN -1
                ELSE o.group_bill * (SELECT count(*) FROM pools) + t.pool END AS bill,
            p.product AS product, -1 AS price, -1 AS amount, 0 AS agreement, 0 AS manufacturer),
        t.order_line AS part_of, NOT o.open AS kept_only
    FROM parts t JOIN ordered o ON o.line = t.order_line JOIN pools p ON p.line = t.pool
),
receipts_left AS (
    SELECT r.* REPLACE (coalesce(t.line, r.order_line) AS order_line)
    FROM receipts_net r LEFT JOIN parts t ON t.order_line = r.order_line AND t.pool = r.pool
),
invoices_left AS (
    SELECT i.* REPLACE (coalesce(t.line, i.order_line) AS order_line)
    FROM invoices_net i LEFT JOIN parts t ON t.order_line = i.order_line AND t.pool = i.pool
),
links AS (
    SELECT k.* REPLACE (coalesce(t.line, k.order_line) AS order_line)
    FROM links_of_products k LEFT JOIN parts t ON t.order_line = k.order_line AND t.pool = k.pool
),
applied AS (
    SELECT a.* REPLACE (coalesce(t.line, a.order_line) AS order_line), a.order_line AS sent_line
    FROM applied_as_sent a LEFT JOIN parts t ON t.order_line = a.order_line AND t.pool = a.pool
),
orders_0 AS (
    SELECT o.line, o.pool, o.bill, o.unit,
        CASE WHEN o.barred > 0 OR o.of_charges THEN 0 ELSE o.quantity END
            - coalesce(c.quantity, 0) AS quantity,
        CASE WHEN o.barred > 0 OR o.of_charges OR o.part_of >= 0 THEN 0 ELSE o.quantity END AS sent
    FROM orders o LEFT JOIN (
        SELECT order_line, sum(quantity) AS quantity FROM came_otherwise GROUP BY order_line
    ) c ON c.order_line = o.line
),

-- 2. Receipts on order lines: the line named, then the number named, then first in, first out ------

receipts_kept AS (
    SELECT t.line AS order_line, k.receipt_line, k.quantity
    FROM others_kept k JOIN parts t ON t.order_line = k.order_line AND t.pool = k.pool
),
orders_0b AS (
    SELECT o.* REPLACE (o.quantity - coalesce(t.quantity, 0) AS quantity)
    FROM orders_0 o LEFT JOIN (
        SELECT order_line, sum(quantity) AS quantity FROM receipts_kept GROUP BY order_line
    ) t ON t.order_line = o.line
),
receipts_free AS (
    SELECT r.* REPLACE (r.quantity - coalesce(t.quantity, 0) AS quantity)
    FROM receipts_left r LEFT JOIN (
        SELECT receipt_line, sum(quantity) AS quantity FROM receipts_kept GROUP BY receipt_line
    ) t ON t.receipt_line = r.line
),

receipts_by_line AS (
    SELECT o.line AS order_line, r.line AS receipt_line,
        least(o.quantity, r.upto) - greatest(0, r.upto - r.quantity) AS quantity
    FROM orders_0b o JOIN (
        SELECT line, order_line, quantity,
            sum(quantity) OVER (PARTITION BY order_line ORDER BY line) AS upto
        FROM receipts_free WHERE reason IS NULL AND order_line >= 0 AND quantity > 0
    ) r ON r.order_line = o.line AND r.upto - r.quantity < o.quantity
),
orders_1 AS (
    SELECT o.* REPLACE (o.quantity - coalesce(t.quantity, 0) AS quantity)
    FROM orders_0b o LEFT JOIN (
        SELECT order_line, sum(quantity) AS quantity FROM receipts_by_line GROUP BY order_line
    ) t ON t.order_line = o.line
),
receipts_by_bill AS (
    SELECT s.line AS order_line, d.line AS receipt_line,
        least(s.upto, d.upto) - greatest(s.upto - s.quantity, d.upto - d.quantity) AS quantity
    FROM (
        SELECT line, bill, unit, quantity,
            sum(quantity) OVER (PARTITION BY bill, unit ORDER BY line) AS upto
        FROM orders_1 WHERE bill >= 0 AND quantity > 0
    ) s JOIN (
        SELECT line, bill, unit, quantity,
            sum(quantity) OVER (PARTITION BY bill, unit ORDER BY line) AS upto
        FROM receipts_free WHERE reason IS NULL AND order_line = -1 AND bill >= 0 AND quantity > 0
    ) d ON d.bill = s.bill AND d.unit = s.unit
        AND s.upto - s.quantity < d.upto AND d.upto - d.quantity < s.upto
),
orders_2 AS (
    SELECT o.* REPLACE (o.quantity - coalesce(t.quantity, 0) AS quantity)
    FROM orders_1 o LEFT JOIN (
        SELECT order_line, sum(quantity) AS quantity FROM receipts_by_bill GROUP BY order_line
    ) t ON t.order_line = o.line
),
receipts_by_pool AS (
    SELECT s.line AS order_line, d.line AS receipt_line,
        least(s.upto, d.upto) - greatest(s.upto - s.quantity, d.upto - d.quantity) AS quantity
    FROM (
        SELECT line, pool, unit, quantity,
            sum(quantity) OVER (PARTITION BY pool, unit ORDER BY line) AS upto
        FROM orders_2 WHERE quantity > 0
    ) s JOIN (
        SELECT line, pool, unit, quantity,
            sum(quantity) OVER (PARTITION BY pool, unit ORDER BY line) AS upto
        FROM receipts_free WHERE reason IS NULL AND order_line = -1 AND bill = -1 AND quantity > 0
    ) d ON d.pool = s.pool AND d.unit = s.unit
        AND s.upto - s.quantity < d.upto AND d.upto - d.quantity < s.upto
),
received_0 AS (
    SELECT * FROM receipts_by_line UNION ALL SELECT * FROM receipts_by_bill
    UNION ALL SELECT * FROM receipts_by_pool UNION ALL SELECT * FROM receipts_kept
),
tolerated_above AS (
    SELECT o.line, t.terms, CASE
            WHEN o.sent = 0 THEN 0
            WHEN t.absolute IS NULL THEN o.sent * t.permyriad // 10000
            WHEN t.permyriad IS NULL THEN t.absolute
            WHEN t.greater THEN greatest(t.absolute, o.sent * t.permyriad // 10000)
            ELSE least(t.absolute, o.sent * t.permyriad // 10000) END AS quantity
    FROM orders_0 o JOIN tolerances t ON t.reason = 'quantity_over_order'
),
-- What an earlier rule pack tolerated stays tolerated as far as it was applied for.
applied_above AS (
    SELECT o.line, least(greatest(a.quantity - o.sent, 0), max(t.quantity)) AS quantity
    FROM orders_0 o JOIN (
        SELECT sent_line, sum(quantity) AS quantity FROM applied GROUP BY sent_line
    ) a ON a.sent_line = o.line
    JOIN tolerated_above t ON t.line = o.line
    WHERE t.terms IN (SELECT terms FROM applied WHERE applied.sent_line = o.line)
    GROUP BY o.line, a.quantity, o.sent
),
-- Goods that found no room may go over an order as far as the rule pack tolerates: line, number,
-- pool once more.
over_0 AS (
    SELECT o.line, o.pool, o.bill, o.unit,
        greatest(coalesce(t.quantity, 0), coalesce(a.quantity, 0)) AS quantity
    FROM orders_0 o LEFT JOIN tolerated_above t ON t.line = o.line AND t.terms = 0
    LEFT JOIN applied_above a ON a.line = o.line
),
receipts_over AS (
    SELECT r.line, r.pool, r.bill, r.unit, r.order_line,
        r.quantity - coalesce(t.quantity, 0) AS quantity
    FROM receipts_left r LEFT JOIN (
        SELECT receipt_line, sum(quantity) AS quantity FROM received_0 GROUP BY receipt_line
    ) t ON t.receipt_line = r.line
    WHERE r.reason IS NULL AND r.quantity > coalesce(t.quantity, 0)
),
over_by_line AS (
    SELECT o.line AS order_line, r.line AS receipt_line,
        least(o.quantity, r.upto) - greatest(0, r.upto - r.quantity) AS quantity
    FROM over_0 o JOIN (
        SELECT line, order_line, quantity,
            sum(quantity) OVER (PARTITION BY order_line ORDER BY line) AS upto
        FROM receipts_over WHERE order_line >= 0
    ) r ON r.order_line = o.line AND r.upto - r.quantity < o.quantity
),
over_1 AS (
    SELECT o.* REPLACE (o.quantity - coalesce(t.quantity, 0) AS quantity)
    FROM over_0 o LEFT JOIN (
        SELECT order_line, sum(quantity) AS quantity FROM over_by_line GROUP BY order_line
    ) t ON t.order_line = o.line
),
over_by_bill AS (
    SELECT s.line AS order_line, d.line AS receipt_line,
        least(s.upto, d.upto) - greatest(s.upto - s.quantity, d.upto - d.quantity) AS quantity
    FROM (
        SELECT line, bill, unit, quantity,
            sum(quantity) OVER (PARTITION BY bill, unit ORDER BY line) AS upto
        FROM over_1 WHERE bill >= 0 AND quantity > 0
    ) s JOIN (
        SELECT line, bill, unit, quantity,
            sum(quantity) OVER (PARTITION BY bill, unit ORDER BY line) AS upto
        FROM receipts_over WHERE order_line = -1 AND bill >= 0
    ) d ON d.bill = s.bill AND d.unit = s.unit
        AND s.upto - s.quantity < d.upto AND d.upto - d.quantity < s.upto
),
over_2 AS (
    SELECT o.* REPLACE (o.quantity - coalesce(t.quantity, 0) AS quantity)
    FROM over_1 o LEFT JOIN (
        SELECT order_line, sum(quantity) AS quantity FROM over_by_bill GROUP BY order_line
    ) t ON t.order_line = o.line
),
over_by_pool AS (
    SELECT s.line AS order_line, d.line AS receipt_line,
        least(s.upto, d.upto) - greatest(s.upto - s.quantity, d.upto - d.quantity) AS quantity
    FROM (
        SELECT line, pool, unit, quantity,
            sum(quantity) OVER (PARTITION BY pool, unit ORDER BY line) AS upto
        FROM over_2 WHERE quantity > 0
    ) s JOIN (
        SELECT line, pool, unit, quantity,
            sum(quantity) OVER (PARTITION BY pool, unit ORDER BY line) AS upto
        FROM receipts_over WHERE order_line = -1 AND bill = -1
    ) d ON d.pool = s.pool AND d.unit = s.unit
        AND s.upto - s.quantity < d.upto AND d.upto - d.quantity < s.upto
),
over AS (
    SELECT order_line, receipt_line, CAST(sum(quantity) AS BIGINT) AS quantity FROM (
        SELECT * FROM over_by_line UNION ALL SELECT * FROM over_by_bill
        UNION ALL SELECT * FROM over_by_pool)
    GROUP BY order_line, receipt_line
),
received AS (
    SELECT order_line, receipt_line, CAST(sum(quantity) AS BIGINT) AS quantity
    FROM (SELECT * FROM received_0 UNION ALL SELECT * FROM over)
    GROUP BY order_line, receipt_line
),

-- 3. What each invoice line refers to: links first, then its own reference -------------------------

linked AS (
    SELECT k.line AS link_line, k.invoice_line, k.order_line, k.receipt_line,
        CASE WHEN k.quantity = -1 THEN 1000000000000 ELSE k.quantity END AS wanted,
        i.quantity AS there
    FROM links k JOIN invoices_left i ON i.line = k.invoice_line
    WHERE i.reason IS NULL
),
linked_parts AS (
    SELECT link_line, invoice_line, order_line, receipt_line,
        greatest(0, least(wanted, there - (upto - wanted))) AS quantity
    FROM (
        SELECT *, sum(wanted) OVER (PARTITION BY invoice_line ORDER BY link_line) AS upto
        FROM linked)
),
claims AS (
    SELECT row_number() OVER (ORDER BY invoice_line, place) AS claim, invoice_line, order_line,
        receipt_line, bill, pool, unit, unknown, CAST(quantity AS BIGINT) AS quantity,
        group_bill, kin, measure,
        EXISTS (FROM orders o WHERE o.line = order_line AND o.unit <> c.unit)
            OR EXISTS (FROM receipts r WHERE r.line = receipt_line AND r.unit <> c.unit) AS strange
    FROM (
        SELECT k.link_line AS place, k.invoice_line, k.order_line, k.receipt_line, -1 AS bill,
            i.pool, i.unit, i.unknown, k.quantity, i.group_bill, i.kin, i.measure
        FROM linked_parts k JOIN invoices_left i ON i.line = k.invoice_line
        UNION ALL
        SELECT 9223372036854775807, i.line, i.order_line, i.receipt_line, i.bill,
            i.pool, i.unit, i.unknown, i.quantity - coalesce(k.quantity, 0), i.group_bill, i.kin,
            i.measure
        FROM invoices_left i LEFT JOIN (
            SELECT invoice_line, sum(quantity) AS quantity FROM linked_parts GROUP BY invoice_line
        ) k ON k.invoice_line = i.line
        WHERE i.reason IS NULL
    ) c WHERE quantity > 0
),

-- 4. Claims that name a receipt line find their order line through it ------------------------------

named AS (
    SELECT s.order_line, s.receipt_line, d.invoice_line, d.claim,
        CAST(least(s.upto, d.upto) - greatest(s.upto - s.quantity, d.upto - d.quantity) AS BIGINT)
            AS quantity
    FROM (
        SELECT *, sum(quantity) OVER (PARTITION BY receipt_line ORDER BY order_line) AS upto
        FROM received
    ) s JOIN (
        SELECT *, sum(quantity) OVER (PARTITION BY receipt_line ORDER BY claim) AS upto
        FROM claims WHERE receipt_line >= 0 AND NOT strange
    ) d ON d.receipt_line = s.receipt_line
        AND s.upto - s.quantity < d.upto AND d.upto - d.quantity < s.upto
),
named_by_order AS (
    SELECT order_line, sum(quantity) AS quantity FROM named GROUP BY order_line
),
-- What each order line can still be invoiced for, and how much of that has come without an invoice.
room_0 AS (
    SELECT o.line, o.pool, o.bill, o.unit,
        o.quantity + coalesce(v.quantity, 0) - coalesce(n.quantity, 0) AS quantity,
        coalesce(r.quantity, 0) - coalesce(n.quantity, 0) AS come
    FROM orders_0 o LEFT JOIN named_by_order n ON n.order_line = o.line
    LEFT JOIN (SELECT order_line, sum(quantity) AS quantity FROM over GROUP BY order_line) v
        ON v.order_line = o.line
    LEFT JOIN (SELECT order_line, sum(quantity) AS quantity FROM received GROUP BY order_line) r
        ON r.order_line = o.line
),

-- 5. The other claims: line named; then number named, then pool, goods without invoice first -------

claims_by_line AS (
    SELECT o.line AS order_line, d.claim,
        least(o.quantity, d.upto) - greatest(0, d.upto - d.quantity) AS quantity
    FROM room_0 o JOIN (
        SELECT claim, order_line, quantity,
            sum(quantity) OVER (PARTITION BY order_line ORDER BY claim) AS upto
        FROM claims WHERE receipt_line = -1 AND order_line >= 0 AND NOT strange
    ) d ON d.order_line = o.line AND d.upto - d.quantity < o.quantity
),
room_1 AS (
    SELECT o.* REPLACE (o.quantity - coalesce(t.quantity, 0) AS quantity,
        least(o.quantity, o.come) - coalesce(t.quantity, 0) AS come)
    FROM room_0 o LEFT JOIN (
        SELECT order_line, sum(quantity) AS quantity FROM claims_by_line GROUP BY order_line
    ) t ON t.order_line = o.line
),
claims_by_bill_come AS (
    SELECT s.line AS order_line, d.claim,
        least(s.upto, d.upto) - greatest(s.upto - s.come, d.upto - d.quantity) AS quantity
    FROM (
        SELECT line, bill, unit, come,
            sum(come) OVER (PARTITION BY bill, unit ORDER BY line) AS upto
        FROM room_1 WHERE bill >= 0 AND come > 0
    ) s JOIN (
        SELECT claim, bill, unit, quantity,
            sum(quantity) OVER (PARTITION BY bill, unit ORDER BY claim) AS upto
        FROM claims WHERE receipt_line = -1 AND order_line = -1 AND bill >= 0
    ) d ON d.bill = s.bill AND d.unit = s.unit
        AND s.upto - s.come < d.upto AND d.upto - d.quantity < s.upto
),
room_2 AS (
    SELECT o.* REPLACE (o.quantity - coalesce(t.quantity, 0) AS quantity,
        o.come - coalesce(t.quantity, 0) AS come)
    FROM room_1 o LEFT JOIN (
        SELECT order_line, sum(quantity) AS quantity FROM claims_by_bill_come GROUP BY order_line
    ) t ON t.order_line = o.line
),
claims_2 AS (
    SELECT c.* REPLACE (c.quantity - coalesce(t.quantity, 0) AS quantity)
    FROM claims c LEFT JOIN (
        SELECT claim, sum(quantity) AS quantity FROM claims_by_bill_come GROUP BY claim
    ) t USING (claim)
    WHERE c.receipt_line = -1 AND c.order_line = -1 AND c.bill >= 0
),
claims_by_bill AS (
    SELECT s.line AS order_line, d.claim,
        least(s.upto, d.upto) - greatest(s.upto - s.quantity, d.upto - d.quantity) AS quantity
    FROM (
        SELECT line, bill, unit, quantity,
            sum(quantity) OVER (PARTITION BY bill, unit ORDER BY line) AS upto
        FROM room_2 WHERE bill >= 0 AND quantity > 0
    ) s JOIN (
        SELECT claim, bill, unit, quantity,
            sum(quantity) OVER (PARTITION BY bill, unit ORDER BY claim) AS upto
        FROM claims_2 WHERE quantity > 0
    ) d ON d.bill = s.bill AND d.unit = s.unit
        AND s.upto - s.quantity < d.upto AND d.upto - d.quantity < s.upto
),
room_3 AS (
    SELECT o.* REPLACE (o.quantity - coalesce(t.quantity, 0) AS quantity,
        least(o.come, o.quantity - coalesce(t.quantity, 0)) AS come)
    FROM room_2 o LEFT JOIN (
        SELECT order_line, sum(quantity) AS quantity FROM claims_by_bill GROUP BY order_line
    ) t ON t.order_line = o.line
),
claims_by_pool_come AS (
    SELECT s.line AS order_line, d.claim,
        least(s.upto, d.upto) - greatest(s.upto - s.come, d.upto - d.quantity) AS quantity
    FROM (
        SELECT line, pool, unit, come,
            sum(come) OVER (PARTITION BY pool, unit ORDER BY line) AS upto
        FROM room_3 WHERE come > 0
    ) s JOIN (
        SELECT claim, pool, unit, quantity,
            sum(quantity) OVER (PARTITION BY pool, unit ORDER BY claim) AS upto
        FROM claims WHERE receipt_line = -1 AND order_line = -1 AND bill = -1
    ) d ON d.pool = s.pool AND d.unit = s.unit
        AND s.upto - s.come < d.upto AND d.upto - d.quantity < s.upto
),
room_4 AS (
    SELECT o.* REPLACE (o.quantity - coalesce(t.quantity, 0) AS quantity)
    FROM room_3 o LEFT JOIN (
        SELECT order_line, sum(quantity) AS quantity FROM claims_by_pool_come GROUP BY order_line
    ) t ON t.order_line = o.line
),
claims_4 AS (
    SELECT c.* REPLACE (c.quantity - coalesce(t.quantity, 0) AS quantity)
    FROM claims c LEFT JOIN (
        SELECT claim, sum(quantity) AS quantity FROM claims_by_pool_come GROUP BY claim
    ) t USING (claim)
    WHERE c.receipt_line = -1 AND c.order_line = -1 AND c.bill = -1
),
claims_by_pool AS (
    SELECT s.line AS order_line, d.claim,
        least(s.upto, d.upto) - greatest(s.upto - s.quantity, d.upto - d.quantity) AS quantity
    FROM (
        SELECT line, pool, unit, quantity,
            sum(quantity) OVER (PARTITION BY pool, unit ORDER BY line) AS upto
        FROM room_4 WHERE quantity > 0
    ) s JOIN (
        SELECT claim, pool, unit, quantity,
            sum(quantity) OVER (PARTITION BY pool, unit ORDER BY claim) AS upto
        FROM claims_4 WHERE quantity > 0
    ) d ON d.pool = s.pool AND d.unit = s.unit
        AND s.upto - s.quantity < d.upto AND d.upto - d.quantity < s.upto
),
laid_claims AS (
    SELECT * FROM claims_by_line UNION ALL SELECT * FROM claims_by_bill_come
    UNION ALL SELECT * FROM claims_by_bill UNION ALL SELECT * FROM claims_by_pool_come
    UNION ALL SELECT * FROM claims_by_pool
),
invoiced AS (
    SELECT l.order_line, c.invoice_line, CAST(sum(l.quantity) AS BIGINT) AS quantity
    FROM laid_claims l JOIN claims c USING (claim) GROUP BY l.order_line, c.invoice_line
),

-- 6. Slices: on each order line, what was received lies on what was invoiced, lot by lot first ------

received_rest AS (
    SELECT r.order_line, r.receipt_line, r.quantity - coalesce(n.quantity, 0) AS quantity, g.lot
    FROM received r JOIN receipts g ON g.line = r.receipt_line LEFT JOIN (
        SELECT order_line, receipt_line, sum(quantity) AS quantity
        FROM named GROUP BY order_line, receipt_line
    ) n ON n.order_line = r.order_line AND n.receipt_line = r.receipt_line
),
invoiced_lots AS (
    SELECT v.*, i.lot FROM invoiced v JOIN invoices i ON i.line = v.invoice_line
),
of_one_lot AS (
    SELECT s.order_line, s.receipt_line, d.invoice_line,
        least(s.upto, d.upto) - greatest(s.upto - s.quantity, d.upto - d.quantity) AS quantity
    FROM (
        SELECT *, sum(quantity) OVER (PARTITION BY order_line, lot ORDER BY receipt_line) AS upto
        FROM received_rest WHERE quantity > 0 AND lot <> 0
    ) s JOIN (
        SELECT *, sum(quantity) OVER (PARTITION BY order_line, lot ORDER BY invoice_line) AS upto
        FROM invoiced_lots WHERE lot <> 0
    ) d ON d.order_line = s.order_line AND d.lot = s.lot
        AND s.upto - s.quantity < d.upto AND d.upto - d.quantity < s.upto
),
of_any_lot AS (
    SELECT s.order_line, s.receipt_line, d.invoice_line,
        least(s.upto, d.upto) - greatest(s.upto - s.quantity, d.upto - d.quantity) AS quantity
    FROM (
        SELECT *, sum(quantity) OVER (PARTITION BY order_line ORDER BY receipt_line) AS upto
        FROM (SELECT r.* REPLACE (r.quantity - coalesce(t.quantity, 0) AS quantity)
              FROM received_rest r LEFT JOIN (
                  SELECT order_line, receipt_line, sum(quantity) AS quantity
                  FROM of_one_lot GROUP BY order_line, receipt_line
              ) t ON t.order_line = r.order_line AND t.receipt_line = r.receipt_line)
        WHERE quantity > 0
    ) s JOIN (
        SELECT *, sum(quantity) OVER (PARTITION BY order_line ORDER BY invoice_line) AS upto
        FROM (SELECT v.* REPLACE (v.quantity - coalesce(t.quantity, 0) AS quantity)
              FROM invoiced_lots v LEFT JOIN (
                  SELECT order_line, invoice_line, sum(quantity) AS quantity
                  FROM of_one_lot GROUP BY order_line, invoice_line
              ) t ON t.order_line = v.order_line AND t.invoice_line = v.invoice_line)
        WHERE quantity > 0
    ) d ON d.order_line = s.order_line
        AND s.upto - s.quantity < d.upto AND d.upto - d.quantity < s.upto
),
paired AS (
    SELECT * FROM of_one_lot UNION ALL SELECT * FROM of_any_lot
),
slices AS (
    SELECT order_line, receipt_line, invoice_line, CAST(sum(quantity) AS BIGINT) AS quantity
    FROM (SELECT * FROM paired
          UNION ALL SELECT order_line, receipt_line, invoice_line, quantity FROM named)
    GROUP BY order_line, receipt_line, invoice_line
),
-- What was applied for lies on its own three lines, else on its receipt line, else on its order line,
-- and counts there under the rules of its day; the rest counts under today's.
kept_on_lines AS (
    SELECT s.order_line, s.receipt_line, s.invoice_line, a.line, a.terms,
        greatest(0, least(a.quantity, s.quantity - (a.upto - a.quantity))) AS quantity
    FROM slices s JOIN (
        SELECT *, sum(quantity) OVER (
            PARTITION BY order_line, receipt_line, invoice_line ORDER BY place) AS upto
        FROM applied WHERE quantity > 0
    ) a ON a.order_line = s.order_line AND a.receipt_line = s.receipt_line
        AND a.invoice_line = s.invoice_line
),
slices_1 AS (
    SELECT s.* REPLACE (s.quantity - coalesce(k.quantity, 0) AS quantity)
    FROM slices s LEFT JOIN (
        SELECT order_line, receipt_line, invoice_line, sum(quantity) AS quantity
        FROM kept_on_lines GROUP BY order_line, receipt_line, invoice_line
    ) k ON k.order_line = s.order_line AND k.receipt_line = s.receipt_line
        AND k.invoice_line = s.invoice_line
),
applied_1 AS (
    SELECT a.* REPLACE (a.quantity - coalesce(k.quantity, 0) AS quantity)
    FROM applied a LEFT JOIN (
        SELECT line, sum(quantity) AS quantity FROM kept_on_lines GROUP BY line
    ) k ON k.line = a.line
),
kept_on_receipts AS (
    SELECT s.order_line, s.receipt_line, s.invoice_line, d.line, d.terms,
        least(s.upto, d.upto) - greatest(s.upto - s.quantity, d.upto - d.quantity) AS quantity
    FROM (
        SELECT *, sum(quantity) OVER (
            PARTITION BY order_line, receipt_line ORDER BY invoice_line) AS upto
        FROM slices_1 WHERE quantity > 0
    ) s JOIN (
        SELECT *, sum(quantity) OVER (PARTITION BY order_line, receipt_line ORDER BY place) AS upto
        FROM applied_1 WHERE quantity > 0
    ) d ON d.order_line = s.order_line AND d.receipt_line = s.receipt_line
        AND s.upto - s.quantity < d.upto AND d.upto - d.quantity < s.upto
),
slices_2 AS (
    SELECT s.* REPLACE (s.quantity - coalesce(k.quantity, 0) AS quantity)
    FROM slices_1 s LEFT JOIN (
        SELECT order_line, receipt_line, invoice_line, sum(quantity) AS quantity
        FROM kept_on_receipts GROUP BY order_line, receipt_line, invoice_line
    ) k ON k.order_line = s.order_line AND k.receipt_line = s.receipt_line
        AND k.invoice_line = s.invoice_line
),
applied_2 AS (
    SELECT a.* REPLACE (a.quantity - coalesce(k.quantity, 0) AS quantity)
    FROM applied_1 a LEFT JOIN (
        SELECT line, sum(quantity) AS quantity FROM kept_on_receipts GROUP BY line
    ) k ON k.line = a.line
),
kept_on_orders AS (
    SELECT s.order_line, s.receipt_line, s.invoice_line, d.line, d.terms,
        least(s.upto, d.upto) - greatest(s.upto - s.quantity, d.upto - d.quantity) AS quantity
    FROM (
        SELECT *, sum(quantity) OVER (
            PARTITION BY order_line ORDER BY receipt_line, invoice_line) AS upto
        FROM slices_2 WHERE quantity > 0
    ) s JOIN (
        SELECT *, sum(quantity) OVER (PARTITION BY order_line ORDER BY place) AS upto
        FROM applied_2 WHERE quantity > 0
    ) d ON d.order_line = s.order_line
        AND s.upto - s.quantity < d.upto AND d.upto - d.quantity < s.upto
),
kept AS (
    SELECT * FROM kept_on_lines UNION ALL SELECT * FROM kept_on_receipts
    UNION ALL SELECT * FROM kept_on_orders
),
cut AS (
    SELECT order_line, receipt_line, invoice_line, terms, CAST(sum(quantity) AS BIGINT) AS quantity
    FROM (
        SELECT order_line, receipt_line, invoice_line, terms, quantity FROM kept
        UNION ALL
        SELECT s.order_line, s.receipt_line, s.invoice_line, 0, s.quantity - coalesce(k.quantity, 0)
        FROM slices s LEFT JOIN (
            SELECT order_line, receipt_line, invoice_line, sum(quantity) AS quantity
            FROM kept GROUP BY order_line, receipt_line, invoice_line
        ) k ON k.order_line = s.order_line AND k.receipt_line = s.receipt_line
            AND k.invoice_line = s.invoice_line)
    WHERE quantity > 0
    GROUP BY order_line, receipt_line, invoice_line, terms
),

-- 7. What waits, and why ---------------------------------------------------------------------------

waiting_receipts AS (
    SELECT r.order_line, r.receipt_line, 'not_invoiced' AS reason,
        r.quantity - coalesce(s.quantity, 0) AS quantity, r.quantity AS stated
    FROM received r LEFT JOIN (
        SELECT order_line, receipt_line, sum(quantity) AS quantity
        FROM slices GROUP BY order_line, receipt_line
    ) s ON s.order_line = r.order_line AND s.receipt_line = r.receipt_line
    UNION ALL
    SELECT greatest(r.order_line, -1), r.line, CASE
            WHEN r.order_line >= 0 THEN (
                SELECT CASE WHEN o.kept_only THEN 'product_substituted' ELSE 'quantity_over_order' END
                FROM orders o WHERE o.line = r.order_line)
            WHEN r.order_line = -2 THEN 'no_order'
            WHEN r.order_line = -3 THEN 'product_substituted'
            WHEN r.order_line = -4 THEN 'unit_not_convertible'
            WHEN r.bill >= 0 AND EXISTS (
                FROM orders o WHERE o.bill = r.bill AND o.unit = r.unit
                    AND NOT o.kept_only) THEN 'quantity_over_order'
            WHEN r.bill >= 0 AND EXISTS (
                FROM orders o WHERE o.bill = r.bill AND NOT o.kept_only) THEN 'unit_not_convertible'
            WHEN r.bill >= 0 THEN CASE
                WHEN EXISTS (FROM ordered o WHERE o.kin = r.kin AND o.group_bill = r.group_bill
                    AND o.measure = r.measure AND o.open) THEN 'quantity_over_order'
                WHEN EXISTS (FROM ordered o WHERE o.kin = r.kin AND o.group_bill = r.group_bill
                    AND o.open) THEN 'unit_not_convertible'
                WHEN EXISTS (FROM ordered o WHERE o.kin = r.kin AND o.group_bill = r.group_bill)
                    THEN 'product_substituted' ELSE 'no_order' END
            WHEN EXISTS (
                FROM orders o WHERE o.pool = r.pool AND o.unit = r.unit
                    AND NOT o.kept_only) THEN 'quantity_over_order'
            WHEN EXISTS (FROM orders o WHERE o.pool = r.pool AND NOT o.kept_only) THEN 'unit_not_convertible'
            WHEN EXISTS (FROM ordered o WHERE o.kin = r.kin AND o.measure = r.measure AND o.open)
                THEN 'quantity_over_order'
            WHEN EXISTS (FROM ordered o WHERE o.kin = r.kin AND o.open) THEN 'unit_not_convertible'
            WHEN EXISTS (FROM ordered o WHERE o.kin = r.kin) THEN 'product_substituted'
            ELSE 'no_order' END,
        r.quantity - coalesce(t.quantity, 0), r.quantity
    FROM receipts_left r LEFT JOIN (
        SELECT receipt_line, sum(quantity) AS quantity FROM received GROUP BY receipt_line
    ) t ON t.receipt_line = r.line
    WHERE r.reason IS NULL AND r.quantity > coalesce(t.quantity, 0)
),
waiting_claims AS (
    -- Invoiced, but the goods have not come; or not so many.
    SELECT v.order_line, -1 AS receipt_line, v.invoice_line,
        CASE WHEN EXISTS (FROM received r WHERE r.order_line = v.order_line)
            THEN 'quantity_over_receipt' ELSE 'not_received' END AS reason,
        v.quantity - coalesce(s.quantity, 0) AS quantity
    FROM invoiced v LEFT JOIN (
        SELECT order_line, invoice_line, sum(quantity) AS quantity
        FROM paired GROUP BY order_line, invoice_line
    ) s ON s.order_line = v.order_line AND s.invoice_line = v.invoice_line
    UNION ALL
    -- No order line had room for them.
    SELECT greatest(c.order_line, -1), -1, c.invoice_line, CASE
            WHEN c.strange THEN 'unit_not_convertible'
            -- Of what stands in for another product no more is awaited than came.
            WHEN c.order_line >= 0 THEN (
                SELECT CASE WHEN o.part_of < 0 THEN 'quantity_over_order'
                    WHEN o.quantity > 0 THEN 'quantity_over_receipt' ELSE 'not_received' END
                FROM orders o WHERE o.line = c.order_line)
            WHEN c.order_line = -2 THEN 'no_order'
            WHEN c.order_line = -3 THEN 'product_substituted'
            WHEN c.order_line = -4 THEN 'unit_not_convertible'
            WHEN c.bill >= 0 AND EXISTS (FROM orders o WHERE o.bill = c.bill AND o.unit = c.unit
                AND o.part_of < 0) THEN 'quantity_over_order'
            WHEN c.bill >= 0 AND EXISTS (FROM orders o WHERE o.bill = c.bill AND o.unit = c.unit)
                THEN CASE WHEN EXISTS (FROM orders o WHERE o.bill = c.bill AND o.unit = c.unit
                    AND o.quantity > 0) THEN 'quantity_over_receipt' ELSE 'not_received' END
            WHEN c.bill >= 0 AND EXISTS (
                FROM orders o WHERE o.bill = c.bill) THEN 'unit_not_convertible'
            WHEN c.bill >= 0 THEN CASE
                WHEN EXISTS (FROM ordered o WHERE o.kin = c.kin AND o.group_bill = c.group_bill
                    AND o.measure = c.measure AND o.open) THEN 'not_received'
                WHEN EXISTS (FROM ordered o WHERE o.kin = c.kin AND o.group_bill = c.group_bill
                    AND o.open) THEN 'unit_not_convertible'
                WHEN EXISTS (FROM ordered o WHERE o.kin = c.kin AND o.group_bill = c.group_bill)
                    THEN 'product_substituted' ELSE 'no_order' END
            WHEN EXISTS (FROM orders o WHERE o.pool = c.pool AND o.unit = c.unit
                AND o.part_of < 0) THEN 'quantity_over_order'
            WHEN EXISTS (FROM orders o WHERE o.pool = c.pool AND o.unit = c.unit)
                THEN CASE WHEN EXISTS (FROM orders o WHERE o.pool = c.pool AND o.unit = c.unit
                    AND o.quantity > 0) THEN 'quantity_over_receipt' ELSE 'not_received' END
            WHEN EXISTS (FROM orders o WHERE o.pool = c.pool) THEN 'unit_not_convertible'
            WHEN EXISTS (FROM ordered o WHERE o.kin = c.kin AND o.measure = c.measure AND o.open)
                THEN 'not_received'
            WHEN EXISTS (FROM ordered o WHERE o.kin = c.kin AND o.open) THEN 'unit_not_convertible'
            WHEN EXISTS (FROM ordered o WHERE o.kin = c.kin) THEN 'product_substituted'
            ELSE 'no_order' END,
        c.quantity - coalesce(t.quantity, 0)
    FROM claims c LEFT JOIN (
        SELECT claim, sum(quantity) AS quantity FROM laid_claims GROUP BY claim
    ) t USING (claim)
    WHERE c.receipt_line = -1 AND c.quantity > coalesce(t.quantity, 0)
    UNION ALL
    -- The receipt line they name is not there, is barred, is on no order line, or is too small.
    SELECT greatest(c.order_line, -1), greatest(c.receipt_line, -1), c.invoice_line, CASE
            WHEN c.strange THEN 'unit_not_convertible'
            WHEN c.receipt_line = -2 OR r.quantity = 0 THEN 'not_received'
            WHEN r.reason IS NOT NULL THEN r.reason
            ELSE coalesce(w.reason, 'quantity_over_receipt') END,
        c.quantity - coalesce(t.quantity, 0)
    FROM claims c LEFT JOIN receipts_left r ON r.line = c.receipt_line
    LEFT JOIN (FROM waiting_receipts WHERE reason <> 'not_invoiced') w
        ON w.receipt_line = c.receipt_line AND w.quantity > 0
    LEFT JOIN (SELECT claim, sum(quantity) AS quantity FROM named GROUP BY claim) t USING (claim)
    WHERE c.receipt_line <> -1
),
waiting_invoices AS (
    SELECT w.order_line, w.receipt_line, w.invoice_line,
        CASE WHEN i.unknown THEN 'product_unknown' ELSE w.reason END AS reason,
        CAST(sum(w.quantity) AS BIGINT) AS quantity
    FROM waiting_claims w JOIN invoices i ON i.line = w.invoice_line
    WHERE w.quantity > 0
    GROUP BY w.order_line, w.receipt_line, w.invoice_line,
        CASE WHEN i.unknown THEN 'product_unknown' ELSE w.reason END
),

-- 8. Amounts: slices, then what waits, end to end on each invoice line -----------------------------

along AS (
    SELECT a.*, sum(a.quantity) OVER (PARTITION BY a.invoice_line
        ORDER BY a.waits, a.order_line, a.receipt_line, a.terms = 0, a.terms, r.code) AS upto
    FROM (SELECT false AS waits, order_line, receipt_line, invoice_line, terms, NULL AS reason,
              quantity
          FROM cut
          UNION ALL
          SELECT true, order_line, receipt_line, invoice_line, 0, reason, quantity
          FROM waiting_invoices) a
    LEFT JOIN reasons r ON r.name = a.reason
),
stated AS (
    SELECT a.*, i.amount AS whole_amount, i.quantity AS whole, i.raised,
        CAST((2 * CAST(i.amount AS HUGEINT) * a.upto + i.quantity) // (2 * i.quantity)
            - (2 * CAST(i.amount AS HUGEINT) * (a.upto - a.quantity) + i.quantity)
                // (2 * i.quantity) AS BIGINT) AS amount
    FROM along a JOIN invoices_left i ON i.line = a.invoice_line
),

-- What people accepted a line at is the most that it is held to state, in proportion to what is left
-- of its quantity; goods paid elsewhere are left as they are.
accepted AS (
    SELECT * EXCLUDE (most) REPLACE (
            CAST(most AS BIGINT) AS whole_amount,
            CAST((2 * CAST(most AS HUGEINT) * upto + whole) // (2 * whole)
                - (2 * CAST(most AS HUGEINT) * (upto - quantity) + whole) // (2 * whole) AS BIGINT)
                AS amount)
    FROM (
        SELECT s.*, s.amount AS sent_amount,
            CASE WHEN i.lowered > 0 AND NOT o.offline
                THEN least(CAST(s.whole_amount AS HUGEINT),
                    (2 * CAST(i.lowered AS HUGEINT) * s.whole + i.quantity) // (2 * i.quantity))
                ELSE s.whole_amount END AS most
        FROM stated s JOIN orders o ON o.line = s.order_line
        JOIN invoices i ON i.line = s.invoice_line
        WHERE NOT s.waits)
),

-- 9. The contract in force on the basis date -------------------------------------------------------

dated AS (
    SELECT s.*, o.unit, o.product, o.supplier, o.agreement, o.manufacturer, o.price, o.pack, o.decimals,
        o.amount AS order_amount, o.quantity AS ordered, o.day AS order_day, o.offline,
        r.day AS receipt_day, r.accepted AS accepted_day, r.expiry, i.day AS invoice_day,
        coalesce(
            nullif(CASE rules.first_date WHEN 'order_date' THEN o.day
                WHEN 'receipt_date' THEN r.day WHEN 'delivery_date' THEN r.day
                WHEN 'acceptance_date' THEN r.accepted WHEN 'invoice_date' THEN i.day END,
                2147483647),
            nullif(CASE rules.second_date WHEN 'order_date' THEN o.day
                WHEN 'receipt_date' THEN r.day WHEN 'delivery_date' THEN r.day
                WHEN 'acceptance_date' THEN r.accepted WHEN 'invoice_date' THEN i.day END,
                2147483647),
            nullif(CASE rules.third_date WHEN 'order_date' THEN o.day
                WHEN 'receipt_date' THEN r.day WHEN 'delivery_date' THEN r.day
                WHEN 'acceptance_date' THEN r.accepted WHEN 'invoice_date' THEN i.day END,
                2147483647),
            2147483647) AS basis_day
    FROM accepted s JOIN orders o ON o.line = s.order_line
    JOIN receipts r ON r.line = s.receipt_line
    JOIN invoices i ON i.line = s.invoice_line JOIN rules ON rules.terms = s.terms
),
candidates AS (
    SELECT d.order_line, d.basis_day, k.line AS contract,
        CASE WHEN NOT k.covers THEN 0
            WHEN d.basis_day BETWEEN k.valid_from AND k.valid_to
                AND d.basis_day < 2147483647 THEN 2 ELSE 1 END AS standing,
        k.holder = d.supplier AS won,
        row_number() OVER (PARTITION BY d.order_line, d.basis_day ORDER BY
            CASE WHEN NOT k.covers THEN 0
                WHEN d.basis_day BETWEEN k.valid_from AND k.valid_to
                AND d.basis_day < 2147483647 THEN 2 ELSE 1 END DESC,
            CASE WHEN d.price >= 0 AND CAST(d.price AS HUGEINT) * k.pack
                = CAST(k.price AS HUGEINT) * d.pack THEN 0 ELSE 1 END,
            -- Fractions of packs below 2^31 that differ, differ by more than 2^-62.
            CAST(k.price AS HUGEINT) * 4611686018427387904 // k.pack, k.line) AS choice
    FROM (SELECT DISTINCT order_line, basis_day, product, supplier, agreement, manufacturer,
              price, pack FROM dated) d
    JOIN contracts k ON k.product = d.product AND (d.agreement IN (0, k.agreement))
        AND (d.manufacturer IN (0, k.manufacturer))
    WHERE d.product >= 0
),
bound AS (
    SELECT d.*, c.contract, c.standing, CASE
            WHEN d.product < 0 THEN 'product_unknown'
            WHEN c.contract IS NULL THEN 'no_contract'
            WHEN c.standing = 0 THEN 'area_not_covered'
            WHEN c.standing = 1 THEN 'contract_expired'
            WHEN d.unit <> 0 THEN 'unit_not_convertible'
            WHEN rules.authorization_required AND NOT c.won AND NOT EXISTS (
                FROM authorizations a WHERE a.product = d.product AND a.supplier = d.supplier
                AND d.basis_day BETWEEN a.valid_from AND a.valid_to)
                THEN 'supplier_not_authorised' END AS outside
    FROM dated d LEFT JOIN candidates c ON c.order_line = d.order_line
        AND c.basis_day = d.basis_day AND c.choice = 1
    JOIN rules ON rules.terms = d.terms
),

-- 10. Caps: the line's amount against its quantity at the contract's and at the order's price ------

-- over / under is the price of the whole invoice line in fen, half / (2 * under) the tolerance.
fractions AS (
    SELECT b.*,
        CASE WHEN b.standing = 2 AND b.unit = 0 THEN CAST(k.price AS HUGEINT) * b.whole END
            AS contract_over,
        CAST(k.pack AS HUGEINT) * 10000000 AS contract_under,
        CASE WHEN k.price = 0 THEN 0 ELSE
            CAST(pow(10, 6 - greatest(k.decimals, 2)) AS HUGEINT) * b.whole END AS contract_half,
        CASE WHEN b.price >= 0 THEN CAST(b.price AS HUGEINT) * b.whole
            WHEN b.order_amount >= 0 THEN CAST(b.order_amount AS HUGEINT) * b.whole END
            AS order_over,
        CASE WHEN b.price >= 0 THEN CAST(b.pack AS HUGEINT) * 10000000 ELSE b.ordered END
            AS order_under,
        CASE WHEN b.price > 0 THEN
            CAST(pow(10, 6 - greatest(b.decimals, 2)) AS HUGEINT) * b.whole ELSE 0 END AS order_half
    FROM bound b LEFT JOIN contracts k ON k.line = b.contract
),
-- A band that would lie above 10^17 fen lies on it: no stated amount comes near. The order's price
-- is the one of its day: what was added afterwards is held to the contract, where one is in force.
bands_of_the_day AS (
    SELECT *,
        CASE WHEN contract_over IS NOT NULL THEN least(contract_exact, contract_floor) END
            AS contract_least,
        CASE WHEN contract_over IS NOT NULL THEN
            least(greatest(contract_exact, contract_ceiling), 100000000000000000) END
            AS contract_most,
        CASE WHEN order_over IS NOT NULL AND price >= 0 THEN least(order_exact, order_floor)
            ELSE order_exact END AS order_least,
        CASE WHEN order_over IS NOT NULL AND price >= 0 THEN
            least(greatest(order_exact, order_ceiling), 100000000000000000)
            ELSE order_exact END AS order_most
    FROM (
        SELECT *,
            CASE WHEN contract_over IS NOT NULL THEN
                least((2 * contract_over + contract_under) // (2 * contract_under),
                    100000000000000000) END AS contract_exact,
            (2 * contract_over + contract_half) // (2 * contract_under) AS contract_ceiling,
            (greatest(2 * contract_over - contract_half, 0) + 2 * contract_under - 1)
                // (2 * contract_under) AS contract_floor,
            CASE WHEN order_over IS NOT NULL THEN
                least((2 * order_over + order_under) // (2 * order_under),
                    100000000000000000) END AS order_exact,
            (2 * order_over + order_half) // (2 * order_under) AS order_ceiling,
            (greatest(2 * order_over - order_half, 0) + 2 * order_under - 1)
                // (2 * order_under) AS order_floor
        FROM fractions)
),
bands AS (
    SELECT * REPLACE (order_exact + added AS order_exact, order_least + added AS order_least,
            order_most + added AS order_most), order_exact AS order_unraised
    FROM (SELECT *, CASE WHEN contract_over IS NULL THEN 0 ELSE raised END AS added
          FROM bands_of_the_day)
),
-- What the rule pack lets pass above either price; a document's fen fall on its lines by amount.
allowances AS (
    SELECT b.*, i.document_start, i.document_start + i.amount AS document_end,
        greatest(i.document_total, i.document_start + i.amount, 1) AS document,
        k.absolute AS contract_fen, k.per_document AS contract_shared,
        contract_exact * k.permyriad // 10000 AS contract_share, k.greater AS contract_greater,
        o.absolute AS order_fen, o.per_document AS order_shared,
        order_unraised * o.permyriad // 10000 AS order_share, o.greater AS order_greater
    FROM bands b JOIN invoices i ON i.line = b.invoice_line
    LEFT JOIN tolerances k ON k.terms = b.terms AND k.reason = 'price_above_contract'
    LEFT JOIN tolerances o ON o.terms = b.terms AND o.reason = 'price_differs_from_order'
),
rooms AS (
    SELECT *, coalesce(CASE
            WHEN contract_greater THEN greatest(contract_share, contract_absolute)
            ELSE least(contract_share, contract_absolute) END, 0) AS contract_room,
        coalesce(CASE
            WHEN order_greater THEN greatest(order_share, order_absolute)
            ELSE least(order_share, order_absolute) END, 0) AS order_room
    FROM (
        SELECT *, CASE WHEN contract_shared THEN
                (2 * CAST(contract_fen AS HUGEINT) * document_end + document) // (2 * document)
                - (2 * CAST(contract_fen AS HUGEINT) * document_start + document) // (2 * document)
                ELSE contract_fen END AS contract_absolute,
            CASE WHEN order_shared THEN
                (2 * CAST(order_fen AS HUGEINT) * document_end + document) // (2 * document)
                - (2 * CAST(order_fen AS HUGEINT) * document_start + document) // (2 * document)
                ELSE order_fen END AS order_absolute
        FROM allowances)
),
capped AS (
    SELECT *, CASE WHEN whole_amount > order_most AND whole_amount > order_exact + order_room
                AND NOT offline
            THEN least(order_exact, after_contract) ELSE after_contract END AS payable
    FROM (
        SELECT *, CASE WHEN whole_amount > contract_most
                AND whole_amount > contract_exact + contract_room AND NOT offline
            THEN contract_exact ELSE whole_amount END AS after_contract
        FROM rooms)
),
-- The slice's parts of amounts of the whole line, as differences of rounded cumulatives.
priced AS (
    SELECT *,
        (2 * payable * upto + whole) // (2 * whole)
            - (2 * payable * (upto - quantity) + whole) // (2 * whole) AS paid,
        (2 * after_contract * upto + whole) // (2 * whole)
            - (2 * after_contract * (upto - quantity) + whole) // (2 * whole) AS under_contract,
        (2 * contract_exact * upto + whole) // (2 * whole)
            - (2 * contract_exact * (upto - quantity) + whole) // (2 * whole) AS at_contract,
        (2 * order_exact * upto + whole) // (2 * whole)
            - (2 * order_exact * (upto - quantity) + whole) // (2 * whole) AS at_order
    FROM capped
),
-- Who holds a contract for the product on the basis day sells it as its maker: no invoice comes before.
makers AS (
    SELECT DISTINCT order_line, basis_day FROM priced p WHERE EXISTS (
        FROM contracts k WHERE k.product = p.product AND p.product >= 0 AND k.holder = p.supplier
        AND p.basis_day BETWEEN k.valid_from AND k.valid_to)
),
-- Goods whose lot had expired when they came, or that lack a paper: paid and said, or held, as the
-- rule pack has it; the first of these holds them, and never what was paid elsewhere.
wants AS (
    SELECT p.*, coalesce(p.expiry < p.receipt_day, false) AS expired,
        coalesce(p.receipt_day >= u.hold_expired_since, false) AS expired_held,
        t.effect AS codes,
        CASE WHEN m.order_line IS NULL THEN c.effect END AS chain
    FROM priced p JOIN rules u ON u.terms = p.terms
    JOIN receipts r ON r.line = p.receipt_line JOIN invoices i ON i.line = p.invoice_line
    LEFT JOIN demands t ON t.terms = p.terms AND t.paper = 'trace_codes' AND t.kind = r.trace
        AND r.day >= t.since
    LEFT JOIN demands c ON c.terms = p.terms AND c.paper = 'two_invoice_chain' AND c.kind = i.chain
        AND i.day >= c.since
    LEFT JOIN makers m ON m.order_line = p.order_line AND m.basis_day = p.basis_day
),
held_back AS (
    SELECT *, CASE
            WHEN paid = 0 OR offline THEN NULL
            WHEN expired AND expired_held THEN 'expired_lot'
            WHEN codes = 'held' THEN 'trace_code_missing'
            WHEN chain = 'held' THEN 'two_invoice_chain_missing' END AS held_for
    FROM wants
),
target AS (
    SELECT order_line, receipt_line, invoice_line, 'goods' AS kind, quantity,
        CASE WHEN held_for IS NULL THEN paid ELSE 0 END AS amount,
        CASE WHEN standing = 2 THEN contract ELSE -1 END AS contract,
        CASE WHEN offline THEN 'outside' WHEN outside IS NULL THEN 'direct' ELSE 'self' END AS route,
        basis_day, accepted_day AS clock_day, terms
    FROM held_back
    UNION ALL
    SELECT order_line, -1, invoice_line, 'freight', 0, CAST(paid AS BIGINT), contract, route,
        basis_day, clock_day, 0
    FROM charges_laid WHERE paid > 0
),

-- What is still to apply for of a charge: of its invoice line what is due less what was applied for,
-- where it is due today. Where more was applied for, it comes off that, the oldest first, and each
-- part stays under whatever it was applied for under.
charges_applied AS (
    SELECT c.line, c.order_line, c.invoice_line, c.contract, c.route, c.basis_day, c.clock_day,
        c.terms, CAST(c.amount + coalesce(k.amount, 0) AS BIGINT) AS amount,
        sum(c.amount + coalesce(k.amount, 0))
            OVER (PARTITION BY c.invoice_line ORDER BY c.line) AS upto,
        sum(c.amount + coalesce(k.amount, 0)) OVER (PARTITION BY c.invoice_line) AS whole
    FROM committed c LEFT JOIN (
        SELECT adjusts, sum(amount) AS amount FROM committed WHERE adjusts >= 0 GROUP BY adjusts
    ) k ON k.adjusts = c.line
    WHERE c.adjusts < 0 AND c.charge
),
charges_open AS (
    SELECT order_line, invoice_line, -1 AS adjusts,
        CAST(paid - coalesce(a.whole, 0) AS BIGINT) AS amount,
        contract, route, basis_day, clock_day, 0 AS terms
    FROM charges_laid LEFT JOIN (
        SELECT invoice_line, any_value(whole) AS whole FROM charges_applied GROUP BY invoice_line
    ) a USING (invoice_line)
    WHERE paid > coalesce(a.whole, 0)
    UNION ALL
    SELECT e.order_line, e.invoice_line, e.line,
        CAST(e.upto - e.amount - least(e.upto, e.excess) AS BIGINT),
        e.contract, r.name, e.basis_day, e.clock_day, e.terms
    FROM (
        SELECT a.*, a.whole - coalesce(l.paid, 0) AS excess
        FROM charges_applied a LEFT JOIN charges_laid l ON l.invoice_line = a.invoice_line
    ) e JOIN routes r ON r.code = e.route
    WHERE e.amount > 0 AND e.upto - e.amount < e.excess
),

-- 11. Everything that differs or is missing --------------------------------------------------------

found AS (
    SELECT order_line, receipt_line, -1 AS invoice_line, line AS other,
        'return_without_receipt' AS reason,
        'waiting' AS effect, quantity, 0 AS amount, stated, stated - quantity AS allowed
    FROM (
        SELECT t.line, greatest(t.order_line, -1) AS order_line,
            greatest(t.receipt_line, -1) AS receipt_line,
            t.quantity - coalesce(d.quantity, 0) AS quantity, t.quantity AS stated
        FROM returns t LEFT JOIN (
            SELECT return_line, sum(quantity) AS quantity FROM returned GROUP BY return_line
        ) d ON d.return_line = t.line) WHERE quantity > 0
    UNION ALL
    SELECT -1, -1, greatest(k.invoice_line, -1), k.line,
        CASE WHEN d.line IS NULL THEN 'credit_without_invoice' ELSE 'invoice_overdrawn' END,
        'waiting', k.quantity - coalesce(d.quantity, 0), k.amount - coalesce(d.amount, 0),
        k.amount, coalesce(d.amount, 0)
    FROM credits k LEFT JOIN credited d USING (line)
    WHERE k.quantity > coalesce(d.quantity, 0) OR k.amount > coalesce(d.amount, 0)
    UNION ALL
    SELECT greatest(order_line, -1), line, -1, -1, reason, 'held', quantity, 0, quantity, 0
    FROM receipts_left WHERE reason IS NOT NULL AND quantity > 0
    UNION ALL
    SELECT greatest(i.order_line, -1), greatest(i.receipt_line, -1), i.line, -1, i.reason, 'held', i.quantity,
        i.amount,
        CASE WHEN i.reason = 'link_total_mismatch' AND u.invoice_line IS NOT NULL THEN u.invoiced
            ELSE i.amount END,
        CASE WHEN i.reason = 'link_total_mismatch' AND u.invoice_line IS NOT NULL THEN u.linked
            ELSE 0 END
    FROM invoices_left i LEFT JOIN (
        SELECT invoice_line, arg_min(invoiced, line) AS invoiced, arg_min(linked, line) AS linked
        FROM sent_links WHERE uneven GROUP BY invoice_line
    ) u ON u.invoice_line = i.line
    WHERE i.reason IS NOT NULL AND (i.quantity > 0 OR i.amount > 0)
        AND i.reason <> 'adjustment_without_invoice'
    UNION ALL
    SELECT -1, -1, line, -1, reason, 'waiting', 0, amount, amount, 0
    FROM invoices_left WHERE reason = 'adjustment_without_invoice' AND amount > 0
    UNION ALL
    SELECT -1, -1, line, -1, 'amount_rounding', 'information', 0, difference,
        difference, 0
    FROM invoices WHERE difference <> 0
    UNION ALL
    SELECT -1, -1, invoice_line, -1, 'charge_repeated', 'held',
        CASE WHEN paid > 0 THEN 0 ELSE quantity END, CAST(fits - paid AS BIGINT),
        CAST(before + fits AS BIGINT), CAST(cap AS BIGINT)
    FROM charges_laid WHERE fits > paid
    UNION ALL
    SELECT -1, -1, invoice_line, -1, 'charge_above_contract', 'held', 0,
        CAST(amount - fits AS BIGINT), amount, CAST(cap AS BIGINT)
    FROM charges_laid WHERE amount > fits
    UNION ALL
    -- What waits is asked for its papers too, and it is only said.
    SELECT -1, l.line, -1, -1, 'trace_code_missing', 'information', l.quantity - coalesce(m.quantity, 0),
        0, 0, 0
    FROM receipts_left l JOIN receipts r ON r.line = l.line
    JOIN demands d ON d.terms = 0 AND d.paper = 'trace_codes' AND d.kind = r.trace AND r.day >= d.since
    LEFT JOIN (
        SELECT receipt_line, sum(quantity) AS quantity FROM slices GROUP BY receipt_line
    ) m ON m.receipt_line = l.line
    WHERE l.reason IS NULL AND l.quantity > coalesce(m.quantity, 0)
    UNION ALL
    SELECT -1, l.line, -1, -1, 'trace_code_repeated', 'information', l.quantity, 0, 0, 0
    FROM receipts_left l JOIN receipts r ON r.line = l.line
    WHERE r.repeated AND l.reason IS NULL AND l.quantity > 0
    UNION ALL
    SELECT w.order_line, w.receipt_line, w.invoice_line, -1, 'two_invoice_chain_missing', 'information',
        w.quantity, w.amount, 0, 0
    FROM stated w JOIN invoices i ON i.line = w.invoice_line JOIN orders o ON o.line = w.order_line
    JOIN demands d ON d.terms = 0 AND d.paper = 'two_invoice_chain' AND d.kind = i.chain
        AND i.day >= d.since
    WHERE w.waits AND NOT EXISTS (
        FROM contracts k WHERE k.product = o.product AND o.product >= 0 AND k.holder = o.supplier
        AND CASE WHEN o.day = 2147483647 THEN i.day ELSE o.day END BETWEEN k.valid_from AND k.valid_to)
    UNION ALL
    SELECT greatest(order_line, -1), greatest(receipt_line, -1), line, -1, 'nothing_to_pay', 'held', 0,
        amount, amount, 0
    FROM invoices_left WHERE reason IS NULL AND quantity = 0 AND amount > 0
    UNION ALL
    SELECT w.order_line, w.receipt_line, -1, -1,
        CASE WHEN r.unknown THEN 'product_unknown' ELSE w.reason END, 'waiting', w.quantity, 0,
        w.stated, w.stated - w.quantity
    FROM waiting_receipts w JOIN receipts r ON r.line = w.receipt_line WHERE w.quantity > 0
    UNION ALL
    SELECT order_line, receipt_line, invoice_line, -1, reason, 'waiting', quantity, amount,
        whole, whole - quantity
    FROM stated WHERE waits
    UNION ALL
    SELECT order_line, receipt_line, invoice_line, -1, 'no_price', 'information', quantity,
        paid, 0, 0
    FROM priced WHERE contract_over IS NULL AND order_over IS NULL
    UNION ALL
    SELECT order_line, receipt_line, invoice_line, -1, 'accepted_lower', 'held', 0,
        sent_amount - amount, sent_amount, amount
    FROM priced WHERE sent_amount <> amount
    UNION ALL
    SELECT order_line, receipt_line, invoice_line, -1, 'price_above_contract', 'held', 0,
        amount - under_contract, amount, under_contract
    FROM priced WHERE amount <> under_contract
    UNION ALL
    SELECT order_line, receipt_line, invoice_line, -1, 'price_differs_from_order', 'held', 0,
        under_contract - paid, under_contract, paid
    FROM priced WHERE under_contract <> paid
    UNION ALL
    SELECT order_line, receipt_line, invoice_line, -1, 'price_below_contract', 'information', 0,
        amount - at_contract, amount, at_contract
    FROM priced WHERE whole_amount < contract_least AND amount <> at_contract
    UNION ALL
    SELECT order_line, receipt_line, invoice_line, -1, 'price_differs_from_order', 'information', 0,
        amount - at_order, amount, at_order
    FROM priced WHERE whole_amount < order_least AND amount <> at_order
    UNION ALL
    SELECT order_line, receipt_line, invoice_line, -1, 'amount_rounding', 'absorbed', 0,
        amount - at_contract, amount, at_contract
    FROM priced WHERE order_over IS NULL
        AND whole_amount BETWEEN contract_least AND contract_most AND amount <> at_contract
    UNION ALL
    SELECT order_line, receipt_line, invoice_line, -1, 'amount_rounding', 'absorbed', 0,
        amount - at_order, amount, at_order
    FROM priced WHERE whole_amount BETWEEN order_least AND order_most AND amount <> at_order
    UNION ALL
    SELECT order_line, receipt_line, invoice_line, -1, 'price_above_contract', 'absorbed', 0,
        amount - at_contract, amount, at_contract
    FROM priced WHERE whole_amount > contract_most
        AND whole_amount <= contract_exact + contract_room AND NOT offline
        AND amount <> at_contract
    UNION ALL
    SELECT order_line, receipt_line, invoice_line, -1, 'price_differs_from_order', 'absorbed', 0,
        amount - at_order, amount, at_order
    FROM priced WHERE whole_amount > order_most AND whole_amount <= order_exact + order_room
        AND NOT offline AND amount <> at_order
        AND coalesce(whole_amount <= greatest(contract_most, contract_exact + contract_room), true)
    UNION ALL
    SELECT v.order_line, v.receipt_line, -1, -1, 'quantity_over_order', 'absorbed', v.quantity, 0,
        o.quantity + sum(v.quantity) OVER (PARTITION BY v.order_line), o.quantity
    FROM over v JOIN orders_0 o ON o.line = v.order_line
    UNION ALL
    SELECT order_line, receipt_line, invoice_line, -1, 'nothing_to_pay', 'held', quantity, 0, 0, 0
    FROM priced WHERE paid = 0
    UNION ALL
    SELECT order_line, receipt_line, invoice_line, -1, outside, 'information', quantity, paid, 0, 0
    FROM priced WHERE NOT offline AND outside IS NOT NULL
    UNION ALL
    SELECT order_line, receipt_line, invoice_line, -1, 'order_date_missing', 'information', quantity,
        paid, receipt_day, receipt_day
    FROM priced WHERE order_day = 2147483647
    UNION ALL
    SELECT order_line, receipt_line, invoice_line, -1, 'date_out_of_order', 'information', quantity,
        paid, receipt_day, order_day
    FROM priced WHERE receipt_day < order_day AND order_day <> 2147483647
    UNION ALL
    -- Nothing is accepted before it came; said once, where the delivery itself came in order.
    SELECT order_line, receipt_line, invoice_line, -1, 'date_out_of_order', 'information', quantity,
        paid, accepted_day, receipt_day
    FROM priced WHERE accepted_day < receipt_day
        AND (receipt_day >= order_day OR order_day = 2147483647)
    UNION ALL
    SELECT order_line, receipt_line, invoice_line, -1, 'expired_lot',
        CASE WHEN held_for = 'expired_lot' THEN 'held' ELSE 'information' END, quantity, paid, expiry,
        receipt_day
    FROM held_back WHERE expired
    UNION ALL
    SELECT order_line, receipt_line, invoice_line, -1, 'trace_code_missing',
        CASE WHEN held_for = 'trace_code_missing' THEN 'held' ELSE 'information' END, quantity, paid, 0, 0
    FROM held_back WHERE codes IS NOT NULL
    UNION ALL
    SELECT order_line, receipt_line, invoice_line, -1, 'two_invoice_chain_missing',
        CASE WHEN held_for = 'two_invoice_chain_missing' THEN 'held' ELSE 'information' END, quantity,
        paid, 0, 0
    FROM held_back WHERE chain IS NOT NULL
    UNION ALL
    SELECT h.order_line, receipt_line, invoice_line, -1, 'product_substituted', 'information',
        h.quantity, CASE WHEN held_for IS NULL THEN paid ELSE 0 END, 0, 0
    FROM held_back h JOIN parts t ON t.line = h.order_line
)
-- Order lines are told as they were sent.
SELECT 'target' AS result, coalesce(t.order_line, a.order_line) AS order_line, receipt_line, invoice_line,
    NULL AS other, kind, a.quantity, amount, contract, route, basis_day, clock_day, terms,
    NULL AS effect, NULL AS stated, NULL AS allowed
FROM target a LEFT JOIN parts t ON t.line = a.order_line
UNION ALL
SELECT 'open', order_line, -1, invoice_line, adjusts, 'freight', 0, amount,
    contract, route, basis_day, clock_day, terms, NULL, NULL, NULL
FROM charges_open
UNION ALL
SELECT 'discrepancy', coalesce(t.order_line, f.order_line), receipt_line, invoice_line, other,
    reason, f.quantity, amount, NULL, NULL, NULL, NULL, NULL, effect, stated, allowed
FROM found f LEFT JOIN parts t ON t.line = f.order_line
