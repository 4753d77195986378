-- Made by `make staging` from the schema of project_orders: change streams.yml or the schemas.
{{ config(enabled=var('using_ulule', true)) }}

{{ crowdfunding_agency.stage('ulule', 'project_orders', [
    ('order_id', 'id', 'bigint'),
    ('order_subtotal', 'order_subtotal', 'numeric'),
    ('order_total', 'order_total', 'numeric'),
    ('order_shipping_total', 'order_shipping_total', 'numeric'),
    ('payment_method', 'payment_method', 'text'),
    ('status', 'status', 'text'),
    ('status_display', 'status_display', 'text'),
    ('absolute_url', 'absolute_url', 'text'),
    ('resource_uri', 'resource_uri', 'text'),
    ('created_at', 'created_at', 'timestamptz'),
    ('user_id', 'user.id', 'bigint'),
    ('project_id', 'project_id', 'bigint'),
    ('payment_url', 'payment_url', 'text'),
    ('refunded', 'refunded', 'boolean'),
    ('project_uri', 'project_uri', 'text'),
    ('is_preauthorization', 'is_preauthorization', 'boolean'),
    ('pickup_point_id', 'pickup_point.id', 'bigint'),
    ('shipping_type', 'shipping_type', 'text'),
    ('tip', 'tip', 'numeric'),
    ('_sdc_extracted_at', '_sdc_extracted_at', 'timestamptz'),
]) }}
