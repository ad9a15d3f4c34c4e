"""What each outlet of the sample press is like: how much it writes, on what, how it sees whom, how it delivers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Form = Literal["rss", "rdf", "atom", "json", "sitemap"]
Carries = Literal["text", "summary", "title"]


@dataclass(frozen=True)
class Profile:
    """The character of one outlet. Every number is a wish of the sample, not a fact about any real outlet."""

    outlet: str
    form: Form
    a_week: float  # articles in a quiet week
    language: str = "en"
    carries: Carries = "text"  # what its feed holds of an article
    window: int = 20  # days that its feed reaches back
    everyday: float = 1  # how fond it is of weather, schools and football
    interest: Mapping[str, float] = field(default_factory=dict)  # the same, by subject
    lean: Mapping[str, float] = field(default_factory=dict)  # how it sees an actor, -1 ... +1
    reprints: float = 0  # part of its articles that it takes from the wire
    undated: float = 0  # part of its entries without a date
    tracking: str = ""  # what its feed hangs on every link
    down: tuple[date, date] | None = None  # from the first day to the last its server answers 500
    broken_on: tuple[int, ...] = ()  # days of the month on which its feed is a web page that says sorry


WIRE = "corvane-wire"

PROFILES = (
    Profile(
        WIRE,
        "rss",
        7,
        everyday=0.3,
        tracking="utm_source=rss&utm_medium=feed",
    ),
    Profile(
        "tarrowfield-courier",
        "atom",
        4.2,
        everyday=0.5,
        interest={"washington": 1.6, "campaign": 1.6},
        lean={
            "donald-trump": -0.8,
            "jd-vance": -0.6,
            "trump-administration": -0.7,
            "republican-party": -0.5,
            "pete-hegseth": -0.6,
            "joe-biden": 0.3,
            "kamala-harris": 0.5,
            "democratic-party": 0.2,
            "volodymyr-zelensky": 0.4,
            "ukraine": 0.4,
            "nato": 0.3,
            "mark-rutte": 0.2,
            "vladimir-putin": -0.9,
            "russia": -0.8,
        },
        reprints=0.3,
    ),
    Profile(
        "quillhaven-tribune",
        "rss",
        4.2,
        everyday=0.4,
        interest={"washington": 1.8, "campaign": 1.8, "trade": 1.4},
        lean={
            "donald-trump": 0.8,
            "jd-vance": 0.7,
            "trump-administration": 0.5,
            "republican-party": 0.4,
            "pete-hegseth": 0.3,
            "joe-biden": -0.7,
            "kamala-harris": -0.5,
            "democratic-party": -0.6,
            "biden-administration": -0.7,
            "volodymyr-zelensky": -0.4,
            "ukraine": -0.2,
            "nato": -0.4,
            "european-union": -0.5,
            "vladimir-putin": -0.4,
            "ursula-von-der-leyen": -0.5,
        },
        reprints=0.2,
        tracking="utm_source=feed&utm_campaign=all",
    ),
    Profile(
        "brackwater-post",
        "rdf",
        3.6,
        everyday=0.4,
        interest={"london": 3, "alliance": 1.5},
        lean={
            "nato": 0.6,
            "mark-rutte": 0.5,
            "jens-stoltenberg": 0.5,
            "ukraine": 0.5,
            "volodymyr-zelensky": 0.5,
            "russia": -0.8,
            "vladimir-putin": -0.9,
            "keir-starmer": -0.3,
            "donald-trump": -0.2,
            "european-union": -0.3,
        },
        down=(date(2024, 12, 2), date(2025, 1, 14)),
    ),
    Profile(
        "elmsgate-broadcasting",
        "json",
        4,
        everyday=0.7,
        interest={"london": 2, "middle-east": 2, "sanctions": 1.4},
        lean={"russia": -0.4, "vladimir-putin": -0.5, "ukraine": 0.2, "european-union": 0.2},
        tracking="at_medium=RSS&at_campaign=elmsgate",
    ),
    Profile(
        "cape-lorne-bulletin",
        "atom",
        2.8,
        window=40,
        everyday=4,
        interest={"campaign": 1.3, "washington": 1.2},
        lean={"donald-trump": 0.2, "joe-biden": -0.1, "white-house": -0.3},
        reprints=0.35,
        broken_on=(5, 6, 7),
    ),
    Profile(
        "dunavare-gazette",
        "rss",
        2,
        everyday=2,
        interest={"london": 2, "middle-east": 1.5},
        lean={"european-union": 0.5, "ursula-von-der-leyen": 0.3, "donald-trump": -0.4, "benjamin-netanyahu": -0.6},
        reprints=0.35,
        undated=0.04,
    ),
    Profile(
        "northmere-defence-review",
        "rss",
        0.6,
        carries="summary",
        window=60,
        everyday=0,
        interest={
            "alliance": 4,
            "arms-aid": 2,
            "campaign": 0,
            "washington": 0.3,
            "trade": 0,
            "london": 0,
            "caucasus": 0,
        },
        lean={"nato": 0.3, "russia": -0.4, "ukraine": 0.3, "mark-rutte": 0.2, "germany": -0.3, "pete-hegseth": -0.4},
    ),
    Profile("broken-markup-weekly", "rss", 0.3, window=60, everyday=8, interest={"science": 3}),
    Profile(
        "ostermoorer-anzeiger",
        "atom",
        2,
        "de",
        lean={"donald-trump": -0.5, "olaf-scholz": -0.2, "friedrich-merz": 0.2, "ukraine": 0.4, "russia": -0.7},
        tracking="utm_source=atom",
    ),
    Profile(
        "courrier-de-vaudreil",
        "rss",
        1.6,
        "fr",
        window=30,
        lean={"emmanuel-macron": -0.2, "donald-trump": -0.5, "nato": 0.1, "russia": -0.6, "ukraine": 0.4},
        tracking="xtor=RSS-1",
    ),
    Profile(
        "faro-de-marisoldo",
        "json",
        1.6,
        "es",
        window=30,
        lean={"donald-trump": -0.5, "nato": -0.1, "russia": -0.5, "ukraine": 0.3},
    ),
    Profile(
        "stepohradskyi-visnyk",
        "rss",
        2.6,
        "uk",
        everyday=0.5,
        interest={"ukraine-front": 2, "arms-aid": 2, "peace-talks": 1.5},
        lean={
            "russia": -1,
            "vladimir-putin": -1,
            "nato": 0.4,
            "ukraine": 0.6,
            "volodymyr-zelensky": 0.3,
            "donald-trump": -0.3,
        },
    ),
    Profile(
        "volnogorsky-listok",
        "rdf",
        1.6,
        "ru",
        interest={"ukraine-front": 1.5, "peace-talks": 1.5},
        lean={"vladimir-putin": -0.4, "russia": -0.2, "nato": -0.1, "donald-trump": 0.1},
    ),
    Profile(
        "zilverdrechtse-bode",
        "sitemap",
        0.7,
        "nl",
        carries="title",
        window=60,
        interest={"alliance": 2, "hague-summit": 2, "rutte-takes-over": 2},
        lean={"mark-rutte": 0.2, "nato": 0.3, "donald-trump": -0.4, "russia": -0.7},
    ),
)
