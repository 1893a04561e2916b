"""Whether a proof pack holds: no database, no network, no key. Pure."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from lxml import etree

from schemas.codes.approvals import ApprovalStep, Decision
from schemas.codes.batches import BatchStatus
from schemas.codes.explanations import EdgeKind, NodeKind
from schemas.codes.ledger import AccountKind, Book, TransferState
from schemas.codes.payments import EvidenceSource, Outcome
from schemas.messages.explanations import ExplainedNode, Explanation
from schemas.messages.proof_packs import (
    CONTENT,
    ITEMS,
    MANIFEST,
    PackedAttempt,
    PackedSigningKey,
    PackedSubmission,
)
from schemas.money import format_yuan
from settlement_api.audit.chain import link_of
from settlement_api.outcomes.policy import MOVED, Fact, fold
from settlement_api.pack_archive import (
    UNREADABLE,
    Finding,
    Findings,
    Item,
    Pack,
    first_line,
    item_of,
    members_of,
    read,
)
from settlement_api.signed_bytes import speaks_for_us
from settlement_api.signing.policy import Key

STEPS: Final = {
    BatchStatus.FROZEN: (),
    BatchStatus.APPROVED: (ApprovalStep.MAKER, ApprovalStep.CHECKER),
    BatchStatus.RELEASED: tuple(ApprovalStep),
    BatchStatus.VOIDED: (),
}
"""Whose decisions a batch of this status stands on."""


def verify(body: bytes) -> list[Finding]:
    """Every check that fails; none: the pack holds. What is not a pack is a finding too."""
    members, findings = members_of(body)
    if findings:
        return findings
    try:
        pack = read(members)
    except UNREADABLE as error:
        return [Finding("pack", "reads as version 1", "well-formed members", first_line(error))]
    found: list[Finding] = []
    for check in CHECKS:
        try:
            found += check(pack)
        except UNREADABLE as error:
            found.append(Finding("pack", check.__name__, "checkable members", first_line(error)))
    return found


# ── checks ──────────────────────────────────────────────────────────────────────────────────


def _same(member: str, check: str, expected: object, found: object) -> Findings:
    if expected != found:
        yield Finding(member, check, expected, found)


def _content(pack: Pack) -> Findings:
    """What was approved is what lies here, by the published recipe."""
    batch, content = pack.payment.batch, sha256(pack.members[CONTENT]).hexdigest()
    yield from _same(CONTENT, "content hash of the batch", batch.content_hash, content)
    (count, digest), *_ = pack.told("items")
    yield from _same(ITEMS, "count told by the content", count, len(pack.items))
    held = sha256(pack.members[ITEMS]).hexdigest()
    yield from _same(ITEMS, "SHA-256 told by the content", digest, held)
    area, batch_id, *_, made_by = pack.told("batch")[0]
    yield from _same(MANIFEST, "area", area, pack.manifest.area_code)
    yield from _same(MANIFEST, "payment", str(pack.payment.id), str(pack.manifest.payment_id))
    yield from _same("payment.json", "batch", batch_id, str(batch.id))
    yield from _same("payment.json", "maker", made_by, str(batch.made_by))


def _sums(pack: Pack) -> Findings:
    """Items make the payments, payments make the batch."""
    items: dict[str, list[Item]] = defaultdict(list)
    for item in map(item_of, pack.items):
        items[str(item.payment_id)].append(item)
    payments = {fields[0]: fields for fields in pack.told("payment")}
    for name, fields in payments.items():
        total = sum(item.amount_minor for item in items[name])
        yield from _same(CONTENT, f"items of payment {name}", fields[12], total)
        yield from _same(CONTENT, f"number of its items {name}", fields[13], len(items[name]))
    batch = pack.told("batch")[0]
    total = sum(fields[12] for fields in payments.values())
    yield from _same(CONTENT, "control sum", batch[16], total)
    yield from _same(CONTENT, "number of payments", batch[15], len(payments))
    set_off = sum(fields[2] for fields in pack.told("set_off"))
    yield from _same(CONTENT, "sum of set-offs", batch[17], set_off)
    own, said = payments[str(pack.payment.id)], pack.payment
    here = (said.scheme, said.payee_account_last4, said.amount_minor, said.item_count)
    told = (own[5], own[11], own[12], own[13])
    yield from _same("payment.json", "scheme, account, amount, items as approved", told, here)


def _shares(pack: Pack) -> Findings:
    """Shares make their lines, and what a share bears is paid, set off or left out by name."""
    said = pack.payment
    shares = {share.id: share for share in said.shares}
    lines = {line.id: line for line in said.lines}
    payables = {payable.id: payable for payable in said.payables}
    of_line: Counter[UUID] = Counter()
    for share in said.shares:
        of_line[share.application_line_id] += share.confirmed_minor
    for line in said.lines:
        what = f"shares of line {line.id}"
        yield from _same("payment.json", what, line.amount_minor, of_line[line.id])
        whole = payables[line.payable_id].amount_minor
        if abs(line.amount_minor) > abs(whole):
            yield Finding("payment.json", f"line {line.id} within", whole, line.amount_minor)
        people = [line.confirmed_by, line.first_reviewed_by, line.re_reviewed_by]
        known = [person for person in people if person]
        told = f"people who confirmed and reviewed line {line.id}"
        yield from _same("payment.json", told, 3, len(set(known)))
    for item in (one for one in map(item_of, pack.items) if one.payment_id == said.id):
        share = shares[item.share_id]
        yield from _same("payment.json", "scheme of share", said.scheme, share.scheme)
        yield from _same("payment.json", "line of share", True, share.application_line_id in lines)
        name = str(share.id)
        borne = item.amount_minor + share.set_off_elsewhere_minor
        borne += sum(f[2] for f in pack.told("set_off") if f[1] == name)
        borne += sum(f[3] for f in pack.told("exclusion") if f[1] == name)
        if share.also_paid_by and borne < share.confirmed_minor:
            continue  # the rest is other payments', which have packs of their own
        what = f"item, set-offs and rest of share {name}"
        yield from _same("payment.json", what, share.confirmed_minor, borne)


def _people(pack: Pack) -> Findings:
    """Maker, checker and releaser are three people who approved this content."""
    batch = pack.payment.batch
    valid = [each for each in pack.approvals.approvals if each.content_hash == batch.content_hash]
    people = {each.step: each.user_id for each in valid if each.decision is Decision.APPROVED}
    named = dict(
        zip(ApprovalStep, (batch.made_by, batch.approved_by, batch.released_by), strict=True)
    )
    for step in STEPS[batch.status]:
        what = f"{step} of content {batch.content_hash}"
        yield from _same("approvals.json", what, str(named[step]), str(people.get(step)))
    asked = [person for step in STEPS[batch.status] if (person := people.get(step))]
    yield from _same("approvals.json", "different people", len(asked), len(set(asked)))


def _sealed(pack: Pack) -> Findings:
    """Each event has its digest, each link its predecessor; what is sealed is what is told."""
    last = None
    for seal in pack.seals.seals:
        name, text = f"link {seal.number}", seal.event.encode()
        digest = sha256(bytes.fromhex(seal.salt) + text).hexdigest()
        yield from _same("seals.json", f"digest of {name}", seal.digest, digest)
        link = link_of(
            bytes.fromhex(seal.previous), seal.number, seal.kind, seal.event_id,
            bytes.fromhex(seal.digest),
        )  # fmt: skip
        yield from _same("seals.json", name, seal.link, link.hex())
        if last and last.number + 1 == seal.number:
            yield from _same("seals.json", f"link before {name}", last.link, seal.previous)
        if last and last.number >= seal.number:
            yield Finding("seals.json", "number after", last.number, seal.number)
        last = seal
    for event in (json.loads(seal.event) for seal in pack.seals.seals):
        yield from _sealed_event(pack, event)


def _sealed_event(pack: Pack, event: Mapping[str, Any]) -> Findings:
    facts, about = event["facts"], UUID(event["aggregate_id"])
    batch = pack.payment.batch
    match event["name"]:
        case "approvals.decision.recorded" if about == batch.id:
            told = (facts["step"], facts["decision"], facts["content_hash"], event["actor_id"])
            given = [
                (each.step, each.decision, each.content_hash, str(each.user_id))
                for each in pack.approvals.approvals
            ]
            if told not in given:
                yield Finding("approvals.json", "decision as sealed", told, given)
        case "batches.batch.released" if about == batch.id:
            yield from _same(
                "seals.json", "hash released", batch.content_hash, facts["content_hash"]
            )
            total = pack.told("batch")[0][16]
            yield from _same("seals.json", "sum released", total, facts["control_sum_minor"])
        case "payments.submission.signed":
            for sent in pack.bank.submissions:
                if sent.message_id == facts["message_id"]:
                    told = tuple(facts[name] for name in SEALED_OF_MESSAGE)
                    yield from _same("bank.json", "message as sealed", told, _as_sealed(sent))


SEALED_OF_MESSAGE: Final = (
    *("body_sha256", "payment_count", "control_sum_minor"),
    *("signing_key", "signed_at", "signature_sha256"),
)


def _as_sealed(sent: PackedSubmission) -> tuple[object, ...]:
    """What the event of a signed message tells of it."""
    said = sent.model_dump(mode="json")
    by_key = sent.signature is not None and sent.signing_key is not None
    said["signature_sha256"] = (
        sha256(bytes.fromhex(sent.signature)).hexdigest() if by_key and sent.signature else None
    )
    return tuple(said[name] for name in SEALED_OF_MESSAGE)


# ── the bank ────────────────────────────────────────────────────────────────────────────────


def _sent(pack: Pack) -> Findings:
    """The bytes sent carry each attempt: its id, its amount, the payee's account."""
    sent = {each.message_id: each for each in pack.bank.submissions}
    for attempt in pack.payment.attempts:
        if attempt.message_id is None:
            continue
        message = sent[attempt.message_id]
        name = f"bank/sent/{message.message_id}.bin"
        yield from _raw(pack, name, message.body_sha256)
        if name in pack.members and message.message_kind.startswith("pain.001"):
            yield from _credit_transfer(pack, name, message, attempt)
    for attempt in pack.payment.attempts:
        whole = (pack.payment.amount_minor, attempt.id.hex)
        here = (attempt.amount_minor, attempt.end_to_end_id)
        yield from _same("payment.json", "amount and id of attempt", whole, here)


def _signed(pack: Pack) -> Findings:
    """Each signature is over the bytes sent, by a registered key that could sign at that moment."""
    keys = {key.key_name: key for key in pack.bank.signing_keys}
    for message in pack.bank.submissions:
        name = f"bank/sent/{message.message_id}.bin"
        said = (message.signing_key is None, message.signed_at is None)
        if message.signature is None:
            yield from _same("bank.json", f"no signature of {name}", (True, True), said)
            continue
        key = keys.get(message.signing_key or "")
        if key is None or message.signed_at is None:
            yield Finding("bank.json", f"key and moment of signature of {name}", "both", said)
        elif name in pack.members:
            signature = bytes.fromhex(message.signature)
            held = speaks_for_us(_key_of(key), pack.members[name], signature, at=message.signed_at)
            told = f"signature by {key.key_name} at {message.signed_at.isoformat()} holds"
            yield from _same(name, told, True, held)


def _key_of(key: PackedSigningKey) -> Key:
    period = (key.valid_from, key.valid_until, key.revoked_at)
    public = bytes.fromhex(key.public_key)
    return Key(key.key_name, key.algorithm, key.place, public, key.user_id, *period)


def _raw(pack: Pack, name: str, digest: str) -> Findings:
    if name in pack.members:
        held = sha256(pack.members[name]).hexdigest()
        yield from _same(name, "SHA-256 as stored", digest, held)
    elif not any(each.startswith(f"{name}:") for each in pack.manifest.absent):
        yield Finding(name, "is here, or told as absent", "bytes", "nothing")


def _credit_transfer(
    pack: Pack, name: str, message: PackedSubmission, attempt: PackedAttempt
) -> Findings:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(pack.members[name], parser)
    except etree.XMLSyntaxError as error:
        yield Finding(name, "is XML", "a pain.001", first_line(error))
        return
    yield from _same(name, "message id", message.message_id, _text(root, "GrpHdr", "MsgId"))
    transfers = list(root.iterfind(".//{*}CdtTrfTxInf"))
    total = sum(_fen(_text(each, "Amt", "InstdAmt")) for each in transfers)
    told = (message.payment_count, message.control_sum_minor)
    yield from _same(name, "number and sum", told, (len(transfers), total))
    own = [
        each for each in transfers if _text(each, "PmtId", "EndToEndId") == attempt.end_to_end_id
    ]
    yield from _same(name, f"transfers of {attempt.end_to_end_id}", 1, len(own))
    payee = {fields[0]: fields for fields in pack.told("payment")}[str(pack.payment.id)]
    for each in own:
        amount = _fen(_text(each, "Amt", "InstdAmt"))
        yield from _same(name, "amount", attempt.amount_minor, amount)
        ends = _text(each, "CdtrAcct", "Id", "Othr", "Id")[-4:]
        here = (ends, _text(each, "Cdtr", "Nm"))
        yield from _same(name, "payee's account and name as approved", (payee[11], payee[8]), here)


def _text(node: Any, *path: str) -> str:
    return node.findtext(".//" + "/".join(f"{{*}}{step}" for step in path)) or ""


def _fen(text: str) -> int:
    whole, _, cents = text.partition(".")
    return int(whole) * 100 + int(cents.ljust(2, "0"))


def _received(pack: Pack) -> Findings:
    """Each answer's bytes are here; evidence cites answers and bank lines that are here."""
    attempts = {attempt.id: attempt for attempt in pack.payment.attempts}
    answers = {each.id: each for each in pack.bank.answers}
    entries = {entry.id for entry in pack.bank.entries}
    for answer in pack.bank.answers:
        yield from _raw(pack, f"bank/received/{answer.id}.bin", answer.body_sha256)
    for each in pack.bank.evidence:
        attempt = attempts[each.attempt_id]
        if each.bank_message_id:
            answer = answers[each.bank_message_id]
            name = f"bank/received/{answer.id}.bin"
            body = pack.members.get(name, b"")
            ids = (answer.message_id.encode(), attempt.end_to_end_id.encode())
            if body.lstrip().startswith(b"<") and not any(one in body for one in ids):
                yield Finding(
                    name, "speaks of", attempt.end_to_end_id, "neither it nor its message"
                )
        if each.statement_entry_id and each.statement_entry_id not in entries:
            yield Finding("bank.json", "bank line of evidence", each.statement_entry_id, "nothing")
        if each.source is EvidenceSource.HUMAN_DECISION:
            two = len({each.decided_by_first, each.decided_by_second} - {None})
            yield from _same("bank.json", f"people who decided evidence {each.id}", 2, two)


def _booked(pack: Pack) -> Findings:
    """All evidence makes the outcome, and the bank's lines equal the instruction and returns."""
    entries = {entry.id: entry for entry in pack.bank.entries}
    for attempt in pack.payment.attempts:
        own = [each for each in pack.bank.evidence if each.attempt_id == attempt.id]
        facts = [Fact(one.meaning, one.amount_minor, one.id, frozenset(one.about)) for one in own]
        folded = fold(facts, amount_minor=attempt.amount_minor)
        told = (folded.outcome, folded.returned_minor, folded.disowned_minor)
        here = (attempt.outcome, attempt.returned_minor, attempt.posted_disowned_minor)
        what = f"outcome, return and disowned of attempt {attempt.attempt_no} by its evidence"
        yield from _same("payment.json", what, told, here)
        for each in own:
            entry = entries.get(each.statement_entry_id) if each.statement_entry_id else None
            if entry and (entry.is_credit or entry.end_to_end_id):  # else one debit for several
                what = f"amount of evidence {each.id}"
                yield from _same("bank.json", what, entry.amount_minor, each.amount_minor)
        if folded.outcome is not Outcome.CONFLICT:
            paid = attempt.amount_minor if folded.outcome in MOVED else 0
            moved = (attempt.posted_paid_minor, attempt.posted_returned_minor)
            what = f"posted as paid and returned for attempt {attempt.attempt_no}"
            yield from _same("payment.json", what, (paid, folded.returned_minor), moved)
    back = sum(attempt.returned_minor for attempt in pack.payment.attempts)
    yield from _same("payment.json", "returned of all attempts", back, pack.payment.returned_minor)
    if pack.payment.attempts:
        last = max(pack.payment.attempts, key=lambda each: each.attempt_no)
        yield from _same(
            "payment.json", "outcome of the last attempt", last.outcome, pack.payment.outcome
        )


# ── the books ───────────────────────────────────────────────────────────────────────────────


def _posted(pack: Pack) -> Findings:
    """What was booked is what was paid and came back, in both books and at the bank."""
    nets: Counter[tuple[UUID, AccountKind]] = Counter()
    pending: Counter[UUID] = Counter()
    for each in pack.postings.transfers:
        scheme = pack.payment.scheme if each.book is Book.FUND else ""
        yield from _same("postings.json", f"scheme of {each.id}", scheme, each.scheme)
        if each.state is TransferState.POSTED:
            nets[each.basis_id, each.debit_kind] += each.amount_minor
            nets[each.basis_id, each.credit_kind] -= each.amount_minor
        elif each.state is TransferState.PENDING:
            pending[each.basis_id] += each.amount_minor
        else:  # a void releases what was reserved
            yield from _same(
                "postings.json", "void resolves", True, bool(each.resolves_transfer_id)
            )
            reserved = [
                one.amount_minor
                for one in pack.postings.transfers
                if one.id == each.resolves_transfer_id
            ]
            yield from _same("postings.json", "void of", reserved, [each.amount_minor])
    for attempt in pack.payment.attempts:
        kept = attempt.posted_paid_minor - attempt.posted_returned_minor
        expected = {
            AccountKind.OWED: kept,
            AccountKind.PAID_ON_MANDATE: -kept,
            AccountKind.ADVANCE: kept,
            AccountKind.IN_TRANSIT: -attempt.posted_paid_minor - attempt.posted_disowned_minor,
            AccountKind.SUSPENSE: attempt.posted_returned_minor + attempt.posted_disowned_minor,
        }
        for kind, amount in expected.items():
            what = f"{kind} of attempt {attempt.attempt_no}, debits less credits"
            yield from _same("postings.json", what, amount, nets[attempt.id, kind])
        if attempt.id in pending:
            what = f"reserved for attempt {attempt.attempt_no}"
            yield from _same("postings.json", what, attempt.amount_minor, pending[attempt.id])
    for entry in pack.bank.entries:
        moved = entry.amount_minor if entry.is_credit else -entry.amount_minor
        what = f"bank of line {entry.id}, debits less credits"
        yield from _same("postings.json", what, moved, nets[entry.id, AccountKind.BANK])


# ── the papers and the explanation ──────────────────────────────────────────────────────────


def _papers(pack: Pack) -> Findings:
    """Each matched line has its paper, each paper the bytes that were handed in."""
    papers = {line: document for document in pack.documents.documents for line in document.line_ids}
    for payable in pack.payment.payables:
        for line in (payable.order_line_id, payable.receipt_line_id, payable.invoice_line_id):
            if line and line not in papers:
                yield Finding("documents.json", "paper of line", line, "nothing")
    for document in pack.documents.documents:
        yield from _raw(pack, f"documents/{document.id}.bin", document.content_sha256)


def _explained(pack: Pack) -> Findings:
    """The explanation tells the same amounts and people."""
    said = pack.payment
    amounts: dict[tuple[NodeKind, UUID], int] = {
        (NodeKind.PAYMENT, said.id): said.amount_minor,
        (NodeKind.PAYMENT_BATCH, said.batch.id): pack.told("batch")[0][16],
        **{(NodeKind.PAYABLE, each.id): each.amount_minor for each in said.payables},
        **{(NodeKind.APPLICATION_LINE, each.id): each.amount_minor for each in said.lines},
        **{(NodeKind.PAYABLE_SHARE, each.id): each.confirmed_minor for each in said.shares},
        **{(NodeKind.PAYMENT_ATTEMPT, each.id): each.amount_minor for each in said.attempts},
        **{(NodeKind.STATEMENT_ENTRY, each.id): each.amount_minor for each in pack.bank.entries},
    }
    shown = {(node.kind, node.id): node for node in _nodes(pack.explanation.pages)}
    for (kind, ident), amount in amounts.items():
        node = shown.get((kind, ident))
        what = f"{kind} {ident}"
        told = node.amount if node else "nothing"
        yield from _same("explanation.json", what, format_yuan(amount), told)
    batch = shown.get((NodeKind.PAYMENT_BATCH, said.batch.id))
    if batch:
        named = {person.act: person.id for person in batch.people}
        people = {
            "made": said.batch.made_by,
            "approved": said.batch.approved_by,
            "released": said.batch.released_by,
        }
        for act, person in people.items():
            yield from _same("explanation.json", f"who {act} the batch", person, named.get(act))
    yield from _edges(pack, shown)


def _nodes(pages: Iterable[Explanation]) -> Iterator[ExplainedNode]:
    for page in pages:
        yield from page.nodes


def _edges(pack: Pack, shown: Mapping[tuple[NodeKind, UUID], ExplainedNode]) -> Findings:
    """What one link hands on is what the next one is."""
    items = {
        str(item.share_id): item.amount_minor
        for item in map(item_of, pack.items)
        if item.payment_id == pack.payment.id
    }
    carried = (EdgeKind.PAYS_FOR, EdgeKind.APPLIED, EdgeKind.BORNE, EdgeKind.ATTEMPTED)
    for page in pack.explanation.pages:
        for edge in page.edges:
            target = shown.get((edge.to_node.kind, edge.to_node.id))
            what = f"{edge.kind} to {edge.to_node.kind} {edge.to_node.id}"
            if edge.kind in carried and target:
                yield from _same("explanation.json", what, target.amount, edge.amount)
            if edge.kind is EdgeKind.PAID_BY and edge.to_node.id == pack.payment.id:
                paid = format_yuan(items[str(edge.from_node.id)])
                yield from _same("explanation.json", what, paid, edge.amount)


CHECKS: Final[Sequence[Callable[[Pack], Findings]]] = (
    *(_content, _sums, _shares, _people, _sealed, _sent, _signed, _received, _booked, _posted),
    *(_papers, _explained),
)
