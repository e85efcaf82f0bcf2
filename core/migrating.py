"""Many tables made in one step of a migration."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class CreateModels(Operation):
    """Creates the tables of several models, with no other step between them.

    For each `CreateModel` by itself Django makes all models anew that have to do with it, which was most of the time
    that a first start took.  Here they are made once, after the last.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, models: Sequence[CreateModel]) -> None:
        self.models = list(models)

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Add the models to the state, which renders them when it is next asked for them."""
        state.__dict__.pop(
            "apps", None
        )  # a cached property: kept, every model added would render its relatives
        for one in self.models:
            one.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Create the tables, in their order."""
        for one in self.models:
            one.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Drop the tables, the last first."""
        for one in reversed(self.models):
            one.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        """Say what it does in the words of `migrate --plan`."""
        return f"Create models {', '.join(one.name for one in self.models)}"


def together(operations: Sequence[Operation]) -> list[Operation]:
    """Give the operations with each row of `CreateModel`s as one."""
    grouped: list[Operation] = []
    for kind, row in groupby(operations, type):
        if kind is CreateModel:
            grouped.append(CreateModels([one for one in row if isinstance(one, CreateModel)]))
        else:
            grouped += row
    return grouped
