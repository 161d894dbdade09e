"""What the API of application materials takes and gives."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from libs.common.http.fields import DocumentReference
from libs.common.http.views import View
from libs.common.places import Supply
from services.hookup.domain.values.materials import MaterialKind

# What a command names as its evidence.
EvidenceFile = Annotated[
    DocumentReference,
    Field(
        description="The id of a file of evidence on the case, mostly the last of `materials`",
        examples=["01920f0c-7a55-7c6e-b7f4-3d1f0a2f9d11"],
    ),
]


class MaterialFileView(View):
    """A file that was handed in; `sha256` in hex."""

    id: str = Field(examples=["01920f0c-7a55-7c6e-b7f4-3d1f0a2f9d11"])
    kind: MaterialKind
    name: str = Field(examples=["用地或房产证明"])
    media_type: str = Field(examples=["application/pdf"])
    size: int = Field(examples=[184_320], description="Bytes")
    sha256: str
    uploaded_at: datetime
    uploaded_by: str
    may_open: bool = Field(description="Whether the caller may have a link to it")


class ListedMaterialView(BaseModel):
    """One material of a list; the user is not asked for what is shared."""

    kind: MaterialKind
    name: str = Field(examples=["用地或房产证明"])
    required: bool
    shared_from: str | None = Field(
        examples=["营业执照电子证照"], description="Where it is had without the user"
    )
    note: str | None = Field(examples=["委托他人代办的"])


class MaterialListView(BaseModel):
    """Everything that a user may be asked for, for one service by one channel; empty is 零材料."""

    supply: Supply
    channel: str = Field(examples=["ISHANDONG"])
    channel_name: str = Field(examples=["爱山东APP"])
    version: str = Field(examples=["2022-1"])
    source_document: str
    materials: list[ListedMaterialView]
