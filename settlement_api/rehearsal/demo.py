"""`zhijie demo`: one settlement month of a synthetic province, over HTTP, from orders to ledger."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from settlement_api.config import Settings
from settlement_api.rehearsal.generator import write_province
from settlement_api.rehearsal.month import play_month
from settlement_api.rehearsal.opening import (
    PROVINCE,
    Ports,
    clear_state,
    rehearsal_settings,
    run_on_stage,
)
from settlement_api.rehearsal.processes import free_port
from settlement_api.rehearsal.words import Language

FOLDER = "demo"
PLAIN_WIDTH = 110


async def run(
    *,
    scale: str,
    seed: int,
    settings: Settings,
    console: Console | None = None,
    language: Language = Language.EN,
) -> int:
    """Runs the month in a fresh folder of its own; 1 when an invariant does not hold."""
    screen = console or make_console()
    ports = Ports(free_port(), free_port())
    state = (settings.state_directory / FOLDER).resolve()
    chosen = rehearsal_settings(settings, state=state, ports=ports).model_copy(
        update={"hourly_rounds": False}
    )
    clear_state(state)
    manifest = generate(screen, state, scale=scale, seed=seed, language=language)
    return await run_on_stage(
        chosen, ports, manifest, play_month, console=screen, language=language
    )


def make_console() -> Console:
    """The terminal; what is not one gets lines long enough for the tables."""
    console = Console()
    return console if console.is_terminal else Console(width=PLAIN_WIDTH)


WRITTEN: Mapping[Language, str] = {
    Language.EN: "A synthetic province of seed {seed}: {hospitals:,} hospitals, {suppliers:,} "
    "suppliers, {areas} areas, {lines:,} order lines. Files: {files}",
    Language.ZH: "模拟省份（种子 {seed}）：医院 {hospitals:,} 家，供应商 {suppliers:,} 家，"
    "统筹区 {areas} 个，订单明细 {lines:,} 行。文件：{files}",
}


def generate(
    console: Console, state: Path, *, scale: str, seed: int, language: Language = Language.EN
) -> Mapping[str, Any]:
    """Writes the province below a state folder and says what it is; its manifest."""
    with console.status("…"):
        manifest = write_province(state / PROVINCE, scale=scale, seed=seed)
    told = WRITTEN[language].format(
        seed=seed,
        hospitals=manifest["rows"]["hospitals"],
        suppliers=manifest["rows"]["suppliers"],
        areas=len(manifest["areas"]),
        lines=manifest["documents"]["purchase_order"]["lines"],
        files=state / PROVINCE,
    )
    console.print(told, highlight=False)
    return manifest
