-- One row per payment applied to an invoice; part payments are rows of their own.
SELECT
  payment_id AS payment_id,  -- text: number of the booking
  invoice_id AS invoice_id,  -- text: the document it is applied to
  paid_on    AS paid_on,     -- day: value date
  amount     AS amount,      -- money: positive, in the invoice's currency
  booked_at  AS booked_at    -- day: when it entered the ledger
FROM payments
