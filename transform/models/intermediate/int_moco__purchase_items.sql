-- Items of purchases, each with the expense and project that it is assigned to.
{{ config(enabled=var('using_moco', true)) }}

select
    items.purchase_item_id,
    items.purchase_id,
    (items.expense ->> 'id')::bigint as project_expense_id,
    (items.expense -> 'project' ->> 'id')::bigint as project_id,
    items.net_total,
    purchases.currency
from {{ ref('stg_moco__purchase_items') }} as items
inner join {{ ref('stg_moco__purchases') }} as purchases on items.purchase_id = purchases.purchase_id
