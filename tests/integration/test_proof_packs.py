"""Everything behind one payment in one archive, and whatever is changed in it is found."""

import os
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from schemas.codes.approvals import ApprovalStep, Decision, SubjectKind
from schemas.codes.bank_statements import FileSource
from schemas.codes.payments import DecisionKind
from schemas.events.approvals import DecisionRecorded
from schemas.messages.proof_packs import CONTENT, ITEMS, MANIFEST
from schemas.times import Clock
from settlement_api.bank_statements.service import import_file
from settlement_api.batches.service import freeze_batch
from settlement_api.decisions.service import confirm_decision, propose_decision
from settlement_api.encryption import Keyring
from settlement_api.explanations.queries import SystemReader
from settlement_api.outbox import seal_pending
from settlement_api.pack_archive import zipped
from settlement_api.persistence import Database
from settlement_api.proof_packs.errors import NothingToProve, PackTooLarge
from settlement_api.proof_packs.policy import CHECKS, verify
from settlement_api.proof_packs.queries import Limits
from settlement_api.proof_packs.service import make_pack
from settlement_api.statement_files.service import store_file
from settlement_api.unit_of_work import Actor, AreaScope
from tests.builders import bank_statements as statements
from tests.builders.batches import AT, MAKER, Scene
from tests.builders.packs import forged, opened, rewritten
from tests.builders.payment_stage import MovableClock, Stage
from tests.builders.payments import AGENCY_ACCOUNT, AREA, START
from tests.builders.settled import RETURNED, settled_stage

SINGLE = 300_77
WHOLE = 150_00


@pytest.fixture
def clock() -> Clock:
    return MovableClock()


@pytest.fixture
async def stage(
    database: Database, keyring: Keyring, clock: MovableClock, tmp_path: Path
) -> AsyncIterator[Stage]:
    """Three payments settled, one of them returned, with the papers' bytes and sealed decisions."""
    async with settled_stage(database, keyring, clock, tmp_path) as made:
        await decisions_and_papers(made)
        yield made


async def decisions_and_papers(stage: Stage) -> None:
    """The decisions as events, and the one byte that each stored paper is said to be."""
    rows = await stage.rows("SELECT * FROM approval WHERE subject_kind = 'payment_batch'")
    for row in rows:
        async with stage.area(Actor("user", row.user_id, row.user_name)) as uow:
            await uow.record(
                DecisionRecorded(
                    area_code=AREA,
                    aggregate_id=row.subject_id,
                    subject_kind=SubjectKind.PAYMENT_BATCH,
                    content_hash=bytes(row.content_hash).hex(),
                    step=ApprovalStep(row.step),
                    decision=Decision.APPROVED,
                )
            )
    await seal_pending(stage.database, {}, key=stage.keyring.chain_key)
    async with stage.database.platform() as uow:
        await uow.execute(
            "INSERT INTO intake_part (intake_id, part_number, body, sha256)"
            " SELECT id, 0, CAST(:body AS bytea), sha256(:body) FROM intake",
            body=b"x" * 64,
        )


async def packed(stage: Stage, amount: int) -> bytes:
    (row,) = await stage.rows("SELECT id FROM payment WHERE amount_minor = :amount", amount=amount)
    async with stage.database.system() as look:
        return await make_pack(
            SystemReader(look), keyring=stage.keyring, payment_id=UUID(str(row.id))
        )


def leaves(said: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    pairs = said.items() if isinstance(said, dict) else enumerate(said)
    for step, value in pairs:
        if isinstance(value, dict | list):
            yield from leaves(value, (*place, step))
        else:
            yield (*place, step), value


@pytest.mark.parametrize("amount", [SINGLE, WHOLE, RETURNED])
async def test_a_settled_and_a_returned_payment_hold(stage: Stage, amount: int) -> None:
    pack = await packed(stage, amount)
    assert verify(pack) == []
    assert await packed(stage, amount) == pack, "the same rows are the same bytes"
    members = opened(pack)
    kinds = {name.split("/")[0] for name in members}
    assert kinds >= {
        *("batch", "bank", "documents", "payment.json", "approvals.json", "bank.json"),
        *("postings.json", "seals.json", "documents.json", "explanation.json", MANIFEST),
    }
    papers = msgspec.json.decode(members["documents.json"])["documents"]
    assert len(papers) == 3 * len(msgspec.json.decode(members["payment.json"])["payables"])
    assert all(f"documents/{paper['id']}.bin" in members for paper in papers)
    bank = msgspec.json.decode(members["bank.json"])
    assert len(bank["entries"]) == (2 if amount == RETURNED else 1)
    assert bank["answers"]
    sealed = [
        msgspec.json.decode(seal["event"])["name"]
        for seal in msgspec.json.decode(members["seals.json"])["seals"]
    ]
    assert sealed.count("approvals.decision.recorded") == 3
    assert "payments.submission.signed" in sealed
    manifest = msgspec.json.decode(members[MANIFEST])
    assert any("no signature" in each for each in manifest["not_signed"])
    assert len(manifest["absent"]) == 1, "the statement's file alone is left out"


async def test_a_byte_changed_in_any_member_is_found_and_named(stage: Stage) -> None:
    members = opened(await packed(stage, RETURNED))
    names = [name for name in members if name != MANIFEST]
    assert len(names) > 10
    for name in names:
        body = bytearray(members[name])
        for place in {0, len(body) // 2, len(body) - 1}:
            body[place] ^= 1
            found = verify(zipped(members | {name: bytes(body)}))
            assert [each.member for each in found] == [name]
            body[place] ^= 1
        left = {other: members[other] for other in members if other != name}
        assert [each.member for each in verify(zipped(left))] == [name], "removed"
        other = names[names.index(name) - 1]
        swapped = members | {name: members[other], other: members[name]}
        if members[name] != members[other]:
            assert {each.member for each in verify(zipped(swapped))} == {name, other}
    added = members | {"more.bin": b"x"}
    assert [each.member for each in verify(zipped(added))] == ["more.bin"]
    backwards = dict(reversed(members.items()))
    assert verify(zipped(members)) == []
    squeezed = BytesIO()
    with zipfile.ZipFile(squeezed, "w", zipfile.ZIP_DEFLATED) as packed_again:
        for name, body in members.items():
            packed_again.writestr(name, body)
    damaged = bytearray(squeezed.getvalue())
    damaged[200:400] = bytes(200)
    unlikes = [b"", b"PK", zipped(members) + b"x", b"x" + zipped(members), zipped(backwards)]
    for unlike in (*unlikes, squeezed.getvalue(), bytes(damaged)):
        assert verify(unlike)


async def test_a_fen_changed_is_found_though_the_manifest_is_written_anew(stage: Stage) -> None:
    """Every amount that stands in fen, in every member."""
    for amount in (SINGLE, WHOLE, RETURNED):
        members = opened(await packed(stage, amount))
        tried = 0
        for name in ("payment.json", "bank.json", "postings.json"):
            for place, value in leaves(msgspec.json.decode(members[name])):
                if str(place[-1]).endswith("_minor") and value is not None:
                    changed = rewritten(members[name], place, value + 1)
                    assert verify(forged(members | {name: changed})), (name, place)
                    tried += 1
        assert tried > 15
        for item in range(len(members[ITEMS]) // 80):
            body = bytearray(members[ITEMS])
            body[item * 80 + 71] ^= 1
            assert verify(forged(members | {ITEMS: bytes(body)}))
        lines = members[CONTENT].replace(b"30077", b"30078")
        assert lines != members[CONTENT]
        assert verify(forged(members | {CONTENT: lines}))


async def test_the_explanation_tells_no_other_amounts(stage: Stage) -> None:
    """Amounts of links that the pack has rows of; papers' own are in their bytes."""
    members = opened(await packed(stage, WHOLE))
    said = msgspec.json.decode(members["explanation.json"])
    papers = {"order_line", "receipt_line", "invoice_line"}
    places = [
        ("pages", 0, "nodes", number, "amount")
        for number, node in enumerate(said["pages"][0]["nodes"])
        if node["amount"] is not None and node["kind"] not in papers
    ]
    assert len(places) > 8
    for place in places:
        changed = rewritten(members["explanation.json"], place, "7.77")
        found = verify(forged(members | {"explanation.json": changed}))
        assert {each.member for each in found} == {"explanation.json"}, place


async def test_people_put_in_another_s_place_are_found(stage: Stage) -> None:
    members = opened(await packed(stage, SINGLE))
    batch = msgspec.json.decode(members["payment.json"])["batch"]
    people = [batch["made_by"], batch["approved_by"], batch["released_by"]]
    stranger = str(uuid4())
    for number, who in enumerate(people):
        for other in (stranger, people[number - 1]):
            approved = members["approvals.json"].replace(who.encode(), other.encode())
            found = verify(forged(members | {"approvals.json": approved}))
            assert "approvals.json" in {each.member for each in found}
            everywhere = {
                name: body.replace(who.encode(), other.encode())
                for name, body in members.items()
                if name != "seals.json"
            }
            found = verify(forged(members | everywhere))
            assert any(each.check == "decision as sealed" for each in found)
    hashed = batch["content_hash"].encode()
    other_hash = sha256(b"another batch").hexdigest().encode()
    changed = {
        name: members[name].replace(hashed, other_hash)
        for name in ("approvals.json", "payment.json", "explanation.json")
    }
    assert CONTENT in {each.member for each in verify(forged(members | changed))}


async def test_bytes_of_another_payment_are_found(stage: Stage) -> None:
    single, whole = opened(await packed(stage, SINGLE)), opened(await packed(stage, WHOLE))
    for name in ("payment.json", "bank.json", "postings.json", "documents.json"):
        assert verify(forged(single | {name: whole[name]})), name
    assert verify(forged(single | {"explanation.json": whole["explanation.json"]}))
    (sent,) = [name for name in single if name.startswith("bank/sent/")]
    attempt = msgspec.json.decode(single["payment.json"])["attempts"][0]
    for before, after in (
        (attempt["end_to_end_id"], uuid4().hex),
        (">300.77<", ">300.78<"),
        ("Nm>齐鲁医药配送有限公司", "Nm>别的公司"),
    ):
        body = single[sent].replace(before.encode(), after.encode())
        assert body != single[sent]
        digest, stored = sha256(body).hexdigest(), sha256(single[sent]).hexdigest()
        said = single["bank.json"].replace(stored.encode(), digest.encode())
        found = verify(forged(single | {sent: body, "bank.json": said}))
        assert sent in {each.member for each in found}
        assert "message as sealed" in {each.check for each in found}


async def test_seals_hold_only_as_the_chain_has_them(stage: Stage) -> None:
    members = opened(await packed(stage, SINGLE))
    said = msgspec.json.decode(members["seals.json"])
    for number, seal in enumerate(said["seals"]):
        event = msgspec.json.decode(seal["event"])
        event["actor_name"] = "another"
        for name, value in (
            ("event", msgspec.json.encode(event, order="deterministic").decode()),
            ("digest", "00" * 32),
            ("link", "00" * 32),
            ("number", seal["number"] + 1_000),
        ):
            changed = rewritten(members["seals.json"], ("seals", number, name), value)
            found = verify(forged(members | {"seals.json": changed}))
            assert {each.member for each in found} == {"seals.json"}, (number, name)


async def test_a_part_that_came_back_is_held_to_the_fen(stage: Stage) -> None:
    """Until two people confirm it, it has come back for nobody; then every fen of it has."""
    (attempt,) = await stage.rows("SELECT * FROM payment_attempt WHERE amount_minor = 30077")
    back = statements.entry(
        100_01, credit=True, end_to_end_id=attempt.end_to_end_id, return_reason="AC04"
    )
    await next_statement(stage, back)
    before = await packed(stage, SINGLE)
    assert verify(before) == []
    assert msgspec.json.decode(opened(before)["payment.json"])["outcome"] == "suspect_return"
    first, second = (Actor("user", uuid4(), name) for name in ("first", "second"))
    async with stage.area(first) as uow:
        decision = await propose_decision(
            uow,
            attempt_id=UUID(str(attempt.id)),
            kind=DecisionKind.RETURN_CONFIRMED,
            reason="?",
            evidence_ids=[],
        )
    async with stage.area(second) as uow:
        await confirm_decision(uow, decision_id=decision)
    pack = await packed(stage, SINGLE)
    assert verify(pack) == []
    members = opened(pack)
    payment = msgspec.json.decode(members["payment.json"])
    assert (payment["outcome"], payment["returned_minor"]) == ("returned", 100_01)
    for amount in (100_00, SINGLE):
        changed = rewritten(members["payment.json"], ("returned_minor",), amount)
        assert verify(forged(members | {"payment.json": changed}))
    people = [
        place
        for place, value in leaves(msgspec.json.decode(members["bank.json"]))
        if place[-1] == "decided_by_second" and value
    ]
    changed = rewritten(members["bank.json"], people[0], str(first.id))
    found = verify(forged(members | {"bank.json": changed}))
    assert any("people who decided" in each.check for each in found)


async def next_statement(stage: Stage, *entries: Any) -> None:
    """The bank's statement of the next day."""
    (last,) = await stage.rows("SELECT * FROM bank_statement")
    on = START.date() + timedelta(days=1)
    async with stage.area() as uow:
        file_id = await store_file(
            uow,
            keyring=stage.keyring,
            agency_account_id=UUID(str(last.agency_account_id)),
            body=b"the next statement",
            source=FileSource.UPLOADED,
        )
        await import_file(
            uow,
            keyring=stage.keyring,
            file_id=file_id,
            statements=[
                statements.statement(
                    *entries, on=on, number=AGENCY_ACCOUNT.number, opening=last.closing_minor
                )
            ],
            xsd_valid=True,
        )


async def test_a_pack_is_checked_where_nothing_else_is(stage: Stage, tmp_path: Path) -> None:
    file = tmp_path / "pack.zip"
    file.write_bytes(await packed(stage, SINGLE))
    bare = {"PATH": os.environ["PATH"], "ZHIJIE_STATE_DIRECTORY": str(tmp_path / "none")}

    def checked(path: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "settlement_api.cli", "verify-pack", str(path)],
            env=bare, capture_output=True, text=True, check=False,
        )  # fmt: skip

    held = checked(file)
    assert (held.returncode, held.stderr) == (0, "")
    assert f"{len(CHECKS)} kinds of checks, none failed" in held.stdout
    assert not (tmp_path / "none").exists(), "no installation was opened"
    members = opened(file.read_bytes())
    changed = members["payment.json"].replace(b'"amount_minor": 30077', b'"amount_minor": 30078')
    file.write_bytes(forged(members | {"payment.json": changed}))
    broken = checked(file)
    assert broken.returncode == 1
    assert "30077" in broken.stdout
    assert "30078" in broken.stdout
    assert "payment.json" in broken.stdout
    assert checked(tmp_path / "absent.zip").returncode == 1


async def test_what_is_no_payment_or_too_much_is_refused(stage: Stage) -> None:
    async with stage.database.system() as look:
        with pytest.raises(NothingToProve):
            await make_pack(SystemReader(look), keyring=stage.keyring, payment_id=uuid4())
    (row,) = await stage.rows("SELECT id FROM payment WHERE amount_minor = :a", a=WHOLE)
    asked: Any = {"keyring": stage.keyring, "payment_id": UUID(str(row.id))}
    narrow = {
        "items": Limits(items=1),
        "bytes": Limits(byte_count=9_000),
        "evidence": Limits(rows=1),
    }
    async with stage.database.system() as look:
        assert await make_pack(SystemReader(look), **asked)
        for what, limits in narrow.items():
            with pytest.raises(PackTooLarge) as refused:
                await make_pack(SystemReader(look), **asked, limits=limits)
            assert refused.value.facts["limit"] in {1, 9_000}, what


async def test_rows_that_contradict_each_other_are_packed_and_told(stage: Stage) -> None:
    async with stage.area() as uow:
        await uow.execute("UPDATE payment_attempt SET outcome = 'unknown'")
    assert {each.member for each in verify(await packed(stage, SINGLE))} == {"payment.json"}


async def test_what_was_set_off_is_no_part_of_the_payment(
    database: Database, keyring: Keyring
) -> None:
    """100 fen owed, 30 taken back: 70 are paid."""
    async with database.begin(AreaScope(AREA), actor=MAKER, at=AT) as uow:
        scene = await Scene(uow).open()
        hospital, supplier = await scene.hospital(), await scene.supplier()
        await scene.claim(hospital, 10_000)
        original = await scene.accepted(hospital, supplier, 100)
        await scene.accepted(hospital, supplier, -30, adjusts=original)
        await freeze_batch(uow, order=scene.order())
        payment_id = await uow.fetch_value("SELECT id FROM payment WHERE amount_minor = 70")
    async with database.system() as look:
        pack = await make_pack(
            SystemReader(look), keyring=keyring, payment_id=UUID(str(payment_id))
        )
    assert {each.check for each in verify(pack)} == {"paper of line"}, "the scene has no papers"
    members = opened(pack)
    for name in ("confirmed_minor", "set_off_elsewhere_minor"):
        value = msgspec.json.decode(members["payment.json"])["shares"][0][name]
        changed = rewritten(members["payment.json"], ("shares", 0, name), value + 1)
        found = verify(forged(members | {"payment.json": changed}))
        assert any("set-offs and rest" in each.check for each in found), name
