"""Who lives in the demonstration province. All names are invented and carry 示例."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Office:
    """One organisation and the name of the person at its desk."""

    role: str
    kind: str
    name: str
    name_en: str
    region: str
    person: str
    size: str = ""
    level: str = ""
    industry: str = ""
    colleague: str = ""
    """A second person, where who buys is not who accepts or two write a bid; the role is the first one's and `_colleague`."""


PURCHASERS = (
    Office(
        "purchaser",
        "purchaser",
        "杭州市示例中学",
        "Hangzhou Demonstration Middle School",
        "330100",
        "沈知远",
        level="city",
    ),
    Office(
        "purchaser_2",
        "purchaser",
        "宁波市示例医院",
        "Ningbo Demonstration Hospital",
        "330200",
        "陆怀瑾",
        level="city",
        colleague="谢安然",
    ),
    Office(
        "purchaser_3",
        "purchaser",
        "温州市示例交通管理中心",
        "Wenzhou Demonstration Traffic Centre",
        "330300",
        "叶清和",
        level="city",
        colleague="温若水",
    ),
    Office(
        "purchaser_4",
        "purchaser",
        "嘉兴市示例图书馆",
        "Jiaxing Demonstration Library",
        "330400",
        "顾明舒",
        level="city",
        colleague="董知秋",
    ),
    Office(
        "purchaser_5",
        "purchaser",
        "浙江示例大学",
        "Zhejiang Demonstration University",
        "330000",
        "何景行",
        level="province",
        colleague="裴时雨",
    ),
    Office(
        "purchaser_6",
        "purchaser",
        "绍兴市示例气象局",
        "Shaoxing Demonstration Weather Bureau",
        "330600",
        "傅书言",
        level="city",
        colleague="程望舒",
    ),
)
AGENCIES = (
    Office(
        "agency",
        "agency",
        "浙江示例招标代理有限公司",
        "Zhejiang Demonstration Tendering Agency",
        "330100",
        "邵以宁",
    ),
    Office(
        "agency_2",
        "agency",
        "宁波示例采购咨询有限公司",
        "Ningbo Demonstration Procurement Consulting",
        "330200",
        "方若谷",
    ),
)
SUPERVISORS = (
    Office(
        "supervisor",
        "supervisor",
        "浙江省示例财政厅",
        "Zhejiang Demonstration Finance Department",
        "330000",
        "严正平",
        level="province",
    ),
    Office(
        "supervisor_2",
        "supervisor",
        "杭州市示例财政局",
        "Hangzhou Demonstration Finance Bureau",
        "330100",
        "岑立言",
        level="city",
    ),
)
SUPPLIERS = (
    Office(
        "supplier",
        "supplier",
        "云栖示例科技有限公司",
        "Yunqi Demonstration Technology",
        "330100",
        "苏念安",
        "small",
        industry="软件和信息技术服务业",
        colleague="顾南星",
    ),
    Office(
        "supplier_b",
        "supplier",
        "甬江示例信息技术有限公司",
        "Yongjiang Demonstration IT",
        "330200",
        "江行舟",
        "medium",
        industry="软件和信息技术服务业",
    ),
    Office(
        "supplier_c",
        "supplier",
        "瓯海示例电子有限公司",
        "Ouhai Demonstration Electronics",
        "330300",
        "林疏影",
        "small",
        industry="工业",
    ),
    Office(
        "supplier_d",
        "supplier",
        "南湖示例办公设备有限公司",
        "Nanhu Demonstration Office Equipment",
        "330400",
        "钟毓秀",
        "micro",
        industry="零售业",
    ),
    Office(
        "supplier_e",
        "supplier",
        "西溪示例计算机有限公司",
        "Xixi Demonstration Computers",
        "330100",
        "梅映雪",
        "large",
        industry="工业",
    ),
    Office(
        "supplier_f",
        "supplier",
        "钱塘示例家具制造有限公司",
        "Qiantang Demonstration Furniture",
        "330100",
        "柏长青",
        "small",
        industry="工业",
    ),
    Office(
        "supplier_g",
        "supplier",
        "鉴湖示例纸业有限公司",
        "Jianhu Demonstration Paper",
        "330600",
        "纪云开",
        "small",
        industry="工业",
    ),
    Office(
        "supplier_h",
        "supplier",
        "雁荡示例物业服务有限公司",
        "Yandang Demonstration Services",
        "330300",
        "阮听松",
        "medium",
        industry="物业管理",
    ),
)
OFFICES = (*SUPERVISORS, *PURCHASERS, *AGENCIES, *SUPPLIERS)

EXPERT_NAMES = (
    "白守拙 车问渠 戴怀远 范希文 高守正 胡静言 金若水 孔令仪 李澄心 马行健 倪思齐 欧阳博 潘慎言 秦汉章 任自强 施明德 "
    "汤景仪 吴启明 夏承志 徐知行 闫守一 曾慎思 张载厚 赵明理 郑广文 周履冰"
).split()
EXPERT_FIELDS = (
    ["A02", "C16"],
    ["A02"],
    ["A02", "A05"],
    ["A05", "C21"],
    ["A02", "C1602"],
    ["C16", "C17", "A02"],
    ["C02", "C16"],
    ["C02"],
)
EVIDENCE = (
    ("civil", "营业执照（示例）", "示例市市场监督管理局"),
    ("means", "设备和专业技术能力说明（示例）", ""),
    ("governance", "上年度审计报告（示例）", "示例会计师事务所"),
    ("taxes", "纳税和社会保障资金缴纳证明（示例）", "示例税务局"),
    ("clean", "无重大违法记录声明（示例）", ""),
    ("other", "行业登记证明（示例）", "示例登记机关"),
)
"""What each supplier has in its register: condition, title, issuer."""
EXPERT_TITLES = ("高级工程师", "教授", "副教授", "高级会计师", "研究员")
TIES = {"expert_5": "supplier", "expert_9": "supplier_e", "expert_14": "supplier_b"}
"""Experts who work for a supplier: draws avoid them where it bids."""
