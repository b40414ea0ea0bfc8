-- One row per published version of a statement: a restatement is a later published_on of the same period.
-- Figures in units of the currency, not in thousands.
SELECT
  customer_id         AS customer_id,          -- text: whose statement
  period_end          AS period_end,           -- day: last day of the period
  published_on        AS published_on,         -- day: when it could be read; a restatement is a later row of the same period
  months              AS months,               -- count: length of the period
  currency            AS currency,             -- text: ISO 4217
  revenue             AS revenue,              -- money?: net sales
  cogs                AS cogs,                 -- money?: cost of goods sold
  gross_profit        AS gross_profit,         -- money?: revenue less cogs
  ebitda              AS ebitda,               -- money?: earnings before interest, tax, depreciation, amortisation
  ebit                AS ebit,                 -- money?: earnings before interest and tax
  depreciation        AS depreciation,         -- money?: depreciation and amortisation
  interest_expense    AS interest_expense,     -- money?: interest paid or accrued
  net_income          AS net_income,           -- money?: profit after tax
  operating_cash_flow AS operating_cash_flow,  -- money?: cash from operations
  total_assets        AS total_assets,         -- money?: balance sheet total
  current_assets      AS current_assets,       -- money?: due or convertible within a year
  cash                AS cash,                 -- money?: cash and equivalents
  receivables         AS receivables,          -- money?: trade receivables
  inventory           AS inventory,            -- money?: stock
  total_liabilities   AS total_liabilities,    -- money?: all debts
  current_liabilities AS current_liabilities,  -- money?: debts due within a year
  long_term_debt      AS long_term_debt,       -- money?: interest-bearing debt due later
  equity              AS equity,               -- money?: total assets less total liabilities
  retained_earnings   AS retained_earnings,    -- money?: accumulated profit
  market_value        AS market_value          -- money?: market capitalisation, where listed
FROM financials
