-- One row per payment and document it is applied to, or on account; part payments are rows of their own.
SELECT
  payment_id  AS payment_id,   -- text: number of the booking; one payment of several invoices is a row for each
  invoice_id  AS invoice_id,   -- text?: the document it is applied to; missing for money on account
  customer_id AS customer_id,  -- text?: whose money on account it is, in the customer's currency; not read where a document is named
  paid_on     AS paid_on,      -- day: value date
  amount      AS amount,       -- money: positive, in the invoice's currency
  kind        AS kind,         -- text: money that came, a discount or fee that settles without money, or a payment that was returned (payment, discount, fee, reversal)
  booked_at   AS booked_at     -- day: when it entered the ledger
FROM payments
