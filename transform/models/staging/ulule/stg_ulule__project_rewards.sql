-- Made by `make staging` from the schema of project_rewards: change streams.yml or the schemas.
{{ config(enabled=var('using_ulule', true)) }}

{{ crowdfunding_agency.stage('ulule', 'project_rewards', [
    ('reward_id', 'id', 'bigint'),
    ('price', 'price', 'numeric'),
    ('stock', 'stock', 'bigint'),
    ('stock_available', 'stock_available', 'bigint'),
    ('stock_taken', 'stock_taken', 'bigint'),
    ('available', 'available', 'boolean'),
    ('address_required', 'address_required', 'boolean'),
    ('date_delivery', 'date_delivery', 'timestamptz'),
    ('description', 'description', 'localized'),
    ('resource_uri', 'resource_uri', 'text'),
    ('shipping_nat', 'shipping_nat', 'numeric'),
    ('shipping_int', 'shipping_int', 'numeric'),
    ('has_shippings', 'has_shippings', 'boolean'),
    ('created_at', 'created_at', 'timestamptz'),
    ('updated_at', 'updated_at', 'timestamptz'),
    ('title', 'title', 'localized'),
    ('has_custom_delivery', 'has_custom_delivery', 'boolean'),
    ('is_featured', 'is_featured', 'boolean'),
    ('is_hidden', 'is_hidden', 'boolean'),
    ('num_products', 'num_products', 'bigint'),
    ('position', 'position', 'bigint'),
    ('project_id', 'project_id', 'bigint'),
    ('_sdc_extracted_at', '_sdc_extracted_at', 'timestamptz'),
]) }}
