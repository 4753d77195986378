-- Made by `make staging` from the schema of purchase_items: change streams.yml or the schemas.
{{ config(enabled=var('using_moco', true)) }}

{{ crowdfunding_agency.stage('moco', 'purchase_items', [
    ('purchase_item_id', 'id', 'bigint'),
    ('purchase_id', 'purchase_id', 'bigint'),
    ('title', 'title', 'text'),
    ('net_total', 'net_total', 'numeric'),
    ('tax_total', 'tax_total', 'numeric'),
    ('tax', 'tax', 'numeric'),
    ('vat_id', 'vat.id', 'bigint'),
    ('tax_included', 'tax_included', 'boolean'),
    ('ksk_relevant', 'ksk_relevant', 'boolean'),
    ('gross_total', 'gross_total', 'numeric'),
    ('category_id', 'category.id', 'bigint'),
    ('supplier_credit_number', 'supplier_credit_number', 'bigint'),
    ('expense', 'expense', 'jsonb'),
    ('receipt_id', 'receipt.id', 'bigint'),
    ('_sdc_extracted_at', '_sdc_extracted_at', 'timestamptz'),
]) }}
