-- One row per credit event.
SELECT
  event_id    AS event_id,     -- text: number of the record
  customer_id AS customer_id,  -- text: whom it concerns
  occurred_on AS occurred_on,  -- day: when it happened
  known_on    AS known_on,     -- day: when we could know it
  kind        AS kind,         -- text: what happened (insolvency, write_off, ceased_trading, legal_action, insurer_claim, payment_plan, external_rating)
  amount      AS amount,       -- money?: money concerned, in the customer's currency
  detail      AS detail        -- text?: free text; a payment plan gives its last instalment date as YYYY-MM-DD
FROM events
