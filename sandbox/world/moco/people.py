"""Users, companies and contacts."""

from __future__ import annotations

import typing as t

from sandbox.world.campaigns import make_campaign
from sandbox.world.clock import whole
from sandbox.world.moco.account import (
    Kind,
    Slot,
    note,
    some_properties,
    some_tags,
    some_text,
    some_user,
)
from sandbox.world.moco.references import loose
from sandbox.world.people import make_company_name, make_person
from sandbox.world.words import JOBS, ORGANISATIONS, SUPPLIES

if t.TYPE_CHECKING:
    from random import Random

    from sandbox.wire import Record
    from sandbox.world.campaigns import Campaign
    from sandbox.world.moco.account import Moco

VAT: Record = {
    "id": 1901,
    "tax": 19.0,
    "description": "Regelsteuersatz",
    "reverse_charge": False,
    "intra_eu": False,
    "print_gross_total": True,
    "notice_tax_exemption": "",
    "notice_tax_exemption_en": "",
    "notice_tax_exemption_alt": "",
    "active": True,
    "code": "3",
    "credit_account": "1776",
}


def make_user(_moco: Moco, rng: Random, slot: Slot) -> Record:
    """One of the agency's people; the third is deactivated."""
    person = make_person(rng, slot.ident)
    active = slot.index != 2
    avatar = f"https://files.example.net/objects/avatars/{slot.ident}.jpg"
    return {
        "id": slot.ident,
        "firstname": person.firstname,
        "lastname": person.lastname,
        "active": active,
        "extern": slot.index % 4 == 3,
        "email": person.email,
        "mobile_phone": person.phone if active else "",
        "work_phone": "",
        "home_address": f"{person.street}\n{person.place.post_code} {person.place.city}",
        "info": some_text(rng),
        "birthday": person.birthdate if active else None,
        "iban": "DE00000000000000000001" if slot.index % 2 else None,
        "avatar_url": avatar if slot.index % 3 == 0 else None,
        "tags": some_tags(rng),
        "custom_properties": some_properties(rng),
        "credit_number": str(70900 + slot.index) if active else None,
        "role": {"id": 311, "name": "Projektleitung"} if active else None,
        "unit": {"id": 8101 + slot.index % 2, "name": ("Beratung", "Verwaltung")[slot.index % 2]},
        **slot.times(),
    }


def company_type(moco: Moco, index: int) -> str:
    """Leads' companies first, then customers, suppliers and organizations in turn."""
    if index < moco.scenario.size(25):
        return "customer"
    return ("customer", "supplier", "organization", "supplier")[index % 4]


def make_company(moco: Moco, rng: Random, slot: Slot) -> Record:
    """A company with the keys of its type; other types' keys are absent, not null."""
    kind = company_type(moco, slot.index)
    person = make_person(rng, slot.ident)
    campaigns = moco.campaigns
    if kind == "customer" and slot.index < len(campaigns):
        name = campaigns[slot.index].company
    elif kind == "supplier":
        name = f"{rng.choice(SUPPLIES)} {make_company_name(rng, slot.index + 1)}"
    elif kind == "organization":
        name = f"{rng.choice(ORGANISATIONS)} {person.lastname} {slot.index + 1}"
    else:
        name = make_company_name(rng, 500 + slot.index)
    archived = kind != "customer" and slot.index % 5 == 0
    bare = kind == "organization"
    tags = some_tags(rng)
    record: Record = {
        "id": slot.ident,
        "type": kind,
        "name": name,
        "website": None if bare else f"https://www{slot.index}.example.net",
        "email": None if bare else person.email,
        "billing_email_cc": None if bare else "",
        "phone": None if bare else "+33 1 99 00 12 34",
        "fax": None if bare else "",
        "address": None
        if bare
        else f"{name}\n{person.street}\n{person.place.post_code} {person.place.city}",
        "country_code": None if bare else person.place.country,
        "vat_identifier": None if bare else f"{person.place.country}0000{slot.index:05d}",
        "alternative_correspondence_language": False,
        "english_correspondence_language": False,
        "tags": tags,
        "labels": list(tags),
        "user": some_user(moco, rng),
        "info": some_text(rng, empty=None if bare else ""),
        "footer": None if bare else "<div>Merci & à bientôt</div>",
        "custom_properties": some_properties(rng),
        "active": not archived,
        "archived_on": whole(slot.updated) if archived else None,
        "invoice_format": None if bare else "regular_pdf",
        "default_payment_means": None if bare else "not_defined",
    }
    if kind == "customer":
        record |= customer_keys(slot)
    elif kind == "supplier":
        record |= supplier_keys(slot, name)
    if slot.index % 17 == 0:
        record["sales_region"] = {"code": "N/O", "weights": [1, 0.5]}  # a key no document names
    return record | slot.times()


def customer_keys(slot: Slot) -> Record:
    """What only customers have; their list of projects is put in when they are served."""
    return {
        "identifier": f"K-{1000 + slot.index}",
        "intern": False,
        "billing_tax": 19.0,
        "currency": "EUR",
        "custom_rates": False,
        "include_time_report": slot.index % 3 == 0,
        "billing_notes": "",
        "default_discount": 0.0,
        "default_cash_discount": 2.0 if slot.index % 4 == 0 else 0.0,
        "default_cash_discount_days": 10 if slot.index % 4 == 0 else 0,
        "default_invoice_due_days": 21,
        "customer_vat": dict(VAT),
        "debit_number": 10000 + slot.index,
    }


def supplier_keys(slot: Slot, name: str) -> Record:
    """What only suppliers have."""
    return {
        "currency": "EUR",
        "default_invoice_due_days": 30,
        "iban": "DE00000000000000000001",
        "bank_bic": "TESTDEFFXXX",
        "bank_owner": name,
        "supplier_vat": {
            "id": 1951,
            "tax": 19.0,
            "description": "Vorsteuer 19",
            "reverse_charge": False,
            "intra_eu": False,
            "active": True,
            "code": "9",
        },
        "credit_number": 70000 + slot.index,
    }


def change_company(moco: Moco, rng: Random, record: Record) -> None:
    """Archive now and then a company that is not a customer, else change its text."""
    if record["active"] and record["type"] != "customer" and rng.random() < 0.3:
        record["active"] = False
        record["archived_on"] = whole(moco.scenario.now)
    else:
        note(moco, rng, record)


def find_lead(moco: Moco, rng: Random, index: int) -> Campaign | None:
    """The campaign that a contact began; contacts made later bring new ones."""
    campaigns = moco.campaigns
    if index < len(campaigns):
        return campaigns[index]
    if moco.scenario.advances and rng.random() < 0.5:
        return make_campaign(rng, 5000 + index)
    return None


def make_contact(moco: Moco, rng: Random, slot: Slot) -> Record:
    """A person at a company, or nobody's; leads carry the tag MiiMOSA and what MiiMOSA asks."""
    lead = find_lead(moco, rng, slot.index)
    person = lead.person if lead else make_person(rng, slot.ident)
    sparse = lead is None and rng.random() < 0.2
    address = f"{person.street}\n{person.place.post_code} {person.place.city}"
    company = choose_company(moco, rng, lead, slot.index)
    return {
        "id": slot.ident,
        "gender": "U" if sparse else person.gender,
        "firstname": "" if sparse else person.firstname,
        "lastname": person.lastname,
        "title": "Dr." if slot.index % 23 == 0 else "",
        "job_position": "" if sparse else rng.choice(JOBS),
        "mobile_phone": "" if sparse else person.phone,
        "work_fax": "",
        "work_phone": "",
        "work_email": "" if sparse else person.email,
        "work_address": "" if sparse else address,
        "home_email": "",
        "home_address": "",
        "birthday": None if sparse or slot.index % 3 == 0 else person.birthdate,
        "salutation": "" if sparse else f"Bonjour {person.firstname}",
        "avatar_url": None,
        "tags": ["MiiMOSA", *some_tags(rng)] if lead else some_tags(rng),
        "custom_properties": lead.properties() if lead else some_properties(rng),
        "company": company,
        "user": some_user(moco, rng),
        "info": some_text(rng),
        **slot.times(),
    }


def choose_company(moco: Moco, rng: Random, lead: Campaign | None, index: int) -> Record | None:
    """The company in short form: the lead's own if the account has it."""
    companies = list(moco.tables["companies"].values())
    found = None
    if lead:
        found = next((row for row in companies if row["name"] == lead.company), None)
    elif index % 6:
        found = rng.choice(companies)
    return {key: found[key] for key in ("id", "type", "name")} if found else None


def loose_contacts(moco: Moco) -> list[int]:
    """The contacts that no deal and no project names and that are not leads."""
    contacts = moco.tables["contacts"]
    return [ident for ident in loose(moco, "contacts") if "MiiMOSA" not in contacts[ident]["tags"]]


KINDS = (
    Kind("users", 9, 71001, make_user, fixed=True, days=(900, 700), edit=1),
    Kind("companies", 60, 503001, make_company, days=(900, 300), id_step=3,
         grow=2, edit=4, change=change_company),
    Kind("contacts", 230, 611001, make_contact, days=(800, 30), grow=4, edit=8, drop=2,
         loose=loose_contacts),
)  # fmt: skip
