"""Whether a text read as GB18030 is Chinese: nearly all bytes are valid GB18030, few make sense.

In GB18030 almost any high byte and the byte behind it are some character, so a Latin-1 text is
often valid too: `Wärme` becomes `W鋜me`. What tells them apart is which characters come out.
Chinese uses those of GB 2312, above all its first level (3,755 common hanzi), and of these the few
hundred that make up most of every text; accents before letters give rare ones of its extensions.
"""

import re
from collections import Counter

from carbonledger.ingest.headers import SYNONYMS

ODD = re.compile(r"[^\x00-\x7f]")
HANZI = re.compile(r"[\u4e00-\u9fff]")
# First byte in GB 2312, up to which signs, full-width forms and the hanzi of the first level stand.
LAST_COMMON = 0xD7
# Of all characters beside ASCII, so many are signs of GB 2312 or of its first level.
USUAL = 0.8
# Of the hanzi, so many are among the commonest; by chance it were an eighth.
KNOWN = 0.3
# Commonest hanzi of written Chinese, and those of plants, towns, machines and meters beside them.
COMMON = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后"
    "作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前开但因"
    "只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手"
    "应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通"
    "教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反"
    "受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则"
    "听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确"
    "传师观清今切院让识候带导争运号码时段尖峰谷示数表底止倍率厂房车间楼室站线组柜变压器机泵风冷热"
    "煤油炉汽蒸锅炉燃消耗节省排碳废生活办公照明充桩光伏发储能源费价单位备注状态用户名称地址编"
    "东南西北中沈阳京沪广深杭州江苏浙山河湖省县镇村街路号硫炼钢铁铝铜化纤纸水泥玻璃塑料食品药"
)
# Names of columns; no other encoding comes to one of them by accident.
WORDS = (
    "电表", "水表", "气表", "千瓦", "用电", "编号",
    *(word for words in SYNONYMS.values() for word in words if len(word) > 1 and HANZI.match(word)),
)  # fmt: skip
# Signs of units and of money that GB 2312 has not.
SIGNS = frozenset("€¥²³µ㎡㎥")


def is_chinese(text: str) -> bool:
    """Tell whether a text decoded as GB18030 may be Chinese, by the characters beside ASCII."""
    if any(word in text for word in WORDS):
        return True
    counts = Counter(ODD.findall(text))
    usual = sum(count for sign, count in counts.items() if _usual(sign))
    hanzi = sum(count for sign, count in counts.items() if HANZI.match(sign))
    known = sum(count for sign, count in counts.items() if sign in COMMON)
    return usual >= USUAL * counts.total() and known >= KNOWN * hanzi


def _usual(sign: str) -> bool:
    """Tell whether a character is one of the signs or of the common hanzi of GB 2312."""
    try:
        first = sign.encode("gb2312")[0]
    except UnicodeEncodeError:
        return sign in SIGNS
    return first <= LAST_COMMON
