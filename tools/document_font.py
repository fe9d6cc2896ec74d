"""Cut the font of printed papers from Noto Serif CJK SC (SIL Open Font License 1.1).

Usage: python -m tools.document_font NotoSerifCJK-Regular.ttc
Kept are GB 2312, full-width punctuation, and characters that names have and GB 2312 lacks; a name
with any other character is printed with a system font where there is one.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset  # type: ignore[import-untyped]
from fontTools.ttLib import TTCollection, TTFont  # type: ignore[import-untyped]

TARGET = Path(__file__).parents[1] / "backend/documents/data/NotoSerifSC-subset.otf"
FACE = "Noto Serif CJK SC"
_ROWS = (*range(0xA1, 0xA4), *range(0xB0, 0xF8))
_NAMES = (
    "喆堃祎玥珺昉赟翀骉淼犇焱垚翾翯煊煜炘炜烜焜燚燊熠熤璟璠璘璐瑄瑀瑢瑨瑗瑷珩珣珞珏珥珵琎琇琤琬琰琮"
    "琯琲琚昇昕昊昶晅晗晙晟晞晢暄暐暤曈曌浠浛浥淏淯淳湉湜湲溍溎溦滢漪潆潞澍澔濬瀚瀞灏灵炁炅煐煦"
    "橦橒檑檩栐栩桄桉桠桢梓梽棪棽椋椤楒楠榕槿樾彧彪彬彧彣恺悊惇惢愔慜慧懿钊钐钰钲钴铄铖铠铤铱锜锟锠"
    "锳锴镕镠镡镔鑫鋆陇陶隽隺霁霈霖霭霳靓靖韫韬颉颢颋颖飏骅骁骎骐骙骞骦骧鸢鸿鹓鹔鹭麒麟黛龑龢龘"
    "叒叕啸喈喬囧囡圳圻坤垌垲埕堉墉壵夔奕奭妍妤姁姈姌姝姞姣姮娅娉娌娞娴婧婳婵媖媛媞媱嫄嫒嫣嫱嬅孖孜"
    "寔寰寯屹岚岽岿峂峣峥峻崒崚嵇嵘嵚嵩嶒嶙帏帜幄庥庹廙弢彤徕忞怡恂恩愫懋戬扆扬攸敉敔斐斓旂旸旻昃昀"
    "昳晔晧暕暾杲杼枞枢柯柃柠栎栒桁桤棣棫楚榆榛歆殷毓沄沆沅沐沔沚沛泓泠泺泽洺洳洵洹浉浯涟涵淇淙渌渝"
    "湫溁溧滈滟漭潼澄澜濛炆炀烨烺焯煌熹爔牧犀猷玎玏玑玓玕玗玘玙玚玟玠玡玢玥玦玧珂珅珈珉珌珑珙珝珧珮珽"
    "琀琄琊琍琏琛琦琨琪琭琳琴琼瑅瑆瑑瑛瑜瑞瑭瑱瑾璀璁璇璎璜璞璨璩璪璧瓒畋畯疆皓皞皦盼睿瞳瞻矞砚硕碁磊"
    "祐祜祚祯禔禛禧禹秾稷穆竑竣筠筱箐篁粟綦缊缦缨羿翎翔翙翚翥聃聿肇胤膺臻舒舜芃芊芮芷芸苒苓茁茗茜荃荇"
    "荟荣荻莘莞莹莺菀菁菡萁萌萱葳蒨蓁蓓蔚蕙蕤蕴薇薰藜藿蘅虓蜓裎裕褀褚覃訚訢詝諟謇讷诒诠诣诩谌谕谞谦谧"
    "豫贇赓赜轩轲辂辉迓迦迪逄逸遐遥遹邈邕邗邡邰邺郗郜郯鄂鄄鄢酆醇釜闫闵闳闻阆阗雒雯雱霏靳鞠韡顼颀颛馗馥"
    "驭驰驹骏骢魁鲁鲲鲸鹏鹤麓黎黻鼐龚昌闯仝佀佟佘佴侴俣俦俨倓倞倩傒僖僮儁儆兖冼凇凌刘劢劭勍勖勰匡卉卓厍"
    "厐双叆叇吉吕呙呤哒哲唐啟喻嘉噶图坷城塔墨奂好妲娜孛宁宝宸密尕尧尼岱嵬巴布席帖帕帅干库庾廉弋弥彝徉忽思"
    "愷扎托拉拓斡斯旗旺日昂木朝根格桑楞欣毕汗沁沙浩海涅满特珠理瓦生白盟盖矢穆索纳腾色苏萨薩蒙蓝西诺贡赉赤赛辽"
    "达连道那郅都鄯金钦锡门阿陀陈隋青顺额高魏鲍龙"
)
_MARKS = "①②③④⑤⑥⑦⑧⑨⑩〔〕—…·“”‘’￥¥□■○●※√×"


def characters() -> str:
    """Everything the font should draw."""
    kept = {chr(code) for code in range(0x20, 0x7F)} | set(_NAMES) | set(_MARKS)
    for row in _ROWS:
        for cell in range(0xA1, 0xFF):
            kept.update(bytes([row, cell]).decode("gb2312", errors="ignore"))
    return "".join(sorted(kept))


def cut(font: TTFont, target: Path) -> None:
    """Write the smaller font; layout tables and hints are left out, the licence stays in."""
    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.drop_tables += ["GSUB", "GPOS", "BASE", "VORG", "vhea", "vmtx", "GDEF"]
    options.notdef_outline = True
    cutter = subset.Subsetter(options)
    cutter.populate(text=characters())
    cutter.subset(font)
    font.save(target)


def main(source: str) -> None:
    """Cut the font out of a collection."""
    for font in TTCollection(source, lazy=True).fonts:
        if font["name"].getDebugName(4) == FACE:
            cut(font, TARGET)
            return
    raise SystemExit(f"{source} holds no {FACE}")


if __name__ == "__main__":
    main(sys.argv[1])
