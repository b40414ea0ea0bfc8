-- One row per customer and day its master record changed, the first of them the day you began to trade; a value that is missing
-- stays as it was. Where this table is delivered, features read these columns here and nowhere else, as they were known on the day.
SELECT
  customer_id       AS customer_id,       -- text: whose master record
  known_on          AS known_on,          -- day: from when on the record said so, as we could read it
  country           AS country,           -- text?: ISO 3166-1 alpha-2; missing: as before
  industry          AS industry,          -- text?: missing: as before
  legal_form        AS legal_form,        -- text?: missing: as before
  parent_id         AS parent_id,         -- text?: customer_id of the group's head, or its own; missing: as before
  is_natural_person AS is_natural_person  -- flag?: missing: as before
FROM master_history
