{{ config(enabled=var('using_moco', true)) }}

with tracked as (
    select
        user_id,
        date_trunc('month', date)::date as month,
        sum(hours) as tracked_hours,
        sum(billable_hours) as billable_hours
    from {{ ref('int_moco__hours') }}
    group by 1, 2
),

-- A plan says how many hours a day, from Monday to Friday.
planned as (
    select
        plans.user_id,
        date_trunc('month', day.date)::date as month,
        sum(plans.hours_per_day) as planned_hours
    from {{ ref('stg_moco__planning_entries') }} as plans
    cross join lateral generate_series(plans.starts_on, plans.ends_on, interval '1 day') as day (date)
    where extract(isodow from day.date) < 6 and plans.user_id is not null
    group by 1, 2
),

absences as (
    select
        user_id,
        date,
        bool_or(am) as am,
        bool_or(pm) as pm,
        (sum(coalesce(am, false)::integer + coalesce(pm, false)::integer) * 0.5)::numeric as days
    from {{ ref('stg_moco__schedules') }}
    where coalesce(assignment ->> 'type', 'Absence') = 'Absence'
    group by user_id, date
),

bounds as (
    select
        (select min(month) from tracked) as first_day,
        greatest(
            {{ crowdfunding_agency.today() }},
            (select max(month) from tracked),
            (select max(month) from planned),
            (select max(date) from absences)
        ) as last_month
),

-- What the employment asks for on each working day, in the morning and in the afternoon.
targets as (
    select
        employments.user_id,
        day.date::date as date,
        sum((employments.pattern -> 'am' ->> (extract(isodow from day.date)::integer - 1))::numeric) as am,
        sum((employments.pattern -> 'pm' ->> (extract(isodow from day.date)::integer - 1))::numeric) as pm
    from {{ ref('stg_moco__user_employments') }} as employments
    cross join bounds
    cross join lateral generate_series(
        greatest(employments."from", bounds.first_day),
        least(
            coalesce(employments."to", 'infinity'),
            date_trunc('month', bounds.last_month) + interval '1 month - 1 day'
        ),
        interval '1 day'
    ) as day (date)
    where extract(isodow from day.date) < 6
    group by 1, 2
),

target_months as (
    select
        user_id,
        date_trunc('month', date)::date as month,
        sum(coalesce(am, 0) + coalesce(pm, 0)) as target_hours
    from targets
    group by 1, 2
),

absent_months as (
    select
        absences.user_id,
        date_trunc('month', absences.date)::date as month,
        sum(absences.days) as absent_days,
        sum(
            case when absences.am then coalesce(targets.am, 0) else 0 end
            + case when absences.pm then coalesce(targets.pm, 0) else 0 end
        ) as absent_hours
    from absences
    left join targets on absences.user_id = targets.user_id and absences.date = targets.date
    group by 1, 2
),

months as (
    select user_id, month from tracked
    union
    select user_id, month from planned
    union
    select user_id, month from absent_months
    union
    select user_id, month from target_months where month <= {{ crowdfunding_agency.today() }}
),

figures as (
    select
        months.user_id,
        months.month,
        coalesce(target_months.target_hours, 0) as target_hours,
        coalesce(absent_months.absent_days, 0) as absent_days,
        coalesce(absent_months.absent_hours, 0) as absent_hours,
        coalesce(target_months.target_hours, 0) - coalesce(absent_months.absent_hours, 0) as available_hours,
        coalesce(planned.planned_hours, 0) as planned_hours,
        coalesce(tracked.tracked_hours, 0) as tracked_hours,
        coalesce(tracked.billable_hours, 0) as billable_hours
    from months
    left join target_months using (user_id, month)
    left join absent_months using (user_id, month)
    left join planned using (user_id, month)
    left join tracked using (user_id, month)
)

select
    figures.user_id,
    concat_ws(' ', users.firstname, users.lastname) as person,
    figures.month,
    figures.target_hours,
    figures.absent_days,
    figures.absent_hours,
    figures.available_hours,
    figures.planned_hours,
    figures.tracked_hours,
    figures.billable_hours,
    round(figures.billable_hours * 100 / nullif(figures.available_hours, 0), 1) as utilization_percent,
    round(figures.tracked_hours * 100 / nullif(figures.available_hours, 0), 1) as tracked_percent
from figures
left join {{ ref('stg_moco__users') }} as users on figures.user_id = users.user_id
