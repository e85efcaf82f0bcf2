"""What is bought by tender in the demonstration's year, who bids, and how far each procedure has come. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Reach(IntEnum):
    """How far a procedure gets before the year is over."""

    INTENTION = 1
    DRAFT = 2
    OPEN = 3
    OPENED = 4
    SCORING = 5
    EVALUATED = 6
    AWARDED = 7
    CONTRACTED = 8
    DELIVERED = 9
    COMPLETED = 10


@dataclass(frozen=True)
class Offer:
    """One supplier's bid for one lot: its price as a share of the ceiling, its quality between 0 and 1."""

    role: str
    rate: str
    quality: float
    size: str
    brand: str = ""
    model: str = ""
    lot: str = "1"
    delivery_days: int = 30
    warranty_months: int = 36


@dataclass(frozen=True)
class Lot:
    """A further lot beside the plan's own item."""

    title: str
    title_en: str
    budget: str
    item: str
    name: str
    spec: str
    quantity: str
    unit: str


@dataclass(frozen=True)
class Script:
    """One procurement.

    `published` is how many days before the end its notice appears; `due` instead, how many days before the end its
    bids are due at the latest; `due_today`: they are due within the hour after the end, and will be opened then. The
    contract is signed `signed_after` days after the award. `ends` says why a procedure is cancelled, `amended` what
    its need becomes; `again` takes up the plan of a procedure that failed. `two_envelopes`: technical part and price are
    sealed apart; such a script ends while bids can be made. `called`: the experts of an opened one are called to a panel
    that meets on the next working day.
    """

    purchaser: str
    title: str
    title_en: str
    budget: str
    item: str
    quantity: str
    unit: str
    need: str
    reach: Reach
    published: int = 0
    due: int | None = None
    due_today: bool = False
    called: bool = False
    agency: str = ""
    offers: tuple[Offer, ...] = ()
    lots: tuple[Lot, ...] = ()
    criteria: tuple[tuple[str, str, int], ...] = ()
    funding: str = "财政拨款"
    delivery: str = "合同签订后 30 日内交付并安装调试完毕。"
    two_envelopes: bool = False
    amended: str = ""
    ends: str = ""
    again: bool = False
    signed_after: int = 8
    method: str = "open_tender"

    @property
    def category(self) -> str:
        """Goods, works or services, by the item's code."""
        return {"A": "goods", "B": "works", "C": "services"}[self.item.partition(":")[2][0]]


GOODS = (
    ("技术参数响应与配置方案", "subjective", 35),
    ("售后服务与质保承诺", "subjective", 15),
    ("同类业绩", "objective", 20),
)
SERVICES = (
    ("技术方案与实施方法", "subjective", 45),
    ("项目团队与进度安排", "subjective", 25),
    ("同类业绩与体系认证", "objective", 20),
)

SCRIPTS = (
    Script(
        "purchaser",
        "示例：教学用笔记本电脑采购",
        "Demonstration: laptops for teaching",
        "1200000.00",
        "2022:A02010108",
        "200",
        "台",
        "教学用笔记本电脑 200 台：14 英寸屏幕，16 GB 内存，1 TB 固态硬盘，三年上门保修，含数据迁移与旧机回收。",
        published=318,
        reach=Reach.COMPLETED,
        agency="agency",
        criteria=GOODS,
        offers=(
            Offer("supplier", "0.905", 0.86, "small", "示例云栖", "J-14 教育版"),
            Offer("supplier_b", "0.948", 0.81, "medium", "示例甬江", "Y1400"),
            Offer("supplier_e", "0.972", 0.88, "large", "示例西溪", "X-14 Pro"),
            Offer("supplier_c", "0.881", 0.62, "small", "示例瓯海", "B1400"),
        ),
    ),
    Script(
        "purchaser_4",
        "示例：馆藏古籍数字化加工服务",
        "Demonstration: digitising old books",
        "860000.00",
        "2013:C0203",
        "1",
        "项",
        "馆藏古籍 1200 册的扫描、校对、元数据标引与长期保存，成品分辨率不低于 600 dpi，全部工作在馆内完成。",
        published=276,
        reach=Reach.OPENED,
        criteria=SERVICES,
        delivery="合同签订后 180 日内完成，每月提交阶段成果。",
        offers=(
            Offer("supplier", "0.93", 0.8, "small"),
            Offer("supplier_b", "0.96", 0.8, "medium"),
        ),
    ),
    Script(
        "purchaser_4",
        "示例：馆藏古籍数字化加工服务（第二次）",
        "Demonstration: digitising old books, second call",
        "860000.00",
        "2013:C0203",
        "1",
        "项",
        "馆藏古籍 1200 册的扫描、校对、元数据标引与长期保存，成品分辨率不低于 600 dpi，全部工作在馆内完成。",
        published=228,
        reach=Reach.DELIVERED,
        again=True,
        criteria=SERVICES,
        delivery="合同签订后 180 日内完成，每月提交阶段成果。",
        offers=(
            Offer("supplier", "0.915", 0.83, "small"),
            Offer("supplier_b", "0.947", 0.87, "medium"),
            Offer("supplier_h", "0.89", 0.64, "medium"),
        ),
    ),
    Script(
        "purchaser_2",
        "示例：门诊信息系统集成服务",
        "Demonstration: integration of outpatient systems",
        "2600000.00",
        "2022:C1602",
        "1",
        "项",
        "挂号、收费、检验与药房系统的统一身份、消息与接口平台，含旧数据迁移、等级保护测评配合和两年驻场运维。",
        published=212,
        reach=Reach.CONTRACTED,
        agency="agency_2",
        criteria=SERVICES,
        delivery="合同签订后 150 日内上线试运行。",
        signed_after=41,
        offers=(
            Offer("supplier", "0.936", 0.84, "small"),
            Offer("supplier_b", "0.922", 0.89, "medium"),
            Offer("supplier_e", "0.981", 0.76, "large"),
        ),
    ),
    Script(
        "purchaser_3",
        "示例：路口信号机联网控制设备采购",
        "Demonstration: networked traffic signal controllers",
        "1750000.00",
        "2013:A0201020299",
        "64",
        "套",
        "64 个路口的联网控制交换设备，工业级，支持光纤环网与掉电自愈，五年质保。",
        published=168,
        reach=Reach.OPEN,
        criteria=GOODS,
        ends="道路改造计划调整，采购任务取消。",
    ),
    Script(
        "purchaser_5",
        "示例：校级计算平台服务器与电源采购",
        "Demonstration: servers and power for the campus computing platform",
        "4800000.00",
        "2022:A02010104",
        "48",
        "台",
        "机架式服务器 48 台：双路处理器，512 GB 内存，四块 3.84 TB 固态硬盘，双 25 GbE 网口，五年原厂质保。",
        published=124,
        reach=Reach.COMPLETED,
        agency="agency",
        criteria=GOODS,
        lots=(
            Lot(
                "不间断电源",
                "Uninterruptible power supplies",
                "900000.00",
                "2013:A02061504",
                "模块化不间断电源",
                "模块化不间断电源 6 套：单套 120 kVA，N+1 冗余，含电池与安装，五年质保。",
                "6",
                "套",
            ),
        ),
        offers=(
            Offer("supplier_e", "0.934", 0.9, "large", "示例西溪", "R-2U 48"),
            Offer("supplier", "0.918", 0.78, "small", "示例云栖", "S-2200"),
            Offer("supplier_b", "0.952", 0.83, "medium", "示例甬江", "Y-R2"),
            Offer("supplier_c", "0.903", 0.82, "small", "示例瓯海", "UPS-120M", lot="2"),
            Offer("supplier_e", "0.95", 0.85, "large", "示例西溪", "P-120", lot="2"),
            Offer("supplier_b", "0.967", 0.74, "medium", "示例甬江", "Y-P120", lot="2"),
        ),
    ),
    Script(
        "purchaser_6",
        "示例：气象数据服务平台软件开发",
        "Demonstration: software for a weather data service",
        "1980000.00",
        "2022:C1601",
        "1",
        "项",
        "面向公众与行业的气象数据服务平台：数据接入、质量控制、开放接口、运行监控，交付全部源代码与文档。",
        due=5,
        reach=Reach.EVALUATED,
        agency="agency",
        criteria=SERVICES,
        delivery="合同签订后 240 日内分两期交付。",
        offers=(
            Offer("supplier", "0.928", 0.88, "small"),
            Offer("supplier_b", "0.941", 0.84, "medium"),
            Offer("supplier_e", "0.99", 0.71, "large"),
        ),
    ),
    Script(
        "purchaser_2",
        "示例：门诊多功能一体机采购",
        "Demonstration: multifunction printers for the outpatient department",
        "640000.00",
        "2022:A02020400",
        "80",
        "台",
        "多功能一体机 80 台：A4 黑白双面，每分钟 40 页，支持国产操作系统，三年上门保修，含首年耗材。",
        due=4,
        reach=Reach.SCORING,
        criteria=GOODS,
        offers=(
            Offer("supplier_d", "0.912", 0.82, "micro", "示例南湖", "M-400"),
            Offer("supplier_c", "0.897", 0.75, "small", "示例瓯海", "K-40 国产版"),
            Offer("supplier_e", "0.958", 0.87, "large", "示例西溪", "MF-4200"),
            Offer("supplier_b", "0.934", 0.7, "medium", "示例甬江", "Y-M40"),
        ),
    ),
    Script(
        "purchaser_3",
        "示例：指挥中心网络交换设备采购",
        "Demonstration: network switches for the control centre",
        "1320000.00",
        "2013:A0201020201",
        "36",
        "台",
        "以太网交换设备 36 台：48 个千兆电口，四个万兆光口，支持堆叠与双电源，五年质保。",
        due=2,
        reach=Reach.OPENED,
        called=True,
        agency="agency_2",
        criteria=GOODS,
        offers=(
            Offer("supplier_e", "0.943", 0.86, "large", "示例西溪", "SW-48X"),
            Offer("supplier_b", "0.926", 0.8, "medium", "示例甬江", "Y-S48"),
            Offer("supplier_c", "0.889", 0.77, "small", "示例瓯海", "E-4810"),
        ),
    ),
    Script(
        "purchaser_5",
        "示例：公共教室投影设备更新",
        "Demonstration: new projectors for lecture rooms",
        "1560000.00",
        "2022:A02020200",
        "120",
        "台",
        "激光投影设备 120 台：5000 流明，4K，短焦，含吊装与调试，三年质保，旧设备就地回收。",
        published=11,
        reach=Reach.OPEN,
        agency="agency",
        criteria=GOODS,
        two_envelopes=True,
        offers=(
            Offer("supplier", "0.93", 0.8, "small", "示例云栖", "T-5000"),
            Offer("supplier_c", "0.9", 0.75, "small", "示例瓯海", "P5000"),
        ),
    ),
    Script(
        "purchaser_6",
        "示例：业务系统运行维护服务",
        "Demonstration: operation and maintenance of business systems",
        "720000.00",
        "2013:C0206",
        "1",
        "项",
        "十二个业务系统一年期运行维护：驻场两人，7×24 小时响应，每季度应急演练，年度安全加固。",
        published=16,
        reach=Reach.OPEN,
        criteria=SERVICES,
        delivery="服务期一年，自合同约定之日起算。",
        amended="十三个业务系统一年期运行维护：驻场两人，7×24 小时响应，每季度应急演练，年度安全加固；新增数据备份系统。",
        offers=(Offer("supplier_b", "0.95", 0.8, "medium"),),
    ),
    Script(
        "purchaser",
        "示例：阅览室平板式计算机采购",
        "Demonstration: tablets for the reading room",
        "560000.00",
        "2022:A02010109",
        "140",
        "台",
        "平板式计算机 140 台：11 英寸，8 GB 内存，256 GB 存储，手写笔与防护外壳，统一管理平台授权三年。",
        published=31,
        due_today=True,
        reach=Reach.OPEN,
        criteria=GOODS,
        offers=(
            Offer("supplier", "0.921", 0.84, "small", "示例云栖", "P1100"),
            Offer("supplier_c", "0.894", 0.78, "small", "示例瓯海", "PB-11"),
            Offer("supplier_d", "0.947", 0.7, "micro", "示例南湖", "T-110"),
        ),
    ),
    Script(
        "purchaser_3",
        "示例：窗口单位 A4 黑白打印机采购",
        "Demonstration: printers for service counters",
        "420000.00",
        "2022:A02021003",
        "160",
        "台",
        "A4 黑白打印机 160 台：每分钟 33 页，自动双面，有线及无线网络，支持国产操作系统，三年上门保修。",
        due=6,
        reach=Reach.AWARDED,
        agency="agency_2",
        criteria=GOODS,
        offers=(
            Offer("supplier_d", "0.903", 0.84, "micro", "示例南湖", "D-33N"),
            Offer("supplier_e", "0.951", 0.87, "large", "示例西溪", "LP-330"),
            Offer("supplier_c", "0.889", 0.7, "small", "示例瓯海", "A3300"),
        ),
    ),
    Script(
        "purchaser_4",
        "示例：读者自助借阅平板终端采购",
        "Demonstration: tablets for self-service lending",
        "380000.00",
        "2022:A02010109",
        "90",
        "台",
        "平板终端 90 台：10.9 英寸，防护外壳与支架，统一管理平台授权三年。",
        published=-12,
        reach=Reach.DRAFT,
        criteria=GOODS[:2],
    ),
    Script(
        "purchaser_3",
        "示例：值班室台式计算机更新",
        "Demonstration: new desktop computers for the duty rooms",
        "450000.00",
        "2022:A02010105",
        "75",
        "台",
        "台式计算机 75 台：国产处理器与操作系统，16 GB 内存，512 GB 固态硬盘，三年上门保修。",
        published=-25,
        reach=Reach.INTENTION,
    ),
)
SMALL = (SCRIPTS[0], SCRIPTS[8])
"""What the shortened year of a test tells: one procurement to its end, one that waits for its panel."""
