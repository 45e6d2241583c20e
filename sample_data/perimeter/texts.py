"""Generated texts: request lines, domain names, addresses, prompts. Each comes with its technique, or none.

A stratum says how hard an event is: ``ordinary`` and ``lookalike`` are benign, the latter with words of attacks;
``plain`` attacks show several signs, ``evasive`` ones hide a single sign among ordinary content. How many attacks are
of a kind says the scenario; probabilities in this file are form only, such as how many names begin with www.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Literal

from sample_data.perimeter import words
from sample_data.perimeter.scenario import Service

Stratum = Literal["ordinary", "lookalike", "plain", "evasive", "story"]
Text = tuple[str, str | None]


def pick(options: Sequence[str], rng: Random) -> str:
    """Return one of the options, its number filled in."""
    found = options[int(rng.random() * len(options))]
    return found.replace("{n}", str(1000 + int(rng.random() * 9000))) if "{n}" in found else found


def sign(attacks: dict[str, tuple[str, ...]], rng: Random) -> tuple[str, str]:
    """Return a technique and one of its signs."""
    technique = pick(list(attacks), rng)
    return technique, pick(attacks[technique], rng)


def request(service: Service, stratum: Stratum, rng: Random) -> Text:
    """Return one request line."""
    technique = None
    values = [pick(words.PLAIN_VALUES, rng) for _ in range(rng.randrange(1, 4))]
    if stratum == "lookalike":
        values += [pick(words.LOOKALIKE_VALUES, rng) for _ in range(1 + int(rng.random() < 0.3))]
    elif stratum != "ordinary":
        technique, found = sign(words.REQUEST_ATTACKS, rng)
        if stratum == "evasive":  # words that customers use too; at times a fragment of a split payload
            values.append(pick(words.LOOKALIKE_VALUES, rng))
            if rng.random() < service["fragment"]:
                values.append(found[:4] + pick(words.PLAIN_VALUES, rng))
        else:
            values += [found, pick(words.REQUEST_ATTACKS[technique], rng)]
    rng.shuffle(values)
    query = "&".join(f"{pick(words.PARAMETERS, rng)}={value}" for value in values)
    verb = "POST" if rng.random() < 0.25 else "GET"
    return f"{verb} {pick(words.PATHS, rng)}?{query}", technique


def letters(alphabet: str, length: int, rng: Random) -> str:
    """Return random letters."""
    return "".join(rng.choices(alphabet, k=length))


def congruential(rng: Random) -> str:
    """Return a name of a family that steps a linear congruential generator from a seed."""
    state, out = rng.randrange(1, 2**31), []
    for _ in range(12 + state % 6):
        state = (state * 1_103_515_245 + 12_345) % 2**31
        out.append("abcdefghijklmnopqrstuvwxyz"[(state >> 16) % 26])
    return "".join(out)


def content_host(rng: Random) -> str:
    """Return the name of a host of a content network, or of one that hides there."""
    return f"{letters('abcdef0123456789', rng.randrange(6, 14), rng)}.{pick(words.WORDS, rng)}cdn.net"


def domain(service: Service, stratum: Stratum, rng: Random) -> Text:
    """Return one never-seen domain name."""
    if stratum == "plain":
        steps, hides = rng.random() < service["congruential"], rng.random() < service["hidden"]
        if steps:
            name = congruential(rng)
            name = f"{name[:8]}.com" if hides else f"{name}.{pick(words.RARE_ENDINGS, rng)}"
            return name, "dga: congruential letters"
        name = letters("bcdfghjklmnpqrstvwxz0123456789", rng.randrange(14, 22), rng)
        return content_host(rng) if hides else f"{name}.{pick(words.RARE_ENDINGS, rng)}", "dga: hashed date"
    if stratum == "evasive":
        second = words.RARE_WORDS if rng.random() < service["rare_words"] else words.WORDS
        joined = pick(words.RARE_WORDS + words.WORDS, rng) + pick(second, rng)
        return f"{joined}.{pick(words.RARE_ENDINGS[:4], rng)}", "dga: word list"
    if stratum == "story":
        name = "".join(pick(words.SYLLABLES, rng) for _ in range(rng.randrange(4, 6)))
        return f"{name}.{pick(words.COMMON_ENDINGS[:3], rng)}", "dga: syllables (new family)"
    if stratum == "lookalike":
        kind = rng.random()
        if kind < 0.2:  # hosts of content networks and test systems
            return content_host(rng), None
        if kind < 0.6:
            name = pick(words.RARE_WORDS, rng) + pick(words.WORDS, rng)
            return f"{name}.{pick(words.RARE_ENDINGS[:4], rng)}", None
        if kind < 0.85:
            name = "".join(pick(words.SYLLABLES, rng) for _ in range(rng.randrange(3, 6)))
            return f"{name}.{pick(words.COMMON_ENDINGS, rng)}", None
        return f"{letters('abcdefghijklmnopqrstuvwxyz', rng.randrange(5, 11), rng)}.com", None
    name = pick(words.WORDS, rng) + ("-" if rng.random() < 0.3 else "") + pick(words.WORDS, rng)
    return f"{'www.' if rng.random() < 0.7 else ''}{name}.{pick(words.COMMON_ENDINGS, rng)}", None


def campaign(brand: str, own: str, rng: Random) -> str:
    """Return an address as campaigns of the brands themselves have them."""
    host = f"{brand}-{pick(('offers', 'help', 'survey'), rng)}.{own}.{pick(words.RARE_ENDINGS, rng)}"
    return f"http://{host}/{pick(words.LOGIN_PATHS, rng)}?id={letters('abcdef0123456789', 6, rng)}"


def address(service: Service, stratum: Stratum, rng: Random) -> Text:
    """Return one address (URL) that was followed from mail or browser."""
    own = pick(words.WORDS, rng) + pick(words.WORDS, rng)
    ending = pick(words.COMMON_ENDINGS, rng)
    brand = pick(words.BRANDS, rng)
    if stratum == "plain" and rng.random() < service["agency_like"]:
        return campaign(brand, own, rng), "brand in host"
    if stratum == "plain":
        host = f"{brand}-{pick(('login', 'secure', 'verify', 'help'), rng)}.{own}.{pick(words.RARE_ENDINGS, rng)}"
        return f"http://{host}/{pick(words.LOGIN_PATHS, rng)}?id={letters('abcdef0123456789', 8, rng)}", "brand in host"
    if stratum == "evasive":
        inside = f"{brand}/" if rng.random() < service["fragment"] else ""
        return f"https://www.{own}.{ending}/{inside}{pick(words.LOGIN_PATHS, rng)}", "hacked site"
    if stratum == "lookalike":
        kind = rng.random()
        if kind < 0.12:  # campaigns of the brands themselves, run by agencies
            return campaign(brand, own, rng), None
        if kind < 0.6:
            return (
                f"https://{pick(('login', 'secure', 'id'), rng)}.{brand}.{ending}/{pick(words.LOGIN_PATHS, rng)}",
                None,
            )
        return f"https://www.{own}.{ending}/{pick(words.LOGIN_PATHS, rng)}", None
    return f"https://www.{own}.{ending}/{pick(words.URL_PATHS, rng)}", None


def prompt(service: Service, stratum: Stratum, rng: Random) -> Text:
    """Return one prompt, or text that was retrieved for one."""
    ask = f"{pick(words.ASKS, rng)} {pick(words.ASK_ENDINGS, rng)}".strip()
    if stratum == "ordinary":
        return ask, None
    if stratum == "story":
        return f"{words.TEMPLATE} {ask}", None
    if stratum == "lookalike":
        parts = [ask, pick(words.LOOKALIKE_ASKS, rng)]
        if rng.random() < 0.3:
            parts.append(pick(words.LOOKALIKE_ASKS, rng))
        rng.shuffle(parts)
        return ", ".join(parts), None
    technique, found = sign(words.PROMPT_ATTACKS, rng)
    if stratum == "evasive":  # asked politely; at times half a phrase of an attack
        parts = [ask, pick(words.LOOKALIKE_ASKS, rng)]
        if rng.random() < service["fragment"]:
            parts.append(" ".join(found.split()[:2]))
        rng.shuffle(parts)
        return ", ".join(parts), technique
    return f"{ask}, {found} and {pick(words.PROMPT_ATTACKS[technique], rng)}", technique


TEXTS: dict[str, Callable[[Service, Stratum, Random], Text]] = {
    "waf": request,
    "dns": domain,
    "phishing": address,
    "guard": prompt,
}
"""By service."""
