"""The four APIs on loopback: a test double for trying and testing the connectors.

MOCO, Ulule, MiiMOSA and microPledge answer here from a made-up, seeded world, with the
authentication, limits, pagination and quirks that their documents describe. Where the documents
are silent the sandbox does what was observed or, failing that, what README.md lists as assumed.
It is not any of these services and holds no real person's data.
"""

from __future__ import annotations
