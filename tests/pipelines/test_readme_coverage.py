"""Every command and configuration in a README or in docs/ is run by a test: here is by which."""

from __future__ import annotations

from collections import Counter

from tests.pipelines.project import ROOT
from tests.pipelines.readme_blocks import iterate_blocks

# What is no command: pictures, and what a command prints.
SHOWN = {"", "text", "mermaid"}
ROOT_README = "tests/pipelines/test_readmes.py"
TAPS = "tests/pipelines/test_tap_readmes.py"
TARGET = "tests/pipelines/test_target_readme.py"
LEADS = "tests/pipelines/test_leads_jobs.py"
# No container runs there: what the commands name is looked up, and the rest of deploy/ is run.
DEPLOY = "tests/packages/test_deploy.py"
KIT = "tests/kit/test_readme.py"
SANDBOX = "tests/sandbox/test_readme.py"
MELTANO = "Use in your own Meltano project"
COMMAND = "Use as a command"
# File, heading, how many blocks there are, and what runs them.
RUN_BY = {
    # The second is the suite itself.
    ("README.md", "Try it"): (2, "tests/pipelines/test_demo.py"),
    # The third: tests/pipelines/test_plugin_definitions.py.
    ("README.md", "Use it in your own Meltano project"): (3, ROOT_README),
    ("README.md", "Use it from a shell"): (4, ROOT_README),
    ("accounts/README.md", "Many accounts from one table"): (
        2,
        "tests/pipelines/test_accounts.py",
    ),
    ("docs/budgets.md", "PostgreSQL"): (1, "tests/kit/test_budget_table.py"),
    ("docs/deployment.md", "The image"): (1, DEPLOY),
    ("docs/deployment.md", "Docker Compose"): (1, DEPLOY),
    ("docs/deployment.md", "Kubernetes"): (1, DEPLOY),
    ("docs/deployment.md", "Many accounts"): (1, DEPLOY),
    ("docs/state.md", "State"): (1, "tests/tap_moco/test_state_page.py"),
    ("kit/README.md", "Add a stream"): (2, KIT),
    ("kit/README.md", "Add a tap"): (1, KIT),
    # What it serves: the test loads it, and lets it run.
    ("orchestrate/README.md", "Dagster"): (1, "tests/orchestrate/test_dagster.py"),
    ("pipelines/README.md", "Deals in MOCO, through the warehouse"): (1, LEADS),
    ("pipelines/README.md", "Proposals on Ulule"): (1, LEADS),
    ("pipelines/README.md", "A CSV file"): (1, LEADS),
    ("pipelines/README.md", "What became of the leads"): (2, LEADS),
    ("pipelines/README.md", "Comments in the warehouse"): (1, "tests/pipelines/test_demo.py"),
    ("pipelines/README.md", "A bare pipe"): (1, "tests/pipelines/test_bare_pipe.py"),
    ("report/README.md", "The page about the warehouse"): (1, "tests/transform/test_report.py"),
    ("sandbox/README.md", "Sandbox"): (2, SANDBOX),
    ("tap-micropledge/README.md", MELTANO): (2, TAPS),
    ("tap-micropledge/README.md", COMMAND): (2, TAPS),
    ("tap-micropledge/README.md", "Withdrawn pledges"): (
        1,
        "tests/tap_micropledge/test_withdrawn.py",
    ),
    ("tap-miimosa/README.md", MELTANO): (2, TAPS),
    ("tap-miimosa/README.md", COMMAND): (2, TAPS),
    ("tap-miimosa/README.md", "Fields that no document names"): (1, TAPS),
    ("tap-moco/README.md", "Use"): (1, TAPS),
    ("tap-moco/README.md", "Streams"): (1, "tests/tap_moco/test_readme.py"),
    ("tap-moco/README.md", "Worked example"): (2, TAPS),
    ("tap-ulule/README.md", "Use"): (1, TAPS),
    ("tap-ulule/README.md", MELTANO): (2, TAPS),
    ("tap-ulule/README.md", "Analyses"): (2, "tests/tap_ulule/test_analyses.py"),
    ("target-miimosa-leads/README.md", "Use"): (3, TARGET),
    ("target-miimosa-leads/README.md", "Dead letter"): (1, TARGET),
    ("target-miimosa-leads/README.md", "The journal's command line"): (1, TARGET),
    ("target-miimosa-leads/README.md", "What became of each lead"): (2, TARGET),
    ("transform/README.md", "Use it in a project of your own"): (
        4,
        "tests/transform/test_readme.py",
    ),
}


def test_every_block_is_run() -> None:
    found = Counter(
        (str(path.relative_to(ROOT)), heading)
        for pattern in ("README.md", "*/README.md", "docs/*.md")
        for path in ROOT.glob(pattern)
        for heading, language, _ in iterate_blocks(str(path.relative_to(ROOT)))
        if language not in SHOWN
    )

    assert found == {place: count for place, (count, _) in RUN_BY.items()}
    assert all((ROOT / test).is_file() for _, test in RUN_BY.values())
