"""Synthetic names and numbers: valid by check digit, and belonging to nobody.

Every name carries 模拟 (simulated), so that none can be taken for that of a real hospital,
company or product.
"""

from schemas.codes import cnaps, hospital_codes, uscc

BASE_31 = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The characters of a USCC in order of value (GB 32100-2015): no I, O, S, V, Z."""
BANK_PREFIXES = ("102", "103", "104", "105", "301", "308")
"""Bank part of CNAPS codes: six nationwide banks; city and branch parts are made up."""

STEMS = (
    *("安泰", "博康", "诚济", "德润", "恩施", "福宁", "广和", "恒益", "嘉禾", "康源"),
    *("乐沛", "明瑞", "宁远", "普惠", "清和", "仁同", "盛泽", "泰安", "万众", "祥云"),
)
DRUG_STEMS = (
    *("阿莫西", "贝那普", "卡托洛", "地平福", "恩替司", "氟康宁", "格列维", "厄贝沙"),
    *("吉非替", "克林达", "拉米优", "美托清", "奈必福", "奥美拉", "帕罗西", "瑞舒汀"),
)
DRUG_FORMS = ("片", "胶囊", "注射液", "缓释片", "分散片", "颗粒")
CONSUMABLES = ("导管", "支架", "缝合线", "留置针", "敷料", "采血管", "穿刺器", "吻合器")


def credit_code(number: int) -> str:
    """A USCC: a company (91) of the province (370000), its `number` in base 31."""
    body, rest = "", number
    for _ in range(9):
        rest, place = divmod(rest, 31)
        body = BASE_31[place] + body
    return uscc.with_check_character(f"91370000{body}")


def cnaps_code(number: int) -> str:
    """A CNAPS bank code with a right check digit; the branch does not exist."""
    bank = BANK_PREFIXES[number % len(BANK_PREFIXES)]
    return cnaps.with_check_digit(f"{bank}9{number % 1000:03d}{number % 10_000:04d}")


def account_number(kind: int, number: int) -> str:
    """A 17-digit account number; `kind` keeps agencies' and suppliers' accounts apart."""
    return f"88{kind:02d}{number:013d}"


def hospital_code(place_code: str, serial: int) -> str:
    """`H`, the place and a five-digit serial (domain.md section 10)."""
    return hospital_codes.hospital_code(place_code, serial)


def hospital_name(place_name: str, serial: int) -> str:
    return f"{place_name}模拟第{serial:02d}医院"


def supplier_name(number: int) -> str:
    return f"{STEMS[number % len(STEMS)]}模拟医药配送{number:04d}有限公司"


def supplier_alias(number: int) -> str:
    """What hospitals call a supplier for short."""
    return f"模拟医药{number:04d}"


def manufacturer_name(number: int) -> str:
    return f"{STEMS[number % len(STEMS)]}模拟制药{number:03d}有限公司"


def drug_name(number: int) -> str:
    stem, form = DRUG_STEMS[number % len(DRUG_STEMS)], DRUG_FORMS[number % len(DRUG_FORMS)]
    return f"模拟{stem}{number:04d}{form}"


def consumable_name(number: int) -> str:
    return f"模拟{CONSUMABLES[number % len(CONSUMABLES)]}{number:04d}型"


def drug_code(number: int) -> str:
    """A 23-character western drug code."""
    return f"XM{number:08d}A001010{number % 1_000_000:06d}"


def consumable_code(number: int) -> str:
    """A 27-digit consumable code."""
    return f"C99{number:017d}{number % 10_000_000:07d}"


def invoice_number(day_of_year: int, serial: int) -> str:
    """A 20-digit number like that of a fully digital e-invoice (数电票) of Shandong (37)."""
    return f"2637{day_of_year:03d}{serial:013d}"
