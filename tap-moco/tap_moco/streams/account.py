"""Settings of the account: templates, rates, tags, tax codes and categories."""

from __future__ import annotations

import typing as t

from tap_moco._kit.compat import override
from tap_moco.client import MocoStream
from tap_moco.kinds import ChildStream, FullStream, RunTimestampStream

if t.TYPE_CHECKING:
    from datetime import datetime

    from tap_moco._kit.records import Context


class AccountCatalogServices(MocoStream):
    """Catalog of services with their items."""

    name = "account_catalog_services"
    path = "/account/catalog_services"


class AccountCustomProperties(MocoStream):
    """Definitions of the custom fields."""

    name = "account_custom_properties"
    path = "/account/custom_properties"


class AccountExpenseTemplates(MocoStream):
    """Templates of expenses."""

    name = "account_expense_templates"
    path = "/account/expense_templates"


class AccountFixedCosts(FullStream):
    """Fixed costs per month."""

    name = "account_fixed_costs"
    path = "/account/fixed_costs"


class AccountHourlyRates(FullStream):
    """Hourly rates that hold where a company has none of its own."""

    name = "account_hourly_rates"
    path = "/account/hourly_rates"
    primary_keys = ("company_id",)
    # The account itself.
    key_placeholders: t.ClassVar[dict[str, int]] = {"company_id": 0}
    single = True
    flags = ("include_archived_users",)


class AccountInternalHourlyRates(FullStream):
    """Internal hourly rates, per user and year."""

    name = "account_internal_hourly_rates"
    path = "/account/internal_hourly_rates"
    flags = ("include_archived",)
    child_parameters: t.ClassVar[dict[str, str]] = {"user_id": "id"}

    @override
    def query_parameters(self, context: Context, since: datetime | None) -> dict[str, t.Any]:
        years = ",".join(str(year) for year in self.tap.report_years)
        return {**super().query_parameters(context, since), "years": years}


class InternalRates(ChildStream):
    """Internal hourly rates per user and year, taken from those of users: no request."""

    name = "internal_rates"
    path = "/account/internal_hourly_rates"
    parent_stream_type = AccountInternalHourlyRates
    parent_field = "rates"
    nested_only = True
    primary_keys = ("user_id", "year")
    replication_key = None
    context_fields = ("user_id",)

    @override
    def query_identity(self) -> tuple[object, ...]:
        # The years that were read before are not gone.
        return (*super().query_identity(), *self.tap.report_years)


class AccountTaskTemplates(MocoStream):
    """Templates of tasks."""

    name = "account_task_templates"
    path = "/account/task_templates"


class AccountWebHooks(MocoStream):
    """Webhooks; their addresses may carry secrets."""

    name = "account_web_hooks"
    path = "/account/web_hooks"


class LetterPapers(MocoStream):
    """Letter papers."""

    name = "letter_papers"
    path = "/letter_papers"


class RevenueCategories(RunTimestampStream):
    """Categories of revenue."""

    name = "revenue_categories"
    path = "/revenue_categories"
    beta = True


class VatCodeSales(RunTimestampStream):
    """Tax codes of sales."""

    name = "vat_code_sales"
    path = "/vat_code_sales"


class VatCodePurchases(RunTimestampStream):
    """Tax codes of purchases."""

    name = "vat_code_purchases"
    path = "/vat_code_purchases"


STREAMS = (
    AccountCatalogServices,
    AccountCustomProperties,
    AccountExpenseTemplates,
    AccountFixedCosts,
    AccountHourlyRates,
    AccountInternalHourlyRates,
    InternalRates,
    AccountTaskTemplates,
    AccountWebHooks,
    LetterPapers,
    RevenueCategories,
    VatCodeSales,
    VatCodePurchases,
)
