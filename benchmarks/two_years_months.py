"""What happens in the months of `benchmarks.two_years`: one function a trouble, which does what a person would do about it."""

from __future__ import annotations

import re
from collections.abc import Callable

from benchmarks.two_years_book import last_day
from benchmarks.two_years_life import PORTFOLIO, Life
from contracts.documents.receipt import Receipt

ANN = ("--by", "Ann Weber")


def upkeep(life: Life) -> None:
    """What a month asks for, and what its advice asks for."""
    life.rules(life.make("upkeep"))
    told = life.document("recalibration.json")
    if told["version"] and told["verdict"] != "champion":
        life.run("bonitas", "pack", told["version"])
        life.run("bonitas", "promote", told["version"], *ANN, "--why", f"month {life.month}: the level")  # fmt: skip
        life.rules(life.make("upkeep"))


def plain(life: Life) -> str:
    """Nothing but the delivery."""
    life.book.deliver(life.month)
    life.until(last_day(life.month))
    upkeep(life)
    return "delivered"


def twice(life: Life) -> str:
    """The same drop under two names, a day apart."""
    life.book.deliver(life.month)
    life.until(last_day(life.month))
    life.make("upkeep")
    before = (life.work.folder / "reports/monitoring.json").read_bytes()
    life.book.again(life.month)
    life.make("upkeep")
    if (life.work.folder / "reports/monitoring.json").read_bytes() != before:
        life.fault("a drop that was delivered twice changed what monitoring says")
    upkeep(life)
    return "delivered twice"


def late(life: Life) -> str:
    """The drop does not come, and somebody sets the date forward all the same; then back."""
    before = (life.work.folder / "reports/monitoring.json").read_bytes()
    life.until(last_day(life.month))
    said = life.make("upkeep", refused=True)
    if "The data ends before complete_until" not in said:
        life.fault(f"a drop that did not come is refused in other words:\n{said[-1500:]}")
    life.until(last_day(life.month - 1))
    life.make("upkeep")
    if (life.work.folder / "reports/monitoring.json").read_bytes() != before:
        life.fault("the date set forward and back again changed what monitoring says")
    return "did not come"


def caught_up(life: Life) -> str:
    """The late drop and this month's."""
    life.book.deliver(life.month - 1)
    life.book.deliver(life.month)
    life.until(last_day(life.month))
    upkeep(life)
    return "came with the late one"


def corrected(life: Life) -> str:
    """Payments of two months ago come again with other amounts."""
    life.book.deliver(life.month, corrections=40)
    life.until(last_day(life.month))
    upkeep(life)
    return "with corrected payments"


def column(life: Life) -> str:
    """A column more, which nobody asked for."""
    life.book.deliver(life.month, column=True)
    life.until(last_day(life.month))
    upkeep(life)
    return "a column more"


def currency(life: Life) -> str:
    """Invoices in a currency without a rate; what is said is done: rates are delivered."""
    life.book.deliver(life.month, currency="NOK")
    life.until(last_day(life.month))
    said = life.make("upkeep", refused=None)
    print("   currency:", "; ".join(line for line in said.splitlines() if "NOK" in line or "rate" in line)[:600], flush=True)  # fmt: skip
    life.book.rates("NOK", life.month)
    upkeep(life)
    return "a new currency"


def rescaled(life: Life) -> str:
    """The bureau's index is a thousand at best from now on."""
    life.book.scale = 10.0
    return plain(life) and "the bureau's new scale"


def unscaled(life: Life) -> str:
    """Whoever reads the page divides by ten in the SELECT."""
    life.book.deliver(life.month)
    life.until(last_day(life.month))
    life.work.set(
        f"configs/portfolios/{PORTFOLIO}/attributes.sql",
        r"payment_index AS payment_index",
        f"CASE WHEN known_on >= DATE '{life.book.rescaled_from}' THEN payment_index / 10 ELSE payment_index END AS payment_index",
    )
    upkeep(life)
    return "the scale mended in the SELECT"


def retrained(life: Life) -> str:
    """A new model is trained, promoted, withdrawn, and the old one brought back; then trained once more."""
    life.book.deliver(life.month)
    life.until(last_day(life.month))
    old = life.registry.log.read().champion
    life.make("retrain")
    new = Receipt.read(life.work.folder / "data/model/receipt.json").version
    if new is None:
        return "retrained: refused by its gates"
    life.run("bonitas", "promote", new, *ANN, "--why", "A year of newer outcomes")
    upkeep(life)
    life.run("bonitas", "demote", new, *ANN, "--why", "Fed with a wrong column")
    said = life.make("upkeep", refused=True)
    print("   without a champion:", " ".join(said.split())[-400:], flush=True)
    life.run("bonitas", "promote", str(old), *ANN, "--why", f"Back to {old}")
    life.make("retrain")
    upkeep(life)
    return f"retrained: {new} promoted, withdrawn, back to {old}"


def beside(life: Life) -> str:
    """A challenger waits while the level is corrected; then it is weighed against the corrected champion."""
    life.book.deliver(life.month)
    life.until(last_day(life.month))
    life.make("retrain")
    waiting = Receipt.read(life.work.folder / "data/model/receipt.json").version
    life.work.set("configs/params.yaml", r"\n  chance: [\d.]+", "\n  chance: 0.5")
    upkeep(life)
    life.work.set("configs/params.yaml", r"\n  chance: [\d.]+", "\n  chance: 0.7")
    if waiting is not None and waiting != life.registry.log.read().champion:
        said = life.run("bonitas", "pack", waiting)
        print("   pack:", " ".join(said.split())[-500:], flush=True)
    upkeep(life)
    return f"recalibrated beside challenger {waiting}"


def refused(life: Life) -> str:
    """A gate that nothing passes: the correction is refused, and the champion stays."""
    life.book.deliver(life.month)
    life.until(last_day(life.month))
    before = life.registry.log.read().champion
    gates = life.work.folder / "configs/gates.yaml"
    text = gates.read_text(encoding="utf-8")
    gates.write_text(re.sub(r"(PD-B1:.*?threshold: )[-\d.]+", r"\g<1>0.99", text, count=1, flags=re.DOTALL))  # fmt: skip
    life.work.set("configs/params.yaml", r"\n  chance: [\d.]+", "\n  chance: 0.5")
    life.make("upkeep")
    told = life.document("recalibration.json")
    if told["decision"] != "none" and told["verdict"] != "refused":
        life.fault(f"a gate that nothing passes did not refuse: {told['verdict']}")
    held = [one for one in life.registry.log.read().decisions if one.refused is not None]
    if (told["verdict"] == "refused") != bool(held):
        life.fault(f"the verdict is {told['verdict']}, and the log holds {len(held)} refusals")
    gates.write_text(text)
    life.work.set("configs/params.yaml", r"\n  chance: [\d.]+", "\n  chance: 0.7")
    if life.registry.log.read().champion != before:
        life.fault("a refused recalibration moved the champion")
    life.agree()
    life.make("upkeep")
    return f"a correction refused ({told['decision']}, {told['verdict']})"


def redefined(life: Life) -> str:
    """Another definition of default is refused, in words; set back, all is as before."""
    life.book.deliver(life.month)
    life.until(last_day(life.month))
    file = f"configs/portfolios/{PORTFOLIO}.yaml"
    life.work.set(file, r"preset: irb_90dpd.*", "preset: days_beyond_terms")
    said = life.make("upkeep", refused=True)
    if "predicts another outcome" not in said:
        life.fault(f"a changed definition is refused in other words:\n{said[-1500:]}")
    life.work.set(file, r"preset: days_beyond_terms", "preset: irb_90dpd")
    upkeep(life)
    return "a changed definition, refused"


def deleted(life: Life) -> str:
    """The champion is deleted in MLflow's own page: nothing is guessed, and a person makes another one champion."""
    champion = life.registry.log.read().champion
    others = [str(one.version) for one in life.registry.versions() if str(one.version) != champion]
    life.book.deliver(life.month)
    life.until(last_day(life.month))
    if champion is None or not others:
        upkeep(life)
        return "delivered: no second version, none deleted"
    life.registry.client.delete_model_version(life.registry.name, champion)
    life.note()
    said = life.make("upkeep", refused=True)
    if champion not in said or "bonitas promote" not in said:
        life.fault(f"a deleted champion is told in other words:\n{said[-1500:]}")
    life.run("bonitas", "history")
    if "deleted" not in life.said and "not there" not in life.said:
        life.fault(f"history says nothing of the deleted champion:\n{life.said}")
    life.run("bonitas", "promote", others[-1], *ANN, "--why", f"{champion} was deleted")
    upkeep(life)
    return f"champion {champion} deleted, {others[-1]} brought back"


def purged(life: Life) -> str:
    """The champion's run is deleted for good: it goes on being monitored, and a changed definition is refused all the same."""
    champion = life.registry.log.read().champion
    held = {str(one.version): one for one in life.registry.versions()}
    run = str(held[str(champion)].run_id)
    life.registry.client.delete_run(run)
    life.run("mlflow", "gc", "--backend-store-uri", f"sqlite:///{life.work.folder}/mlflow.db", "--run-ids", run)  # fmt: skip
    return f"{redefined(life)}; run of champion {champion} purged"


def at_once(life: Life) -> str:
    """Two people promote different versions at the same moment, and a third one the champion of then."""
    life.book.deliver(life.month)
    life.until(last_day(life.month))
    log = life.registry.log.read()
    others = [str(one.version) for one in life.registry.versions() if str(one.version) != log.champion]  # fmt: skip
    both = (others * 2)[:2]
    done = life.both(*(["bonitas", "promote", number, "--by", name, "--why", "At once"] for number, name in zip(both, ("Bo", "Cy"), strict=True)))  # fmt: skip
    made = [one for one in life.registry.log.read().decisions if one.number > len(log.decisions)]
    if len(made) != sum(code == 0 for code, _ in done):
        life.fault(f"two at once: {done}, and the log has {[one.told for one in made]}")
    print("   at once:", " | ".join(" ".join(text.split())[-160:] for _, text in done), flush=True)
    life.followed(made)
    life.run("bonitas", "promote", str(log.champion), *ANN, "--why", f"Back to {log.champion}")
    upkeep(life)
    return f"two people at once, back to {log.champion}"


PLAYED: dict[int, Callable[[Life], str]] = {
    2: twice, 3: late, 4: caught_up, 5: corrected, 6: column, 7: currency, 8: rescaled, 10: unscaled, 11: retrained, 12: beside,
    13: refused, 14: redefined, 15: beside, 16: deleted, 17: retrained, 18: at_once, 19: purged,
}  # fmt: skip
"""Months 15 to 20 see no default, 21 to 24 a downturn: `benchmarks.two_years_book`."""
