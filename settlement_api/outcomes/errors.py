"""What stands against evidence of people."""

from typing import ClassVar

from schemas.problems import Conflict


class MoneyPromisedAgain(Conflict):
    """What a correction would book as paid was freed before and is another payment's now."""

    code: ClassVar[str] = "payment_money_promised_again"
    title: ClassVar[str] = (
        "The money was freed and is in another payment now: first confirm what came back of this"
        " one, or wait until that one is over"
    )


class DebitUnfit(Conflict):
    """A debit cannot be those payments: another account or sum, never sent, refused, or debited."""

    code: ClassVar[str] = "payment_debit_unfit"
    title: ClassVar[str] = "The entry cannot be the debit of those payments"


class ReturnUnfit(Conflict):
    """An entry cannot be the return of that payment: other account, never paid, or too much."""

    code: ClassVar[str] = "payment_return_unfit"
    title: ClassVar[str] = "The entry cannot be the return of that payment"
