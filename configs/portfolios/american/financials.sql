-- One row per company and fiscal year. X1..X18 are millions of dollars; the contract wants dollars.
-- Years are taken to end on 31 December and to be published 90 days later, before the 1 April they are used on.
-- X9 (net sales) equals X16 (revenue); X18 (operating expenses) has no place in the contract.
-- status_label marks the firm on ALL of its years: used here it would leak the future. See events.sql.
SELECT
  company_name                                        AS customer_id,
  make_date(year::INT, 12, 31)                        AS period_end,
  make_date(year::INT, 12, 31) + 90                   AS published_on,
  12                                                  AS months,
  'USD'                                               AS currency,
  CAST(X16 * 1000000 AS DECIMAL(18,2))                AS revenue,
  CAST(X2 * 1000000 AS DECIMAL(18,2))                 AS cogs,
  CAST(X13 * 1000000 AS DECIMAL(18,2))                AS gross_profit,
  CAST(X4 * 1000000 AS DECIMAL(18,2))                 AS ebitda,
  CAST(X12 * 1000000 AS DECIMAL(18,2))                AS ebit,
  CAST(X3 * 1000000 AS DECIMAL(18,2))                 AS depreciation,
  NULL                                                AS interest_expense,     -- not on file
  CAST(X6 * 1000000 AS DECIMAL(18,2))                 AS net_income,
  NULL                                                AS operating_cash_flow,  -- not on file
  CAST(X10 * 1000000 AS DECIMAL(18,2))                AS total_assets,
  CAST(X1 * 1000000 AS DECIMAL(18,2))                 AS current_assets,
  NULL                                                AS cash,                 -- not on file
  CAST(X7 * 1000000 AS DECIMAL(18,2))                 AS receivables,
  CAST(X5 * 1000000 AS DECIMAL(18,2))                 AS inventory,
  CAST(X17 * 1000000 AS DECIMAL(18,2))                AS total_liabilities,
  CAST(X14 * 1000000 AS DECIMAL(18,2))                AS current_liabilities,
  CAST(X11 * 1000000 AS DECIMAL(18,2))                AS long_term_debt,
  CAST(X10 * 1000000 AS DECIMAL(18,2))
    - CAST(X17 * 1000000 AS DECIMAL(18,2))            AS equity,
  CAST(X15 * 1000000 AS DECIMAL(18,2))                AS retained_earnings,
  CAST(X8 * 1000000 AS DECIMAL(18,2))                 AS market_value
FROM firm_years
