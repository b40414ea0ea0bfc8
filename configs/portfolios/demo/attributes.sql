-- One row per customer and day its attributes became known. Bring your own features: every further column is
-- declared under `attributes` in the portfolio's yaml; number means DOUBLE, category means VARCHAR.
SELECT
  customer_id   AS customer_id,    -- text: whom they describe
  known_on      AS known_on,       -- day: when these values became known
  employees     AS employees,      -- number?: head count, as a bureau sells it
  payment_index AS payment_index,  -- number?: 0 (worst) .. 100: how it pays all its suppliers
  inquiries_12m AS inquiries_12m   -- number?: credit inquiries by others in 12 months
FROM attributes
