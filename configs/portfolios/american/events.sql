-- One row per failed company. status_label is used here and nowhere else: a company that failed did so in the
-- year after its last row. The day is not on file; 1 October lies within the 12 months after 1 April.
SELECT
  'insolvency of ' || company_name    AS event_id,
  company_name                        AS customer_id,
  make_date(max(year)::INT + 1, 10, 1) AS occurred_on,
  make_date(max(year)::INT + 1, 10, 2) AS known_on,
  'insolvency'                        AS kind,
  NULL                                AS amount,
  NULL                                AS detail
FROM firm_years
WHERE status_label = 'failed'
GROUP BY company_name
