{{ config(enabled=var('using_moco', true)) }}

with invoiced as (
    select
        date_trunc('month', date)::date as month,
        currency,
        count(*) as invoices,
        sum(net_total) as net,
        sum(gross_total) as gross
    from {{ ref('stg_moco__invoices') }}
    where status not in ('draft', 'disregarded')
    group by 1, 2
),

paid as (
    select
        date_trunc('month', date)::date as month,
        currency,
        count(*) as payments,
        sum(paid_total) as amount
    from {{ ref('stg_moco__invoice_payments') }}
    group by 1, 2
),

scheduled as (
    select
        date_trunc('month', schedules.date)::date as month,
        projects.currency,
        sum(schedules.net_total) as amount
    from {{ ref('stg_moco__project_payment_schedules') }} as schedules
    inner join {{ ref('stg_moco__projects') }} as projects on schedules.project_id = projects.project_id
    where not coalesce(schedules.billed, false)
    group by 1, 2
),

deals as (
    select
        date_trunc('month', service_period_from)::date as month,
        currency,
        round(sum(value * probability / 100), 2) as amount
    from {{ ref('int_moco__deals') }}
    where is_open and service_period_from is not null
    group by 1, 2
),

months as (
    select month, currency from invoiced
    union
    select month, currency from paid
    union
    select month, currency from scheduled
    union
    select month, currency from deals
)

select
    months.month,
    months.currency,
    coalesce(invoiced.invoices, 0) as invoices,
    coalesce(invoiced.net, 0) as invoiced_net,
    coalesce(invoiced.gross, 0) as invoiced_gross,
    coalesce(paid.payments, 0) as payments,
    coalesce(paid.amount, 0) as paid,
    coalesce(scheduled.amount, 0) as forecast_scheduled,
    coalesce(deals.amount, 0) as forecast_deals,
    coalesce(scheduled.amount, 0) + coalesce(deals.amount, 0) as forecast
from months
left join invoiced using (month, currency)
left join paid using (month, currency)
left join scheduled using (month, currency)
left join deals using (month, currency)
where months.month is not null and months.currency is not null
