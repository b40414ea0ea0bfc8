-- One row per currency and day; not needed where everything is in the reporting currency.
SELECT
  currency AS currency,  -- text: ISO 4217
  rate_on  AS rate_on,   -- day: day of the rate
  rate     AS rate       -- rate: units of reporting currency for one unit of this currency
FROM fx_rates
