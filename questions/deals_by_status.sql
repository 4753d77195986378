-- What is in the sales pipeline, by status and currency?
select status, currency, count(*) as deals, sum(money) as money
from moco.deals
where _sdc_deleted_at is null
group by 1, 2
order by 1, 2;
