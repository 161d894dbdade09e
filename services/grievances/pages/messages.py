"""The page of the messages that carry links to persons: what waits, what went out, and what did not."""

from typing import Final

from libs.pages.listing import Listing
from libs.pages.lists import Choices, Column, Filters, Table, Text
from services.grievances.http.link_models import LinkMessageView
from services.grievances.pages.codes import CODES

MESSAGES: Final = Listing(
    service="grievances",
    api="/v1/link-messages",
    row=LinkMessageView,
    table=Table(
        "/link-messages",
        "链接短信",
        (
            Column("number", "诉求编号", is_drawn=True),
            Column("template_name", "内容"),
            Column("state_name", "状态"),
            Column("error_name", "未送达原因"),
            Column("attempts", "次数", is_number=True, on_phone=False),
            Column("next_at", "下次发送", on_phone=False),
            Column("made_at", "生成时间", on_phone=False),
            Column("sent_at", "发送时间", on_phone=False),
        ),
        macros="hotline_cells.html",
        is_late=lambda row: row.state == "REFUSED",
    ),
    filters=Filters(
        (
            Choices("template", "内容", lambda _session: CODES.names("link_messages")),
            Choices("state", "状态", lambda _session: CODES.names("link_message_states")),
        ),
        texts=(Text("number", "诉求编号", 40),),
    ),
    presets=(("待发送", {"state": "WAITING"}), ("未送达", {"state": "REFUSED"})),
    unit="条",
)
