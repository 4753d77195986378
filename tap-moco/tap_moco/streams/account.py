"""Settings of the account: templates, rates, tags, tax codes and categories."""

from __future__ import annotations

import sys
import typing as t

from tap_moco.client import ClockStream, FullStream, MocoStream, SingleStream

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from singer_sdk.helpers import types

    from tap_moco._kit.records import Record


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


class AccountHourlyRates(SingleStream):
    """Hourly rates that hold where a company has none of its own."""

    name = "account_hourly_rates"
    path = "/account/hourly_rates"
    primary_keys = ("company_id",)
    flags = ("include_archived_users",)
    # Its key is null, which target-postgres refuses.
    selected_by_default = False

    @override
    def shape(self, rows: list[Record], context: types.Context) -> list[Record]:
        # Null is the account itself: the only key of this API that is.
        return [{"company_id": None, **row} for row in rows]


class AccountInternalHourlyRates(FullStream):
    """Internal hourly rates, per user and year."""

    name = "account_internal_hourly_rates"
    path = "/account/internal_hourly_rates"
    flags = ("include_archived",)

    @override
    def get_url_params(
        self, context: types.Context | None, next_page_token: str | None
    ) -> dict[str, t.Any]:
        years = ",".join(str(year) for year in self._tap.report_years)
        return {**super().get_url_params(context, next_page_token), "years": years}


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


class RevenueCategories(ClockStream):
    """Categories of revenue."""

    name = "revenue_categories"
    path = "/revenue_categories"
    beta = True


class VatCodeSales(ClockStream):
    """Tax codes of sales."""

    name = "vat_code_sales"
    path = "/vat_code_sales"


class VatCodePurchases(ClockStream):
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
    AccountTaskTemplates,
    AccountWebHooks,
    LetterPapers,
    RevenueCategories,
    VatCodeSales,
    VatCodePurchases,
)
