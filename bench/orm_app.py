"""What a user would write: FastAPI with SQLAlchemy's ORM, doing only the two statements of a command.

BENCH_DATABASE_URL=… BENCH_PORT=… python -m bench.orm_app
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID, uuid4

import uvicorn
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import DateTime, Identity, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    type_annotation_map: ClassVar = {dict[str, Any]: JSONB}


class Order(Base):
    __tablename__ = "bench_order"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    state: Mapped[str]


class Event(Base):
    __tablename__ = "bench_outbox"

    seq: Mapped[int] = mapped_column(Identity(), primary_key=True)
    event_id: Mapped[UUID]
    key: Mapped[str]
    type: Mapped[str]
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Change(BaseModel):
    version: int
    state: str


class Changed(BaseModel):
    id: UUID
    version: int
    state: str


engine = create_async_engine(os.environ["BENCH_DATABASE_URL"], pool_size=16, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)


async def session() -> AsyncIterator[AsyncSession]:
    async with sessions() as opened:
        yield opened


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


@app.post("/orders/{order_id}")
async def change(order_id: UUID, body: Change, opened: Annotated[AsyncSession, Depends(session)]) -> Changed:
    """Change an order at the version that was seen, and add its event to the outbox."""
    statement = update(Order).where(Order.id == order_id, Order.version == body.version)
    result: Any = await opened.execute(statement.values(version=Order.version + 1, state=body.state))
    if result.rowcount != 1:
        raise HTTPException(409)
    opened.add(
        Event(
            event_id=uuid4(),
            key=str(order_id),
            type="order_changed",
            payload={"order": str(order_id), "state": body.state, "padding": "x" * 360},
            created_at=datetime.now(UTC),
        )
    )
    await opened.commit()
    return Changed(id=order_id, version=body.version + 1, state=body.state)


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(os.environ["BENCH_PORT"]),
        loop="uvloop",
        log_level="warning",
        access_log=False,
    )
