-- What is invoiced, by status and currency?
select status, currency, count(*) as invoices, sum(gross_total) as total
from moco.invoices
where _sdc_deleted_at is null
group by 1, 2
order by 1, 2;
