"""An explanation on a terminal: the chain as a tree, the rules beside the lines they speak of."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final
from uuid import UUID

from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from schemas.codes.explanations import EdgeKind
from schemas.codes.holds import ActingParty
from schemas.messages.explanations import ExplainedEdge, ExplainedNode, Explanation, RuleSpoken
from settlement_api.explanations.errors import NothingToExplain
from settlement_api.explanations.queries import SystemReader, View, all_areas
from settlement_api.explanations.service import explain, find_seeds
from settlement_api.persistence import Database

UNKNOWN: Final = 1


async def print_explanation(
    database: Database,
    *,
    line: str,
    area_code: str | None,
    as_json: bool,
    console: Console | None = None,
) -> int:
    """Explains what somebody typed to the system's read-only eyes; the exit status."""
    out = console or Console(soft_wrap=as_json)
    async with database.system() as connection:
        reader = SystemReader(connection)
        view = View(reader, [area_code] if area_code else await all_areas(reader))
        try:
            told = await explain(view, await find_seeds(view, line=line))
        except NothingToExplain as refused:
            out.print(f"{refused.title}: {escape(line)}")
            return UNKNOWN
    if as_json:
        out.print(told.model_dump_json(indent=2), markup=False, highlight=False)
        return 0
    for tree in trees_of(told):
        out.print(tree)
    for cut in told.cuts:
        out.print(f"[yellow]{cut.what}: {cut.shown} of {cut.total} shown[/]")
    return 0


def trees_of(told: Explanation) -> Iterator[Tree]:
    """One tree for each link that nothing leads to: contracts as a rule."""
    branches = _Branches(told)
    led_to = {edge.to_node.id for edge in told.edges}
    for node in told.nodes:
        if node.id not in led_to:
            yield branches.grow(node, None)


class _Branches:
    """Links with what follows from them; one met again is only named."""

    def __init__(self, told: Explanation) -> None:
        self._nodes = {node.id: node for node in told.nodes}
        self._asked = {asked.id for asked in told.asked}
        self._onward: dict[UUID, list[ExplainedEdge]] = defaultdict(list)
        self._said: dict[UUID, list[str]] = defaultdict(list)
        self._grown: set[UUID] = set()
        for edge in sorted(told.edges, key=lambda edge: edge.kind is EdgeKind.NAMED):
            self._onward[edge.from_node.id].append(edge)
        for rule in told.rules:
            shown = [name.id for name in rule.about if name.id in self._nodes]
            if shown:
                self._said[shown[-1]] += _rule_texts(rule)
        self._say_what_follows(told)

    def _say_what_follows(self, told: Explanation) -> None:
        for decision in told.decisions:
            by = f" by {decision.contract_number}" if decision.contract_number else ""
            due = f", due {decision.due_date}" if decision.due_date else ""
            self._said[decision.payable_id].append(f"route {decision.route}{by}{due}")
        for out in told.left_out:
            self._said[out.application_line_id].append(
                f"[yellow]left out of a batch[/] {out.amount}: {out.reason}; {out.cure or ''}"
            )
        for step in told.steps:
            by = f" by {step.act_by}" if step.act_by else ""
            self._said[step.about.id].append(f"[cyan]next[/] {step.acts}: {step.step}{by}")

    def grow(self, node: ExplainedNode, edge: ExplainedEdge | None) -> Tree:
        """The tree from one link on."""
        tree = Tree(_text(node, edge, asked=node.id in self._asked))
        if node.id in self._grown:
            tree.label = f"{tree.label} [dim](above)[/]"
            return tree
        self._grown.add(node.id)
        for person in node.people:
            who = person.name or (str(person.id) if person.id else "(not shown)")
            tree.add(f"[dim]{person.act} by {escape(who)} {person.at or ''}[/]")
        for evidence in node.evidence:
            tree.add(f"[dim]{evidence.source}: {evidence.meaning} ({escape(evidence.code)})[/]")
        for said in self._said.get(node.id, ()):
            tree.add(said)
        for onward in self._onward.get(node.id, ()):
            tree.add(self.grow(self._nodes[onward.to_node.id], onward))
        return tree


def _text(node: ExplainedNode, edge: ExplainedEdge | None, *, asked: bool) -> str:
    name = f"[bold]{node.kind}[/] {escape(node.number)}"
    parts = [f"[reverse]{name}[/]" if asked else name]
    if node.quantity is not None:
        parts.append(f"x {node.quantity}")
    if node.amount is not None:
        parts.append(f"¥{node.amount}")
    if node.status is not None:
        parts.append(node.status)
    if edge is not None and (carried := edge.amount or edge.quantity):
        parts.append(f"[dim]({edge.kind} {carried})[/]")
    return " ".join(parts)


def _rule_texts(rule: RuleSpoken) -> list[str]:
    color = {"held": "red", "waiting": "yellow"}.get(rule.effect, "dim")
    stake = f", ¥{rule.at_stake} at stake" if rule.at_stake else ""
    said = f"[{color}]{rule.effect}[/] {rule.reason} ({rule.rule}): {rule.quantity}{stake}"
    if rule.acts is ActingParty.NOBODY:
        return [said]
    by = f", by {rule.act_by}" if rule.act_by else ""
    return [said, f"  [cyan]{rule.acts}[/]: {rule.cure}{by}"]
