-- Deals with their stage, whose probability is that of today.
{{ config(enabled=var('using_moco', true)) }}

select
    deals.deal_id,
    deals.name,
    deals.status,
    deals.status in ('potential', 'pending') as is_open,
    coalesce(deals.category_id, 0) as stage_id,
    coalesce(categories.name, '(none)') as stage,
    coalesce(categories.probability, 0)::numeric as probability,
    coalesce(deals.money, 0) as value,
    deals.currency,
    deals.service_period_from,
    {{ crowdfunding_agency.today() }} - (deals.created_at at time zone 'UTC')::date as age_days
from {{ ref('stg_moco__deals') }} as deals
left join {{ ref('stg_moco__deal_categories') }} as categories
    on deals.category_id = categories.deal_category_id
