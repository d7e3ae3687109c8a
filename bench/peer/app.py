"""The least that an integrator would write by hand: entries, files, decisions and a log over PostgreSQL.

No forms, no rules, no places, no scope, no hash chain, no look inside a picture. One transaction per change,
the row locked while it changes. `python app.py` makes the tables; uvicorn serves `app:app`.
"""

import asyncio
import os
import uuid
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, FastAPI, HTTPException, Request, UploadFile
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import BigInteger, DateTime, ForeignKey, Index, String, Text, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, load_only, mapped_column

engine = create_async_engine(os.environ["PEER_DATABASE"], pool_size=16, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)
uploads = Path(os.environ["PEER_UPLOADS"])


def now() -> datetime:
    return datetime.now(timezone.utc)


class Table(DeclarativeBase):
    pass


class Person(Table):
    __tablename__ = "person"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    token: Mapped[str] = mapped_column(String(80), unique=True)


class Entry(Table):
    __tablename__ = "entry"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(String(16))
    category: Mapped[str] = mapped_column(String(60))
    region: Mapped[str] = mapped_column(String(6))
    name: Mapped[str] = mapped_column(String(200))
    platform: Mapped[str] = mapped_column(String(60))
    account: Mapped[str] = mapped_column(String(200))
    operator: Mapped[str] = mapped_column(String(200))
    contact: Mapped[str] = mapped_column(String(200))
    mobile: Mapped[str] = mapped_column(String(20))
    followers: Mapped[int]
    summary: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    submitted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    __table_args__ = (Index("entry_by_state", "state", "id"),)


class File(Table):
    __tablename__ = "file"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
    path: Mapped[str] = mapped_column(String(200))
    size: Mapped[int]


class Decision(Table):
    __tablename__ = "decision"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(String(16))
    opinion: Mapped[str] = mapped_column(Text)


class Log(Table):
    __tablename__ = "log"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
    person_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class EntryInput(BaseModel):
    model_config = ConfigDict(extra="forbid")
    category: str = Field(max_length=60)
    region: str = Field(max_length=6)
    name: str = Field(min_length=1, max_length=60)
    platform: str = Field(max_length=60)
    account: str = Field(max_length=200)
    operator: str = Field(max_length=60)
    contact: str = Field(max_length=40)
    mobile: str = Field(pattern=r"^1\d{10}$")
    followers: int = Field(ge=0)
    summary: str = Field(max_length=1500)


class EntryLine(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: int
    state: str
    category: str
    region: str
    name: str
    platform: str
    submitted_at: datetime | None


class EntryView(EntryLine):
    account: str
    operator: str
    contact: str
    mobile: str
    followers: int
    summary: str
    created_at: datetime


Row = TypeVar("Row")


class Page(BaseModel, Generic[Row]):
    count: int
    rows: list[Row]


class DecisionInput(BaseModel):
    model_config = ConfigDict(extra="forbid")
    state: str = Field(pattern="^(endorsed|declined)$")
    opinion: str = Field(min_length=1, max_length=500)


class DecisionView(BaseModel):
    id: int
    state: str


class FileView(BaseModel):
    id: int
    size: int


async def session():
    async with sessions() as db, db.begin():
        yield db


# The transaction ends before the answer goes out, so that an answer means that it is on disk.
Db = Annotated[AsyncSession, Depends(session, scope="function")]


async def caller(request: Request, db: Db) -> Person:
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    person = await db.scalar(select(Person).where(Person.token == token))
    if person is None:
        raise HTTPException(401)
    return person


Caller = Annotated[Person, Depends(caller)]
app = FastAPI()


async def locked(db: AsyncSession, id: int) -> Entry:
    entry = await db.get(Entry, id, with_for_update=True)
    if entry is None:
        raise HTTPException(404)
    return entry


@app.post("/entries", status_code=201)
async def create(body: EntryInput, who: Caller, db: Db) -> EntryView:
    entry = Entry(person_id=who.id, state="draft", **body.model_dump())
    db.add(entry)
    await db.flush()
    db.add(Log(entry_id=entry.id, person_id=who.id, kind="begun"))
    await db.flush()
    return EntryView.model_validate(entry)


@app.post("/entries/{id}/submission")
async def submit(id: int, who: Caller, db: Db) -> EntryView:
    entry = await locked(db, id)
    if entry.person_id != who.id:
        raise HTTPException(404)
    if entry.state != "draft":
        raise HTTPException(409)
    entry.state, entry.submitted_at = "submitted", now()
    db.add(Log(entry_id=id, person_id=who.id, kind="submitted"))
    await db.flush()
    return EntryView.model_validate(entry)


@app.post("/entries/{id}/files", status_code=201)
async def attach(id: int, file: UploadFile, who: Caller, db: Db) -> FileView:
    await locked(db, id)
    path, size = uploads / uuid.uuid4().hex, 0
    with path.open("wb") as stored:
        while piece := await file.read(1 << 16):
            size += stored.write(piece)
    row = File(entry_id=id, path=str(path), size=size)
    db.add(row)
    db.add(Log(entry_id=id, person_id=who.id, kind="attached"))
    await db.flush()
    return FileView(id=row.id, size=size)


async def page(db: AsyncSession, state: str, after: int, limit: int, *columns) -> tuple[int, list[Entry]]:
    count = await db.scalar(select(func.count()).select_from(Entry).where(Entry.state == state))
    rows = select(Entry).where(Entry.state == state, Entry.id > after).order_by(Entry.id).limit(limit)
    if columns:
        rows = rows.options(load_only(*columns))
    return count, list(await db.scalars(rows))


@app.get("/entries")
async def full_list(who: Caller, db: Db, state: str, after: int = 0, limit: int = 50) -> Page[EntryView]:
    count, rows = await page(db, state, after, limit)
    return Page[EntryView](count=count, rows=rows)


@app.get("/lines")
async def short_list(who: Caller, db: Db, state: str, after: int = 0, limit: int = 50) -> Page[EntryLine]:
    columns = (getattr(Entry, name) for name in EntryLine.model_fields)
    count, rows = await page(db, state, after, limit, *columns)
    return Page[EntryLine](count=count, rows=rows)


@app.post("/entries/{id}/decision")
async def decide(id: int, body: DecisionInput, who: Caller, db: Db) -> DecisionView:
    entry = await locked(db, id)
    if entry.state != "submitted":
        raise HTTPException(409)
    entry.state = body.state
    decision = Decision(entry_id=id, person_id=who.id, **body.model_dump())
    db.add(decision)
    db.add(Log(entry_id=id, person_id=who.id, kind="decided"))
    await db.flush()
    return DecisionView(id=decision.id, state=decision.state)


async def make(count: int) -> None:
    """Tables, one person with the token in PEER_TOKEN, and entries: three of five are submitted."""
    uploads.mkdir(parents=True, exist_ok=True)
    async with engine.begin() as tx:
        await tx.run_sync(Table.metadata.create_all)
    async with sessions() as db, db.begin():
        person = Person(token=os.environ["PEER_TOKEN"])
        db.add(person)
        await db.flush()
        filler = dict(
            person_id=person.id, category="government", region="420106", platform="wechat",
            operator="某单位", contact="联系人", mobile="13800138000", followers=386_000, summary="账号情况。" * 240,
        )
        for n in range(count):
            state = "submitted" if n % 5 < 3 else "draft"
            db.add(Entry(state=state, name=f"账号 {n}", account=f"id-{n}", **filler))
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(make(int(os.environ["PEER_ENTRIES"])))
