{{ config(enabled=var('using_moco', true)) }}

with projects as (
    select * from {{ ref('stg_moco__projects') }}
),

hours as (
    select
        project_id,
        sum(hours) as hours,
        sum(billable_hours) as billable_hours,
        sum(case when is_billed then 0 else billable_value end) as unbilled_value,
        sum(cost) as labour_cost
    from {{ ref('int_moco__hours') }}
    group by project_id
),

purchased as (
    select project_expense_id, project_id, currency, sum(net_total) as net_total
    from {{ ref('int_moco__purchase_items') }}
    where project_id is not null
    group by project_expense_id, project_id, currency
),

-- Currencies are compared here, so that everything below adds up amounts of one currency.
expenses as (
    select
        projects.project_id,
        sum(expenses.cost) filter (where expenses.currency = projects.currency) as cost,
        count(*) filter (where expenses.currency <> projects.currency) as others
    from projects
    inner join {{ ref('stg_moco__project_expenses') }} as expenses
        on projects.project_id = expenses.project_id
    group by projects.project_id
),

purchases as (
    select
        projects.project_id,
        sum(purchased.net_total) filter (where purchased.currency = projects.currency) as cost,
        sum(greatest(purchased.net_total - coalesce(expenses.cost, 0), 0))
            filter (where purchased.currency = projects.currency) as beyond_expenses,
        count(*) filter (where purchased.currency <> projects.currency) as others
    from projects
    inner join purchased on projects.project_id = purchased.project_id
    left join {{ ref('stg_moco__project_expenses') }} as expenses
        on purchased.project_expense_id = expenses.project_expense_id
        and purchased.project_id = expenses.project_id
        and purchased.currency = expenses.currency
    group by projects.project_id
),

invoices as (
    select
        projects.project_id,
        sum(invoices.net_total)
            filter (where invoices.currency = projects.currency and invoices.status <> 'draft') as invoiced,
        sum(invoices.net_total)
            filter (where invoices.currency = projects.currency and invoices.status = 'draft') as drafted,
        count(*) filter (where invoices.currency <> projects.currency) as others
    from projects
    inner join {{ ref('stg_moco__invoices') }} as invoices
        on projects.project_id = invoices.project_id
    where invoices.status <> 'disregarded'
    group by projects.project_id
),

figures as (
    select
        projects.*,
        coalesce(hours.hours, 0) as hours,
        coalesce(hours.billable_hours, 0) as billable_hours,
        coalesce(hours.unbilled_value, 0) as unbilled_value,
        case
            when hours.project_id is null then 0
            when projects.currency = '{{ var("account_currency", "EUR") }}' then hours.labour_cost
        end as labour_cost,
        coalesce(expenses.cost, 0) as expense_cost,
        coalesce(purchases.cost, 0) as purchase_cost,
        coalesce(purchases.beyond_expenses, 0) as purchase_cost_beyond_expenses,
        coalesce(invoices.invoiced, 0) as invoiced,
        coalesce(invoices.drafted, 0) as drafted,
        coalesce(expenses.others, 0) + coalesce(purchases.others, 0) + coalesce(invoices.others, 0) > 0
            as has_other_currencies
    from projects
    left join hours on projects.project_id = hours.project_id
    left join expenses on projects.project_id = expenses.project_id
    left join purchases on projects.project_id = purchases.project_id
    left join invoices on projects.project_id = invoices.project_id
),

costs as (
    select *, labour_cost + expense_cost + purchase_cost_beyond_expenses as total_cost
    from figures
)

select
    costs.project_id,
    costs.identifier,
    costs.name as project,
    costs.customer_id,
    companies.name as customer,
    costs.deal_id,
    costs.contact_id,
    costs.active as is_active,
    costs.billable as is_billable,
    costs.start_date,
    costs.finish_date,
    costs.currency,
    costs.budget,
    costs.hours,
    costs.billable_hours,
    costs.unbilled_value,
    costs.labour_cost,
    costs.expense_cost,
    costs.purchase_cost,
    costs.purchase_cost_beyond_expenses,
    costs.total_cost,
    costs.invoiced,
    costs.drafted,
    costs.invoiced - costs.total_cost as profit,
    round((costs.invoiced - costs.total_cost) * 100 / nullif(costs.invoiced, 0), 1) as margin_percent,
    costs.budget - costs.invoiced as budget_left,
    round(costs.invoiced * 100 / nullif(costs.budget, 0), 1) as budget_used_percent,
    costs.has_other_currencies
from costs
left join {{ ref('stg_moco__companies') }} as companies on costs.customer_id = companies.company_id
