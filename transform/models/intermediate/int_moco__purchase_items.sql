-- Items of purchases, each with the expense and project that it is assigned to.
{{ config(enabled=var('using_moco', true)) }}

select
    purchases.purchase_id,
    (item.entry ->> 'id')::bigint as purchase_item_id,
    (item.entry -> 'expense' ->> 'id')::bigint as project_expense_id,
    (item.entry -> 'expense' -> 'project' ->> 'id')::bigint as project_id,
    (item.entry ->> 'net_total')::numeric as net_total,
    purchases.currency
from {{ ref('stg_moco__purchases') }} as purchases
cross join lateral jsonb_array_elements(purchases.items) as item (entry)
where jsonb_typeof(item.entry) = 'object'
