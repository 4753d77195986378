-- For which customers does the agency work most?
select customer ->> 'name' as customer, sum(hours) as hours
from moco.activities
where _sdc_deleted_at is null
group by 1
order by hours desc, 1;
