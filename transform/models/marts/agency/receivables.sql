{{ config(enabled=var('using_moco', true)) }}

with invoices as (
    select *
    from {{ ref('stg_moco__invoices') }}
    where
        status not in ('draft', 'created', 'paid', 'disregarded')
        and not coalesce(reversed, false)
        and not coalesce(reversal, false)
),

payments as (
    select
        invoices.invoice_id,
        count(*) as payments,
        sum(payments.paid_total) as paid_total,
        max(payments.date) as last_paid_on
    from invoices
    inner join {{ ref('stg_moco__invoice_payments') }} as payments
        on invoices.invoice_id = payments.invoice_id and invoices.currency = payments.currency
    group by invoices.invoice_id
),

reminders as (
    select
        invoice_id,
        count(*) as reminders,
        max(date) as last_reminded_on,
        sum(fee) as fees
    from {{ ref('stg_moco__invoice_reminders') }}
    group by invoice_id
),

open_invoices as (
    select
        invoices.*,
        coalesce(payments.payments, 0) as payments,
        coalesce(payments.paid_total, 0) as paid_total,
        invoices.gross_total - coalesce(payments.paid_total, 0) as open_total,
        payments.last_paid_on,
        greatest({{ crowdfunding_agency.today() }} - invoices.due_date, 0) as days_overdue,
        coalesce(reminders.reminders, 0) as reminders,
        reminders.last_reminded_on,
        coalesce(reminders.fees, 0) as reminder_fees
    from invoices
    left join payments on invoices.invoice_id = payments.invoice_id
    left join reminders on invoices.invoice_id = reminders.invoice_id
    where invoices.gross_total > coalesce(payments.paid_total, 0)
)

select
    open_invoices.invoice_id,
    open_invoices.identifier,
    open_invoices.title,
    open_invoices.status,
    open_invoices.customer_id,
    companies.name as customer,
    open_invoices.project_id,
    open_invoices.date,
    open_invoices.due_date,
    open_invoices.currency,
    open_invoices.gross_total,
    open_invoices.paid_total,
    open_invoices.open_total,
    open_invoices.payments,
    open_invoices.last_paid_on,
    open_invoices.days_overdue,
    case
        when coalesce(open_invoices.days_overdue, 0) = 0 then 'not due'
        when open_invoices.days_overdue <= 30 then '1-30'
        when open_invoices.days_overdue <= 60 then '31-60'
        when open_invoices.days_overdue <= 90 then '61-90'
        else 'over 90'
    end as age,
    open_invoices.reminders,
    open_invoices.last_reminded_on,
    open_invoices.reminder_fees
from open_invoices
left join {{ ref('stg_moco__companies') }} as companies
    on open_invoices.customer_id = companies.company_id
