"""Kinds of run of Automation."""

from app.automation.permissions import AutomationPermission
from app.core.languages import N_
from app.core.runs.kinds import RunKind

RUN_RULE = RunKind(
    "run_rule",
    "jobs.automation.run_rule",
    N_("Rule"),
    permission=AutomationPermission.WRITE,
    module="automation",
    subject_type="automation_rule",
)
KINDS = (RUN_RULE,)
