-- Made by `make staging` from the schema of project_order_items: change streams.yml or the schemas.
{{ config(enabled=var('using_ulule', true)) }}

{{ crowdfunding_agency.stage('ulule', 'project_order_items', [
    ('order_id', 'order_id', 'bigint'),
    ('position', 'position', 'bigint'),
    ('project_id', 'project_id', 'bigint'),
    ('reward_id', 'reward_id', 'bigint'),
    ('quantity', 'quantity', 'bigint'),
    ('unit_price', 'unit_price', 'numeric'),
    ('line_subtotal', 'line_subtotal', 'numeric'),
    ('line_shipping_total', 'line_shipping_total', 'numeric'),
    ('line_total', 'line_total', 'numeric'),
    ('_sdc_extracted_at', '_sdc_extracted_at', 'timestamptz'),
]) }}
