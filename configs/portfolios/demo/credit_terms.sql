-- One row per customer and change of terms.
SELECT
  customer_id        AS customer_id,         -- text: the customer the terms are granted to
  valid_from         AS valid_from,          -- day: first day of these terms
  credit_limit       AS credit_limit,        -- money?: most that may be open at once
  payment_terms_days AS payment_terms_days,  -- count: days from issue to due
  discount_days      AS discount_days,       -- count?: days from issue within which a cash discount may be taken
  discount_rate      AS discount_rate,       -- rate?: share of the invoice that may then be deducted, 0..1
  insured_limit      AS insured_limit,       -- money?: part of the limit covered by a credit insurer
  insured_share      AS insured_share        -- rate?: share of an insured loss that is paid out, 0..1
FROM credit_terms
