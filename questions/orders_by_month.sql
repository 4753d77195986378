-- How many valid orders came in each month on Ulule, and what are they worth?
select to_char(created_at, 'YYYY-MM') as month, count(*) as orders, sum(order_total) as total
from ulule.project_orders
where _sdc_deleted_at is null
    and status in ('awaiting-confirmation', 'payment-completed', 'payment-done', 'shipped')
group by 1
order by 1;
