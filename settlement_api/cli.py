"""The command line: everything a person types, and every process of an installation.

Commands import what they need when they run, so that `zhijie --help` answers at once.
"""

# ruff: noqa: PLC0415

import sys
from asyncio import CancelledError
from collections.abc import Coroutine
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
import uvloop

from schemas.codes.signing import KeyPlace, SignatureAlgorithm
from schemas.codes.vouchers import BooksOf, PaperFormat, PaperLanguage
from settlement_api.config import Settings
from settlement_api.rehearsal.words import Language, language_of

app = typer.Typer(
    name="zhijie",
    help="Zhijie (直结): direct settlement between the medical-insurance fund and suppliers.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

signing_key = typer.Typer(help="The keys that sign messages to the bank.", no_args_is_help=True)
app.add_typer(signing_key, name="signing-key")
ledger = typer.Typer(help="The books of an area.", no_args_is_help=True)
app.add_typer(ledger, name="ledger")

DEFAULT_SEED = 20260301


class Scale(StrEnum):
    """How much of a province's month a rehearsal settles."""

    TASTE = "taste"
    DAYS = "days"
    MONTH = "month"


def _run(work: Coroutine[Any, Any, int | None]) -> None:
    """Runs a command's coroutine; its result is the exit status. What cannot be opened is said
    in one sentence."""
    from settlement_api.embedded_postgres import EmbeddedServerError
    from settlement_api.installation import InstallationRefused
    from settlement_api.observability import configure_logging

    configure_logging(Settings().log_level)  # unconfigured, a traceback shows every local, keys too
    try:
        status = uvloop.run(work)
    except (KeyboardInterrupt, CancelledError):  # Ctrl-C and SIGTERM
        typer.echo("Stopped.", err=True)
        status = 130
    except (EmbeddedServerError, InstallationRefused) as refused:
        typer.echo(str(refused), err=True)
        status = 1
    if status:
        raise typer.Exit(status)


@app.command()
def demo(
    scale: Annotated[
        Scale, typer.Option(help="Three cities, some days of the province, or its whole month.")
    ] = Scale.DAYS,
    seed: Annotated[int, typer.Option(help="Same seed, same result to the fen.")] = DEFAULT_SEED,
    language: Annotated[
        Language | None, typer.Option(help="Of the report; by default that of the terminal.")
    ] = None,
) -> None:
    """Settles some days of a synthetic province's settlement month (`--scale month`: all of it)
    from orders to the ledger, and reports."""
    from settlement_api.rehearsal import demo as rehearsal

    spoken = language or language_of()
    _run(rehearsal.run(scale=scale.value, seed=seed, settings=Settings(), language=spoken))


@app.command()
def first_pass(
    scale: Annotated[Scale, typer.Option(help="How much data to invoice, twice.")] = Scale.TASTE,
    seed: Annotated[int, typer.Option(help="Same seed, same data.")] = DEFAULT_SEED,
) -> None:
    """Measures how many invoice lines match at once: as drawn, and issued from proposals."""
    from settlement_api.rehearsal import first_pass as rehearsal

    _run(rehearsal.run(scale=scale.value, seed=seed, settings=Settings()))


@app.command()
def run(
    scale: Annotated[Scale, typer.Option(help="How much data to seed.")] = Scale.TASTE,
    seed: Annotated[int, typer.Option(help="Same seed, same data.")] = DEFAULT_SEED,
) -> None:
    """Starts API, worker and simulated bank with seeded data; Ctrl-C stops all of it."""
    from settlement_api.rehearsal import serve

    _run(serve.run(scale=scale.value, seed=seed, settings=Settings()))


@app.command()
def move_clock(
    to: Annotated[datetime, typer.Argument(help="Shanghai time, e.g. 2026-08-04T09:00:00.")],
) -> None:
    """Moves the business clock of a running `zhijie run` forward, and its bank's with it."""
    from settlement_api.rehearsal import clock

    _run(clock.move(to=to, settings=Settings()))


@app.command()
def generate(
    directory: Annotated[Path, typer.Argument(help="Where to write the files.")],
    scale: Annotated[Scale, typer.Option(help="How much to write.")] = Scale.TASTE,
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = DEFAULT_SEED,
) -> None:
    """Writes a synthetic province as files that the importers and the API take."""
    from settlement_api.rehearsal import generator

    manifest = generator.write_province(directory, scale=scale.value, seed=seed)
    typer.echo(generator.described(directory, manifest))


@app.command()
def api() -> None:
    """Serves the API (and its documentation at /docs)."""
    from settlement_api.app import serve

    _run(serve(Settings()))


@app.command()
def worker() -> None:
    """Runs jobs, seals the audit trail and relays events, until told to stop."""
    from settlement_api.worker import serve

    _run(serve(Settings()))


@app.command()
def signer() -> None:
    """Signs messages that were approved and wait for it, until told to stop; nothing else."""
    from settlement_api.signer import serve

    _run(serve(Settings()))


@app.command()
def migrate() -> None:
    """Brings the database to the present schema."""
    from settlement_api.installation import open_installation
    from settlement_api.migrations import migrate as upgrade

    async def work() -> None:
        async with open_installation(Settings()) as installation:
            if installation.addresses.migrator is None:
                sys.exit("set ZHIJIE_DATABASE_MIGRATOR_DSN: migrations run as `zhijie_migrator`")
            await upgrade(installation.addresses.migrator)

    _run(work())


@app.command()
def create_administrator(
    login_name: Annotated[str, typer.Argument(help="How the administrator logs in.")],
    password: Annotated[str, typer.Option(prompt=True, confirmation_prompt=True, hide_input=True)],
) -> None:
    """Lets the first administrator in; refused when there already is one."""
    from settlement_api.identity.errors import BootstrapClosed
    from settlement_api.identity.service import create_administrator as create
    from settlement_api.installation import open_installation

    async def work() -> None:
        async with (
            open_installation(Settings()) as installation,
            installation.database.platform() as uow,
        ):
            try:
                await create(uow, login_name=login_name, password=password)
            except BootstrapClosed as refused:
                sys.exit(refused.title)

    _run(work())


@app.command()
def verify(
    *,
    per_area: Annotated[
        bool, typer.Option("--per-area", help="With the rows examined in every area.")
    ] = False,
) -> None:
    """Checks the invariants of the money on the live database and prints each with its figure."""
    from settlement_api.installation import open_installation
    from settlement_api.verification.report import print_results
    from settlement_api.verification.service import run_verification

    async def work() -> int:
        async with open_installation(Settings()) as installation:
            results = await run_verification(
                installation.database, chain_key=installation.keyring.chain_key
            )
            return print_results(results, per_area=per_area)

    _run(work())


@app.command()
def explain(
    line: Annotated[
        str, typer.Argument(help="An id, ORDER:LINE, INVOICE:LINE, or an end-to-end id.")
    ],
    area: Annotated[str | None, typer.Option(help="Look in this area only.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As the API answers.")] = False,
) -> None:
    """Tells a line's whole chain, from contract to bank, with every rule that spoke. Read only."""
    from settlement_api.explanation_tree import print_explanation
    from settlement_api.installation import open_installation

    async def work() -> int:
        async with open_installation(Settings()) as installation:
            return await print_explanation(
                installation.database, line=line, area_code=area, as_json=as_json
            )

    _run(work())


@app.command()
def proof_pack(
    payment: Annotated[UUID, typer.Argument(help="The payment's id.")],
    out: Annotated[Path, typer.Option(help="The ZIP to write; one that is there is kept.")],
) -> None:
    """Writes everything behind one payment as a ZIP that `verify-pack` checks. Read only."""
    from schemas.problems import Problem
    from settlement_api.explanations.queries import SystemReader
    from settlement_api.installation import open_installation
    from settlement_api.proof_packs.service import make_pack

    async def work() -> None:
        async with (
            open_installation(Settings()) as installation,
            installation.database.system() as look,
        ):
            try:
                body = await make_pack(
                    SystemReader(look), keyring=installation.keyring, payment_id=payment
                )
                with out.open("xb") as file:  # it holds whole account numbers
                    out.chmod(0o600)
                    file.write(body)
            except Problem as refused:
                sys.exit(f"{refused.title}: {payment}")
            except OSError as error:
                sys.exit(f"{out}: {error.strerror}")

    _run(work())


@app.command()
def verify_pack(
    file: Annotated[Path, typer.Argument(help="A ZIP of `zhijie proof-pack`.")],
) -> None:
    """Checks a proof pack with nothing but its own bytes, and tells every check that fails."""
    from settlement_api.proof_packs.policy import CHECKS, verify

    try:
        findings = verify(file.read_bytes())
    except OSError as error:
        sys.exit(f"{file}: {error.strerror}")
    for finding in findings:
        typer.echo(str(finding))
    if findings:
        raise typer.Exit(1)
    typer.echo(f"{file.name} holds: {len(CHECKS)} kinds of checks, none failed")


@signing_key.command()
def register(
    name: Annotated[str, typer.Argument(help="As the bank or the device calls it.")],
    file: Annotated[Path, typer.Argument(help="PEM: certificate, public key or private key.")],
    *,
    algorithm: Annotated[SignatureAlgorithm, typer.Option(help="How it signs.")],
    since: Annotated[
        datetime | None, typer.Option("--from", help="Takes over then; a certificate's, or now.")
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(help="Signs nothing from then on; else a certificate's."),
    ] = None,
    place: Annotated[KeyPlace, typer.Option(help="Where the private half lies.")] = KeyPlace.FILE,
    user_id: Annotated[str, typer.Option(help="Of SM2, as agreed.")] = "1234567812345678",
) -> None:
    """Registers the public half of a key. Only it is kept."""
    from schemas.problems import Problem
    from settlement_api import key_register as keys
    from settlement_api.installation import open_installation

    stated = keys.Stated(name, file, algorithm, place, user_id, since, until)

    async def work() -> None:
        async with open_installation(Settings()) as installation:
            await keys.enter(installation.database, key=await stated.key(installation.clock))

    try:
        _run(work())
    except Problem as refused:
        sys.exit(f"{refused.title}: {name}")
    except (OSError, ValueError) as error:
        sys.exit(f"{file}: {error}")


@signing_key.command()
def revoke(
    name: Annotated[str, typer.Argument(help="The key's name.")],
    reason: Annotated[str, typer.Option(help="Why; kept with the key.")],
    since: Annotated[
        datetime | None, typer.Option("--from", help="Not believed from then on; now by default.")
    ] = None,
) -> None:
    """Ends a key. What it signed before stays believed."""
    from schemas.problems import Problem
    from settlement_api import key_register as keys
    from settlement_api.installation import open_installation

    async def work() -> None:
        async with open_installation(Settings()) as installation:
            await keys.end(installation.database, name=name, since=since, reason=reason)

    try:
        _run(work())
    except Problem as refused:
        sys.exit(f"{refused.title}: {name}")


@signing_key.command("list")
def list_signing_keys() -> None:
    """Shows every key; exits with 1 when signing ends soon, or has."""
    from settlement_api.installation import open_installation
    from settlement_api.key_register import print_keys

    async def work() -> int:
        async with open_installation(stated := Settings()) as installation:
            wanted, alarm_days = stated.bank_signature, stated.signing_key_alarm_days
            return await print_keys(installation.database, wanted=wanted, alarm_days=alarm_days)

    _run(work())


@ledger.command()
def export(
    area: Annotated[str, typer.Option(help="The area's code, six digits.")],
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="As posted until the end of this day."),
    ] = None,
) -> None:
    """Writes an area's books to standard output as plain text that beancount reads. Read only."""
    from schemas.problems import NotFound
    from settlement_api.installation import open_installation
    from settlement_api.ledger.export import write_plain_text

    async def work() -> None:
        day = until and until.date()
        async with open_installation(Settings()) as installation:
            try:
                await write_plain_text(
                    installation.database, area_code=area, until=day, write=sys.stdout.write
                )
            except NotFound:
                sys.exit(f"area {area} has no books")

    _run(work())


@ledger.command()
def books(
    *,
    area: Annotated[str, typer.Option(help="The area's code, six digits.")],
    period: Annotated[str, typer.Option(help="The month, e.g. 2026-07.")],
    out: Annotated[Path, typer.Option(help="The file to write, .xlsx or .pdf.")],
    side: Annotated[BooksOf, typer.Option(help="Whose books.")] = BooksOf.FUND,
    scheme: Annotated[str | None, typer.Option(help="310 or 390; all of them by default.")] = None,
    owner: Annotated[
        UUID | None, typer.Option(help="The hospital's or supplier's id; all by default.")
    ] = None,
    language: Annotated[
        PaperLanguage | None, typer.Option(help="By default that of the terminal.")
    ] = None,
) -> None:
    """Writes a side's month: trial balance, account statements, vouchers. Read only."""
    from schemas.problems import Problem
    from settlement_api.installation import open_installation
    from settlement_api.unit_of_work import Actor, AreaScope
    from settlement_api.vouchers.queries import BooksAsked
    from settlement_api.vouchers.service import write_books

    ending = out.suffix.removeprefix(".")
    if ending not in tuple(PaperFormat):
        raise typer.BadParameter(f"{out.name} ends neither in .xlsx nor in .pdf")
    named = {f"{side}_id": owner} if owner and side is not BooksOf.FUND else {}
    asked = BooksAsked(side, period, area, scheme, **named)
    written, spoken = PaperFormat(ending), language or PaperLanguage(language_of())

    async def work() -> None:
        async with open_installation(Settings()) as installation:
            scope, reader = AreaScope(area), Actor.system("ledger.books")
            try:
                async with installation.database.begin(scope, actor=reader) as uow:
                    body = await write_books(
                        uow, asked=asked, paper_format=written, language=spoken
                    )
                out.write_bytes(body)
            except Problem as refused:
                sys.exit(f"{refused.title}: {area} {period} {side}")
            except OSError as error:
                sys.exit(f"{out}: {error.strerror}")

    _run(work())


@app.command()
def replay(
    *,
    from_month: Annotated[str, typer.Option("--from", help="First month, e.g. 2026-07.")],
    to_month: Annotated[str, typer.Option("--to", help="Last month, e.g. 2026-09.")],
    pack: Annotated[str | None, typer.Option(help="A stored pack, CODE:VERSION.")] = None,
    rules: Annotated[
        Path | None, typer.Option(help="A JSON file of matching rules; the rest stay.")
    ] = None,
    area: Annotated[str | None, typer.Option(help="This area only.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As the API answers.")] = False,
) -> None:
    """Matches past months again under another pack or other rules and shows the difference.

    Nothing live is touched; documents as they are known now are used."""
    from settlement_api.installation import open_installation
    from settlement_api.replay_report import print_replay, read_order

    try:
        order = read_order(from_month, to_month, pack, rules)
    except (OSError, ValueError) as error:
        raise typer.BadParameter(str(error)) from None

    async def work() -> int:
        async with open_installation(Settings()) as installation:
            return await print_replay(
                installation.database, order=order, area_code=area, as_json=as_json
            )

    _run(work())


@app.command()
def docs(
    check: Annotated[bool, typer.Option(help="Only say whether the pages are current.")] = False,
) -> None:
    """Writes the generated pages under docs/generated."""
    from settlement_api.generated_docs import write_pages

    stale = write_pages(check=check)
    if stale:
        typer.echo(f"not current: {', '.join(stale)}; run `make docs`", err=True)
        raise typer.Exit(1)


@app.command()
def remove_data(
    yes: Annotated[bool, typer.Option(help="Do not ask.")] = False,
) -> None:
    """Deletes the embedded database of this folder and what `demo` and `run` left in it.

    Refused while any of them runs. The encryption key stays: a backup may need it.
    """
    from settlement_api.embedded_postgres import EmbeddedServerError
    from settlement_api.rehearsal.opening import remove_everything

    state = Settings().state_directory.resolve()
    if yes or typer.confirm(f"Delete every row below {state}?"):
        try:
            remove_everything(state)
        except EmbeddedServerError as refused:
            typer.echo(str(refused), err=True)
            raise typer.Exit(1) from None


if __name__ == "__main__":
    app()
