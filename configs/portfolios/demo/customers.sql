-- One row per customer. Copy this folder to map your own extract: the right side of AS stays, write your source's
-- expression on the left. `?` marks a column that may be missing: write NULL where your source has none.
SELECT
  customer_id       AS customer_id,        -- text: the supplier's own number
  name              AS name,               -- text: as printed on the invoice
  country           AS country,            -- text: ISO 3166-1 alpha-2
  industry          AS industry,           -- text?: section or division of an industry classification
  legal_form        AS legal_form,         -- text?: such as plc, ltd, partnership
  is_natural_person AS is_natural_person,  -- flag: a sole trader; personal-data rules apply
  founded_on        AS founded_on,         -- day?: when the company was founded
  onboarded_on      AS onboarded_on,       -- day: first day of the business relation
  parent_id         AS parent_id,          -- text?: customer_id of the group's head
  currency          AS currency            -- text: ISO 4217, the currency it is billed in
FROM customers
