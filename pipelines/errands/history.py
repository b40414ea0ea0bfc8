"""Who was champion from when to when, by whose decision and why: from the log of decisions that the registry keeps."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from contracts.errors import ConfigError, RegistryError
from models.registry.decisions import Decision, Log, Reign, doubts, reigns
from models.registry.evidence import stood_on
from models.registry.refusals import refused_on
from models.registry.registry import Registry
from pipelines.registered.registries import registry_of
from pipelines.settings import Settings

SKEW = timedelta(minutes=5)
"""By which the clocks of two machines may differ."""


def history(settings: Settings, day: str | None) -> str:
    """Prints the reigns and the decisions; or who was champion on a day (UTC), what was decided on it, and on which evidence. The line sums up."""
    asked, now = None if day is None else _day(day), datetime.now(UTC)
    registry = registry_of(settings)
    log = registry.log.read()
    if not log.decisions:
        return _unlogged(registry, registry.crowned())
    lost = registry.vanished()
    if asked is not None:
        print("\n".join(grounds(registry, log, asked)))
        return "; ".join(filter(None, (f"{registry.name} {on(log, asked)}", *clocks(log, now, asked), lost)))  # fmt: skip
    print("\n".join([*told(log.decisions), *(f"  {one}" for one in clocks(log, now))]))
    if lost is not None:
        print(f"{lost}: `bonitas promote NUMBER --by NAME --why TEXT` makes another one champion")
        return f"{registry.name} has no champion any more; {len(log.decisions)} decisions, each bound to the one before"
    champion = registry.crowned()  # last: where the alias was moved, the log is shown all the same
    return f"{registry.name} {f'version {champion} is champion' if champion else 'has no champion'}; {len(log.decisions)} decisions, each bound to the one before"  # fmt: skip


def on(log: Log, day: date) -> str:
    """Who was champion on a day, in one line."""
    found = [one for one in reigns(log.decisions) if one.holds_on(day)]
    if not found:
        begun = log.decisions[0].at[:10]
        return f"had no champion on {day}: the log begins on {begun}"
    told = [f"version {one.version} ({_span(one)}, by {one.by}: {one.why})" if one.version else f"no champion ({_span(one)}, by {one.by}: {one.why})" for one in found]  # fmt: skip
    return f"on {day}: {', then '.join(told)}"


def grounds(registry: Registry, log: Log, day: date) -> list[str]:
    """What the champions of a day became so by, and what else was decided on it: a line each, and beneath it the evidence, looked up and checked."""
    ruled = {one.line for one in reigns(log.decisions) if one.holds_on(day)}
    asked = [one for one in log.decisions if one.at.startswith(str(day)) or one.number in ruled]
    told = []
    for one in asked:
        told.append(_told(one))
        try:
            refusal = one.refused
            told.append(f"    {stood_on(registry, one) if refusal is None else refused_on(registry, one, refusal)}")  # fmt: skip
        except RegistryError as error:  # the rest is told all the same
            told.append(f"    version {one.version}: {error.what}")
    return told


def clocks(log: Log, now: datetime, day: date | None = None) -> list[str]:
    """What wrong clocks leave open: of the whole log, or of one day."""
    found = [one.told for one in doubts(log.decisions) if day is None or one.touches(day)]
    ahead = [one for one in log.decisions if datetime.fromisoformat(one.at) > now + SKEW]
    return found + [f"line {one.number} bears a moment that is yet to come ({one.at}): a clock was ahead, and it was written earlier" for one in ahead]  # fmt: skip


def _span(one: Reign) -> str:
    begin = f"{'before ' if one.is_found else ''}{one.since:%Y-%m-%d %H:%M}"
    return f"{begin} to {f'{one.until:%Y-%m-%d %H:%M}' if one.until else 'now'} UTC"


def _unlogged(registry: Registry, champion: str | None) -> str:
    if champion is None:
        return f"{registry.name} has no champion and no decision yet"
    return f"{registry.name} version {champion} is champion; it became so before decisions were logged, and the log begins with the next one"  # fmt: skip


def _day(text: str) -> date:
    """The day of the option. Raises ConfigError where it is none, or is yet to come."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError("This is no day.", where="--on", value=text, next_step="Write it as 2026-03-01.") from error  # fmt: skip
    if day > datetime.now(UTC).date():
        raise ConfigError("The day is yet to come.", where="--on", value=text, next_step="Ask for a day up to today (UTC).")  # fmt: skip
    return day


def told(decisions: tuple[Decision, ...]) -> list[str]:
    """The reigns and the decisions, a line each, whatever the width of the terminal."""
    reigned = [f"  {f'version {one.version}' if one.version else 'none'}: {_span(one)}, by {one.by}: {one.why}" for one in reigns(decisions)]  # fmt: skip
    decided = [_told(one) for one in decisions]
    return ["Who was champion:", *reigned, "What was decided:", *decided]


def _told(one: Decision) -> str:
    done = f"{one.kind} version" if one.refused is None else "refused a correction of version"
    pack, lost = f", pack {one.pack[:12]}" if one.pack else "", f" ({one.lost})" if one.lost else ""
    return f"  {one.number} {one.at} {done} {one.version} by {one.by}, evidence {one.evidence[:12]}{pack}: {one.why}{lost}"
