-- How many hours did each person track in each month, and how many of them are billable?
select (activities."user" ->> 'id')::bigint as user_id, to_char(date, 'YYYY-MM') as month,
    sum(hours) as hours, coalesce(sum(hours) filter (where billable), 0) as billable
from moco.activities
where _sdc_deleted_at is null
group by 1, 2
order by 2, 1;
